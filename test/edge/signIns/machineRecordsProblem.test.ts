/** Whether sign-ins can be noticed at all, told by a look. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineRecordsProblem } from '../../../agent/edge/signIns/machineRecords.ts';

describe('the records of sign-ins', () => {
  it('are missed only where there is neither journal nor log file nor wtmp', () => {
    const folder = mkdtempSync(join(tmpdir(), 'laps-records-'));
    const [log, wtmp] = [join(folder, 'auth.log'), join(folder, 'wtmp')];
    try {
      const look = (journal?: string) => machineRecordsProblem([log], wtmp, () => journal);
      assert.match(look() ?? '', /no systemd journal.+auth\.log.+wtmp/);
      assert.equal(look('grown'), undefined);
      for (const path of [log, wtmp]) {
        writeFileSync(path, '');
        assert.equal(look(), undefined, path);
        rmSync(path);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
