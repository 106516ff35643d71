/** Login sessions as logind keeps them: ended by their number, of one user, and given their time. */
import assert from 'node:assert/strict';
import { countLeft, type Loginctl, sessionsOf, terminateSessions } from '../../../agent/edge/sessions/logind.ts';

const uid = 61_000;
const failing: Loginctl = async () => ({ kind: 'failed', problem: 'no bus' });

describe('login sessions of logind', () => {
  let lines: string[] = [];
  let words: string[] = [];
  let classes: Readonly<Record<string, string>> = {};
  const loginctl: Loginctl = async ([verb = '', id = '', ...rest]) => {
    words.push([verb, id, ...rest].join(' '));
    const shown = verb === 'show-session' ? `${classes[id] ?? 'user'}\n` : '';
    const stdout = verb === 'list-sessions' ? lines.map((line) => `${line}\n`).join('') : shown;
    return { kind: 'ended', status: 0, stdout };
  };
  const without = (id: string): void => {
    lines = lines.filter((line) => line.trim().split(' ')[0] !== id);
  };

  beforeEach(() => {
    // As systemd 252 prints them, and 257.
    lines = [
      ' 3 61000 managed seat0 tty1',
      'c2 61000 managed - 1640 user pts/0 no -',
      'c3 61000 managed - 1647 manager - no -',
      ' 7 610001 other',
      ' 8 1000 managed seat0',
    ];
    classes = { c3: 'manager' };
    words = [];
  });

  it('are bidden end by their number when they are of this very user, and the manager of its services is none', async () => {
    assert.deepEqual(await sessionsOf(loginctl, uid), ['3', 'c2']);
    assert.deepEqual(await terminateSessions(loginctl, uid), ['3', 'c2']);
    assert.deepEqual(
      words.filter((each) => each.startsWith('terminate-session')),
      ['terminate-session 3', 'terminate-session c2'],
    );
  });

  it('are counted as left only when they had their time to end', async () => {
    let pauses = 0;
    const pause = async (): Promise<void> => {
      pauses += 1;
      if (pauses === 2) without('3');
      if (pauses === 9) without('c2');
    };
    assert.equal(await countLeft(loginctl, uid, ['3', 'c2'], pause), 0);
    assert.equal(pauses, 9);
    lines.push('c2 61000 managed - 1640 user pts/0 no -');
    assert.equal(await countLeft(loginctl, uid, ['3', 'c2'], pause), 1, 'and not for ever');
    assert.ok(pauses < 100);
  });

  it('are none where logind cannot be asked', async () => {
    assert.deepEqual(await terminateSessions(failing, uid), []);
    assert.equal(await countLeft(failing, uid, []), 0);
  });
});
