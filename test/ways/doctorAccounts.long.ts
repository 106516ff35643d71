/** `laps doctor` as a command, on a real account that something is wrong with: which row tells it, and whether that helps. */
import assert from 'node:assert/strict';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';

interface Row {
  readonly check: string;
  readonly result: string;
  readonly text: string;
  readonly code: string | null;
  readonly hint: string | null;
}
interface Told {
  readonly status: number;
  readonly checks: readonly Row[];
  readonly finding: Row | null;
}

const checker = '/usr/sbin/unix_chkpwd';

describeInSandbox(
  'laps doctor on a real account',
  { tools: ['chpasswd', 'unix_chkpwd', 'usermod', 'chage', 'userdel'] },
  (sandbox) => {
    before(function () {
      this.test?.parent?.timeout(120_000);
    });
    let world: ProcessWorld;
    const within = () => ({ within: sandbox().enter });
    const once = (of: ProcessWorld, ...words: string[]) => of.run(['run', '--once', ...words], within());
    async function doctor(of = world): Promise<Told> {
      const { status, value } = await of.json(['doctor'], within());
      return { status, ...(value as Omit<Told, 'status'>) };
    }
    const rowOf = ({ checks }: Told, name: string): Row | undefined => checks.find(({ check }) => check === name);
    /** The account's row is the finding, and the command a person types next is in its hint. */
    function expectAccount(told: Told, code: string, text: RegExp, hint: RegExp): void {
      assert.equal(told.status, 1, JSON.stringify(told));
      assert.deepEqual([told.finding?.check, told.finding?.code], ['account', code]);
      assert.match(told.finding?.text ?? '', text);
      assert.match(told.finding?.hint ?? '', hint);
      assert.equal(rowOf(told, 'account')?.result, 'trouble');
    }

    before(async () => {
      await sandbox().must(['touch', '/var/log/auth.log']);
    });
    beforeEach(async () => {
      await sandbox().addUser('lapsadmin');
      world = await createProcessWorld();
      assert.equal((await once(world, '--accounts', 'linux')).status, 0);
      assert.equal((await doctor()).status, 0, 'before anything is wrong');
    });
    afterEach(async () => {
      await world.run(['leave', '--yes'], within());
      await world.close();
      await sandbox().run(['userdel', '--remove', '--force', 'lapsadmin']);
    });

    it('that another data folder has, and one that lost its account by --take-over: both are told who has it', async () => {
      const other = await createProcessWorld();
      try {
        assert.equal((await once(other, '--accounts', 'linux')).status, 3);
        const kept = [new RegExp(`managed from the data folder ${world.data}`), /laps process --take-over/] as const;
        expectAccount(await doctor(other), 'ERR_LAPS_ACCOUNT_BUSY', ...kept);
        assert.equal((await other.run(['process', '--take-over'], within())).status, 0);
        assert.equal((await doctor(other)).status, 0);
        const lost = [new RegExp(`managed from the data folder ${other.data}`), /laps process --take-over/] as const;
        expectAccount(await doctor(), 'ERR_LAPS_ACCOUNT_BUSY', ...lost);
      } finally {
        await other.run(['leave', '--yes'], within());
        await other.close();
      }
    });

    for (const [what, spoil, mend, code, text] of [
      [
        'is a link',
        'mv /run/laps-agent /run/aside && ln -s /run/aside /run/laps-agent',
        'rm /run/laps-agent && mv /run/aside /run/laps-agent',
        'ERR_LAPS_DATA_UNSAFE',
        /\/run\/laps-agent is a symbolic link/,
      ],
      [
        'is somebody else’s',
        'chown 65534 /run/laps-agent',
        'chown 0 /run/laps-agent',
        'ERR_LAPS_DATA_UNSAFE',
        /\/run\/laps-agent belongs to another user/,
      ],
      [
        'cannot be made, for no inode is left',
        'mount -t tmpfs -o nr_inodes=1 tmpfs /run',
        'umount /run',
        'ERR_LAPS_DISK',
        /no password can be set: \/run: .+ no inode left/,
      ],
      [
        'cannot be made, for /run is read-only',
        'mount -t tmpfs -o ro tmpfs /run',
        'umount /run',
        'ERR_LAPS_DISK',
        /no password can be set: \/run: the file system is read-only/,
      ],
    ] as const)
      it(`where the folder of its locks ${what}: told by status too, before a command is refused`, async () => {
        await sandbox().must(['sh', '-c', spoil]);
        try {
          expectAccount(await doctor(), code, text, /./);
          const status = await world.run(['status', '--check'], within());
          assert.equal(status.status, 1, status.stdout);
          assert.match(status.stdout.replace(/\s+/g, ' '), text);
          const reset = await world.run(['reset'], within());
          assert.equal(reset.status, 3, reset.stdout);
          if (what.includes('inode')) assert.match(reset.stderr, /no inode left/);
        } finally {
          await sandbox().must(['sh', '-c', mend]);
        }
        assert.equal((await once(world)).status, 0);
        assert.equal((await doctor()).status, 0);
      });

    it('where /etc is mounted read-only', async () => {
      await sandbox().must(['mount', '-o', 'remount,bind,ro', '/etc']);
      try {
        expectAccount(
          await doctor(),
          'ERR_LAPS_DISK',
          /no password can be set: .*read-only/,
          /mend that \(mount, lsattr/,
        );
      } finally {
        await sandbox().must(['mount', '-o', 'remount,bind,rw', '/etc']);
      }
    });

    it('where PAM’s checker is another program', async () => {
      await sandbox().must(['mount', '--bind', '/bin/false', checker]);
      try {
        expectAccount(
          await doctor(),
          'ERR_LAPS_ACCOUNT_UNVERIFIED',
          /no password of lapsadmin can be proven/,
          /reinstall/,
        );
      } finally {
        await sandbox().must(['umount', checker]);
      }
    });

    it('that is missing', async () => {
      await sandbox().must(['userdel', '--remove', 'lapsadmin']);
      expectAccount(await doctor(), 'ERR_LAPS_ACCOUNT_MISSING', /"lapsadmin" does not exist/, /create the account/);
    });

    // No backup fails for want of them, so doctor has no finding; the row and what a monitor asks tell all the same.
    for (const [what, spoil, row, hint] of [
      ['locked', ['usermod', '--lock', 'lapsadmin'], /lapsadmin is locked/, /usermod --unlock lapsadmin/],
      ['expired', ['usermod', '--expiredate', '1', 'lapsadmin'], /lapsadmin has expired/, /chage --expiredate -1/],
    ] as const)
      it(`that is ${what}: its row says so and how to mend it, and status --check fails`, async () => {
        await sandbox().must(spoil);
        await world.run(['process'], within());
        const told = await doctor();
        assert.equal(told.status, 0);
        assert.match(rowOf(told, 'account')?.text ?? '', row);
        assert.match(rowOf(told, 'account')?.text ?? '', hint);
        const status = await world.run(['status', '--check'], within());
        assert.equal(status.status, 1);
        assert.match(status.stdout.replace(/\s+/g, ' '), row);
        assert.match(status.stdout.replace(/\s+/g, ' '), hint);
      });
  },
);
