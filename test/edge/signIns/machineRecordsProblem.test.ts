/** Whether sign-ins can be noticed, told by a look. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineRecordsProblem } from '../../../agent/edge/signIns/machineRecords.ts';
import { childProgram } from '../../support/childProgram.ts';
import { runWords } from '../../support/linuxSandbox.ts';

describe('the records of sign-ins', () => {
  it('are missed where there is neither journal nor log file; where there is wtmp, by su and sudo alone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'laps-records-'));
    const [log, wtmp] = [join(folder, 'auth.log'), join(folder, 'wtmp')];
    try {
      const look = (journal?: string) => machineRecordsProblem([log], wtmp, () => journal);
      assert.match(look() ?? '', /no systemd journal.+auth\.log.+wtmp.+container.+PostAuthenticationResetDelay 0/);
      assert.equal(look('grown'), undefined);
      writeFileSync(wtmp, '');
      assert.match(look() ?? '', /no systemd journal.+auth\.log; .+wtmp alone does not know su and sudo; .+container/);
      assert.equal(look('grown'), undefined);
      writeFileSync(log, '');
      assert.equal(look(), undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are missed where the log is there and closed to the service, which may read less than root', async function () {
    this.timeout(60_000);
    const isRoot = process.getuid?.() === 0;
    const folder = mkdtempSync(join(tmpdir(), 'laps-records-'));
    const [log, wtmp] = [join(folder, 'auth.log'), join(folder, 'wtmp')];
    try {
      writeFileSync(log, '', { mode: isRoot ? 0o640 : 0 });
      writeFileSync(wtmp, '');
      // As on Ubuntu: syslog's own, and for the group adm to read.
      if (isRoot) chownSync(log, 104, 4);
      const child = await childProgram('restrictedRecords.ts');
      const seen = async (...groups: string[]) => {
        const without = ['setpriv', '--bounding-set', '-all', '--inh-caps=-all', '--regid=0', '--no-new-privs'];
        const as = isRoot ? [...without, `--groups=${['5', ...groups].join()}`] : [];
        const end = await runWords([...as, process.execPath, child, log, wtmp]);
        assert.equal(end.stderr, '');
        return JSON.parse(end.stdout);
      };
      const partly = await seen();
      assert.match(partly.look, /may not read .+auth\.log; .+wtmp alone .+adm/);
      assert.deepEqual([partly.reading.kind, partly.reading.problem], ['read', partly.look]);
      rmSync(wtmp);
      const nothing = await seen();
      assert.deepEqual(nothing.reading, { kind: 'unreadable', problem: nothing.look });
      assert.doesNotMatch(nothing.look, /none of|wtmp/);
      if (isRoot) assert.equal((await seen('4')).look, null, 'the group of the unit is enough');
      chmodSync(log, 0o644);
      assert.equal((await seen()).look, null);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
