/**
 * What a configuration file says, as a person wrote it.
 *
 * Knows: JSON and the one table. Promises: what is wrong is told by its place or by the member's name, with what would be
 * right; a member that stands there twice is one that somebody believes in and that does nothing, so it is wrong. Must
 * never: repeat what stood there, but a name that could be a member's.
 */
import { type Configuration, type ConfigurationKey, isConfigurationKey, type Wrong, wrongIn } from './configuration.ts';
import { mistakeInJson } from './jsonPlace.ts';
import { tooDeepAt } from './policy/formats/depth.ts';
import { readJson } from './policy/formats/json.ts';

export type ConfigurationReading =
  | { readonly kind: 'members'; readonly members: Configuration }
  | ({ readonly kind: 'wrong' } & Wrong);

const orRepair = 'or run: laps repair, which puts it aside and writes anew what the rest of the data tells';
const wayBack = `mend it; ${orRepair}`;

/** The first member that stands there twice. */
function doubled(text: string, without: readonly string[]): Wrong | undefined {
  const seen = new Set<string>();
  for (const { name, nameOffset } of readJson(text).root?.members ?? []) {
    if (seen.has(name) && !without.includes(name)) {
      const line = text.slice(0, nameOffset).split('\n').length;
      const which = isConfigurationKey(name) ? name : 'a member';
      return { problem: `${which} stands there twice, again in line ${line}`, hint: 'keep the one that is meant' };
    }
    seen.add(name);
  }
  return undefined;
}

/** Reads the text of the file; `without`: members that are about to be set, whatever is wrong with them now. */
export function configurationIn(text: string, without: readonly ConfigurationKey[] = []): ConfigurationReading {
  if (text.startsWith('\uFEFF'))
    return {
      kind: 'wrong',
      problem: 'it begins with a byte order mark (BOM), which JSON does not have',
      hint: `save it as UTF-8 without a BOM; ${orRepair}`,
    };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const mistake = mistakeInJson(text);
    const where = mistake === undefined ? '' : `, line ${mistake.line}, column ${mistake.column}: ${mistake.message}`;
    return { kind: 'wrong', problem: `it is not JSON${where}`, hint: wayBack };
  }
  if (tooDeepAt(text) !== undefined) return { kind: 'wrong', problem: 'it is nested too deep', hint: wayBack };
  let members = value;
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    members = Object.fromEntries(Object.entries(value).filter(([name]) => !without.some((each) => each === name)));
  const wrong = wrongIn(members) ?? doubled(text, without);
  if (wrong !== undefined) return { kind: 'wrong', ...wrong };
  // The parse boundary: each member was held against its row.
  return { kind: 'members', members: members as Configuration };
}
