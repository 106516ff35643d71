/** Each rule finds its case, at its place, and stays silent otherwise. */
import assert from 'node:assert/strict';
import { rules } from '../../../../agent/core/policy/rules/rules.ts';
import { lint, namesOfFindings } from '../../../support/policies.ts';

const names = (...given: Parameters<typeof lint>): string[] => namesOfFindings(lint(...given));
const good = { BackupDirectory: 1, PasswordLength: 14 };

describe('the rules', () => {
  it('have ids and names of their own, in order, and never the one kept for dead-setting', () => {
    const ids = rules.map((rule) => rule.id);
    assert.deepEqual(ids, [...new Set(ids)].toSorted());
    assert.equal(new Set(rules.map((rule) => rule.name)).size, rules.length);
    assert.ok(!ids.includes('LAPS012'));
  });

  it('find nothing in a good policy', () => {
    assert.deepEqual(names(good), []);
  });

  it('find each reading problem once, and nothing else in such a file', () => {
    assert.deepEqual(names('{ "BackupDirectory": '), ['unreadable']);
    assert.deepEqual(names('['.repeat(100_000)), ['nested-too-deep']);
    assert.deepEqual(names('REGEDIT4'), ['format-not-read']);
    assert.deepEqual(names({ ...good, './Device/Vendor/MSFT/LAPS/Policies': {} }), ['mixed-roots']);
    assert.deepEqual(names({ './Device/Vendor/MSFT/LAPS/Policies': good }, { root: 'GPO' }), ['mixed-roots']);
  });

  it('find an unknown setting with the name that was meant', () => {
    const [finding] = lint({ ...good, PasswordLenght: 20 });
    assert.equal(finding?.name, 'unknown-setting');
    assert.match(finding?.hint ?? '', /PasswordLength/);
    assert.deepEqual(names('{"__proto__": 1}'), ['unknown-setting']);
  });

  it('know the legacy names for what they are', () => {
    assert.match(lint({ AdminAccountName: 'x' })[0]?.hint ?? '', /AdministratorAccountName/);
    assert.deepEqual(names({ AdminAccountName: 'x' }, { path: 'legacy.json' }), []);
  });

  it('find a setting that stands there twice, with both places', () => {
    const [finding] = lint('{"PasswordLength": 8,\n "PasswordLength": 9}');
    assert.equal(finding?.name, 'duplicate-setting');
    assert.equal(finding?.place.line, 2);
    assert.match(finding?.message ?? '', /1:2/);
  });

  it('find a wrong type and a wrong value at the value, and say what the device does', () => {
    const [type, value] = lint('{"PasswordLength": "14", "PasswordAgeDays": 400}');
    assert.deepEqual([type?.name, type?.place.column, type?.severity], ['wrong-type', 20, 'error']);
    assert.match(type?.hint ?? '', /14 without quotes/);
    assert.deepEqual([value?.name, value?.place.column], ['value-not-allowed', 45]);
    assert.match(value?.effect ?? '', /30/);
  });

  it('find what a later Windows brought, as a warning', () => {
    const found = lint(
      { PasswordComplexity: 6, PassphraseLength: 5, PostAuthenticationActions: 11 },
      { os: '10.0.22631' },
    );
    assert.deepEqual(namesOfFindings(found), ['newer-than-os', 'newer-than-os', 'newer-than-os']);
    assert.ok(found.every((finding) => finding.severity === 'warning'));
    assert.deepEqual(names({ PasswordComplexity: 6 }), []);
  });

  it('find an age below the Entra minimum, with Entra ID only', () => {
    assert.deepEqual(names({ BackupDirectory: 1, PasswordAgeDays: 6 }), ['age-below-entra-minimum']);
    assert.deepEqual(names({ BackupDirectory: 2, PasswordAgeDays: 6 }), []);
  });

  it('find what another root alone carries', () => {
    const content = { PostAuthenticationActions: 0, ADBackupDSRMPassword: 1 };
    assert.deepEqual(names(content), ['not-in-this-root', 'not-in-this-root']);
    assert.deepEqual(names(content, { root: 'GPO' }), []);
  });

  it('find a directory that the join type cannot reach, when it is told one', () => {
    assert.deepEqual(names({ BackupDirectory: 2 }, { joinType: 'entra' }), ['directory-unreachable']);
    assert.deepEqual(names({ BackupDirectory: 1 }, { joinType: 'registered' }), ['directory-unreachable']);
    assert.deepEqual(names({ BackupDirectory: 2 }, { joinType: 'hybrid' }), []);
    assert.deepEqual(names({ BackupDirectory: 2 }), []);
  });

  it('find two files of one folder for one root', () => {
    assert.deepEqual(names(good, { path: 'p/csp.json', others: { 'p/CSP.reg': 'REGEDIT4\n' } }), ['two-files-for-one-root']);
    const apart = { 'q/csp.json': good, 'p/other.json': good };
    assert.deepEqual(names(good, { path: 'p/csp.json', others: apart }), []);
  });
});
