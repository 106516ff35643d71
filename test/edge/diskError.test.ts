/** What the disk says, in this program's words. */
import assert from 'node:assert/strict';
import { diskError, unsafePath } from '../../agent/edge/diskError.ts';

const failing = (code: string) => Object.assign(new Error(code), { code });

describe('what the disk says', () => {
  it('names another data folder, or the data folder, only where the path is in one', () => {
    for (const code of ['EROFS', 'EACCES', 'EPERM', 'ENOTDIR']) {
      assert.match(diskError(failing(code), '/srv/d/state', 'written').hint ?? '', /--data|data folder/, code);
      for (const path of ['/etc/shadow', '/run/laps-agent/accounts', '/etc'])
        assert.doesNotMatch(diskError(failing(code), path, 'written').hint ?? '', /--data|data folder/, code);
    }
    const folder = diskError(failing('EISDIR'), '/srv/d/lock', 'locked');
    assert.match(`${folder.message}; ${folder.hint}`, /it is a folder, and a file belongs there; move the folder away/);
    assert.match(unsafePath('/srv/d').hint ?? '', /--data/);
    assert.doesNotMatch(unsafePath('/etc/laps-agent').hint ?? '', /--data/);
    const link = diskError(failing('ELOOP'), '/srv/d d/keys/a.key', 'read');
    assert.match(link.hint ?? '', /put that in its place: cp -p --remove-destination "\$\(readlink -f "\/srv.+nowhere/);
    assert.doesNotMatch(link.hint ?? '', /--data/);
    assert.match(diskError(failing('ENOSPC'), '/etc/shadow', 'written').hint ?? '', /free some space/);
  });
});
