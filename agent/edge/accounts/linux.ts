/**
 * Real accounts of a Linux machine (rotation.md 5, contract 6): the same AccountDb as the simulated machine's.
 *
 * Knows: passwd and shadow as they stand, and the system's own tools. Promises: every password goes through chpasswd, so
 * that the machine's hashing and PAM apply, and on its standard input only; what `set` and `putBack` did is on the disk
 * when they return; a locked account is locked again. Must never: write an account file itself, or run as anybody but root.
 */
import { createHmac } from 'node:crypto';
import { access, constants, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isLapsError, LapsError } from '../../core/errors.ts';
import type {
  Account,
  AccountDb,
  AccountExamination,
  AccountObstacle,
  AccountRemark,
  Clock,
  PasswordSnapshot,
} from '../../core/ports.ts';
import { createDurableFile } from '../durableFile.ts';
import { watchFolder } from '../folderWatch.ts';
import type { KeyRing } from '../keyRing.ts';
import { createAccountClaims } from './accountClaims.ts';
import { createAccountLocks } from './accountLocks.ts';
import { accountObstacle, shutFile, unwritable } from './accountObstacle.ts';
import { isFailLocked } from './failLock.ts';
import { createFollowedFile, type Followed } from './followed.ts';
import { managesAccount } from './otherFolder.ts';
import { createPasswordChange } from './passwordChange.ts';
import { type Allowance, barOf, noName, notLocal } from './protection.ts';
import { createProver } from './prover.ts';
import { firstRid, realDomain, uidOfSid } from './realSid.ts';
import { accountsShut, shutToUs } from './rootPowers.ts';
import {
  createSystemFiles,
  hashOf,
  isAgedOut,
  isExpired,
  isLockedField,
  isOfFirstEight,
  isWithoutShell,
  mustBeChanged,
  type ShadowLine,
  type SystemAccount,
} from './systemFiles.ts';
import { isCarriable, machineAccepts } from './systemPolicy.ts';
import { createSystemTools } from './systemTools.ts';

/** ERROR_PASSWORD_RESTRICTION and ERROR_NO_SUCH_USER. */
const hresults = { restriction: 0x8007052d, noSuchUser: 0x80070525 } as const;
const lookUpTimeoutMs = 5_000;
/** A shadow file larger than this belongs to no machine that this program is for. */
const maxShadowBytes = 64 * 1024 * 1024;

/** Whether a shell is there to be started; none named means /bin/sh. */
async function isThere(shell: string): Promise<boolean> {
  return (
    shell === '' ||
    access(shell, constants.X_OK).then(
      () => true,
      () => false,
    )
  );
}

export interface LinuxAccounts extends AccountDb {
  /** Once at a start, under the instance lock: refuses where the work cannot be done, waits for what was left at work. */
  ensure(): Promise<void>;
  /** Calls back whenever an account file changed; returns how to stop. */
  watch(onChange: () => void): () => void;
  /** What would keep the account from being changed, as far as a look tells. */
  obstacle(sid: string): Promise<AccountObstacle | undefined>;
  /** That somebody else may have written who manages the account. */
  doubt(sid: string): Promise<AccountObstacle | undefined>;
  /** Lets other laps-agents have every account that was claimed here. */
  letGo(): void;
}

/** `within`, `etc`, `locks`, `claims` and `waits` are otherwise in tests only. */
export function createLinuxAccounts(deps: {
  /** The data folder, and its own part for accounts, which must exist, mode 0700. */
  readonly data: string;
  readonly folder: string;
  readonly keys: KeyRing;
  readonly clock: Clock;
  /** As {@link readMachineId} gives it. */
  readonly machineId: string;
  readonly allow: Allowance;
  readonly callers: readonly number[];
  readonly etc?: string;
  readonly locks?: string;
  readonly claims?: string;
  readonly within?: readonly string[];
  readonly waits?: { readonly systemLockWaitMs: number };
}): LinuxAccounts {
  const { keys, clock, allow, callers, etc = '/etc' } = deps;
  const files = createSystemFiles({ etc });
  const tools = createSystemTools({ within: deps.within ?? [] });
  const prover = createProver({ tools });
  const followed = createFollowedFile({ folder: deps.folder });
  const shadowFile = createDurableFile({ path: files.shadowPath, label: 'accounts', maxBytes: maxShadowBytes });
  const locks = createAccountLocks({ folder: deps.locks ?? '/run/laps-agent/accounts', isOurs: isTool });
  const claims = createAccountClaims({
    folder: deps.claims ?? join(etc, 'laps-agent', 'accounts'),
    data: deps.data,
    isManaging: (data, uid) => managesAccount(data, uid, sidOf(uid)),
  });
  const change = createPasswordChange({
    tools,
    locks,
    shadowFile,
    systemLock: join(etc, '.pwd.lock'),
    async shut() {
      const found = await unwritable(etc, files.shadowPath);
      return found?.kind === 'unwritable' ? `${found.path}: ${found.problem}` : undefined;
    },
    ...deps.waits,
  });
  const domain = realDomain(deps.machineId);
  /** The data folder that has plainly taken an account over; a note that cannot be read names none. */
  async function takenOverBy(uid: number): Promise<string | undefined> {
    try {
      return await claims.elsewhere(uid);
    } catch (error) {
      if (isLapsError(error)) return undefined;
      throw error;
    }
  }
  /** The real content of each snapshot given out. */
  const snapshots = new WeakMap<PasswordSnapshot, { readonly name: string; readonly field: string }>();
  /** Names as policies asked for them, by the uid they led to. */
  const askedAs = new Map<number, string>();
  let claimed: number | undefined;

  async function isTool(pid: number): Promise<boolean> {
    const [chpasswd, exe] = await Promise.all([tools.find('chpasswd'), readlink(`/proc/${pid}/exe`).catch(() => '')]);
    return exe !== '' && exe === chpasswd;
  }

  const sidOf = (uid: number): string => `${domain}-${firstRid + uid}`;
  const uidOf = (sid: string): number | undefined => uidOfSid(domain, sid);

  function viewOf({ passwd, shadow }: SystemAccount): Account {
    return {
      sid: sidOf(passwd.uid),
      name: passwd.name,
      rid: firstRid + passwd.uid,
      enabled: shadow === undefined || !isExpired(shadow, clock.now()),
      locked: shadow !== undefined && isLockedField(shadow.field),
    };
  }

  async function withSid(sid: string): Promise<SystemAccount | undefined> {
    const uid = uidOf(sid);
    return (await files.accounts()).find((each) => each.passwd.uid === uid);
  }

  /** One whose password is kept on this machine. */
  async function shadowWithSid(sid: string): Promise<ShadowLine | undefined> {
    return (await withSid(sid))?.shadow;
  }

  async function markOf({ passwd, shadow }: SystemAccount): Promise<string | undefined> {
    if (shadow === undefined) return undefined;
    const key = await keys.ensureInstallationKey('mark');
    // Without the marks of a lock: locking an account changes nothing about its password.
    const mark = createHmac('sha256', key).update(JSON.stringify([sidOf(passwd.uid), hashOf(shadow.field)]));
    key.fill(0);
    return mark.digest('hex');
  }

  /** The account `name` leads to: by that name, or the managed one under the name it has now. */
  async function lookUp(
    name: string,
    all: readonly SystemAccount[],
  ): Promise<{ readonly found: SystemAccount | undefined; readonly remarks: readonly AccountRemark[] }> {
    const named = all.find((each) => each.passwd.name === name);
    if (named !== undefined) return { found: named, remarks: [] };
    const known = await followed.read();
    if (known === null || (known.asked !== name && known.name !== name)) return { found: undefined, remarks: [] };
    const there = all.find((each) => each.passwd.uid === known.uid);
    if (there === undefined) return { found: undefined, remarks: [] };
    if (await isFollowed(known, there)) return { found: there, remarks: [{ kind: 'renamed', from: name }] };
    return { found: undefined, remarks: [{ kind: 'idReused', from: known.name, account: viewOf(there) }] };
  }

  /** One of the two must have stayed: a uid is given again, and then to an account with another name and password. */
  async function isFollowed(known: Followed, there: SystemAccount): Promise<boolean> {
    return known.name === there.passwd.name || known.mark === (await markOf(there));
  }

  /** Notes the account with this uid as it is now. */
  async function follow(uid: number): Promise<void> {
    const [found, known] = await Promise.all([withSid(sidOf(uid)), followed.read()]);
    const mark = found === undefined ? undefined : await markOf(found);
    if (found === undefined || mark === undefined) return;
    // Another account with its number must not be taken for it later, unless the policy names that one.
    const isNamed = askedAs.get(uid) === found.passwd.name;
    if (known?.uid === uid && !isNamed && !(await isFollowed(known, found))) return;
    const asked = askedAs.get(uid) ?? (known?.uid === uid ? known.asked : found.passwd.name);
    await followed.write({ uid, name: found.passwd.name, asked, mark });
  }

  async function isInDirectoryService(name: string): Promise<boolean> {
    const getent = await tools.find('getent');
    if (getent === undefined || !/^[\p{L}\p{N}_]/u.test(name)) return false;
    const end = await tools.run({ path: getent, words: ['passwd', name], timeoutMs: lookUpTimeoutMs });
    return end.status === 0 && end.stdout.startsWith(`${name}:`);
  }

  async function remarksOn({ passwd, shadow }: SystemAccount): Promise<AccountRemark[]> {
    const remarks: AccountRemark[] = [];
    if (shadow !== undefined && isLockedField(shadow.field)) remarks.push({ kind: 'locked' });
    if (shadow !== undefined && isExpired(shadow, clock.now())) remarks.push({ kind: 'expired' });
    if (shadow !== undefined && isAgedOut(shadow, clock.now())) remarks.push({ kind: 'agedOut' });
    else if (shadow !== undefined && mustBeChanged(shadow, clock.now())) remarks.push({ kind: 'mustChange' });
    if (shadow !== undefined && isOfFirstEight(shadow.field)) remarks.push({ kind: 'firstEight' });
    if (await isFailLocked(files, passwd.name, clock.now())) remarks.push({ kind: 'failLocked' });
    if (isWithoutShell(passwd.shell)) remarks.push({ kind: 'noShell' });
    else if (!(await isThere(passwd.shell))) remarks.push({ kind: 'shellMissing' });
    return remarks;
  }

  async function examine(name: string | undefined): Promise<AccountExamination> {
    if (name === undefined) return { account: undefined, bar: noName, remarks: [] };
    const all = await files.accounts();
    const { found, remarks } = await lookUp(name, all);
    if (found === undefined) {
      const bar = remarks.length === 0 && (await isInDirectoryService(name)) ? notLocal(name) : undefined;
      return { account: undefined, bar, remarks };
    }
    askedAs.set(found.passwd.uid, name);
    const firstOrdinaryUid = await files.firstOrdinaryUid();
    const provesLocked = (await prover.reach()) === 'all';
    const bar = barOf(found, { all, firstOrdinaryUid, callers, allow, provesLocked });
    return { account: viewOf(found), bar, remarks: [...remarks, ...(await remarksOn(found))] };
  }

  return {
    async ensure() {
      if (process.getuid?.() !== 0)
        throw new LapsError('ERR_LAPS_PERMISSION', {
          message: 'only root can manage real accounts; nothing was touched',
          hint: 'run it with sudo, or manage simulated accounts: laps run --accounts simulated',
        });
      await change.ensure();
      if ((await prover.reach()) === 'none')
        throw new LapsError('ERR_LAPS_NO_SUCH_FILE', {
          message: 'no password can be proven on this machine: neither unix_chkpwd (PAM) nor perl is installed',
          hint: 'install PAM (Debian: libpam-modules-bin) or perl',
        });
      // Waits for what an earlier process left at work.
      await locks.atWork(() => shadowFile.sweep());
      await followed.sweep();
    },
    async obstacle(sid) {
      const found = await withSid(sid);
      if (found?.shadow === undefined) return undefined;
      const { passwd, shadow } = found;
      return accountObstacle({ claims, locks, prover, etc, shadowPath: files.shadowPath, uid: passwd.uid, shadow });
    },
    async doubt(sid) {
      const found = await withSid(sid);
      return found === undefined ? undefined : claims.doubt(found.passwd.uid);
    },
    letGo: () => locks.keepOnly([]),
    watch: (onChange) =>
      watchFolder({ folder: etc, matters: (name) => name === 'shadow' || name === 'passwd', onChange }),
    async find(name) {
      return (await examine(name)).account;
    },
    examine,
    async bySid(sid, known) {
      const found = await withSid(sid);
      if (found === undefined) return undefined;
      const isAnother =
        known !== undefined && known.name !== found.passwd.name && !known.marks.includes((await markOf(found)) ?? '');
      return isAnother ? undefined : viewOf(found);
    },
    async claim(sid, purpose) {
      const uid = uidOf(sid);
      const held = { kind: 'held', from: undefined } as const;
      if (uid === undefined) return held;
      const problem = await locks.claim(uid);
      // What is open is finished even when the note is damaged or cannot be written; not when the account was taken over,
      // whether or not whoever did is at work.
      const taker = purpose === 'finish' ? await takenOverBy(uid) : undefined;
      if (problem !== undefined) return taker === undefined ? { kind: 'busy', problem } : { kind: 'kept', data: taker };
      const outcome =
        taker !== undefined
          ? ({ kind: 'kept', data: taker } as const)
          : purpose === 'finish'
            ? held
            : await claims.take(uid, purpose === 'takeOver');
      if (outcome.kind !== 'held') {
        locks.letGo(uid);
        return outcome;
      }
      claimed = uid;
      // While its password still proves a rename: the next set makes it another one.
      if ((await followed.read())?.uid === uid) await follow(uid);
      return outcome;
    },
    async writable() {
      const closed = await shutToUs(files.shadowPath);
      if (closed !== undefined) throw accountsShut(files.shadowPath, closed);
      try {
        const reading = await shadowFile.read();
        if (reading.kind !== 'bytes') return `${files.shadowPath} cannot be read`;
        // Told before anything is sent: a password that is backed up is to be set at once.
        const shut = await shutFile(files.shadowPath);
        if (shut !== undefined) return `${files.shadowPath}: ${shut.problem}`;
        const busy = await change.busy();
        if (busy !== undefined) return busy;
        // Under the lock of all data folders: another one's sweep must not take the file away meanwhile.
        await locks.atWork(() => shadowFile.probe(reading.bytes.length));
        return undefined;
      } catch (error) {
        if (error instanceof LapsError) return error.message;
        throw error;
      }
    },
    async accepts(sid, candidate) {
      const found = await withSid(sid);
      return found !== undefined && machineAccepts({ files, tools }, found.passwd.name, candidate);
    },
    async mark(sid) {
      const found = await withSid(sid);
      return found === undefined ? undefined : markOf(found);
    },
    async snapshot(sid) {
      const shadow = await shadowWithSid(sid);
      if (shadow === undefined) return undefined;
      const snapshot: PasswordSnapshot = { sid };
      snapshots.set(snapshot, { name: shadow.name, field: shadow.field });
      return snapshot;
    },
    async set(sid, secret) {
      const shadow = await shadowWithSid(sid);
      if (shadow === undefined)
        return { kind: 'refused', hresult: hresults.noSuchUser, problem: 'the account is not there' };
      const password = secret.reveal();
      if (!isCarriable(password))
        return { kind: 'refused', hresult: hresults.restriction, problem: 'no line can carry this password' };
      const outcome = await change.set(shadow.name, password);
      if (outcome.kind === 'refused') return outcome;
      // chpasswd unlocks: the hash it writes has no mark before it.
      if (isLockedField(shadow.field)) await change.lock(shadow.name);
      await change.sync();
      return outcome;
    },
    async putBack(snapshot) {
      const before = snapshots.get(snapshot);
      if (before === undefined) throw new TypeError('this snapshot was not taken here');
      await change.putBack(before.name, before.field);
      await change.sync();
    },
    async relock(sid) {
      const shadow = await shadowWithSid(sid);
      if (shadow === undefined || isLockedField(shadow.field)) return;
      await change.lock(shadow.name);
      await change.sync();
    },
    sync: () => change.sync(),
    async opens(sid, secret) {
      const shadow = await shadowWithSid(sid);
      if (shadow === undefined || !isCarriable(secret.reveal())) return false;
      return prover.opens(shadow.name, shadow.field, secret);
    },
    async guard(sid) {
      const uid = sid === null ? undefined : uidOf(sid);
      // The one that was claimed last is about to be managed, or is.
      const kept = sid === null ? [] : [uid, claimed];
      await claims.keepOnly(kept);
      locks.keepOnly(kept);
      if (sid === null || uid === undefined) return followed.write(null);
      await follow(uid);
    },
  };
}
