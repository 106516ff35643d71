/**
 * Files of a folder that say nothing of LAPS, and may still be a policy that went wrong: empty, cut short, misspelt.
 *
 * Knows: what a whole file of another kind looks like. Promises: what is plainly something else (another product's values,
 * a package.json, a text to read) is never suspected; a check must not stay green over a policy that nobody could read.
 * Must never: say what is wrong; the rules do, once the file is judged.
 */
import { isMostlyOurs, isTellingName, lettersOf, namesOtherSchema } from './candidates.ts';
import type { PolicyDocument } from './document.ts';
import { tooDeepAt } from './formats/depth.ts';
import { walkJson } from './formats/json.ts';
import { readNative } from './formats/native.ts';
import { firstLine, shapeOf } from './formats/shape.ts';
import { xmlKind } from './formats/xmlHead.ts';
import { isMistakenPlace } from './strays.ts';
import { makeSource } from './text.ts';

/** JSON that other tools keep under a name of their own, whatever state it is in. */
const toolFile =
  /(?:^|[\\/])(?:package(?:-lock)?|npm-shrinkwrap|composer|(?:ts|js)config[\w.-]*|appsettings[\w.-]*|launchsettings|global|biome|deno|renovate|nx|turbo|lerna|angular|manifest)\.jsonc?$/i;

/**
 * Whether names of LAPS went wrong here. Names that other products have in that spelling too must be most of all: fewer
 * are one of their own settings that happens to be called so.
 */
function isMisspelt({ settings }: Pick<PolicyDocument, 'settings'>): boolean {
  const names = settings.map(({ name }) => name);
  const isOurs = (name: string): boolean => isTellingName(name) || isMistakenPlace(name) || /\blaps\b/i.test(name);
  return isMostlyOurs(names) || names.some(isOurs);
}

/** Where JSON breaks; undefined when it does not. */
function breakOf(text: string): number | undefined {
  let at: number | undefined;
  walkJson(text, {
    onMistake: ({ offset }) => {
      at = offset;
    },
  });
  return at;
}

/** Of a file that is too large to be read there is no text: nothing speaks for a policy then. */
function isSuspectJson(text: string, document: PolicyDocument): boolean {
  if (text.length === 0 || tooDeepAt(text) !== undefined) return text.length > 0;
  // Other tools take a comma before a closing bracket.
  const plain = text.replace(/,(\s{0,1000}[}\]])/g, '$1');
  const at = breakOf(plain);
  // Whole documents one after another are a log, not a policy.
  if (at !== undefined) return at === 0 || breakOf(plain.slice(0, at)) !== undefined;
  const reading = plain === text ? document : readNative(makeSource(plain));
  // An export that lacks its settings and names LAPS: nobody could read what it was made for.
  if (reading.format !== 'native') return reading.problems.length > 0 && /\blaps\b/i.test(text);
  // An object without anything in it is no other product's either.
  return reading.problems.length === 0 && (reading.settings.length === 0 || isMisspelt(reading));
}

/** Whether a file that was found in a folder, and that is no candidate by what it says, is to be judged all the same. */
export function isSuspect(
  file: { readonly path: string; readonly bytes: Uint8Array },
  document: PolicyDocument,
): boolean {
  const { path, bytes } = file;
  if (toolFile.test(path)) return false;
  const letters = lettersOf(bytes);
  if (letters.trim() === '') return true;
  // Settings that no device reads say nothing of LAPS but by their names.
  if ((document.strays ?? []).length > 0) return true;
  const broken = document.problems.length > 0;
  if (document.format === 'pol' || /\.(pol|reg|policyrules)$/i.test(path)) return broken;
  switch (shapeOf(letters)) {
    case 'reg':
      return broken;
    case 'lgpo':
      // A semicolon opens many things; the first word of a block only one.
      return broken && /^(?:computer|user)\b/i.test(firstLine(letters));
    case 'xml': {
      const kind = xmlKind(letters);
      return (kind === 'nothing' && !/\.txt$/i.test(path)) || (kind === 'policy' && broken);
    }
    case 'json': {
      // A text to read, not data.
      if (/\.(txt|xml)$/i.test(path) && !/^\s*[[{]/.test(letters)) return /\.xml$/i.test(path);
      return !namesOtherSchema(letters) && isSuspectJson(document.source.text, document);
    }
  }
}
