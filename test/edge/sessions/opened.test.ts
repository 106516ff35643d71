/** How many sign-ins an account's processes are, told of made-up ones. */
import assert from 'node:assert/strict';
import { countOpened } from '../../../agent/edge/sessions/opened.ts';
import type { RunningProcess } from '../../../agent/edge/sessions/processes.ts';

const process = (pid: number, parent: number, session: number, terminal: number, command: string): RunningProcess => ({
  pid,
  parent,
  session,
  terminal,
  command,
  startedAt: String(pid),
  uids: [1001, 1001],
  gid: 1001,
});
const ofSession = ({ terminal, command }: RunningProcess): boolean => terminal !== 0 || command.startsWith('sshd');
const count = (...present: RunningProcess[]): number => countOpened(present, ofSession);

describe('sign-ins among processes', () => {
  // Root's sshd, 20, leads a session that the account's own is part of; the shell leads another one, at its terminal.
  const sshd = process(21, 20, 20, 0, 'sshd-session');
  const shell = process(22, 21, 22, 34816, 'bash');

  it('are one where somebody came by ssh, whatever runs in that', () => {
    assert.equal(count(sshd, shell), 1);
    assert.equal(count(shell, process(23, 22, 22, 34816, 'vi'), process(24, 22, 24, 34817, 'script'), sshd), 1);
    assert.equal(count(sshd, process(25, 21, 25, 0, 'bash')), 1, 'a command without a terminal');
  });

  it('are as many as came', () => {
    assert.equal(count(sshd, shell, process(31, 30, 30, 0, 'sshd-session'), process(32, 31, 32, 34818, 'bash')), 2);
    assert.equal(count(process(42, 41, 42, 1025, 'bash'), process(52, 51, 52, 1026, 'bash')), 2, 'at two consoles');
    assert.equal(count(), 0);
  });

  it('are one where what opened it has gone, and do not count what left it for the background', () => {
    assert.equal(count(process(23, 1, 22, 34816, 'vi'), process(24, 1, 22, 34816, 'less')), 1);
    assert.equal(count(sshd, process(61, 21, 61, 0, 'sleep')), 1);
  });

  it('are counted to an end where numbers were given anew meanwhile', () => {
    assert.equal(count(process(71, 72, 71, 1025, 'sh'), process(72, 71, 72, 1025, 'sh')), 2);
  });
});
