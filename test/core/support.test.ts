/** What a bundle for support says of policies, journal and state, and what it does not pass on. */
import assert from 'node:assert/strict';
import { defaultOs } from '../../agent/core/policy/os.ts';
import { bundleName, bundleOf, bundleParts } from '../../agent/core/support/bundle.ts';
import { policyFacts } from '../../agent/core/support/policyRoots.ts';

const file = (root: 'CSP' | 'GPO', path: string, text: string) => ({
  root,
  file: { path, bytes: new TextEncoder().encode(text) },
});
const planted = 'Correct-Horse-77';

describe('the policy roots of a bundle', () => {
  it('are the known settings with their places; every other word of the file is counted and left out', async () => {
    const text = `{
  // ${planted} in a remark
  "BackupDirectory": 1, "PasswordLength": 99, "${planted}": 1, "Note": "${planted}",
  "PasswordAgeDays": "${planted}"
}`;
    const facts = await policyFacts({ kind: 'files', files: [file('CSP', 'csp.json', text)] }, defaultOs);
    assert.equal(JSON.stringify(facts).includes(planted), false);
    const [root] = facts.roots;
    assert.deepEqual(
      root?.settings.map(({ name, value, verdict, line }) => [name, value, verdict, line]),
      [
        ['BackupDirectory', 1, 'fine', 3],
        ['PasswordLength', 99, 'notAllowed', 3],
        ['PasswordAgeDays', undefined, 'wrongType', 4],
      ],
    );
    assert.equal(root?.otherNames, 2);
    assert.deepEqual(root?.refused, { kind: 'unreadable', line: 4, column: 22 });
    assert.equal(facts.effective, null);
  });

  it('tell of each root, broken ones too, and what comes of them', async () => {
    const files = [
      file('CSP', 'csp.json', '{"BackupDirectory": 1, "AdministratorAccountName": "lapsadmin"}'),
      file('GPO', 'gpo.reg', `${planted} is no registry file`),
    ];
    const facts = await policyFacts({ kind: 'files', files }, defaultOs);
    assert.equal(JSON.stringify(facts).includes(planted), false);
    assert.deepEqual(
      facts.roots.map(({ root, refused }) => [root, refused === null]),
      [
        ['CSP', true],
        ['GPO', false],
      ],
    );
    assert.equal(facts.effective?.source, 'CSP');
    const name = facts.effective?.settings.find((each) => each.name === 'AdministratorAccountName');
    assert.deepEqual(name, {
      name: 'AdministratorAccountName',
      value: 'lapsadmin',
      origin: 'set',
      file: 'csp.json',
      line: 1,
      applies: true,
    });
  });
});

describe('a bundle', () => {
  const textOf = (document: unknown) => JSON.stringify(document);

  it('lists each part with size in bytes and purpose, and each that could not be read with its error', () => {
    const trouble = { code: 'ERR_LAPS_DISK', message: 'gone', hint: null } as const;
    const { manifest, files } = bundleOf({
      version: '1',
      at: 0,
      textOf,
      parts: [
        { name: 'status.json', found: { kind: 'read', text: 'ä', remarks: ['a remark'] } },
        { name: 'events.jsonl', found: { kind: 'failed', trouble } },
      ],
    });
    assert.deepEqual(
      files.map(({ name }) => name),
      ['manifest.json', 'status.json'],
    );
    assert.deepEqual(manifest.files, [
      { name: 'status.json', bytes: 2, purpose: bundleParts['status.json'], remarks: ['a remark'] },
    ]);
    assert.deepEqual(manifest.problems, [{ name: 'events.jsonl', purpose: bundleParts['events.jsonl'], ...trouble }]);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(files[0]?.bytes)), manifest);
  });

  it('is named by the time in UTC', () => {
    assert.equal(bundleName(Date.UTC(2026, 10, 27, 11, 33, 45, 678)), 'laps-diagnostics-20261127T113345Z.zip');
    assert.equal(bundleName(Number.NaN), 'laps-diagnostics-unknown-time.zip');
  });
});
