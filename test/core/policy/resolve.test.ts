/** Four roots to one effective policy. */
import assert from 'node:assert/strict';
import { passwordSpecOf, policyEventFields } from '../../../agent/core/policy/effective.ts';
import { resolvePolicy } from '../../../agent/core/policy/resolve.ts';
import { rootNames, settingNames, settingRows } from '../../../agent/core/policy/settings.ts';
import type { PolicyRootName } from '../../../agent/core/ports.ts';
import { documentOf, osOf, policyOf, seeded } from '../../support/policies.ts';
import { readNow } from '../../support/readers.ts';

const resolve = (roots: Partial<Record<PolicyRootName, unknown>>, os?: string) =>
  resolvePolicy({
    documents: rootNames.flatMap((root) =>
      roots[root] === undefined ? [] : [{ root, document: documentOf(roots[root], `${root}.json`) }],
    ),
    os: osOf(os),
  });

describe('the effective policy', () => {
  it('comes from the first root that sets anything, whole', () => {
    const policy = resolve({ CSP: { PasswordLength: 20 }, GPO: { BackupDirectory: 1, PasswordAgeDays: 9 } });
    assert.equal(policy.source, 'CSP');
    assert.equal(policy.settings.BackupDirectory.value, 0);
    assert.equal(policy.settings.PasswordAgeDays.origin, 'default');
    assert.equal(policy.settings.PasswordLength.value, 20);
  });

  it('passes over roots that set nothing, in the order CSP, GPO, Local, Legacy', () => {
    assert.equal(resolve({ CSP: {}, GPO: {}, Local: { BackupDirectory: 1 } }).source, 'Local');
    assert.equal(resolve({ Local: { BackupDirectory: 0 }, Legacy: { AdmPwdEnabled: 1 } }).source, 'Local');
    assert.equal(resolve({ GPO: { BackupDirectory: 1 }, Local: { BackupDirectory: 1 } }).source, 'GPO');
    assert.equal(resolve({ CSP: {} }).source, 'none');
    assert.equal(resolve({}).source, 'none');
  });

  it('is the legacy one where there is no Windows LAPS, for nothing follows another', () => {
    const roots = { GPO: { BackupDirectory: 2 }, Legacy: { AdmPwdEnabled: 1, PasswordLength: 20 } };
    assert.deepEqual([resolve(roots).source, resolve(roots, '10.0.14393').source], ['GPO', 'Legacy']);
    assert.equal(resolve({ GPO: { BackupDirectory: 2 }, Legacy: {} }, '10.0.14393').source, 'GPO');
  });

  it('is not drawn to a root by an unknown name or by one that its Windows does not have yet', () => {
    assert.equal(resolve({ CSP: { PasswordLenght: 20 }, GPO: { BackupDirectory: 1 } }).source, 'GPO');
    assert.equal(resolve({ CSP: { PassphraseLength: 4 }, GPO: { BackupDirectory: 1 } }, '10.0.22631').source, 'GPO');
    assert.equal(resolve({ CSP: { PassphraseLength: 4 }, GPO: { BackupDirectory: 1 } }).source, 'CSP');
  });

  it('fills with every default of the table', () => {
    const { settings } = resolve({ CSP: { BackupDirectory: 1 } });
    for (const name of settingNames)
      if (name !== 'BackupDirectory')
        assert.deepEqual([settings[name].value, settings[name].origin], [settingRows[name].default, 'default'], name);
  });

  it('tells where a value was set', () => {
    const { settings } = policyOf('{\n  "BackupDirectory": 1\n}');
    assert.deepEqual(settings.BackupDirectory, {
      value: 1,
      origin: 'set',
      file: 'csp.json',
      line: 2,
      column: 3,
      applies: true,
    });
  });

  it('replaces an unsupported value by the default, not by the nearest, and keeps what was given', () => {
    const { settings } = policyOf({ BackupDirectory: 1, PasswordLength: 99, PasswordAgeDays: 400 });
    assert.equal(settings.PasswordLength.value, 14);
    assert.equal(settings.PasswordLength.origin, 'adjusted');
    assert.equal(settings.PasswordLength.given, 99);
    assert.match(settings.PasswordLength.why ?? '', /8 to 64/);
    assert.equal(settings.PasswordAgeDays.value, 30);
  });

  it('uses complexity 4 for a value that its Windows does not have yet', () => {
    const { settings } = policyOf({ BackupDirectory: 1, PasswordComplexity: 6 }, { os: '10.0.22631' });
    assert.equal(settings.PasswordComplexity.value, 4);
    assert.equal(settings.PasswordComplexity.origin, 'adjusted');
    assert.equal(settings.PasswordLength.applies, true);
    assert.equal(settings.PassphraseLength.applies, false);
  });

  it('raises PasswordAgeDays 1 to 6 to 7 with Entra ID only', () => {
    for (const days of [1, 6]) {
      const { settings } = policyOf({ BackupDirectory: 1, PasswordAgeDays: days });
      assert.deepEqual([settings.PasswordAgeDays.value, settings.PasswordAgeDays.given], [7, days]);
      assert.equal(policyOf({ BackupDirectory: 2, PasswordAgeDays: days }).settings.PasswordAgeDays.value, days);
    }
    assert.equal(policyOf({ BackupDirectory: 1, PasswordAgeDays: 7 }).settings.PasswordAgeDays.origin, 'set');
    assert.equal(policyOf({ BackupDirectory: 1, PasswordAgeDays: 0 }).settings.PasswordAgeDays.value, 30);
  });

  it('takes the last of two settings with one name', () => {
    assert.equal(policyOf('{"PasswordLength": 8, "PasswordLength": 9}').settings.PasswordLength.value, 9);
  });

  it('counts an empty account name as the built-in account and an empty prefix as unset', () => {
    const { settings } = policyOf({ AdministratorAccountName: '', AutomaticAccountManagementNameOrPrefix: '' });
    assert.equal(settings.AdministratorAccountName.origin, 'set');
    assert.equal(settings.AutomaticAccountManagementNameOrPrefix.value, 'WLapsAdmin');
  });

  it('says which settings a device does not look at, and why', () => {
    const idle = (content: unknown): string[] => {
      const { settings } = policyOf(content);
      return settingNames.filter((name) => !settings[name].applies);
    };
    assert.deepEqual(idle({ BackupDirectory: 0 }), settingNames.slice(1));
    const entra = idle({ BackupDirectory: 1 });
    assert.ok(entra.includes('ADPasswordEncryptionEnabled') && entra.includes('PassphraseLength'));
    assert.ok(!entra.includes('PasswordLength'));
    assert.ok(idle({ BackupDirectory: 1, PasswordComplexity: 8 }).includes('PasswordLength'));
    assert.ok(idle({ BackupDirectory: 1, PostAuthenticationResetDelay: 0 }).includes('PostAuthenticationActions'));
    assert.ok(idle({ BackupDirectory: 1, AutomaticAccountManagementEnabled: 1 }).includes('AdministratorAccountName'));
    assert.ok(idle({ BackupDirectory: 2, ADPasswordEncryptionEnabled: 0 }).includes('ADPasswordEncryptionPrincipal'));
    const why = policyOf({ BackupDirectory: 1, PasswordComplexity: 8 }).settings.PasswordLength.why;
    assert.match(why ?? '', /PasswordComplexity 8/);
  });

  it('says plainly that a legacy policy is not supported', () => {
    const policy = resolve({ Legacy: { AdmPwdEnabled: 1, PasswordLength: 20 } });
    assert.equal(policy.source, 'Legacy');
    assert.match(policy.notSupported ?? '', /not emulated/);
    const applied = (legacy: object): string[] => {
      const { settings } = resolve({ Legacy: legacy });
      return settingNames.filter((name) => settings[name].applies);
    };
    // What Windows would act on; that this version does not is the policy's word, not the settings'.
    assert.deepEqual(applied({ AdmPwdEnabled: 1, PasswordLength: 20 }), [
      'BackupDirectory',
      'AdministratorAccountName',
      'PasswordAgeDays',
      'PasswordLength',
      'PasswordComplexity',
      'PasswordExpirationProtectionEnabled',
    ]);
    assert.deepEqual(applied({ PasswordLength: 20 }), ['BackupDirectory']);
  });

  it('never throws, on any values and any bytes, and yields lawful values only', () => {
    const chance = seeded(20261123);
    const names = [
      ...settingNames,
      'AdmPwdEnabled',
      '__proto__',
      'constructor',
      '',
      '\u0000',
      'PasswordLenght',
      '$schema',
    ];
    const scalars: unknown[] = [
      0,
      1,
      2,
      3,
      4,
      6,
      11,
      14,
      99,
      -1,
      1e308,
      0.5,
      true,
      false,
      null,
      '',
      'x',
      '\ud800',
      [],
      {},
    ];
    const builds = ['10.0.15063', '10.0.17763', '10.0.22631', '10.0.26100'];
    for (let run = 0; run < 3000; run += 1) {
      const content = Array.from({ length: chance(8) }, () => {
        const name = JSON.stringify(names[chance(names.length)]);
        return `${name}: ${JSON.stringify(scalars[chance(scalars.length)])}`;
      });
      const bytes = new TextEncoder().encode(`{${content.join(',')}}`);
      // Every third run is damaged somewhere.
      if (run % 3 === 0 && bytes.length > 0) bytes[chance(bytes.length)] = chance(256);
      const documents = rootNames
        .filter(() => chance(2) === 0)
        .map((root) => ({ root, document: readNow({ path: `${root}.json`, bytes }) }));
      const policy = resolvePolicy({ documents, os: osOf(builds[chance(builds.length)]) });
      assert.equal(Object.keys(policy.settings).length, settingNames.length);
      const age = policy.settings.PasswordAgeDays.value;
      assert.ok(typeof age === 'number' && age >= (policy.settings.BackupDirectory.value === 1 ? 7 : 1) && age <= 365);
      const spec = passwordSpecOf(policy);
      assert.ok(spec.kind === 'password' ? spec.length >= 8 && spec.length <= 64 : spec.words >= 3 && spec.words <= 10);
      policyEventFields(policy);
    }
  });
});
