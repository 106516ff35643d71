/**
 * The records of sign-ins as a process sees them that may not read every file, for a test that takes root's powers away.
 *
 * Words: the paths of a log file and of a wtmp. Prints one JSON line: what a look says, and what a reading does.
 */
import { machineRecords, machineRecordsProblem } from '../../agent/edge/signIns/machineRecords.ts';

const [log = '', wtmp = ''] = process.argv.slice(2);
const records = machineRecords({
  clock: { now: () => 0 },
  journalctl: async () => ({ kind: 'failed', problem: 'no journal' }),
  logs: [log],
  wtmp,
});
const account = { sid: 'S-1-5-21-1-2-3-2001', name: 'managed', rid: 2001 };
const told = {
  look: machineRecordsProblem([log], wtmp, () => undefined) ?? null,
  reading: await records.read({ account, cursor: null, since: 0 }),
};
process.stdout.write(`${JSON.stringify(told)}\n`);
