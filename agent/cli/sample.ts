/**
 * `laps sample`: example passwords for a policy, with their entropy (contract 2, 3). None is ever used.
 *
 * Promises: drawn by the same source and judged by the same judge as a real one. Must never: draw for a policy that a
 * device would not take, or that its Windows does not read.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { drawAcceptable, drawBound } from '../core/password/draw.ts';
import { entropyBits, exactEntropyBits } from '../core/password/entropy.ts';
import { wordLists } from '../core/password/lists.ts';
import type { PasswordSpec } from '../core/password/spec.ts';
import { rootOf } from '../core/policy/document.ts';
import { passwordSpecOf } from '../core/policy/effective.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import { refusalOf } from '../core/policy/read.ts';
import { resolvePolicy } from '../core/policy/resolve.ts';
import { settingRows, valueText } from '../core/policy/settings.ts';
import { chosenPolicy } from './chosen.ts';
import { refuseOtherRoot } from './effective.ts';
import type { Face, Verb } from './face.ts';
import {
  countOption,
  gather,
  gatherOs,
  osOption,
  policyHelp,
  policyWordOption,
  readGiven,
  rootHelp,
  rootOption,
} from './policyOptions.ts';
import { clean } from './render/display.ts';

const rounded = (bits: number): number => Math.round(bits * 10) / 10;

async function specOf(face: Face, path: string): Promise<PasswordSpec> {
  const os = osOption(face);
  const { document } = chosenPolicy(await readDocument(await readGiven(face, path)), policyWordOption(face));
  const told = rootOption(face);
  refuseOtherRoot(document, told);
  const root = rootOf(document, told);
  const refusal = refusalOf(document, root, os);
  if (refusal !== undefined)
    throw new LapsError('ERR_LAPS_POLICY_UNREADABLE', {
      message: `${clean(path)}:${refusal.place.line}:${refusal.place.column}: ${clean(refusal.message)}`,
      hint: refusal.hint ?? 'laps validate shows the place',
    });
  const policy = resolvePolicy({ documents: [{ root, document }], os });
  const unread = policy.notSupported ?? policy.withoutLaps;
  if (unread !== undefined)
    throw new LapsError('ERR_LAPS_POLICY_INVALID', {
      message: `${clean(path)}: ${unread}`,
      hint: 'laps explain tells what Windows makes of it',
    });
  return passwordSpecOf(policy);
}

async function draw(spec: PasswordSpec, number: number): Promise<string[]> {
  const source = await (await (await import('../composeAuthoring.ts')).authoring()).passwordSource();
  const samples: string[] = [];
  while (samples.length < number) {
    const secret = await drawAcceptable({ source, spec, accepts: async () => true, bound: drawBound });
    if (secret === undefined)
      throw new LapsError('ERR_LAPS_NO_ACCEPTABLE_PASSWORD', { message: 'no acceptable password could be drawn' });
    // A sample opens nothing: showing it is what this verb is for.
    samples.push(secret.reveal());
  }
  return samples;
}

/** How much chance is in it; for a passphrase Windows' figure, and ours where the lists differ (spec 3.3). */
function strengthText(spec: PasswordSpec): string {
  const words = valueText(settingRows.PasswordComplexity, spec.complexity);
  const [bits, exact] = [rounded(entropyBits(spec)), rounded(exactEntropyBits(spec))];
  if (spec.kind === 'password')
    return `${spec.length} characters, complexity ${words}, about ${bits} bits (${exact} with one of each kind required)`;
  const { size, windowsSize } = wordLists[spec.complexity];
  return `${spec.words} words, complexity ${words}, about ${bits} bits out of Windows' list of ${windowsSize} words; these are drawn out of ${size}, for Windows' edition of the list is not part of this program`;
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description('Show example passwords for a policy and their entropy in bits. None of them is ever used.')
      .argument('<file>', 'a policy file, or - for standard input')
      .option('--count <n>', 'how many (default 5, at most 1000)')
      .option('--os <build>', 'Windows build to judge for (default 10.0.26100)', gatherOs)
      .option('--policy <name>', policyHelp, gather)
      .option('--root <root>', rootHelp, gather)
      .addHelpText('after', '\nExample:\n  laps sample policies/csp.json --count 3');
  },

  async run(face) {
    const path = face.args[0];
    if (path === undefined)
      throw new LapsError('ERR_LAPS_USAGE', { message: 'no file was named', hint: 'laps sample policies/csp.json' });
    const number = countOption(face, 1000, 5);
    const spec = await specOf(face, path);
    const bits = rounded(entropyBits(spec));
    const exact = rounded(exactEntropyBits(spec));
    const samples = await draw(spec, number);
    if (face.json) {
      face.outJson({ entropyBits: bits, exactEntropyBits: exact, samples });
      return 0;
    }
    face.out(samples.map((sample) => `${sample}\n`).join(''));
    face.say(`${strengthText(spec)}\n`);
    return 0;
  },
};
