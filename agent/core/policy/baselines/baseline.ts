/**
 * A baseline: required values and bounds, with where they come from (policies/README.md, "Baselines").
 *
 * Knows: the shape that policies/baseline.schema.json describes and ajv checks. Promises: any bytes give a baseline or
 * a problem, never an exception. Must never: judge a policy; requirement.ts does.
 */

import { tooDeepAt } from '../formats/depth.ts';
import { readJson } from '../formats/json.ts';
import type { CompiledError } from '../generated/baselineValidator.mjs';
import { validateBaseline } from '../generated/baselineValidator.mjs';
import type { Severity } from '../rules/rule.ts';
import type { SettingName } from '../settings.ts';
import { decodeText, makeSource, type Place } from '../text.ts';

interface Common {
  /** Unique in the file; the rule's id is `name/id`. */
  readonly id: string;
  /** What the author of a policy is told: the requirement in words. */
  readonly because?: string;
  /** Absent: warning. */
  readonly severity?: Severity;
  /** Absent: the baseline's own. */
  readonly source?: string;
}

/** A setting held to a value, a list or bounds; judged by what the device uses, where it applies. */
export interface SettingRequirement extends Common {
  readonly setting: SettingName;
  readonly value?: number | string | boolean;
  readonly oneOf?: ReadonlyArray<number | string | boolean>;
  readonly minimum?: number;
  readonly maximum?: number;
  /** True: the file must say it itself; the default does not satisfy it. */
  readonly explicit?: boolean;
}

/** The strength of what is drawn, in bits as spec 3.4 counts them. */
export interface BitsRequirement extends Common {
  readonly minimumBits: number;
  /** Absent: both. */
  readonly when?: 'password' | 'passphrase';
}

export type Requirement = SettingRequirement | BitsRequirement;

export interface Baseline {
  readonly name: string;
  readonly title?: string;
  readonly source?: string;
  readonly requirements: readonly Requirement[];
}

export type BaselineReading =
  | { readonly kind: 'baseline'; readonly baseline: Baseline }
  | { readonly kind: 'problem'; readonly problem: string; readonly hint: string; readonly place?: Place };

const schemaHint = 'policies/baseline.schema.json describes the form; policies/baselines/cis.json is an example';

/** The parse boundary: ajv has checked the value against the schema that this type is the words of. */
const isBaseline = (value: unknown): value is Baseline => validateBaseline(value) === true;

function sentenceOf({ instancePath, keyword, params }: CompiledError): string {
  const where = instancePath === '' ? 'the baseline' : instancePath.slice(1).replaceAll('/', '.');
  const detail = ['missingProperty', 'additionalProperty', 'allowedValues', 'type', 'limit', 'pattern'].flatMap(
    (name) =>
      params[name] === undefined ? [] : [Array.isArray(params[name]) ? params[name].join(', ') : String(params[name])],
  );
  const words: Readonly<Record<string, string>> = {
    required: 'lacks',
    additionalProperties: 'has no member',
    enum: 'must be one of',
    type: 'must be of type',
    minItems: 'has too few items, least is',
    minimum: 'is too small, least is',
  };
  return `${where} ${words[keyword] ?? `breaks "${keyword}"`} ${detail.join(' ')}`.trim();
}

/** A value as a baseline; what a device could never satisfy is a problem too. */
export function baselineOf(value: unknown): BaselineReading {
  const problem = (text: string): BaselineReading => ({ kind: 'problem', problem: text, hint: schemaHint });
  if (!isBaseline(value)) {
    // The last error is the most general ("none of the forms"); the first names the member.
    const first = validateBaseline.errors?.find((error) => !['anyOf', 'oneOf', 'if'].includes(error.keyword));
    return problem(first === undefined ? 'this is not a baseline' : sentenceOf(first));
  }
  const ids = value.requirements.map((requirement) => requirement.id.toLowerCase());
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) return problem(`two requirements have the id ${twice}`);
  const crossed = value.requirements.find(
    (each) =>
      'setting' in each && each.minimum !== undefined && each.maximum !== undefined && each.minimum > each.maximum,
  );
  if (crossed !== undefined) return problem(`${crossed.id} wants a minimum above its maximum`);
  return { kind: 'baseline', baseline: value };
}

/** Reads a baseline file's bytes, whatever they are. */
export function readBaseline(bytes: Uint8Array): BaselineReading {
  const decoded = decodeText(bytes);
  if (decoded.kind === 'bad')
    return { kind: 'problem', problem: decoded.problem, hint: decoded.hint, place: decoded.place };
  const source = makeSource(decoded.text);
  const deep = tooDeepAt(decoded.text);
  if (deep !== undefined)
    return {
      kind: 'problem',
      problem: 'nested too deep to be a baseline',
      hint: schemaHint,
      place: source.placeOf(deep, 1),
    };
  const { mistake } = readJson(decoded.text);
  if (mistake !== undefined)
    return {
      kind: 'problem',
      problem: mistake.message,
      hint: mistake.hint ?? schemaHint,
      place: source.placeOf(mistake.offset, mistake.length),
    };
  try {
    return baselineOf(JSON.parse(decoded.text));
  } catch {
    // The reader above lets comments pass, as in a policy; a baseline is read by other tools as well.
    return { kind: 'problem', problem: 'a baseline is plain JSON, without comments', hint: schemaHint };
  }
}
