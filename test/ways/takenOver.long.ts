/** A real account taken over from a data folder that died in the middle of a rotation: whole commands, in a sandbox. */
import assert from 'node:assert/strict';
import { mortalBundle } from '../support/lapsProcess.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

interface Status {
  readonly device: { readonly deviceId: string };
  readonly rotation: { readonly state: string };
  readonly healthy: boolean;
  readonly troubles: readonly string[];
}

describeInSandbox('an account that is taken over', { tools: ['chpasswd', 'unix_chkpwd'] }, (sandbox) => {
  before(function () {
    this.test?.parent?.timeout(120_000);
  });
  const worlds: ProcessWorld[] = [];
  const within = () => ({ within: sandbox().enter });
  const dying = (point: string) => ({ ...within(), bundle: mortalBundle, env: { LAPS_FAULT_POINT: point } });
  const field = () => sandbox().lineOf('shadow', 'lapsadmin')?.[1] ?? '';
  async function installation(): Promise<ProcessWorld> {
    const world = await createProcessWorld();
    worlds.push(world);
    return world;
  }
  const statusOf = async (world: ProcessWorld): Promise<Status> =>
    (await world.json(['status'], within())).value as Status;
  /** What PAM's checker says of the newest password that this installation's tenant has. */
  async function opensWithNewest(world: ProcessWorld): Promise<boolean> {
    const { device } = await statusOf(world);
    const { value } = await world.json(['recover', device.deviceId, '--as-plain-text'], within());
    const [newest] = value as Array<{ readonly Password: string }>;
    assert.ok(newest !== undefined);
    return (await sandbox().run(['unix_chkpwd', 'lapsadmin', 'nonull'], `${newest.Password}\0`)).status === 0;
  }

  before(async () => {
    await sandbox().addUser('lapsadmin');
    // A record of sign-ins, as every machine has one.
    await sandbox().must(['touch', '/var/log/auth.log']);
  });
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world.close();
  });

  for (const point of ['backup.after', 'account.set.before', 'account.set.after'] as const)
    it(`after the old folder died at ${point} is left alone by it, and opens with what the new one's tenant has`, async () => {
      const [old, next] = [await installation(), await installation()];
      assert.equal((await old.run(['run', '--accounts', 'linux', '--once'], within())).status, 0);
      const killed = await old.run(['reset'], dying(point));
      assert.equal(killed.signal, 'SIGKILL', killed.stderr);
      assert.notEqual((await statusOf(old)).rotation.state, 'idle');

      const refused = await next.run(['run', '--accounts', 'linux', '--once'], within());
      assert.equal(refused.status, 3);
      assert.match(refused.stderr, /ERR_LAPS_ACCOUNT_BUSY[\s\S]*--take-over/);
      const taken = await next.run(['process', '--take-over'], within());
      assert.equal(taken.status, 0, taken.stderr);
      assert.equal(await opensWithNewest(next), true);

      assert.match((await statusOf(old)).troubles.join('\n'), /a rotation is open, .* the next cycle gives it up/);
      const told = (await old.run(['doctor'], within())).stdout.replace(/\s+/g, ' ');
      assert.match(told, /one is open .* gives it up/);

      // Whatever the old one is told to do, the account stays as it is.
      const before = field();
      for (const words of [['process'], ['reset'], ['run', '--once']]) {
        const end = await old.run(words, within());
        assert.equal(end.status, 3, end.stdout);
        assert.match(end.stderr, /ERR_LAPS_ACCOUNT_BUSY/);
        assert.ok(end.stderr.includes(`managed from the data folder ${next.data}`), end.stderr);
      }
      assert.equal(field(), before);
      assert.equal(await opensWithNewest(next), true);
      const left = await statusOf(old);
      assert.deepEqual([left.rotation.state, left.healthy], ['idle', false]);
      assert.ok(
        left.troubles.some((trouble) => trouble.includes(next.data)),
        left.troubles.join('\n'),
      );
      assert.match((await old.run(['events', '--id', '50004'], within())).stdout, /taken over by another data folder/);
      assert.deepEqual((await statusOf(next)).troubles, []);

      // And by a person's word it goes back, with a fresh password.
      const back = await old.run(['process', '--take-over'], within());
      assert.equal(back.status, 0, back.stderr);
      assert.equal(await opensWithNewest(old), true);
      assert.equal((await next.run(['process'], within())).status, 3);
      assert.equal((await old.run(['leave', '--yes'], within())).status, 0);
      assert.equal((await next.run(['leave', '--yes'], within())).status, 0);
    });

  it('while the new one is at work is left alone as well', async () => {
    const [old, next] = [await installation(), await installation()];
    assert.equal((await old.run(['run', '--accounts', 'linux', '--once'], within())).status, 0);
    const killed = await old.run(['reset'], dying('account.set.before'));
    assert.equal(killed.signal, 'SIGKILL');
    await next.run(['run', '--accounts', 'linux', '--once'], within());
    assert.equal((await next.run(['process', '--take-over'], within())).status, 0);
    const daemon = next.start(['run'], within());
    await daemon.says(/^10004/m);
    const before = field();
    assert.equal((await old.run(['process'], within())).status, 3);
    assert.deepEqual([field(), (await statusOf(old)).rotation.state], [before, 'idle']);
    assert.equal(await opensWithNewest(next), true);
    assert.equal((await daemon.stop()).status, 0);
  });
});
