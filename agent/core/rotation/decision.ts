/**
 * Whether a new password is needed now (spec 4.5). Pure: facts in, verdict out; asking twice answers once.
 *
 * Knows: the Entra reasons and their bits in event 10015. Promises: the device decides from its own memory; it never
 * asks the tenant. Must never: let a doubtful memory pass as a good one, or chance into a verdict.
 */
import type { DeviceState } from '../ports.ts';
import { msPerDay } from '../time.ts';
import type { Identity } from './journal.ts';

/** Bits of the mask in event 10015, Entra mode (spec 4.5). */
export const reasonBits = { expired: 0x01, authorityChanged: 0x02, accountChanged: 0x04, stateMissing: 0x10 } as const;

export interface DecisionFacts {
  /** Epoch ms. */
  readonly now: number;
  /** Root of the policy in force, spec 10: 1 CSP, 2 GPO, 3 Local, 4 Legacy. */
  readonly policySource: 1 | 2 | 3 | 4;
  readonly identity: Identity;
  readonly account: { readonly sid: string; readonly name: string; readonly mark: string };
  /** Undefined when there is none or it was damaged. */
  readonly state: DeviceState | undefined;
  /** What a password that something else set leads to: a new one at once, or a word about it. */
  readonly onForeignChange: ForeignChangeWish;
}

/** By configuration; see {@link DecisionFacts.onForeignChange}. */
export type ForeignChangeWish = 'rotate' | 'report';

export type Decision =
  | { readonly kind: 'leave'; readonly until: number; readonly foreignChange: boolean }
  | {
      readonly kind: 'rotate';
      readonly mask: number;
      readonly reasons: readonly string[];
      readonly foreignChange: boolean;
    };

/** What is wrong with the device's own memory, in words, or undefined (the last reason of spec 4.5). */
function inconsistency(state: DeviceState, facts: DecisionFacts): string | undefined {
  const { identity } = state;
  if (
    identity.tenantId !== facts.identity.tenantId ||
    identity.deviceId !== facts.identity.deviceId ||
    identity.machineId !== facts.identity.machineId
  )
    return 'the local state belongs to another device identity';
  if (state.LastPasswordUpdateTime > facts.now) return 'the last update lies in the future';
  if (state.AzurePasswordExpiryTime !== state.LastPasswordUpdateTime + state.passwordAgeDays * msPerDay)
    return 'the expiry does not follow from the last update';
  return undefined;
}

/** The verdict on a device whose rotation is idle and whose policy asks for backup to Entra ID. */
export function decide(facts: DecisionFacts): Decision {
  const { state, now } = facts;
  if (state === undefined) {
    // What was never set has expired and had no authority either: Windows shows 0x13 on a first enablement.
    const { expired, authorityChanged, stateMissing } = reasonBits;
    return {
      kind: 'rotate',
      mask: expired | authorityChanged | stateMissing,
      reasons: ['no password has been backed up yet', 'the policy authority is new', 'there is no local state'],
      foreignChange: false,
    };
  }
  let mask = 0;
  const reasons: string[] = [];
  const because = (bits: number, reason: string): void => {
    mask |= bits;
    reasons.push(reason);
  };
  if (now >= state.AzurePasswordExpiryTime) because(reasonBits.expired, 'the current password has expired');
  if (state.PolicySource !== facts.policySource)
    because(reasonBits.authorityChanged, 'the policy comes from another root');
  // For the other account there is no local state: Windows shows 0x14.
  if (state.accountSid !== facts.account.sid)
    because(reasonBits.accountChanged | reasonBits.stateMissing, 'another local account is managed now');
  // The tenant shows the password under the name it was backed up with; an administrator would look for the other.
  else if (state.accountName !== facts.account.name)
    because(reasonBits.stateMissing, 'the account has another name than the one its password was backed up under');
  const foreignChange = state.accountSid === facts.account.sid && state.mark !== facts.account.mark;
  if (foreignChange && facts.onForeignChange === 'rotate')
    because(reasonBits.stateMissing, 'the account is not known to have the password that was set');
  const wrong = inconsistency(state, facts);
  if (wrong !== undefined) because(reasonBits.stateMissing, wrong);
  if (mask === 0) return { kind: 'leave', until: state.AzurePasswordExpiryTime, foreignChange };
  return { kind: 'rotate', mask, reasons, foreignChange };
}
