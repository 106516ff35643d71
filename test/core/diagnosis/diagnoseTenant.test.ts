/** What the judgement of `laps doctor` says of what only the tenant knows: the switch and the newest backup. */
import assert from 'node:assert/strict';
import type { DoctorFacts } from '../../../agent/core/diagnosis/facts.ts';
import { diagnosed, failure, journal, read, resultOf } from '../../support/diagnosed.ts';
import { doctorNow, wellNetwork, wellState } from '../../support/doctorFacts.ts';
import { sampleRecords } from '../../support/journalRecords.ts';

describe('diagnose', () => {
  describe('the switch', () => {
    const refusal = journal({ attempts: 1, lastFailure: failure('ERR_LAPS_TENANT_REFUSED') });
    const seen = (lapsEnabled: boolean | undefined) => read({ lapsEnabled, lastBackup: read(null) });
    for (const [subcode, enabled, result, hint] of [
      ['error_fail', undefined, 'trouble', /switches it on/],
      ['error_fail', true, 'ok', /^$/],
      ['error_fail', false, 'trouble', /switches it on/],
      ['error_missing_device', true, 'trouble', /laps join/],
      ['error_authorization_request_denied', undefined, 'trouble', /disabled/],
      ['error_unsupported_join_type', undefined, 'trouble', /hybrid/],
      ['something_new', undefined, 'trouble', /administrator/],
    ] as const)
      it(`after the refusal ${subcode}, seen as ${enabled ?? 'nothing'}, is ${result}`, async () => {
        const told = await diagnosed({
          journal: refusal,
          lastRefusal: { subcode },
          administrator: seen(enabled),
        });
        const check = told.checks.find(({ name }) => name === 'switch');
        assert.equal(check?.result, result);
        assert.match(check?.trouble?.hint ?? '', hint);
      });

    it('is not guessed', async () => {
      assert.equal(resultOf(await diagnosed({ administrator: undefined }), 'switch'), 'notReached');
      assert.equal(resultOf(await diagnosed({ administrator: seen(undefined) }), 'switch'), 'notReached');
    });
  });

  describe("the tenant's newest backup", () => {
    const kept = (at: number | null): Partial<DoctorFacts> => ({
      administrator: read({ lapsEnabled: true, lastBackup: read(at) }),
    });
    const remembered = wellState.LastPasswordUpdateTime;
    const minute = 60_000;
    for (const [what, at, result] of [
      ['as remembered', remembered, 'ok'],
      ['a little earlier: the answer took its time', remembered - 9 * minute, 'ok'],
      ['a little later', remembered + 9 * minute, 'ok'],
      ['later', remembered + 11 * minute, 'trouble'],
      ['earlier', remembered - 11 * minute, 'trouble'],
      ['gone', null, 'trouble'],
    ] as const)
      it(`is ${result} when it is ${what}`, async () => {
        const told = await diagnosed(kept(at));
        assert.equal(resultOf(told, 'backup'), result);
        if (result === 'trouble') assert.equal(told.finding?.trouble?.code, 'ERR_LAPS_BACKUP_MISMATCH');
      });

    it("is compared by the tenant's clock", async () => {
      const clocks = { server: doctorNow, own: doctorNow + 3_600_000 };
      const told = await diagnosed({ ...kept(remembered - 3_600_000), network: { ...wellNetwork, clocks } });
      assert.equal(resultOf(told, 'backup'), 'ok');
    });

    it("is known by the tenant's own stamp, whatever this machine's clock said at the time", async () => {
      const year = 365 * 24 * 60 * minute;
      const stamped = (backedUpAt: number): Partial<DoctorFacts> => ({
        ...kept(remembered + year),
        state: read({ kind: 'state', state: { ...wellState, backedUpAt } } as const),
      });
      assert.equal(resultOf(await diagnosed(stamped(remembered + year)), 'backup'), 'ok');
      assert.equal(resultOf(await diagnosed(stamped(remembered)), 'backup'), 'trouble');
      // The stamp names one backup: a second later it is another's. It may be told without its fraction.
      assert.equal(resultOf(await diagnosed(stamped(remembered + year - 1000)), 'backup'), 'trouble');
      const whole = { ...stamped(remembered + year + 250), ...kept(remembered + year) };
      assert.equal((remembered + year) % 1000, 0);
      assert.equal(resultOf(await diagnosed(whole), 'backup'), 'ok');
    });

    it('is no trouble while a rotation is open or nothing is remembered', async () => {
      const later = kept(doctorNow);
      assert.equal(resultOf(await diagnosed({ ...later, journal: read(sampleRecords.prepared) }), 'backup'), 'ok');
      assert.equal(resultOf(await diagnosed({ ...later, journal: journal({ above: 1 }) }), 'backup'), 'ok');
      const absent = { ...later, journal: read('absent' as const), state: read({ kind: 'absent' } as const) };
      assert.equal(resultOf(await diagnosed(absent), 'backup'), 'ok');
    });
  });

  it('asks for a daemon only when something is due', async () => {
    const due = read({ kind: 'state', state: { ...wellState, AzurePasswordExpiryTime: doctorNow - 1 } } as const);
    const absent = { kind: 'absent', held: undefined } as const;
    assert.equal(resultOf(await diagnosed({ state: due }), 'schedule'), 'ok');
    assert.equal(resultOf(await diagnosed({ daemon: absent }), 'schedule'), 'ok');
    assert.equal(resultOf(await diagnosed({ daemon: absent, state: due }), 'schedule'), 'trouble');
  });
});
