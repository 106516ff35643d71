/**
 * Judges what the tenant makes of this device: its token, the switch, and whether the newest backup is the one this
 * machine remembers.
 *
 * Knows: that the switch cannot be asked for with the device's own token, and that a machine put back to an earlier state
 * cannot see it by itself. Promises: what only an administrator sees is never guessed. Must never: post anything.
 */
import type { WireFailure } from '../ports.ts';
import { isoOf } from '../time.ts';
import { type Check, notReached, notReachedWords, ok, trouble } from './check.ts';
import type { AdministratorFacts, DoctorFacts, Trouble } from './facts.ts';
import { openFailureOf } from './machine.ts';
import { messageOf } from './network.ts';

/** The device may store the tenant's yes that much later than the tenant dates it. */
const mostDelayMs = 600_000;

/** Why an administrator was not asked. */
const unasked = ({ network }: DoctorFacts): string =>
  network?.token === undefined ? notReachedWords : 'only an administrator sees it: laps doctor --user UPN';

function tokenTrouble(failure: WireFailure): Trouble {
  const aadsts = failure.token?.aadsts ?? 0;
  const named = aadsts === 0 || failure.message.includes(String(aadsts)) ? '' : ` (AADSTS${aadsts})`;
  return { code: failure.code, message: `${messageOf(failure)}${named}`, hint: failure.hint ?? null };
}

export function tokenCheck({ network }: DoctorFacts): Check {
  const token = network?.token;
  if (token === undefined) return notReached('token', notReachedWords);
  if (token.kind === 'failed') return trouble('token', tokenTrouble(token.failure));
  return ok('token', 'the tenant accepts this device');
}

/** What each refusal of the device service means (wire 3.2), where it is not the switch. */
const refusalHints: Readonly<Record<string, string>> = {
  error_missing_device: 'the device was deleted in the tenant: laps leave, then laps join',
  error_authorization_request_denied: 'an administrator looks at the device in Devices: it may be disabled',
  error_unsupported_join_type: 'only Entra joined and hybrid joined devices can back up; leave and join as one',
};

const switchHint = 'an administrator switches it on in Devices > Device settings; the present password stays valid';

export function switchCheck(facts: DoctorFacts): Check {
  const failure = openFailureOf(facts);
  const { administrator, lastRefusal } = facts;
  const enabled = administrator?.kind === 'read' ? administrator.value.lapsEnabled : undefined;
  if (enabled === false)
    return trouble('switch', {
      code: 'ERR_LAPS_TENANT_REFUSED',
      message: 'LAPS is switched off in this tenant',
      hint: switchHint,
    });
  if (failure?.code === 'ERR_LAPS_TENANT_REFUSED') {
    const subcode = lastRefusal?.subcode ?? '';
    // Switched on meanwhile: what was refused for that is history.
    if (!(subcode === 'error_fail' && enabled === true))
      return trouble('switch', {
        code: failure.code,
        message: `the last backup, at ${isoOf(failure.at) ?? '?'}, was refused: ${failure.message}`,
        hint:
          subcode === 'error_fail'
            ? switchHint
            : (refusalHints[subcode] ?? 'ask an administrator of the tenant; the present password stays valid'),
      });
  }
  if (enabled === true) return ok('switch', 'LAPS is switched on in this tenant');
  return notReached('switch', unasked(facts));
}

/** This machine's last rotation, as it remembers it: a tenant time, and whether a backup of another one is that rotation's. */
interface Remembered {
  readonly at: number;
  isOf(kept: number): boolean;
}

/**
 * By the tenant's own stamp, which names the backup whatever clock was wrong then; where that is not known, by this
 * machine's date, as far as the clocks differ today.
 */
function rememberedOf({ state, network }: DoctorFacts): Remembered | undefined {
  if (state.kind === 'failed' || state.value.kind !== 'state') return undefined;
  const { backedUpAt: stamp, LastPasswordUpdateTime } = state.value.state;
  if (stamp !== undefined) return { at: stamp, isOf: (kept) => isOneStamp(stamp, kept) };
  const clocks = network?.clocks;
  const at = LastPasswordUpdateTime - (clocks === undefined ? 0 : clocks.own - clocks.server);
  return { at, isOf: (kept) => Math.abs(kept - at) <= mostDelayMs };
}

/** A stamp may be told once with its fraction and once without. */
function isOneStamp(a: number, b: number): boolean {
  const isWhole = a % 1000 === 0 || b % 1000 === 0;
  return a === b || (isWhole && Math.trunc(a / 1000) === Math.trunc(b / 1000));
}

function compare(facts: DoctorFacts, kept: number | null): Check {
  const remembered = rememberedOf(facts);
  const record =
    facts.journal.kind === 'read' && typeof facts.journal.value !== 'string' ? facts.journal.value : undefined;
  if (record?.state === 'idle' && record.above > 0)
    return ok('backup', 'what was sent last is in doubt: the next cycle makes another');
  if (record !== undefined && record.state !== 'idle')
    return ok('backup', 'a rotation is open: the next cycle settles which backup counts');
  const told = (at: number): string => isoOf(at) ?? '?';
  if (remembered === undefined)
    return ok(
      'backup',
      kept === null ? 'there was none yet' : `one of ${told(kept)} is kept; the next cycle makes another`,
    );
  if (kept === null)
    return trouble('backup', {
      code: 'ERR_LAPS_BACKUP_MISMATCH',
      message: `the tenant keeps no password of this device, and this machine backed one up at ${told(remembered.at)}`,
      hint: 'the tenant was put back to an earlier state, or the device was deleted and made again: laps reset backs up a new password',
    });
  if (remembered.isOf(kept)) return ok('backup', `of ${told(kept)}, as this machine remembers it`);
  if (kept > remembered.at)
    return trouble('backup', {
      code: 'ERR_LAPS_BACKUP_MISMATCH',
      message: `the tenant's newest backup is of ${told(kept)}, this machine remembers ${told(remembered.at)} as its last: the machine or its data was put back to an earlier state, or another machine uses its identity`,
      hint: 'the account opens with an earlier password: laps recover DEVICE --as-plain-text --include-history shows it; laps reset then makes a new one that both know',
    });
  return trouble('backup', {
    code: 'ERR_LAPS_BACKUP_MISMATCH',
    message: `the tenant's newest backup is of ${told(kept)}, older than the one of ${told(remembered.at)} that this machine remembers: the tenant was put back to an earlier state`,
    hint: 'nobody can recover the password in use until there is a new one: laps reset',
  });
}

function asked(facts: DoctorFacts, { lastBackup }: AdministratorFacts): Check {
  return lastBackup.kind === 'failed' ? trouble('backup', lastBackup.trouble) : compare(facts, lastBackup.value);
}

export function backupCheck(facts: DoctorFacts): Check {
  const { administrator } = facts;
  if (administrator === undefined) return notReached('backup', unasked(facts));
  return administrator.kind === 'failed' ? trouble('backup', administrator.trouble) : asked(facts, administrator.value);
}
