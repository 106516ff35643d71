/** Under a wrong key everything looks right, and no device ever reads it (spec 1.1). */
import type { PolicyFormat, Stray } from '../document.ts';
import { hasUnseen, isMistakenPlace, meantPlace } from '../strays.ts';
import { inQuotes, shortName } from '../text.ts';
import type { Report, Rule, RuleContext } from './rule.ts';

/** The reader's strays, and in the native shape the names that are keys or URIs themselves. */
function straysIn({ document, odd }: RuleContext): readonly Stray[] {
  const named = odd
    .filter(({ setting, verdict }) => verdict.kind === 'unknown' && isMistakenPlace(setting.name))
    .map(({ setting }) => ({ where: setting.name, name: '', place: setting.namePlace }));
  return [...named, ...(document.strays ?? [])];
}

/** A key as the shape spells it: regedit knows a hive by its whole name only. */
const asWritten = (place: string, format: PolicyFormat): string =>
  format === 'reg' ? place.replace(/^HKLM(?=\\)/, 'HKEY_LOCAL_MACHINE') : place;

const ofUser = /^(?:computer\\)?(?:hkcu|hkey_current_user):?\\/i;

/** How a shape that keeps the hive apart from the key says that a setting is the computer's. */
const computersHalf: Partial<Record<PolicyFormat, string>> = {
  lgpo: 'write Computer instead of User above the key',
  policyrules: 'write it as ComputerConfig',
  gporeport: 'set it in the Computer Configuration',
};

function hintFor(where: string, format: PolicyFormat): string {
  const half = computersHalf[format];
  if (
    half !== undefined &&
    ofUser.test(where) &&
    meantPlace(where).toLowerCase() === where.replace(ofUser, 'HKLM\\').toLowerCase()
  )
    return `${half}: LAPS is set for the computer, never for a user`;
  const rest = hasUnseen(where) ? ', without the space or unseen character beside a name' : '';
  const why = ofUser.test(where) ? ': LAPS is set for the computer, never for a user' : '';
  return `write ${asWritten(meantPlace(where), format)}${rest}${why}`;
}

type Text = Pick<Report, 'message' | 'effect' | 'hint'>;

const placeText = (where: string, format: PolicyFormat): Text => ({
  message: `no device reads ${hasUnseen(where) ? `"${where}"` : where}`,
  effect: 'the device does not see what stands there',
  hint: hintFor(where, format),
});

const memberText = (where: string, meant: string): Text => ({
  message: `${inQuotes(shortName(where))} is no member of an export of Intune`,
  effect: 'the service does not see what stands there, and no device gets it',
  hint: `write "${meant}"`,
});

const bareText = (name: string, missing: string): Text => ({
  message: `${shortName(name)} stands by itself, without ${missing} around it`,
  effect: 'the service does not see it, and no device gets it',
  hint: `write { "${missing}": { ... } } around its members`,
});

const idText = (where: string, id: string): Text => ({
  message: `${inQuotes(shortName(where))} is the id of no setting`,
  effect: 'the service does not know it, and no device gets what stands there',
  hint: `write ${id}`,
});

function textOf({ where, name, meant, missing, id }: Stray, format: PolicyFormat): Text {
  if (id !== undefined) return idText(where, id);
  if (missing !== undefined) return bareText(name, missing);
  return meant === undefined ? placeText(where, format) : memberText(where, meant);
}

/** A whole key is one mistake; a member or an id is one each time. */
const keyOf = ({ where, meant, missing, id, place }: Stray): string =>
  (meant ?? missing ?? id) === undefined ? where.toLowerCase() : `${place.line}:${place.column}`;

export const neverRead: Rule = {
  id: 'LAPS042',
  name: 'never-read',
  severity: 'error',
  summary:
    'Values stand under a key, a URI, an id or a member of Intune that looks like LAPS but that no device reads.',
  hint: 'write it as policies/README.md lists it',
  documentation:
    'Windows LAPS reads four registry keys, or one URI below ./Device, whose older spelling is ./Vendor without it. Nearby ones are the usual traps: Software\\Policies\\Microsoft\\LAPS, a Policies\\LAPS without CurrentVersion, the legacy key without the space in "Microsoft Services", ./User instead of ./Device; in an export of Intune a URI, a bare name or another spelling where the id belongs that begins with device_vendor_msft_laps_policies_, and a misspelt member: the service reads settings, settingInstance, children, settingDefinitionId and the others by their names alone, so that a setting without its settingInstance is one too. A hive in another spelling (Computer\\HKEY_LOCAL_MACHINE, HKLM:), a doubled backslash and a space at the end make another key as well, and so does a misspelt name over the name of a setting. The user configuration of a GPO is written to the hive of the user, where LAPS never looks. Such a file imports without complaint, and nothing happens. State and action nodes of LAPS itself are not policy and are passed over.',
  roots: 'all',
  check(context) {
    const strays = straysIn(context);
    if (strays.length === 0) return [];
    // One finding for each wrong place, at its first value: a whole key is one mistake.
    const first = new Map(strays.toReversed().map((stray) => [keyOf(stray), stray]));
    return [...first.values()].map((stray) => ({
      ...(stray.name !== '' && { setting: stray.name }),
      ...textOf(stray, context.document.format),
      place: stray.place,
    }));
  },
};
