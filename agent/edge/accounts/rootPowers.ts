/**
 * Whether root may work with a file where it has only some of its powers, as a service has.
 *
 * Knows: without CAP_DAC_OVERRIDE root is an owner, a member or another one like anybody. Promises: looks only. Must
 * never: be asked of a process that is not root's; modes are meant to shut those out.
 */
import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { LapsError } from '../../core/errors.ts';
import { codeOf } from '../diskError.ts';

/** Bit of CAP_DAC_OVERRIDE: reading and writing whatever a mode says. */
const overrideBit = 1n;
const readAndWrite = 0o6;

/** Whether the mode shuts root out of reading it or writing to it. */
export function isShutByMode({
  uid,
  gid,
  mode,
}: {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}): boolean {
  const shift = uid === 0 ? 6 : gid === 0 ? 3 : 0;
  return ((mode >> shift) & readAndWrite) !== readAndWrite;
}

export interface Shut {
  readonly problem: string;
  readonly hint: string;
}

async function wordsFor(path: string, who: string): Promise<Shut> {
  const mode = await stat(path).then(
    (facts) => ` (${(facts.mode & 0o7777).toString(8).padStart(4, '0')})`,
    () => '',
  );
  return {
    problem: `its mode${mode} shuts out root too, and ${who} may not pass over that`,
    hint: `for the service: sudo laps service install gives its unit the power to where this is so (CAP_DAC_OVERRIDE); or open it: sudo chown root ${path} && sudo chmod u+rw ${path}`,
  };
}

/** Why this process may not read and write the file though it is root's, in words; undefined: it may, or something else is wrong. */
export async function shutToUs(path: string): Promise<Shut | undefined> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    return codeOf(error) === 'EACCES' ? wordsFor(path, 'this process') : undefined;
  }
}

/** The same of another process of root's, by what Linux tells of it; `proc` and `who` are otherwise in tests only. */
export async function shutToProcess(
  pid: number,
  path: string,
  proc = '/proc',
  who = 'the daemon',
): Promise<Shut | undefined> {
  try {
    const [status, facts] = await Promise.all([readFile(`${proc}/${pid}/status`, 'utf8'), stat(path)]);
    const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1];
    const isRoots = /^Uid:\s*\d+\s+0\s/m.test(status);
    if (!isRoots || effective === undefined || ((BigInt(`0x${effective}`) >> overrideBit) & 1n) === 1n)
      return undefined;
    return isShutByMode(facts) ? await wordsFor(path, who) : undefined;
  } catch {
    // It ended meanwhile, or there is no such list here: nothing can be said.
    return undefined;
  }
}

/** The error of an account file that this process may not read and write. */
export function accountsShut(path: string, { problem, hint }: Shut): LapsError {
  return new LapsError('ERR_LAPS_ACCOUNTS_SHUT', { message: `${path}: ${problem}`, hint });
}
