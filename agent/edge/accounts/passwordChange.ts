/**
 * What changes a real account: chpasswd and usermod, and the disk that has to keep it (rotation.md 5).
 *
 * Knows: the traps of chpasswd: it takes a line without its end for a shorter password, unlocks, syncs nothing, and works
 * on when its parent is gone. Promises: a line is handed over whole and at once; whoever comes later waits for a program
 * that is still at work. Must never: write an account file itself, or tell what was on the line.
 */
import { isLapsError, LapsError } from '../../core/errors.ts';
import { halfDone } from '../../core/failureHints.ts';
import type { SetOutcome } from '../../core/ports.ts';
import type { DurableFile } from '../durableFile.ts';
import { faultPoint } from '../faultPoint.ts';
import { becomesFree } from '../instanceLock.ts';
import type { AccountLocks } from './accountLocks.ts';
import { type SystemTools, saidBy, type ToolEnd } from './systemTools.ts';

/** ERROR_PASSWORD_RESTRICTION, ERROR_SHARING_VIOLATION, ERROR_DISK_FULL, ERROR_TIMEOUT, ERROR_ACCESS_DENIED. */
const hresults = {
  restriction: 0x8007052d,
  busy: 0x80070020,
  disk: 0x80070070,
  timeout: 0x800705b4,
  denied: 0x80070005,
} as const;
const toolTimeoutMs = 30_000;
/** As long as the tools wait themselves; PAM's part of chpasswd goes on for a hundred times that, which is too long. */
const systemLockWaitMs = 15_000;

export interface PasswordChange {
  /** Throws ERR_LAPS_NO_SUCH_FILE when the system lacks a tool. */
  ensure(): Promise<void>;
  /** Why nothing can be changed now, in words: another program keeps the account files locked, and does not let go. */
  busy(): Promise<string | undefined>;
  /** Through PAM, as an administrator would. Durable only after {@link PasswordChange.sync}. */
  set(name: string, password: string): Promise<SetOutcome>;
  /** Puts a password field in place as it stands. Throws ERR_LAPS_ACCOUNT_REFUSED. */
  putBack(name: string, field: string): Promise<void>;
  /** Throws ERR_LAPS_ACCOUNT_REFUSED. */
  lock(name: string): Promise<void>;
  sync(): Promise<void>;
}

export function createPasswordChange(deps: {
  readonly tools: SystemTools;
  readonly locks: Pick<AccountLocks, 'atWork'>;
  readonly shadowFile: Pick<DurableFile, 'sync'>;
  /** The lock that every program takes that changes the account files: lckpwdf(3). */
  readonly systemLock: string;
  readonly systemLockWaitMs?: number;
  /** What keeps root from replacing the account files now, in words. */
  readonly shut: () => Promise<string | undefined>;
}): PasswordChange {
  const { tools, locks, shadowFile, systemLock } = deps;

  async function neededTool(name: string): Promise<string> {
    const path = await tools.find(name);
    if (path !== undefined) return path;
    throw new LapsError('ERR_LAPS_NO_SUCH_FILE', {
      message: `${name} is not where only root could have put it (/usr/sbin, /usr/bin, /sbin, /bin)`,
      hint: "install the system's account tools (Debian: passwd; Red Hat: shadow-utils)",
    });
  }

  /** One line on standard input of chpasswd, whole with its end: a cut one would be taken for a shorter password. */
  async function chpasswd(words: readonly string[], name: string, rest: string): Promise<ToolEnd> {
    const path = await neededTool('chpasswd');
    return locks.atWork(async ({ fd, note }) => {
      let noted: Promise<void> | undefined;
      const end = await tools.run({
        path,
        words,
        stdin: Buffer.from(`${name}:${rest}\n`),
        timeoutMs: toolTimeoutMs,
        keeps: fd,
        onStarted(pid) {
          noted = note(pid);
          faultPoint('account.chpasswd.started');
        },
        onDelivered: () => faultPoint('account.chpasswd.delivered'),
      });
      await noted;
      return end;
    });
  }

  async function busy(): Promise<string | undefined> {
    const isFree = await becomesFree(systemLock, deps.systemLockWaitMs ?? systemLockWaitMs);
    return isFree ? undefined : `another program keeps the account files locked (${systemLock})`;
  }

  function refusalOf(end: ToolEnd, password: string): SetOutcome & { readonly kind: 'refused' } {
    const problem = `chpasswd: ${saidBy(end, password)}`;
    if (end.timedOut) return { kind: 'refused', hresult: hresults.timeout, problem };
    if (/lock|busy|try again/i.test(problem)) return { kind: 'refused', hresult: hresults.busy, problem };
    if (/space|quota|read-only/i.test(problem)) return { kind: 'refused', hresult: hresults.disk, problem };
    return { kind: 'refused', hresult: hresults.restriction, problem };
  }

  return {
    busy,
    async ensure() {
      for (const name of ['chpasswd', 'usermod']) await neededTool(name);
    },
    async set(name, password) {
      const problem = await busy();
      if (problem !== undefined) return { kind: 'refused', hresult: hresults.busy, problem };
      let end: ToolEnd;
      try {
        end = await chpasswd([], name, password);
      } catch (error) {
        // It could not be started: the account has refused, and the event and the next attempt are those of a refusal.
        if (!isLapsError(error) || error.code !== 'ERR_LAPS_ACCOUNT_REFUSED') throw error;
        return { kind: 'refused', hresult: hresults.denied, problem: error.message };
      }
      if (end.status === 0 && end.delivered) return { kind: 'set' };
      const refusal = refusalOf(end, password);
      // PAM has one sentence for whatever went wrong in it. What shuts its files was not there when it was looked at first.
      const shut = refusal.hresult === hresults.restriction ? await deps.shut() : undefined;
      return shut === undefined ? refusal : { kind: 'refused', hresult: hresults.disk, problem: `chpasswd: ${shut}` };
    },
    async putBack(name, field) {
      const end = await chpasswd(['--encrypted'], name, field);
      if (end.status === 0 && end.delivered) return;
      throw new LapsError('ERR_LAPS_ACCOUNT_REFUSED', {
        message: `the previous password of ${name} could not be put back: ${saidBy(end, field)}`,
        hresult: halfDone,
        hint: 'the tenant holds the new one; the next cycle sets it again',
      });
    },
    async lock(name: string): Promise<void> {
      faultPoint('account.relock.before');
      const path = await neededTool('usermod');
      const end = await locks.atWork(({ fd }) =>
        tools.run({ path, words: ['--lock', name], timeoutMs: toolTimeoutMs, keeps: fd }),
      );
      if (end.status !== 0)
        throw new LapsError('ERR_LAPS_ACCOUNT_REFUSED', {
          message: `the account ${name} could not be locked again: ${saidBy(end)}`,
          hresult: halfDone,
          hint: `the next cycle tries again; or lock it by hand: usermod --lock ${name}`,
        });
      faultPoint('account.relock.after');
    },

    async sync(): Promise<void> {
      faultPoint('account.sync.before');
      await shadowFile.sync();
      faultPoint('account.sync.after');
    },
  };
}
