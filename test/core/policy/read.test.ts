/** Way 1: from files to a policy or to one clear refusal. */
import assert from 'node:assert/strict';
import { policyOfFolder, readPolicies } from '../../../agent/core/policy/read.ts';
import type { PolicyRootName } from '../../../agent/core/ports.ts';
import { osOf } from '../../support/policies.ts';

const file = (root: PolicyRootName, text: string) => ({
  root,
  file: { path: `policies/${root.toLowerCase()}.json`, bytes: new TextEncoder().encode(text) },
});
const read = (...files: Array<ReturnType<typeof file>>) => readPolicies(files, osOf());

describe('reading the policies', () => {
  it('refuses a broken file with its place, and takes nothing from it', async () => {
    const reading = await read(file('CSP', '{\n "BackupDirectory": 1,\n "PasswordLength":'));
    assert.equal(reading.kind, 'unreadable');
    assert.deepEqual(reading.kind === 'unreadable' && [reading.path, reading.line, reading.code], [
      'policies/csp.json',
      3,
      'ERR_LAPS_POLICY_UNREADABLE',
    ]);
  });

  it('refuses a text where a number belongs rather than guess a default', async () => {
    const reading = await read(file('CSP', '{ "BackupDirectory": 1, "PasswordLength": "14" }'));
    assert.deepEqual(reading.kind === 'unreadable' && [reading.line, reading.column], [1, 43]);
  });

  it('takes a value that is only out of range: Windows uses the default', async () => {
    const reading = await read(file('CSP', '{ "BackupDirectory": 1, "PasswordLength": 99 }'));
    assert.equal(reading.kind === 'policy' && reading.policy.settings.PasswordLength.value, 14);
  });

  it('refuses a file whose content is keyed for another root than its name', async () => {
    const key = 'HKLM\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Policies\\\\LAPS';
    assert.equal((await read(file('CSP', `{ "${key}": { "BackupDirectory": 1 } }`))).kind, 'unreadable');
    assert.equal((await read(file('GPO', `{ "${key}": { "BackupDirectory": 1 } }`))).kind, 'policy');
  });

  it('does not look below the active root, and does not look past a broken file above it', async () => {
    assert.equal((await read(file('GPO', '{{{'), file('CSP', '{ "BackupDirectory": 1 }'))).kind, 'policy');
    assert.equal((await read(file('CSP', '{{{'), file('GPO', '{ "BackupDirectory": 1 }'))).kind, 'unreadable');
    assert.equal((await read(file('GPO', '{{{'), file('CSP', '{}'))).kind, 'unreadable');
  });

  it('takes the legacy file where there is no Windows LAPS, whatever stands beside it', async () => {
    const files = [file('GPO', '{ "BackupDirectory": 2 }'), file('Legacy', '{ "AdmPwdEnabled": 1 }')];
    const reading = await readPolicies(files, osOf('10.0.14393'));
    assert.equal(reading.kind === 'policy' && reading.policy.source, 'Legacy');
  });

  it('finds no policy in an empty folder', async () => {
    const reading = await policyOfFolder({ kind: 'files', files: [] }, osOf());
    assert.equal(reading.kind === 'policy' && reading.policy.source, 'none');
  });

  it('passes on why the folder itself cannot be read', async () => {
    const missing = {
      kind: 'unreadable',
      path: 'p',
      problem: 'gone',
      hint: 'h',
      code: 'ERR_LAPS_POLICIES_MISSING',
    } as const;
    const reading = await policyOfFolder(missing, osOf());
    assert.equal(reading.kind === 'unreadable' && reading.code, 'ERR_LAPS_POLICIES_MISSING');
  });
});
