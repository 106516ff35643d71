/**
 * A baseline: required values and bounds, with where they come from (policies/README.md, "Baselines").
 *
 * Knows: the shape that policies/baseline.schema.json describes and ajv checks. Promises: any bytes give a baseline or
 * a problem, never an exception. Must never: judge a policy; requirement.ts does.
 */
import { tooDeepAt } from '../formats/depth.ts';
import { readJson, spotOf } from '../formats/json.ts';
import type { CompiledError } from '../generated/baselineValidator.mjs';
import { validateBaseline } from '../generated/baselineValidator.mjs';
import { nearestName } from '../nearest.ts';
import { settingNames, settingRows } from '../settings.ts';
import { decodeText, makeSource, type Place } from '../text.ts';
import { givenText } from '../values.ts';
import type { Baseline } from './form.ts';
import { complaintOf } from './wanted.ts';

export interface BaselineProblem {
  readonly kind: 'problem';
  readonly problem: string;
  readonly hint: string;
  /** Where in the value it is, as a JSON pointer. */
  readonly pointer?: string;
  readonly place?: Place;
}

export type BaselineReading = { readonly kind: 'baseline'; readonly baseline: Baseline } | BaselineProblem;

const schemaHint = 'policies/baseline.schema.json describes the form; policies/baselines/cis.json is an example';

/** The parse boundary: ajv has checked the value against the schema that this type is the words of. */
const isBaseline = (value: unknown): value is Baseline => validateBaseline(value) === true;

const problemAt = (pointer: string, problem: string, hint = schemaHint): BaselineProblem => ({
  kind: 'problem',
  problem,
  hint,
  pointer,
});
const dotted = (pointer: string): string => pointer.slice(1).replaceAll('/', '.');

/** The member of a value that a pointer names; baselines have no names with a slash. */
const memberAt = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (inner, name) =>
        inner !== null && typeof inner === 'object'
          ? Object.entries(inner).find(([key]) => key === name)?.[1]
          : undefined,
      value,
    );

const isBound = (member: unknown): boolean => member === 'minimum' || member === 'maximum';

/** Two ways of saying what is wanted, of which a reader of the file would believe one: the member and what stands beside it. */
function saidTwice(pointer: string, value: unknown): BaselineProblem {
  const cut = pointer.lastIndexOf('/');
  const member = pointer.slice(cut + 1);
  const other = memberAt(value, `${pointer.slice(0, cut)}/value`) === undefined ? 'oneOf' : 'value';
  return problemAt(
    pointer,
    `${dotted(pointer.slice(0, cut))} has ${other} and ${member}, and only one of them can say what is wanted`,
    `keep ${other}${isBound(member) ? `, or write minimum and maximum without ${other}` : ', or the list'}`,
  );
}

/** A bound on what is no number. */
function boundOfNoNumber(pointer: string, member: unknown, value: unknown): BaselineProblem | undefined {
  const setting = memberAt(value, `${pointer}/setting`);
  const name = settingNames.find((each) => each === setting);
  if (name === undefined || !isBound(member)) return undefined;
  const kind = settingRows[name].type === 'text' ? 'a text' : 'true or false';
  return problemAt(
    `${pointer}/${String(member)}`,
    `${dotted(pointer)} has a ${String(member)}, and ${name} is ${kind}, not a number`,
    `write ${kind === 'a text' ? 'value, or oneOf with a list of texts' : 'value: true or false'}`,
  );
}

/** What can be wanted of a setting; a requirement has at least one of them. */
const wants: ReadonlySet<unknown> = new Set(['value', 'oneOf', 'minimum', 'maximum', 'explicit']);
/** Whether an error only says that one more thing is missing of which any one would do. */
const isOfWanted = ({ keyword, params, instancePath }: CompiledError): boolean =>
  (keyword === 'required' && wants.has(params['missingProperty'])) ||
  (keyword === 'const' && instancePath.endsWith('/explicit'));

/** A requirement that names a setting and lets it be anything. */
function nothingWanted({ instancePath }: CompiledError, value: unknown): BaselineProblem {
  const pointer = /^\/requirements\/\d+/.exec(instancePath)?.[0] ?? instancePath;
  const setting = settingNames.find((each) => each === memberAt(value, `${pointer}/setting`)) ?? 'BackupDirectory';
  const bounds = settingRows[setting].type === 'integer' ? ', minimum, maximum' : '';
  return problemAt(
    pointer,
    `${dotted(pointer)} says nothing of what is wanted of ${setting}`,
    `write value, oneOf${bounds}; or "explicit": true, to have it written whatever its value`,
  );
}

function problemOf({ instancePath, keyword, params }: CompiledError, value: unknown): BaselineProblem {
  const given = memberAt(value, instancePath);
  if (/^\/requirements\/\d+\/setting$/.test(instancePath) && typeof given === 'string') {
    const near = nearestName(given, settingNames);
    const hint = near === undefined ? 'laps settings lists all settings' : `did you mean ${near}?`;
    return problemAt(instancePath, `${dotted(instancePath)} is ${givenText(given)}, which is no setting`, hint);
  }
  if (keyword === 'false schema') return saidTwice(instancePath, value);
  const bound =
    keyword === 'additionalProperties' && boundOfNoNumber(instancePath, params['additionalProperty'], value);
  if (bound) return bound;
  const where = instancePath === '' ? 'the baseline' : dotted(instancePath);
  if (keyword === 'required' && params['missingProperty'] === 'minimumBits')
    return problemAt(instancePath, `${where} lacks setting, or minimumBits: nothing is wanted`);
  if (keyword === 'additionalProperties' && /^(minimumBits|when)$/.test(String(params['additionalProperty'])))
    return problemAt(
      `${instancePath}/${String(params['additionalProperty'])}`,
      `${where} has setting and ${String(params['additionalProperty'])}, and the strength of a password is a requirement of its own`,
      'write two requirements, each with an id',
    );
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
  const member = keyword === 'additionalProperties' ? `/${String(params['additionalProperty'])}` : '';
  return problemAt(
    `${instancePath}${member}`,
    `${where} ${words[keyword] ?? `breaks "${keyword}"`} ${detail.join(' ')}`.trim(),
  );
}

/** A value as a baseline; what a device could never satisfy is a problem too. */
export function baselineOf(value: unknown): BaselineReading {
  if (!isBaseline(value)) {
    // The last error is the most general ("none of the forms"); the first names the member.
    const errors = validateBaseline.errors ?? [];
    const first = errors.find((error) => !['anyOf', 'oneOf', 'if'].includes(error.keyword) && !isOfWanted(error));
    if (first !== undefined) return problemOf(first, value);
    const empty = errors.find(isOfWanted);
    return empty === undefined ? problemAt('', 'this is not a baseline') : nothingWanted(empty, value);
  }
  const ids = value.requirements.map((requirement) => requirement.id.toLowerCase());
  const twice = ids.findIndex((id, index) => ids.indexOf(id) !== index);
  if (twice !== -1) return problemAt(`/requirements/${twice}/id`, `two requirements have the id ${ids[twice]}`);
  for (const [at, required] of value.requirements.entries()) {
    const complaint = complaintOf(required);
    if (complaint !== undefined)
      return problemAt(`/requirements/${at}/${complaint.member}`, complaint.problem, complaint.hint);
  }
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
      // What an empty policy may hold is no help with a baseline.
      hint: decoded.text.trim() === '' ? schemaHint : (mistake.hint ?? schemaHint),
      place: source.placeOf(mistake.offset, mistake.length),
    };
  try {
    const reading = baselineOf(JSON.parse(decoded.text));
    if (reading.kind === 'baseline') return reading;
    const spot = spotOf(decoded.text, reading.pointer ?? '');
    return spot === undefined ? reading : { ...reading, place: source.placeOf(spot.offset, spot.length) };
  } catch {
    // The reader above lets comments pass, as in a policy; a baseline is read by other tools as well.
    return { kind: 'problem', problem: 'a baseline is plain JSON, without comments', hint: schemaHint };
  }
}
