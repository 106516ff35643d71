/**
 * Which files of a folder an author means: those that can hold a LAPS policy, by name and by a glance at their text.
 *
 * Knows: the endings of every shape, and what a file says that is about LAPS. Promises: a file named for a root is always
 * meant, however broken; a package.json, a JSON schema or another product's policy is not. Must never: read a policy.
 */
import { rootOfFileName } from './document.ts';
import { shapeOf } from './formats/shape.ts';
import { xmlKind } from './formats/xmlHead.ts';
import { editDistance, nearestName } from './nearest.ts';
import { legacyNames, settingNames } from './settings.ts';

const endings = /\.(json|jsonc|reg|pol|xml|txt|policyrules)$/i;
/** Editors' leftovers and hidden files, as in a policy folder (contract 4). */
const leftover = /^\.|(~|\.bak|\.swp|\.swo|\.tmp)$/i;
/** Folders that hold no author's own files. */
const skipped = new Set(['node_modules', 'dist', 'build', 'coverage']);

/** Whether a folder is looked into. */
export const isFolderMeant = (name: string): boolean => !name.startsWith('.') && !skipped.has(name);

/** Whether a file's name says that it may be a policy. */
export const mayBePolicy = (name: string): boolean => !leftover.test(name) && endings.test(name);

/** What any other shape says somewhere when it is about LAPS; escaped or not. */
const aboutLaps = /\blaps\b|msft_laps|AdmPwd/i;
/** A name that begins as a setting's does, before a plain value: what flat JSON has. */
const flatMember =
  /"((?:Backup|Password|Passphrase|PostAuth|AutomaticAccount|ADBackup|ADPassword|ADEncrypted|Administrator|AdmPwd|AdminAcc|PwdExp)\w{0,60})"\s{0,40}:\s{0,40}[^\s{[]/gi;
/** Any name before a plain value. */
const plainMember = /"([^"\\\n]{1,80})"\s{0,40}:\s{0,40}[^\s{[]/g;
/** So many such names of one file are weighed; a policy says who it is by then. */
const mostWeighed = 500;
/** A key or URI of LAPS as the name of a member. Counted repeats: a hostile file of megabytes costs a glance, no more. */
const lapsMember =
  /"[^"\n]{0,80}(?:Vendor\/MSFT\/LAPS|LAPS\\\\Config|Policies\\\\LAPS|Services\\\\AdmPwd)[^"\n]{0,80}"\s{0,40}:/i;
/** What Intune's exports say. */
const intuneLaps = /device_vendor_msft_laps|"omaUri"\s{0,40}:\s{0,40}"[^"\n]{0,40}\/LAPS\/|_admpwd/i;
/** An export of Intune whose list of settings has become a text of PowerShell, so that only its name may say what it is. */
const cutExport = /"(?:omaSettings|settings)"\s{0,40}:\s{0,40}(?:\[\s{0,400})?"(?:System\.|@\{)/;
const ourSchema = /"\$schema"\s{0,40}:\s{0,40}"[^"\n]{0,400}laps\.schema\.json"/;
const anySchema = /"\$schema"\s{0,40}:/;
/** The kind of an object of Graph, by its own word. */
const graphType = /"@odata\.type"\s{0,40}:\s{0,40}"([^"\n]{0,200})"/;
/** The kinds that can hold LAPS: settings catalog and custom profiles, with their parts. */
const graphPolicy = /deviceManagement(?:Configuration|Intent|Abstract)|CustomConfiguration|omaSetting/i;

const settingsByLetters = [...new Set([...settingNames, ...legacyNames])].map((name) => ({
  name,
  lower: name.toLowerCase(),
}));
const lowerNames: ReadonlySet<string> = new Set(settingsByLetters.map(({ lower }) => lower));

/**
 * Whether a name is a setting's, in any case or misspelt by a letter or two. A case of its own counts as a mistake, so
 * that `passwordAgeInDays` of another product is none of ours.
 */
export function isNearSetting(written: string): boolean {
  const letters = written.toLowerCase();
  if (lowerNames.has(letters)) return true;
  return settingsByLetters.some(
    ({ name, lower }) =>
      Math.abs(name.length - written.length) <= 2 &&
      (editDistance(written, name) <= 2 || editDistance(letters, lower) <= 1),
  );
}

/** Names that other products have in that very spelling: backup tools, sign-in settings, generators. */
const shared: readonly string[] = [
  'BackupDirectory',
  'PasswordLength',
  'PasswordComplexity',
  'PasswordAgeDays',
  'PassphraseLength',
];

/** A setting's name, or nearly, with a capital: the other way is how most products write JSON. */
const isSpelt = (written: string): boolean => /^[A-Z]/.test(written) && isNearSetting(written);

/**
 * Whether a name alone says whose the file is. One that others have too does not, nor one with a small first letter: a
 * `PasswordLength` among other members is theirs, and the whole file has to be looked at.
 */
export const isTellingName = (written: string): boolean =>
  isSpelt(written) && !shared.includes(nearestName(written, settingNames) ?? '');

/** What says something of a file and sets nothing, in anybody's JSON. */
const isRemark = (name: string): boolean =>
  /^(?:[$_#/].*|name|title|description|comment|owner|author|version|id)$/i.test(name);

/** Whether most of what a file names is ours; an even share is not enough, for a policy holds its settings alone. */
export function isMostlyOurs(names: readonly string[]): boolean {
  const ours = names.filter(isNearSetting).length;
  return ours * 2 > names.filter((name) => !isRemark(name)).length;
}

function hasSettings(letters: string): boolean {
  let weighed = 0;
  let isOpen = false;
  for (const [, name = ''] of letters.matchAll(flatMember)) {
    if (isTellingName(name)) return true;
    isOpen ||= isSpelt(name);
    weighed += 1;
    if (weighed === mostWeighed) return false;
  }
  if (!isOpen) return false;
  const names: string[] = [];
  for (const [, name = ''] of letters.matchAll(plainMember)) {
    names.push(name);
    // No policy has so many.
    if (names.length === mostWeighed) return false;
  }
  return isMostlyOurs(names);
}

const latin1 = new TextDecoder('latin1');

/** A file as letters, whatever its encoding: a zero byte between letters is UTF-16. Without a byte order mark. */
export const lettersOf = (bytes: Uint8Array): string => {
  const letters = latin1.decode(bytes);
  return (bytes.includes(0) ? letters.replaceAll('\0', '') : letters).replace(
    /^(?:\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/,
    '',
  );
};

/** A place of LAPS, as a policy in a wrapper that is not known would name it. */
const lapsPlace = /MSFT\/LAPS\/|\\(?:Policies\\LAPS|LAPS\\Config|Microsoft Services\\AdmPwd)/i;

/** Whether XML is meant as a policy; that its words name LAPS is not enough, since a task or a backup's record may. */
function isPolicyXml(letters: string): boolean {
  const kind = xmlKind(letters);
  return kind === 'other' ? lapsPlace.test(letters) : kind !== 'neighbour' && aboutLaps.test(letters);
}

/** A line that is a registry key and nothing else, as LGPO texts have it. */
const keyLine = /^[ \t]*Software\\[^\r\n]{0,200}\\(?:LAPS|AdmPwd|Config)[ \t]*$/im;

/** Whether a text file is of one of the shapes; notes about LAPS are none. */
function beginsLikePolicy(letters: string): boolean {
  return shapeOf(letters) !== 'json' || /^\s*[[{]/.test(letters) || keyLine.test(letters);
}

/** A JSON file of another kind by its own word: a schema, a baseline, a package, another product's policy of Intune. */
export function namesOtherSchema(letters: string): boolean {
  if (ourSchema.test(letters)) return false;
  const head = letters.slice(0, 4096);
  const type = graphType.exec(head)?.[1];
  return anySchema.test(head) || (type !== undefined && !graphPolicy.test(type));
}

/** Whether a file that was found in a folder is to be judged as a policy. */
export function isPolicyCandidate(path: string, bytes: Uint8Array): boolean {
  if (rootOfFileName(path) !== undefined) return true;
  const letters = lettersOf(bytes);
  if (/^\s*</.test(letters)) return isPolicyXml(letters);
  if (/\.txt$/i.test(path)) return aboutLaps.test(letters) && beginsLikePolicy(letters);
  if (!/\.jsonc?$/i.test(path)) return aboutLaps.test(letters);
  if (ourSchema.test(letters)) return true;
  if (anySchema.test(letters.slice(0, 4096))) return false;
  if (cutExport.test(letters) && aboutLaps.test(letters)) return true;
  if (intuneLaps.test(letters) || lapsMember.test(letters)) return true;
  return !namesOtherSchema(letters) && hasSettings(letters);
}
