/**
 * `laps config`: what this installation is set to, and by whom: environment, file or default (contract 2).
 *
 * Promises: shows every member of the one table; takes a value only in a form that the table allows. Must never: hold a
 * fact of its own about a member.
 */
import type { Place } from '../compose.ts';
import type { Standing, TrustedAuthority } from '../composeConfig.ts';
import {
  allowedHint,
  type ConfigurationKey,
  configurationRows,
  configurationTable,
  isConfigurationKey,
  readValue,
  strayVariables,
  textOf,
} from '../core/configuration.ts';
import { LapsError } from '../core/errors.ts';
import { nearestName } from '../core/policy/nearest.ts';
import type { Face, Verb } from './face.ts';
import { tellStrayVariables } from './memberOption.ts';
import { maybePlaceOf, placeOf } from './place.ts';
import { clean } from './render/display.ts';
import { table } from './render/table.ts';

const names = Object.keys(configurationTable);
const usage = (message: string, hint: string): LapsError => new LapsError('ERR_LAPS_USAGE', { message, hint });

function keyOf(given: string | undefined): ConfigurationKey {
  if (given === undefined) throw usage('which setting is meant is missing', 'laps config list shows all of them');
  const exact = names.find((name) => name.toLowerCase() === given.toLowerCase());
  if (exact !== undefined && isConfigurationKey(exact)) return exact;
  const near = nearestName(given, names);
  throw usage(
    `there is nothing called ${clean(given)} to configure`,
    near === undefined ? `there is ${names.join(', ')}` : `did you mean ${near}?`,
  );
}

/** Every member for the help text: name, variable, meaning, what it takes. */
function reference(): string {
  return table(
    configurationRows.map(([name, row]) => [`  ${name}`, row.env, `${row.meaning}; ${row.allowed}`]),
    100,
  );
}

/** As a script reads it. */
function documentOf({ name, row, value, origin, otherwise }: Standing): object {
  const { env, allowed, meaning } = row;
  return { name, value: value ?? null, origin, default: otherwise, env, allowed, meaning };
}

function shown({ otherwise, value }: Standing): string {
  return value === undefined ? `(${otherwise})` : clean(textOf(value));
}

/** The whole of it, as a script reads it. */
export async function configurationDocument(face: Face, place: Place | undefined): Promise<object> {
  const { standings, trustedNow } = await import('../composeConfig.ts');
  const all = await standings(place, face.host.env);
  return {
    file: place?.configuration.path ?? null,
    members: all.map(documentOf),
    authorities: (await trustedNow(place)) ?? null,
    unknownVariables: strayVariables(face.host.env).map(({ name }) => name),
  };
}

/** Says of what is shown where this device has something else. */
async function remark(face: Face, place: Place | undefined, all: readonly Standing[]): Promise<void> {
  for (const text of await (await import('../composeConfig.ts')).remarksOf(place, all))
    face.say(`laps: note: ${clean(text)}\n`);
}

function authoritiesText(trusted: readonly TrustedAuthority[]): string {
  if (trusted.length === 0) return 'none';
  return trusted
    .map(
      ({ subject, validTo, fingerprint }) => `\n  ${clean(subject)}, until ${validTo ?? '?'}, SHA-256 ${fingerprint}`,
    )
    .join('');
}

async function list(face: Face): Promise<number> {
  const place = await maybePlaceOf(face);
  if (face.json) {
    face.outJson(await configurationDocument(face, place));
    return 0;
  }
  const { standings, trustedNow } = await import('../composeConfig.ts');
  const all = await standings(place, face.host.env);
  const origins = { environment: 'environment', file: 'file', default: '' } as const;
  const lines = all.map((each) => [each.name, origins[each.origin], shown(each)]);
  face.out(table([['name', 'set by', 'value (in brackets: the default)'], ...lines], face.host.stdout.columns));
  const trusted = await trustedNow(place);
  if (trusted !== undefined)
    face.out(
      `\nthis device trusts for its tenant, beside the authorities of the system: ${authoritiesText(trusted)}\n`,
    );
  face.out(
    `\nfile: ${clean(place?.configuration.path ?? 'not there yet')}; laps config --help says what each is for\n`,
  );
  await remark(face, place, all);
  return 0;
}

async function get(face: Face, key: ConfigurationKey): Promise<number> {
  const place = await maybePlaceOf(face);
  const all = await (await import('../composeConfig.ts')).standings(place, face.host.env);
  const standing = all.find((each) => each.name === key);
  if (standing === undefined) throw new LapsError('ERR_LAPS_INTERNAL', { message: `${key} has no row` });
  if (face.json) face.outJson(documentOf(standing));
  else {
    face.out(`${shown(standing)}\n`);
    await remark(face, place, [standing]);
  }
  return 0;
}

async function change(face: Face, key: ConfigurationKey, text: string | undefined): Promise<number> {
  const row = configurationTable[key];
  const value = text === undefined ? null : readValue(row, text);
  if (value === undefined) throw usage(`${key} cannot be set to "${clean(text ?? '')}"`, allowedHint(key, text));
  const place = await placeOf(face, { setting: [key], told: key === 'accounts' && value !== null });
  const { countsWhen, otherwiseOf, setMember } = await import('../composeConfig.ts');
  const kept = await setMember(place, key, value);
  const counts = await countsWhen(place, key, kept);
  const outranked = face.host.env[row.env] ? `; ${row.env} in this environment outranks it` : '';
  if (face.json) face.outJson({ name: key, value: kept, file: place.configuration.path });
  else
    face.out(
      `${kept === null ? `${key} is no longer set: ${otherwiseOf(place, key)}` : `${key} is ${clean(textOf(kept))}`}${outranked}\n${clean(counts)}\n`,
    );
  return 0;
}

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Shows and changes how this installation is set up. Options of a command outrank the environment, which outranks the file.',
      )
      .argument('[what]', 'list, get, set or unset', 'list')
      .argument('[name]', 'what to get or set; laps config list shows all')
      .argument('[value]', 'its new value')
      .addHelpText(
        'after',
        `\nWhat there is, each with the variable that outranks the file:\n${reference()}\nExamples:\n  laps config list\n  laps config get schedule\n  sudo laps config set group adm\n  sudo laps config unset group`,
      );
  },
  async run(face) {
    tellStrayVariables(face);
    const [what = 'list', name, value, ...more] = face.args;
    if (what === 'list' && name === undefined) return list(face);
    if (what === 'get' && value === undefined) return get(face, keyOf(name));
    if (what === 'unset' && value === undefined) return change(face, keyOf(name), undefined);
    if (what === 'set' && more.length === 0) {
      const key = keyOf(name);
      if (value !== undefined) return change(face, key, value);
      throw usage(`the new value of ${key} is missing`, allowedHint(key));
    }
    if (['list', 'get', 'set', 'unset'].includes(what))
      throw usage(`there are too many words after laps config ${what}`, 'laps config --help shows examples');
    throw usage(`laps config cannot "${clean(what)}"`, 'it can list, get, set and unset');
  },
};
