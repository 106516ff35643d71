/** The CIS baseline and baselines of one's own, on policies. */
import assert from 'node:assert/strict';
import { baselineOf } from '../../../../agent/core/policy/baselines/baseline.ts';
import { baselineNames, baselineRules, namedBaseline } from '../../../../agent/core/policy/baselines/baselines.ts';
import type { Baseline } from '../../../../agent/core/policy/baselines/form.ts';
import { rootOf } from '../../../../agent/core/policy/document.ts';
import { judge } from '../../../../agent/core/policy/rules/judge.ts';
import type { Finding } from '../../../../agent/core/policy/rules/rule.ts';
import { documentOf, osOf } from '../../../support/policies.ts';

function held(content: unknown, baseline: Baseline | undefined, path?: string, os?: string): readonly Finding[] {
  assert.ok(baseline);
  const document = documentOf(content, path);
  const [file] = judge({
    files: [{ document, root: rootOf(document) }],
    builds: [osOf(os)],
    joinType: undefined,
    baseline: baselineRules(baseline),
  });
  return (file?.findings ?? []).filter((finding) => finding.rule.includes('/'));
}

const cis = (content: unknown, path?: string): string[] =>
  held(content, namedBaseline('CIS'), path).map((finding) => finding.rule.replace('cis/18.9.25.', ''));

const strict = { BackupDirectory: 1, PasswordLength: 15, PostAuthenticationResetDelay: 8 };

describe('the CIS baseline', () => {
  it('is the one that comes with the program, and names its source in every finding', () => {
    assert.deepEqual(baselineNames, ['cis']);
    const found = held({ BackupDirectory: 1 }, namedBaseline('cis'));
    assert.ok(found.length > 0 && found.every((finding) => finding.source?.includes('18.9.25')));
  });

  it('is satisfied by defaults where they are good enough', () => {
    assert.deepEqual(cis(strict), []);
    assert.deepEqual(cis({ ...strict, BackupDirectory: 2 }), []);
    assert.deepEqual(cis({ BackupDirectory: 1 }), ['5', '7']);
  });

  it('reads complexity 5 as four classes, and 6 to 8 as passphrases of their own strength', () => {
    const drawn = (more: object): string[] => cis({ BackupDirectory: 1, PostAuthenticationResetDelay: 8, ...more });
    assert.deepEqual(drawn({ PasswordComplexity: 5, PasswordLength: 15 }), []);
    assert.deepEqual(drawn({ PasswordComplexity: 3, PasswordLength: 20 }), ['4']);
    assert.deepEqual(drawn({ PasswordComplexity: 6, PassphraseLength: 7 }), []);
    assert.deepEqual(drawn({ PasswordComplexity: 6, PassphraseLength: 6, PasswordLength: 64 }), ['5-passphrase']);
    assert.deepEqual(drawn({ PasswordComplexity: 8, PassphraseLength: 8 }), ['5-passphrase']);
    assert.deepEqual(drawn({ PasswordComplexity: 8, PassphraseLength: 9 }), []);
  });

  it('wants a grace of 1 to 8 hours and an action of 3 or more, the one no excuse for the other', () => {
    const graced = (delay: number, actions: number): string[] =>
      cis({ ...strict, PostAuthenticationResetDelay: delay, PostAuthenticationActions: actions });
    assert.deepEqual(graced(1, 11), []);
    assert.deepEqual(graced(9, 5), ['7']);
    assert.deepEqual(graced(8, 1), ['8']);
    assert.deepEqual(graced(0, 1), ['7', '8']);
  });

  it('asks for expiration protection and encryption where they apply', () => {
    const off = { PasswordExpirationProtectionEnabled: false, ADPasswordEncryptionEnabled: false };
    assert.deepEqual(cis({ ...strict, BackupDirectory: 2, ...off }), ['2', '3']);
    assert.deepEqual(cis({ ...strict, ...off }), []);
  });

  it('asks for a directory first of all, and for nothing of a file that is no policy', () => {
    assert.deepEqual(cis({ PasswordLength: 8 }), ['1']);
    assert.deepEqual(cis({ ...strict, PasswordAgeDays: 31 }), ['6']);
    assert.deepEqual(cis('{'), []);
    assert.deepEqual(cis({}), []);
    assert.deepEqual(cis('{', 'legacy.json'), []);
  });

  it('asks for nothing where Windows has no LAPS, whose default is not what the file says', () => {
    assert.deepEqual(held(strict, namedBaseline('cis'), 'csp.json', '10.0.19045.2000'), []);
    assert.equal(held({}, namedBaseline('cis'), 'csp.json', '10.0.14393').length, 0);
    assert.equal(held({ AdmPwdEnabled: 1 }, namedBaseline('cis'), 'legacy.json', '10.0.14393').length > 0, true);
  });
});

describe('the CIS baseline, of a policy of legacy LAPS', () => {
  const weak = { AdmPwdEnabled: 1, PasswordLength: 8, PasswordComplexity: 1, PasswordAgeDays: 365 };
  const legacy = (content: unknown): string[] => cis(content, 'legacy.json');

  it('misses a backup directory, and what both products have', () => {
    assert.deepEqual(legacy(weak), ['1', '5', '4', '6']);
    const complexity = held(weak, namedBaseline('cis'), 'legacy.json').find(
      ({ setting }) => setting === 'PasswordComplexity',
    );
    assert.equal(complexity?.hint, 'write PasswordComplexity 4');
    assert.deepEqual(legacy({ ...weak, PasswordLength: 15, PasswordComplexity: 4, PasswordAgeDays: 30 }), ['1']);
  });

  it('takes no length for granted, and judges nothing that is switched off', () => {
    assert.deepEqual(legacy({ AdmPwdEnabled: 1 }), ['1', '5']);
    assert.deepEqual(legacy({ ...weak, AdmPwdEnabled: 0 }), ['1']);
  });

  it('is silent where a root of Windows LAPS is what a device goes by', () => {
    const documents = [documentOf(weak, 'legacy.json'), documentOf(strict, 'csp.json')];
    const files = judge({
      files: documents.map((document) => ({ document, root: rootOf(document) })),
      builds: [osOf()],
      joinType: undefined,
      baseline: baselineRules(namedBaseline('cis') ?? assert.fail()),
    });
    assert.deepEqual(
      files[0]?.findings.filter(({ rule }) => rule.startsWith('cis/')),
      [],
    );
  });
});

describe("a team's own baseline", () => {
  const own = (...requirements: unknown[]): Baseline | undefined => {
    const reading = baselineOf({ name: 'contoso', source: 'standard 4.2', requirements });
    return reading.kind === 'baseline' ? reading.baseline : undefined;
  };

  it('holds a file to a value, with its own severity, reason and source', () => {
    const account = { id: 'account', setting: 'AdministratorAccountName', value: 'lapsadmin' };
    const [finding] = held({ BackupDirectory: 1 }, own({ ...account, severity: 'error', because: 'one name' }));
    assert.deepEqual(
      [finding?.rule, finding?.name, finding?.severity, finding?.source],
      ['contoso/account', 'contoso-AdministratorAccountName', 'error', 'standard 4.2'],
    );
    assert.match(finding?.message ?? '', /by default; contoso account wants "lapsadmin"/);
    assert.match(finding?.effect ?? '', /one name/);
    assert.deepEqual(held({ BackupDirectory: 1, AdministratorAccountName: 'lapsadmin' }, own(account)), []);
  });

  it('may want the file to say it itself', () => {
    const explicit = own({ id: 'age', setting: 'PasswordAgeDays', maximum: 30, explicit: true });
    assert.match(held({ BackupDirectory: 1 }, explicit)[0]?.message ?? '', /not set by the file itself/);
    assert.deepEqual(held({ BackupDirectory: 1, PasswordAgeDays: 30 }, explicit), []);
  });

  it('never advises what switches off or says nothing, where the file shall say it itself', () => {
    const hintFor = (setting: string, content: object): string | undefined =>
      held(content, own({ id: 'a', setting, explicit: true }))[0]?.hint;
    assert.equal(
      hintFor('BackupDirectory', { PasswordLength: 20 }),
      'write BackupDirectory 1 (Microsoft Entra ID) or BackupDirectory 2 (Active Directory)',
    );
    const ad = { BackupDirectory: 2 };
    for (const setting of ['AdministratorAccountName', 'ADPasswordEncryptionPrincipal'])
      assert.equal(hintFor(setting, ad), `write in ${setting} the name that is meant`);
    assert.equal(hintFor('ADPasswordEncryptionEnabled', ad), 'write ADPasswordEncryptionEnabled true');
    assert.equal(hintFor('PasswordAgeDays', ad), 'write PasswordAgeDays 30');
    const listed = own({ id: 'a', setting: 'BackupDirectory', oneOf: [0, 2], explicit: true });
    assert.equal(held({ PasswordLength: 20 }, listed)[0]?.hint, 'write BackupDirectory 0 or 2');
  });

  it('says what is used instead of what stands in the file, and advises nothing that would not be used', () => {
    const age = own({ id: 'age', setting: 'PasswordAgeDays', maximum: 5 });
    const [raised] = held({ BackupDirectory: 1, PasswordAgeDays: 5 }, age);
    assert.match(raised?.message ?? '', /^PasswordAgeDays is 7 days, used instead of 5; contoso age wants 5 or less$/);
    assert.equal(raised?.hint, 'Entra ID allows no less than 7 days; or change what contoso age wants');
    assert.equal(held({ BackupDirectory: 2, PasswordAgeDays: 6 }, age)[0]?.hint, 'write PasswordAgeDays 5 or less');
    const none = own({ id: 'a', setting: 'PostAuthenticationActions', oneOf: [0] });
    assert.match(
      held({ BackupDirectory: 1 }, none)[0]?.hint ?? '',
      /^the root CSP does not carry .*by Group Policy; or change/,
    );
    assert.equal(held({ BackupDirectory: 1 }, none, 'gpo.json')[0]?.hint, 'write PostAuthenticationActions 0');
    const some = own({ id: 'a', setting: 'PostAuthenticationActions', oneOf: [0, 1] });
    assert.equal(held({ BackupDirectory: 1 }, some)[0]?.hint, 'write PostAuthenticationActions 1');
    const words = own({ id: 'a', setting: 'PasswordComplexity', minimum: 7 });
    const old = held({ BackupDirectory: 1 }, words, 'csp.json', '10.0.22631')[0]?.hint ?? '';
    assert.match(old, /^PasswordComplexity 7 needs .*: name such a build with --os; or change/);
    const complex = own({ id: 'a', setting: 'PasswordComplexity', oneOf: [4, 8] });
    const legacy = { AdmPwdEnabled: 1, PasswordComplexity: 1 };
    assert.equal(held(legacy, complex, 'legacy.json')[0]?.hint, 'write PasswordComplexity 4');
  });

  it('compares names as a device does', () => {
    const named = own({ id: 'a', setting: 'AdministratorAccountName', value: 'LapsAdmin' });
    assert.deepEqual(held({ BackupDirectory: 1, AdministratorAccountName: 'lapsadmin' }, named), []);
    assert.equal(held({ BackupDirectory: 1, AdministratorAccountName: 'other' }, named).length, 1);
    const listed = own({ id: 'a', setting: 'ADPasswordEncryptionPrincipal', oneOf: ['C\\A', 'C\\B'] });
    assert.deepEqual(held({ BackupDirectory: 2, ADPasswordEncryptionPrincipal: 'c\\b' }, listed), []);
  });

  it('holds a policy of legacy LAPS to the names that both have', () => {
    const legacy = { AdmPwdEnabled: 1, PasswordLength: 20 };
    const found = (...requirements: unknown[]): string[] =>
      held(legacy, own(...requirements), 'legacy.json').map(({ rule }) => rule);
    assert.deepEqual(found({ id: 'a', setting: 'PasswordLength', minimum: 21 }), ['contoso/a']);
    assert.deepEqual(found({ id: 'a', setting: 'PasswordLength', minimum: 20 }), []);
    assert.deepEqual(found({ id: 'a', minimumBits: 200 }), ['contoso/a']);
    assert.deepEqual(found({ id: 'a', setting: 'AdministratorAccountName', value: 'x' }), []);
    assert.deepEqual(found({ id: 'a', setting: 'BackupDirectory', value: 2 }), ['contoso/a']);
    assert.deepEqual(found({ id: 'a', setting: 'BackupDirectory', value: 0 }), []);
  });

  it('holds the strength of whatever is drawn', () => {
    const strong = own({ id: 'bits', minimumBits: 100 });
    assert.match(held({ BackupDirectory: 1 }, strong)[0]?.hint ?? '', /PasswordLength 16/);
    assert.deepEqual(held({ BackupDirectory: 1, PasswordLength: 16 }, strong), []);
  });
});
