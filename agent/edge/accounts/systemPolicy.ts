/**
 * The machine's own password policy (event 10027), which root's chpasswd does not apply by itself (rotation.md 5).
 *
 * Knows: pwquality's checker where it is installed, and otherwise what its configuration and PAM's say in numbers.
 * Promises: a candidate goes to the checker on standard input only. Must never: refuse for a reason it only guesses.
 */
import type { Secret } from '../../core/secret.ts';
import type { SystemFiles } from './systemFiles.ts';
import type { SystemTools } from './systemTools.ts';

const timeoutMs = 10_000;
/** What pwscore ends with for a password that is too weak. */
const refused = 1;
/** unix_chkpwd takes no more, so nothing longer could be proven. */
const maxBytes = 200;

const pamFiles = ['common-password', 'system-auth', 'password-auth', 'passwd', 'chpasswd'].map(
  (name) => `pam.d/${name}`,
);
const classes = { dcredit: /\d/g, ucredit: /[A-Z]/g, lcredit: /[a-z]/g, ocredit: /[^A-Za-z0-9]/g } as const;

/** What of a policy is said in numbers. */
export interface Demands {
  readonly minlen: number;
  /** Characters that a mixed password may be shorter by (credits above zero). */
  readonly slack: number;
  readonly minclass: number;
  /** How many of each class at least. */
  readonly least: Readonly<Record<keyof typeof classes, number>>;
  /** How many in a row at most, of the same character, the same class, or going up or down by one; 0: any number. */
  readonly most: Readonly<Record<'maxrepeat' | 'maxclassrepeat' | 'maxsequence', number>>;
}

const nothing: Demands = {
  minlen: 0,
  slack: 0,
  minclass: 0,
  least: { dcredit: 0, ucredit: 0, lcredit: 0, ocredit: 0 },
  most: { maxrepeat: 0, maxclassrepeat: 0, maxsequence: 0 },
};

function stricter(a: Demands, word: string, value: number): Demands {
  if (word === 'minlen') return { ...a, minlen: Math.max(a.minlen, value) };
  if (word === 'minclass') return { ...a, minclass: Math.max(a.minclass, value) };
  for (const name of ['maxrepeat', 'maxclassrepeat', 'maxsequence'] as const) {
    if (word !== name || value <= 0) continue;
    return { ...a, most: { ...a.most, [name]: a.most[name] === 0 ? value : Math.min(a.most[name], value) } };
  }
  for (const name of ['dcredit', 'ucredit', 'lcredit', 'ocredit'] as const) {
    if (word !== name) continue;
    // A credit below zero is a demand.
    if (value > 0) return { ...a, slack: a.slack + value };
    return { ...a, least: { ...a.least, [name]: Math.max(a.least[name], -value) } };
  }
  return a;
}

function demandsIn(start: Demands, text: string): Demands {
  let found = start;
  for (const [, word = '', value = ''] of text.matchAll(/\b([a-z]+)\s*=\s*(-?\d{1,4})\b/g))
    found = stricter(found, word, Number(value));
  return found;
}

/** The demands of pwquality.conf (when PAM uses it) and of PAM's password lines. */
export function demandsOf(texts: { readonly pwquality: string; readonly pam: readonly string[] }): Demands {
  const lines = texts.pam.flatMap((text) =>
    text.split('\n').filter((line) => /^-?password\s.*\bpam_(unix|pwquality|cracklib)\.so\b/.test(line.trim())),
  );
  const usesPwquality = lines.some((line) => line.includes('pam_pwquality.so'));
  const configured = texts.pwquality.replaceAll(/#.*/g, '');
  return lines.reduce(demandsIn, usesPwquality ? demandsIn(nothing, configured) : nothing);
}

const classOf = (character: string): string =>
  Object.entries(classes).find(([, pattern]) => character.search(pattern) === 0)?.[0] ?? '';
const code = (character: string): number => character.codePointAt(0) ?? 0;

/** The length of the longest run in which each character `continues` the one before it. */
function longestRun(characters: readonly string[], continues: (before: string, after: string) => boolean): number {
  let longest = 0;
  let run = 0;
  let before: string | undefined;
  for (const character of characters) {
    run = before !== undefined && continues(before, character) ? run + 1 : 1;
    longest = Math.max(longest, run);
    before = character;
  }
  return longest;
}

/** The runs that pwquality counts, in its words. */
const runs = {
  maxrepeat: [(before: string, after: string) => after === before],
  maxclassrepeat: [(before: string, after: string) => classOf(after) === classOf(before)],
  maxsequence: [
    (before: string, after: string) => code(after) === code(before) + 1,
    (before: string, after: string) => code(after) === code(before) - 1,
  ],
} as const;

export function meets(demands: Demands, candidate: string): boolean {
  const counts = Object.entries(classes).map(
    ([name, pattern]) => [name, candidate.match(pattern)?.length ?? 0] as const,
  );
  if ([...candidate].length < demands.minlen - demands.slack) return false;
  if (counts.filter(([, count]) => count > 0).length < demands.minclass) return false;
  for (const name of ['maxrepeat', 'maxclassrepeat', 'maxsequence'] as const) {
    const most = demands.most[name];
    if (most > 0 && runs[name].some((continues) => longestRun([...candidate], continues) > most)) return false;
  }
  const least: Readonly<Record<string, number>> = demands.least;
  return counts.every(([name, count]) => count >= (least[name] ?? 0));
}

/** Whether a password can be carried by a line of chpasswd and by the checker's input at all. */
export function isCarriable(password: string): boolean {
  return password !== '' && !/[\n\0]/.test(password) && Buffer.byteLength(password) <= maxBytes;
}

/** Asks whatever this machine has to judge a candidate for the account `name`. */
export async function machineAccepts(
  deps: { readonly files: SystemFiles; readonly tools: SystemTools },
  name: string,
  candidate: Secret,
): Promise<boolean> {
  const { files, tools } = deps;
  const text = candidate.reveal();
  if (!isCarriable(text)) return false;
  const [pwquality, ...pam] = await Promise.all([
    files.read('security/pwquality.conf'),
    ...pamFiles.map((each) => files.read(each)),
  ]);
  const demands = demandsOf({ pwquality: pwquality ?? '', pam: pam.map((each) => each ?? '') });
  if (!meets(demands, text)) return false;
  const checker = await tools.find('pwscore');
  if (checker === undefined) return true;
  const end = await tools.run({ path: checker, words: [name], stdin: Buffer.from(`${text}\n`), timeoutMs });
  // One that hangs, or fails in itself, has said nothing against it: without its dictionary it turns down everything.
  return end.status !== refused || /error loading dictionary/i.test(`${end.stdout}${end.stderr}`);
}
