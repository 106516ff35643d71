/** What an installation may write over and what it may take away. */
import assert from 'node:assert/strict';
import {
  isUntouched,
  type Made,
  type Manifest,
  parseManifest,
  recordOf,
  stepFor,
} from '../../../agent/core/hosting/manifest.ts';

const digest = (letter: string): string => letter.repeat(64);
const file = (letter: string, path = '/etc/x'): Made => ({ path, kind: 'file', digest: digest(letter) });
const folder = (path: string): Made => ({ path, kind: 'folder', digest: '' });

describe('an installation', () => {
  it('makes what is missing, leaves what is right, and replaces only what it made itself', () => {
    assert.equal(stepFor({ kind: 'absent' }, undefined, file('a')), 'make');
    assert.equal(stepFor({ kind: 'file', digest: digest('a') }, undefined, file('a')), 'same');
    assert.equal(stepFor({ kind: 'file', digest: digest('a') }, file('a'), file('b')), 'replace');
    assert.equal(stepFor({ kind: 'file', digest: digest('c') }, file('a'), file('b')), 'keep', 'its owner changed it');
    assert.equal(stepFor({ kind: 'file', digest: digest('c') }, undefined, file('b')), 'keep', 'somebody else made it');
    assert.equal(stepFor({ kind: 'folder' }, undefined, folder('/etc/x')), 'same');
    assert.equal(stepFor({ kind: 'folder' }, undefined, file('a')), 'keep');
    assert.equal(stepFor({ kind: 'file', digest: '' }, file('a'), file('a')), 'keep', 'a link in its place');
  });

  it('records what it made, now or before, and never what it found', () => {
    const before: Manifest = {
      version: 1,
      data: '/d',
      made: [file('a', '/etc/1'), file('b', '/etc/old')],
      configuration: {},
    };
    const record = recordOf(before, [
      { wanted: file('a', '/etc/1'), step: 'same' },
      { wanted: file('c', '/etc/2'), step: 'make' },
      { wanted: file('d', '/etc/3'), step: 'same' },
      { wanted: file('e', '/etc/4'), step: 'keep' },
    ]);
    assert.deepEqual(record.map(({ path }) => path).sort(), ['/etc/1', '/etc/2', '/etc/old']);
  });

  it('takes away only what is as it was made', () => {
    assert.equal(isUntouched({ kind: 'file', digest: digest('a') }, file('a')), true);
    assert.equal(isUntouched({ kind: 'file', digest: digest('b') }, file('a')), false);
    assert.equal(isUntouched({ kind: 'folder' }, file('a')), false);
    assert.equal(isUntouched({ kind: 'folder' }, folder('/etc/x')), true);
  });

  it('reads its record back, and takes nothing else for one', () => {
    const manifest: Manifest = {
      version: 1,
      data: '/d',
      made: [file('a')],
      configuration: { accounts: 'linux', allowOwn: true },
    };
    assert.deepEqual(parseManifest(JSON.stringify(manifest)), manifest);
    for (const text of [
      '',
      '[]',
      '{}',
      JSON.stringify({ ...manifest, version: 2 }),
      JSON.stringify({ ...manifest, data: 'relative' }),
      JSON.stringify({ ...manifest, made: [{ ...file('a'), path: '../etc/shadow' }] }),
      JSON.stringify({ ...manifest, made: [{ ...file('a'), digest: 'x' }] }),
    ])
      assert.equal(parseManifest(text), undefined, text);
  });
});
