/** A value that an MDM sends as another kind than its node has: readable, but nobody says what Windows does with it. */
import type { PolicyFormat } from '../document.ts';
import { type ValueRow, valueRowOf } from '../settings.ts';
import { shortName } from '../text.ts';
import { writtenText } from '../written.ts';
import type { Rule } from './rule.ts';

/** The format of a node (spec 2), and how the shapes that name a value's kind name that one. */
const nodeFormats = { integer: 'int', boolean: 'bool', text: 'chr' } as const;
const omaKinds = { integer: 'omaSettingInteger', boolean: 'omaSettingBoolean', text: 'omaSettingString' } as const;

/** Kinds whose value is a file encoded for the transport: what stands in it is the text that the node takes. */
const encodedText = /^omaSetting(StringXml|Base64)$/i;

function kindsIn(format: PolicyFormat): typeof omaKinds | typeof nodeFormats | undefined {
  if (format === 'omauri') return omaKinds;
  return format === 'syncml' ? nodeFormats : undefined;
}

/** The same value as the node's own kind has it. */
function valueAs({ type }: ValueRow, value: unknown, format: PolicyFormat): string {
  if (type === 'boolean') return String(value === true || value === 1);
  return type === 'text' ? writtenText(String(value), format) : String(value);
}

export const sentAsOtherKind: Rule = {
  id: 'LAPS066',
  name: 'sent-as-other-kind',
  severity: 'warning',
  summary: 'A custom profile or SyncML sends a value as another kind than its node has.',
  hint: 'send a number as an integer, a switch as a boolean and a name as a string',
  documentation:
    'Each node of the LAPS CSP has a format: int for numbers and choices, bool for switches, chr for names. A custom profile sends them as omaSettingInteger, omaSettingBoolean and omaSettingString, SyncML with that word as the Format. What Windows does with a value that comes as another kind (1 for a bool, a floating-point 1.0 for an int, a Base64 text for a bool) is documented nowhere; it may refuse the command, and then the setting keeps its default.',
  roots: 'modern',
  check({ document: { format }, settings, root }) {
    const kinds = kindsIn(format);
    if (kinds === undefined) return [];
    return settings.flatMap(({ setting, verdict }) => {
      const { name, storedAs, storedAsPlace, value, valuePlace } = setting;
      const row = valueRowOf(root, name);
      // What is no value of the setting in any kind is told as that.
      if (row === undefined || storedAs === undefined || verdict.kind === 'wrongType') return [];
      const wanted = kinds[row.type];
      if (storedAs.toLowerCase() === wanted.toLowerCase()) return [];
      if (row.type === 'text' && encodedText.test(storedAs)) return [];
      const written = verdict.kind === 'notAllowed' ? 'an allowed value' : valueAs(row, value, format);
      return [
        {
          setting: name,
          message: `${name} is sent as ${shortName(storedAs)}, but its node has the format ${nodeFormats[row.type]}`,
          effect: 'what the device does with a value of another kind is documented nowhere',
          hint: format === 'omauri' ? `write ${written} as ${wanted}` : `write ${written} with the Format ${wanted}`,
          place: storedAsPlace ?? valuePlace,
        },
      ];
    });
  },
};
