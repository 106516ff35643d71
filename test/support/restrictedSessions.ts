/**
 * The hands of post-authentication actions in a process of their own, for a test that takes most of root's powers away.
 *
 * Words: the account's uid and name, then what to do, in order. Prints one JSON line of what came of it.
 */
import { machineSessions } from '../../agent/edge/sessions/machineSessions.ts';

const [uid = '', name = '', ...deeds] = process.argv.slice(2);
const rid = 1000 + Number(uid);
const account = { sid: `S-1-5-21-1-2-3-${rid}`, name, rid };
const sessions = machineSessions({
  restart: async () => ({ kind: 'failed', hresult: 0x80070005 }),
  loginctl: async () => ({ kind: 'failed', problem: 'no logind' }),
});
const told: unknown[] = [];
for (const deed of deeds) {
  if (deed === 'isSignedIn') told.push(await sessions.isSignedIn(account));
  if (deed === 'warn') told.push(await sessions.warn(account, Date.UTC(2026, 10, 23)));
  if (deed === 'endSessions') told.push(await sessions.endSessions(account));
  if (deed === 'endProcesses') told.push(await sessions.endProcesses(account));
}
process.stdout.write(`${JSON.stringify(told)}\n`);
