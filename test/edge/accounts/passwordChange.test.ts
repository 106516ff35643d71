/** How chpasswd's failures are told: what another password would mend, and what not. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../../agent/core/errors.ts';
import { halfDone } from '../../../agent/core/failureHints.ts';
import { createPasswordChange } from '../../../agent/edge/accounts/passwordChange.ts';
import type { ToolEnd } from '../../../agent/edge/accounts/systemTools.ts';

describe('a new password that chpasswd does not set', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'laps-change-'));
    await writeFile(join(folder, '.pwd.lock'), '');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const changing = (end: Partial<ToolEnd> | LapsError, shut?: string) =>
    createPasswordChange({
      tools: {
        find: async (name) => `/usr/sbin/${name}`,
        async run() {
          if (end instanceof LapsError) throw end;
          return { status: 1, timedOut: false, delivered: true, stdout: '', stderr: '', ...end };
        },
      },
      locks: { atWork: (act) => act({ fd: 0, note: async () => undefined }) },
      shadowFile: { sync: async () => undefined },
      systemLock: join(folder, '.pwd.lock'),
      shut: async () => shut,
    });
  async function refusal(end: Partial<ToolEnd> | LapsError, shut?: string) {
    const outcome = await changing(end, shut).set('managed', 'Some-Secret-1');
    return outcome.kind === 'refused' ? [outcome.hresult, outcome.problem] : [];
  }
  const pam = 'chpasswd: (user managed) pam_chauthtok() failed, error:\nAuthentication token manipulation error\n';

  it('is refused by PAM where nothing shuts the account files', async () => {
    const [hresult, problem] = await refusal({ stderr: pam });
    assert.equal(hresult, 0x8007052d);
    assert.match(String(problem), /Authentication token manipulation error/);
  });

  it('is refused by the disk where something shuts them by now, whatever PAM says', async () => {
    assert.deepEqual(await refusal({ stderr: pam }, '/etc/shadow: it is immutable (chattr -i frees it)'), [
      0x80070070,
      'chpasswd: /etc/shadow: it is immutable (chattr -i frees it)',
    ]);
  });

  it('waits for nobody’s lock when PAM does not answer', async () => {
    const [hresult, problem] = await refusal({ status: null, timedOut: true });
    assert.deepEqual([hresult, problem], [0x800705b4, 'chpasswd: it took too long']);
  });

  it('is an outcome too when chpasswd cannot be started: it is written down, told and tried again', async () => {
    const message = '/usr/sbin/chpasswd could not be started: the system answers EACCES';
    const error = new LapsError('ERR_LAPS_ACCOUNT_REFUSED', { message, hint: 'x' });
    assert.deepEqual(await refusal(error), [0x80070005, message]);
  });

  it('is told apart from a change that was begun and not brought to an end', async () => {
    for (const act of [changing({}).putBack('managed', '$y$old'), changing({}).lock('managed')])
      await assert.rejects(act, { code: 'ERR_LAPS_ACCOUNT_REFUSED', hresult: halfDone });
  });
});
