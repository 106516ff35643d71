/** The difference between two policies: what applies, whether it rotates, and that the rotation's own decision agrees. */
import assert from 'node:assert/strict';
import { differenceOf, type PolicyDifference } from '../../../agent/core/policy/diff.ts';
import { accountNameOf, ageDaysOf, managementOf, policySourceCode } from '../../../agent/core/policy/effective.ts';
import { activeRootOf, type EffectivePolicy, resolvePolicy } from '../../../agent/core/policy/resolve.ts';
import { rootRows } from '../../../agent/core/policy/settings.ts';
import type { JoinType } from '../../../agent/core/ports.ts';
import { decide } from '../../../agent/core/rotation/decision.ts';
import { msPerDay } from '../../../agent/core/time.ts';
import { documentOf, osOf, policyOf, seeded } from '../../support/policies.ts';

const gpo = (settings: Record<string, unknown>): unknown => ({ [rootRows.GPO.key]: settings });
const legacy = (settings: Record<string, unknown>): unknown => ({ [rootRows.Legacy.key]: settings });
const diff = (a: unknown, b: unknown, joinType: JoinType = 'hybrid'): PolicyDifference =>
  differenceOf({ before: policyOf(a, { path: 'a.json' }), after: policyOf(b, { path: 'b.json' }) }, joinType);
const changed = ({ changes }: PolicyDifference): string[] => changes.map((change) => change.setting);
const entra = { BackupDirectory: 1 };
const ad = { BackupDirectory: 2 };

describe('the difference between two policies', () => {
  it('is nothing for other words with the same effect', () => {
    const pairs: ReadonlyArray<readonly [unknown, unknown]> = [
      [entra, { BackupDirectory: 1, PasswordLength: 14, PassphraseLength: 9 }],
      [entra, { BackupDirectory: 1, PasswordAgeDays: 30, ADEncryptedPasswordHistorySize: 5 }],
      [
        { ...entra, PasswordAgeDays: 3 },
        { ...entra, PasswordAgeDays: 7 },
      ],
      [{ ...entra, PasswordLength: 99 }, entra],
      [{ BackupDirectory: 0, PasswordLength: 9 }, { PasswordLength: 30 }],
      [{}, { BackupDirectory: 0 }],
      [gpo({ BackupDirectory: 0 }), { PasswordLength: 8 }],
      [
        { ...ad, ADPasswordEncryptionPrincipal: 'CONTOSO\\Readers' },
        { ...ad, ADPasswordEncryptionPrincipal: 'contoso\\readers' },
      ],
    ];
    for (const [a, b] of pairs) assert.deepEqual([diff(a, b).same, changed(diff(a, b))], [true, []]);
  });

  it('tells only what applies on a side', () => {
    const difference = diff(entra, { ...entra, PasswordComplexity: 7, PasswordLength: 30 });
    assert.deepEqual(changed(difference), ['PasswordLength', 'PassphraseLength', 'PasswordComplexity']);
    const [length, words] = difference.changes;
    assert.deepEqual([length?.before.applies, length?.after.applies], [true, false]);
    assert.deepEqual([words?.before.applies, words?.after.value], [false, 6]);
  });

  it('takes no setting for used on a side that manages nothing, whatever the reason', () => {
    const longer = { ...entra, PasswordLength: 24 };
    const unmanaged: ReadonlyArray<readonly [unknown, JoinType]> = [
      [{ ...ad, PasswordLength: 20 }, 'entra'],
      [{ ...entra, AdministratorAccountName: 'a/b', PasswordLength: 20 }, 'entra'],
      [{ ...ad, ADPasswordEncryptionPrincipal: '"Readers"', PasswordLength: 20 }, 'hybrid'],
    ];
    for (const [idle, joinType] of unmanaged)
      for (const isAfter of [false, true]) {
        const difference = isAfter ? diff(longer, idle, joinType) : diff(idle, longer, joinType);
        assert.deepEqual(difference.windows[isAfter ? 'after' : 'before'].manages, false);
        const used = difference.changes.filter((change) => change[isAfter ? 'after' : 'before'].applies);
        assert.deepEqual(
          used.map(({ setting }) => setting),
          difference.changes.flatMap(({ setting }) => (setting === 'BackupDirectory' ? [setting] : [])),
        );
        assert.ok(changed(difference).includes('PasswordLength'));
        assert.ok(!changed(difference).includes('ADPasswordEncryptionEnabled'));
      }
  });

  it('counts another root as a difference, since it rotates', () => {
    const { same, changes, rotation } = diff(entra, gpo(entra));
    assert.deepEqual([same, changes, rotation.next, rotation.mask], [false, [], 'yes', 0x02]);
  });

  it('rotates for another account, whatever the case of its name', () => {
    const named = (name: string): unknown => ({ ...entra, AdministratorAccountName: name });
    assert.deepEqual([diff(entra, named('x')).rotation.mask, diff(named('x'), named('y')).rotation.mask], [0x14, 0x14]);
    const { same, rotation } = diff(named('LapsAdmin'), named('lapsadmin'));
    assert.deepEqual([same, rotation.next], [true, 'no']);
  });

  it('does not rotate for age, length or complexity, and says what becomes of the present password', () => {
    const { rotation } = diff(entra, { ...entra, PasswordAgeDays: 8, PasswordLength: 20 }, 'entra');
    assert.deepEqual([rotation.next, rotation.mask, rotation.reasons], ['no', 0, []]);
    assert.match(rotation.notes.join(' '), /keeps its expiry.*PasswordLength: used for the next password/);
    assert.equal(diff(entra, { ...entra, PostAuthenticationActions: 1 }).rotation.next, 'no');
  });

  it('rotates when management begins, with the mask of a first enablement, and not when it ends', () => {
    assert.deepEqual([diff({}, entra).rotation.next, diff({}, entra).rotation.mask], ['yes', 0x13]);
    assert.deepEqual([diff({}, ad).rotation.next, diff({}, ad).rotation.mask], ['yes', null]);
    const ends = diff(entra, { BackupDirectory: 0 });
    assert.deepEqual(
      [ends.rotation.next, ends.windows.after.manages, changed(ends).includes('BackupDirectory')],
      ['no', false, true],
    );
    assert.match(ends.rotation.notes.join(), /stays as it was set last/);
  });

  it('rotates for another directory, and knows no bits in Active Directory', () => {
    for (const [a, b] of [
      [entra, ad],
      [ad, entra],
      [ad, gpo(ad)],
      [ad, { ...ad, AdministratorAccountName: 'x' }],
    ] as const)
      assert.deepEqual([diff(a, b).rotation.next, diff(a, b).rotation.mask], ['yes', null]);
    const secret = { ...ad, ADPasswordEncryptionPrincipal: 'S-1-5-32-544' };
    assert.equal(diff(ad, secret).rotation.next, 'yes');
    assert.equal(diff({ ...ad, ADPasswordEncryptionEnabled: false }, ad).rotation.next, 'yes');
  });

  it('leaves open what no source establishes', () => {
    const cases: ReadonlyArray<readonly [unknown, unknown]> = [
      [entra, { ...entra, AutomaticAccountManagementEnabled: true }],
      [
        { ...ad, PasswordAgeDays: 30 },
        { ...ad, PasswordAgeDays: 10 },
      ],
      [ad, { ...ad, ADPasswordEncryptionEnabled: false }],
    ];
    for (const [a, b] of cases) {
      const { rotation } = diff(a, b);
      assert.deepEqual([rotation.next, rotation.mask, rotation.reasons.length], ['open', null, 1]);
    }
    assert.equal(
      diff(ad, { ...ad, PasswordAgeDays: 10, PasswordExpirationProtectionEnabled: false }).rotation.next,
      'no',
    );
  });

  it('promises no rotation where nothing is backed up afterwards, and says so', () => {
    const named = (name: string): object => ({ ...entra, AdministratorAccountName: name });
    const cases: ReadonlyArray<readonly [unknown, unknown, number]> = [
      [named('x'), named('x '), 10013],
      [entra, named('a/b'), 10013],
      [ad, { ...ad, ADPasswordEncryptionPrincipal: 'Readers' }, 10034],
    ];
    for (const [a, b, event] of cases) {
      const { same, windows, rotation } = diff(a, b);
      assert.deepEqual([same, windows.after.manages, windows.after.event], [false, false, event]);
      assert.deepEqual([rotation.next, rotation.mask], ['no', 0]);
      assert.match(rotation.notes.join(), /^nothing is backed up under the second policy: the present password stays/);
    }
    const mended = diff(named('x '), named('x'));
    assert.deepEqual([mended.rotation.next, mended.rotation.mask], ['yes', null]);
    assert.match(diff(named('x '), named('y ')).rotation.notes.join(), /nothing is backed up under either policy/);
  });

  it('is nothing where nothing is managed under either policy, for whatever reasons', () => {
    const named = (name: string) => ({ ...entra, AdministratorAccountName: name });
    const cases: ReadonlyArray<readonly [unknown, unknown, JoinType]> = [
      [named('a/b'), { ...named('a/b'), PasswordLength: 20 }, 'hybrid'],
      [named('a/b'), named('c/d'), 'hybrid'],
      [named('a/b'), gpo(named('a/b')), 'hybrid'],
      [named('a/b'), { BackupDirectory: 0 }, 'hybrid'],
      [ad, { ...ad, PasswordLength: 20 }, 'entra'],
      [entra, ad, 'registered'],
    ];
    for (const [a, b, joinType] of cases) {
      const { same, changes, rotation } = diff(a, b, joinType);
      assert.deepEqual([same, changes, rotation.next], [true, [], 'no']);
      assert.deepEqual(rotation.notes, ['nothing is backed up under either policy']);
    }
    assert.equal(diff(named('a/b'), named('a b')).same, false);
  });

  it('compares legacy policies on a Windows without LAPS by what the older LAPS may follow', () => {
    const os = '10.0.14393';
    const on = (settings: object): EffectivePolicy => policyOf(legacy({ AdmPwdEnabled: 1, ...settings }), { os });
    const [short, long] = [on({ PasswordLength: 8 }), on({ PasswordLength: 14 })];
    const difference = differenceOf({ before: short, after: long }, 'hybrid');
    assert.deepEqual([difference.same, changed(difference)], [false, ['PasswordLength']]);
    assert.deepEqual([difference.rotation.next, difference.rotation.mask], ['open', null]);
    assert.match(difference.rotation.reasons.join(), /Windows LAPS makes none.*older Microsoft LAPS/);
    const unread = policyOf(gpo(ad), { os });
    const begun = differenceOf({ before: unread, after: long }, 'hybrid');
    assert.deepEqual(
      [begun.same, changed(begun).includes('BackupDirectory'), begun.rotation.next],
      [false, true, 'open'],
    );
    const ended = differenceOf({ before: long, after: unread }, 'hybrid');
    assert.deepEqual([ended.same, ended.rotation.next], [false, 'no']);
    assert.match(ended.rotation.notes.join(), /under the second policy/);
    assert.equal(differenceOf({ before: long, after: long }, 'hybrid').same, true);
    // Without a domain nobody follows it, and switched off it asks for nothing.
    assert.equal(differenceOf({ before: short, after: long }, 'entra').same, true);
    const off = differenceOf({ before: unread, after: on({ AdmPwdEnabled: 0, PasswordLength: 9 }) }, 'hybrid');
    assert.deepEqual([off.same, off.windows.after.why.endsWith('so nobody follows the legacy policy')], [true, true]);
  });

  it('does not take the built-in Administrator by its name for another account, nor for the same one', () => {
    const named = { ...entra, AdministratorAccountName: 'Administrator' };
    const taken = diff(named, entra);
    assert.deepEqual([taken.rotation.next, taken.rotation.mask], ['open', null]);
    assert.match(taken.rotation.reasons.join(), /called "Administrator".*stays the same; elsewhere .* is taken over/);
    const given = diff(entra, named);
    assert.equal(given.rotation.next, 'open');
    assert.match(given.rotation.reasons.join(), /elsewhere no such account is found, and nothing is backed up/);
    const moved = diff(entra, gpo(named));
    assert.deepEqual([moved.rotation.next, moved.rotation.mask, moved.rotation.notes.length], ['yes', 0x02, 1]);
    assert.match(diff(entra, { ...entra, AdministratorAccountName: 'x' }).rotation.reasons.join(), /one called "x"$/);
  });

  it('is not certain of a rotation where the backup is not', () => {
    const spaced = { ...ad, ADPasswordEncryptionPrincipal: ' C\\Readers ' };
    const { rotation } = diff(ad, spaced);
    assert.equal(rotation.next, 'open');
    assert.match(rotation.reasons.join(), /may fail to find who shall decrypt/);
    assert.deepEqual(rotation.notes, ['if it can, it does: another principal may decrypt the password']);
    assert.equal(diff({}, spaced).rotation.next, 'open');
    assert.equal(diff(spaced, { ...spaced, PasswordLength: 20 }).rotation.next, 'no');
  });

  it('says of a shorter age under expiration protection one thing only', () => {
    const { rotation } = diff({ ...ad, PasswordAgeDays: 30 }, { ...ad, PasswordAgeDays: 10, PasswordLength: 20 });
    assert.match(rotation.reasons.join(), /the sources disagree/);
    assert.deepEqual(rotation.notes, ['PasswordLength: used for the next password; the present one stays as it is']);
    assert.match(diff(ad, { ...ad, PasswordAgeDays: 99 }).rotation.notes.join(), /keeps its expiry/);
  });

  it('depends on how the device is joined', () => {
    assert.equal(diff(entra, ad, 'entra').rotation.next, 'no');
    assert.equal(diff(entra, { ...entra, AdministratorAccountName: 'x' }, 'registered').rotation.next, 'no');
  });

  it('compares legacy policies by what emulation takes from them', () => {
    const on = { AdmPwdEnabled: 1 };
    assert.deepEqual(changed(diff(legacy({ ...on, PasswordLength: 12 }), legacy({ ...on, PasswordLength: 20 }))), [
      'PasswordLength',
    ]);
    assert.deepEqual(changed(diff(legacy({ ...on, AdmPwdConfigured: 1 }), legacy({ ...on, AdminAccountName: 'x' }))), [
      'AdministratorAccountName',
    ]);
    assert.equal(diff(legacy({ PasswordLength: 12 }), legacy({ PasswordLength: 20 })).same, true);
  });

  it('agrees with the decision that a device takes, for random policies', () => {
    const below = seeded(20);
    const pick = <T>(...from: readonly T[]): T => from[below(from.length)] as T;
    const random = (): EffectivePolicy => {
      const root = pick('CSP', 'GPO', 'Local') as 'CSP' | 'GPO' | 'Local';
      const document = documentOf({
        BackupDirectory: pick(1, 1, 0),
        AdministratorAccountName: pick('', 'a', 'A', 'b'),
        PasswordAgeDays: pick(1, 7, 30, 99),
        PasswordLength: pick(8, 14, 99),
        PasswordComplexity: pick(1, 4, 7),
      });
      assert.ok(activeRootOf([{ root, document }], osOf()));
      return resolvePolicy({ documents: [{ root, document }], os: osOf() });
    };
    const identity = { tenantId: 't', deviceId: 'd', machineId: 'm' };
    const accountOf = (policy: EffectivePolicy) => {
      const name = accountNameOf(policy)?.toLowerCase() ?? 'administrator';
      return { sid: `S-${name}`, name, mark: name };
    };
    let rotating = 0;
    for (let run = 0; run < 500; run += 1) {
      const [before, after] = [random(), random()];
      const { rotation } = differenceOf({ before, after }, 'entra');
      const source = policySourceCode(after);
      if (!managementOf(before, 'entra').manages || !managementOf(after, 'entra').manages || source === 0) continue;
      const was = policySourceCode(before);
      if (was === 0) continue;
      const at = 1_800_000_000_000;
      const { sid, name, mark } = accountOf(before);
      const verdict = decide({
        now: at + 1,
        policySource: source,
        identity,
        account: accountOf(after),
        onForeignChange: 'rotate',
        state: {
          LastPasswordUpdateTime: at,
          LastAccountRidUpdated: 1000,
          rotationId: 'r',
          AzurePasswordExpiryTime: at + ageDaysOf(before) * msPerDay,
          PolicySource: was,
          passwordAgeDays: ageDaysOf(before),
          accountSid: sid,
          accountName: name,
          mark,
          identity,
        },
      });
      assert.deepEqual([rotation.next, rotation.mask], verdict.kind === 'rotate' ? ['yes', verdict.mask] : ['no', 0]);
      if (verdict.kind === 'rotate') rotating += 1;
    }
    assert.ok(rotating > 50);
  });
});
