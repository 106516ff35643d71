/**
 * `laps doctor` on a joined device, as its stories run it.
 *
 * Promises: every run is held to what all of them promise: the form, every check told in order, an exit that fits the
 * finding, no file of the device changed, no backup asked for. Must never: know which trouble a story has made.
 */
import assert from 'node:assert/strict';
import sinon from 'sinon';
import { type CheckName, checkNames } from '../../agent/core/diagnosis/check.ts';
import { assertForm, at } from './contractForms.ts';
import type { JoinedCopy } from './joinedWorld.ts';
import type { HereWish } from './lapsHere.ts';
import { startLaps } from './lapsProcess.ts';
import type { FaultInPlace, NetworkWorld } from './networkWorld.ts';
import { fingerprint } from './processWorld.ts';
import { operationOf } from './stubTenant.ts';

const everything = ['identity', 'keys', 'journal', 'state', 'accounts', 'logs'] as const;
/** The administrator of the seed who may look at everything. */
export const admin = ['--user', 'clouddevice@contoso.test'] as const;

export interface Told {
  readonly status: number;
  readonly value: unknown;
  /** Name of the check that is the finding. */
  readonly finding: string | undefined;
  readonly code: string;
  readonly hint: string;
  readonly text: string;
  result(check: CheckName): string;
}

export interface DoctorRuns {
  doctor(
    copy: JoinedCopy,
    words?: readonly string[],
    wish?: Partial<HereWish> & { readonly within?: readonly string[] },
  ): Promise<Told>;
  /** With the network as a fault has left it; a deadline that it waits for passes. */
  during(copy: JoinedCopy, env: Readonly<Record<string, string>>, fault: FaultInPlace): Promise<Told>;
  /** That administrator's password, on standard input. */
  asAdmin(): Partial<HereWish>;
}

/** The command as a process, within other words. */
async function asProcess(copy: JoinedCopy, within: readonly string[]) {
  const env = { LAPS_DATA: copy.data, LAPS_POLICIES: copy.policies };
  const { status, stdout } = await startLaps(['doctor', '--json'], { cwd: copy.data, env, within }).ended;
  return { status: status ?? -1, value: JSON.parse(stdout) as unknown };
}

export function doctorRuns(world: NetworkWorld): DoctorRuns {
  const backups = (): number => world.door.requests.filter((request) => operationOf(request) === 'backup').length;
  const doctor: DoctorRuns['doctor'] = async (copy, words = [], wish = {}) => {
    const before = fingerprint(copy.data, everything);
    const sent = backups();
    const { status, value } = await (wish.within === undefined
      ? copy.json(['doctor', ...words], wish)
      : asProcess(copy, wish.within));
    assertForm('doctor', value);
    assert.equal(fingerprint(copy.data, everything), before, 'nothing is changed');
    assert.equal(backups(), sent, 'no backup is asked for');
    const checks = at(value, 'checks');
    assert.ok(Array.isArray(checks));
    assert.deepEqual(
      checks.map((check) => at(check, 'check')),
      checkNames,
    );
    const finding = at(value, 'finding', 'check');
    assert.equal(status, finding === undefined ? 0 : 1);
    assert.equal(at(value, 'healthy'), finding === undefined);
    assert.equal(at(value, 'error', 'code'), at(value, 'finding', 'code'));
    return {
      status,
      value,
      finding: finding === undefined ? undefined : String(finding),
      code: String(at(value, 'finding', 'code')),
      hint: String(at(value, 'finding', 'hint')),
      text: String(at(value, 'finding', 'text')),
      result: (name) => String(at(value, 'checks', checkNames.indexOf(name), 'result')),
    };
  };
  return {
    doctor,
    async during(copy, env, fault) {
      const within = fault.within === undefined ? {} : { within: fault.within };
      const wish = { env: { ...env, ...fault.env }, ...within };
      if (fault.reached === undefined) return doctor(copy, [], wish);
      const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
      try {
        const running = doctor(copy, [], wish);
        await Promise.race([fault.reached, running]);
        clock.tick(9_500);
        for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        clock.tick(500);
        return await running;
      } finally {
        clock.restore();
      }
    },
    asAdmin: () => ({ stdin: world.joined.tenant.passwordOf('clouddevice@contoso.test') }),
  };
}

export function expectFinding(told: Told, check: CheckName, code: string, hint: RegExp): void {
  assert.equal(told.finding, check, JSON.stringify(told.value));
  assert.equal(told.code, code);
  assert.match(told.hint, hint);
}
