// Writes THIRD_PARTY_NOTICES.txt: every package of the production dependency tree with version, licence and licence
// text, and the word lists. The bundle in dist/ holds their code, so the notices travel with it. Names and versions come
// from the lockfile, the same on every machine; texts from node_modules. Run: npm run notices. A test refuses a stale one.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const noticesFile = `${folder}THIRD_PARTY_NOTICES.txt`;

/** The production tree as the lockfile has it: sorted by name, then version; a version met twice stands once. */
export function productionPackages() {
  const { packages } = JSON.parse(readFileSync(`${folder}package-lock.json`, 'utf8'));
  const found = new Map();
  for (const [place, entry] of Object.entries(packages)) {
    if (place === '' || entry.dev === true || entry.devOptional === true) continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    found.set(`${name} ${entry.version}`, {
      name,
      version: entry.version,
      licence: entry.license ?? 'not stated',
      place,
      isBinary: entry.optional === true,
    });
  }
  return [...found.values()].sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** Names and versions that a notices file lists, as `name version`. */
export function packagesInNotices(text) {
  return [...text.matchAll(/^\* (\S+ \d\S*) \(/gm)].map((match) => match[1]);
}

function authorOf(manifest) {
  const { author } = manifest;
  if (author === undefined) return undefined;
  return typeof author === 'string' ? author : author.name;
}

/** Licence files of an installed package, else the licence section of its README, else what it declares. */
function textOf({ place, licence }) {
  const names = readdirSync(`${folder}${place}`);
  const read = (name) => readFileSync(`${folder}${place}/${name}`, 'utf8').replace(/\r\n/g, '\n').trim();
  const texts = names
    .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
    .sort()
    .map(read);
  if (texts.length > 0) return texts.join('\n\n');
  const readme = names.find((name) => /^readme/i.test(name));
  const section =
    readme === undefined
      ? null
      : /^(?:#+ *licen[cs]e|licen[cs]e\n-+)\s*\n([\s\S]{200,}?)(?:\n#|\n\[|$(?![\s\S]))/im.exec(read(readme));
  if (section !== null) return section[1].trim().replaceAll('&lt;', '<').replaceAll('&gt;', '>');
  const author = authorOf(JSON.parse(read('package.json')));
  return `The package carries no licence text. It declares: ${licence}${author === undefined ? '' : `, by ${author}`}.`;
}

const wordLists = `The passphrase word lists in agent/edge/words
(eff-large.txt, eff-short-1.txt, eff-short-2.txt)

EFF word lists for random passphrases, https://www.eff.org/dice
Copyright 2016 Electronic Frontier Foundation. Licensed under the Creative Commons Attribution 3.0 United States
licence, https://creativecommons.org/licenses/by/3.0/us/
Changes: the dice numbers are left out; a hyphen inside a word is dropped when the word is used.`;

/** The whole file. Packages with the same text share it. */
export function noticesText() {
  const groups = new Map();
  const binaries = productionPackages().filter((each) => each.isBinary);
  for (const each of productionPackages().filter(({ isBinary }) => !isBinary)) {
    const text = textOf(each);
    groups.set(text, [...(groups.get(text) ?? []), each]);
  }
  const line = ({ name, version, licence }) => `* ${name} ${version} (${licence})`;
  const rule = '='.repeat(100);
  const sections = [...groups].map(([text, members]) => `${members.map(line).join('\n')}\n\n${text}`);
  // Which of these is installed depends on the machine; the file must not.
  sections.push(
    `${binaries.map(line).join('\n')}\n\nBuilds of a package above for one system each, under the licence of that package.`,
  );
  return `${['laps-agent: third-party notices\n\nlaps-agent contains or uses the software below. Made by npm run notices.', ...sections, wordLists].join(`\n\n${rule}\n\n`)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(noticesFile, noticesText());
