import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callerUids } from '../../agent/edge/callers.ts';

describe('who is behind this process', () => {
  let root = '';
  const login = async (content: string): Promise<string> => {
    const path = join(root, 'loginuid');
    await writeFile(path, content);
    return path;
  };
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-callers-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  it('is known from sudo, from polkit and from the login, each once', async () => {
    assert.deepEqual(await callerUids({ SUDO_UID: '1000', PKEXEC_UID: '1001' }, await login('1000')), [1000, 1001]);
    assert.deepEqual(await callerUids({}, await login('1002\n')), [1002]);
  });

  it('is nobody to be careful of when it is root, no login, no number, or not to be read', async () => {
    assert.deepEqual(await callerUids({ SUDO_UID: '0' }, await login('4294967295')), []);
    assert.deepEqual(await callerUids({ SUDO_UID: '-1', PKEXEC_UID: 'me' }, await login('')), []);
    assert.deepEqual(await callerUids({}, join(root, 'missing')), []);
  });
});
