/** `laps doctor` of somebody whom the service lets in and whose user may not look at its data. */
import assert from 'node:assert/strict';
import { startLaps } from '../support/lapsProcess.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';

describeInSandbox('laps doctor beside a service', { empty: ['/var/lib'], tools: ['setpriv'] }, (sandbox) => {
  it('says that the data is closed and who may look, not that there is none', async () => {
    const uid = await sandbox().addUser('member');
    const asMember = (words: readonly string[]) =>
      startLaps(words, {
        cwd: '/',
        env: { HOME: '/home/member' },
        within: [...sandbox().enter, 'setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'],
      }).ended;
    const doctor = () => asMember(['doctor']);
    const without = await doctor();
    assert.match(without.stderr, /there is no laps-agent data here yet/);
    await sandbox().must(['mkdir', '-m', '700', '/var/lib/laps-agent']);
    await sandbox().must(['mkdir', '-m', '711', '/run/laps-agent']);
    const beside = await doctor();
    assert.equal(beside.status, 3);
    assert.match(
      beside.stderr,
      /service is closed to you.*ERR_LAPS_PERMISSION\]\nlaps: hint: sudo laps doctor; laps status/,
    );
    for (const verb of ['devices', 'recover VM']) {
      const { status, stderr } = await asMember(verb.split(' '));
      assert.equal(status, 3, verb);
      assert.match(
        stderr,
        /service has is closed to you .ERR_LAPS_PERMISSION\]\nlaps: hint: the same command with sudo/,
      );
    }
  });
});
