/**
 * A machine with a systemd of its own inside this one: namespaces, a layer over the file system, a cgroup.
 *
 * Knows: unshare, nsenter, mount, overlayfs. Promises: whatever is written there is written into the layer, which lies in
 * memory and can be listed; the network is this machine's; all is gone after `close`, or when the test process dies.
 * Must never: boot before the layer is the root, or leave /proc/sys writable.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxEnd, sandboxObstacle } from './linuxSandbox.ts';

const systemd = ['/lib/systemd/systemd', '/usr/lib/systemd/systemd'].find((path) => existsSync(path));

/** The mount point of the unified cgroup hierarchy. */
function cgroupRoot(): string | undefined {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((each) => each.split(' ')[2] === 'cgroup2');
  return line?.split(' ')[1];
}

/** Why there can be no such machine here, or undefined. */
export function machineObstacle(): string | undefined {
  const sandbox = sandboxObstacle(['nsenter', 'mount', 'pivot_root', 'systemctl', 'journalctl']);
  if (sandbox !== undefined) return sandbox;
  if (systemd === undefined) return 'not installed: systemd';
  if (cgroupRoot() === undefined) return 'no cgroup2 is mounted';
  if (!readFileSync('/proc/filesystems', 'utf8').includes('overlay')) return 'the kernel has no overlayfs';
  return undefined;
}

/** Runs as the first process of its namespaces; $1: a folder of its own, $2: systemd, then pairs of path and folder shown. */
const boot = `
set -e
mount --make-rprivate /
systemd=$2
mount -t tmpfs -o mode=755 tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for each in null zero full random urandom tty; do touch "dev/$each"; mount --bind "/dev/$each" "dev/$each"; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/layer
mount --bind "$1/upper" run/layer
shift 2
while [ $# -gt 0 ]; do mkdir -p ".$1"; mount --bind -o ro "$2" ".$1"; shift 2; done
# Nothing of this machine's own services: a target that has what a service may expect, and nothing else.
rm -f etc/fstab
printf '[Unit]\\nRequires=basic.target\\nAfter=basic.target\\nWants=systemd-journald.service dbus.service network-online.target\\nAllowIsolate=yes\\n' > etc/systemd/system/laps-proof.target
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires
mkdir -p run/old
pivot_root . run/old
exec chroot . sh -c 'umount -l /run/old; exec "$0" --system --unit=laps-proof.target --log-target=null --show-status=no' "$systemd" >/dev/null 2>&1 </dev/null
`;

export interface SystemdMachine {
  /** Runs a command line in the machine, as root. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<SandboxEnd>;
  /** As `run`; throws with all it said when it fails. Returns its standard output. */
  must(script: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Every file that is not as in the machine around it, with mode and owner. */
  changed(): Promise<ReadonlySet<string>>;
  close(): Promise<void>;
}

/** The only child of a process. */
function childOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? undefined : Number(text.split(' ')[0]);
}

async function ended(child: ChildProcess): Promise<void> {
  if ((child.exitCode ?? child.signalCode) === null) await once(child, 'close');
}

/** Boots one; it answers to systemctl when this returns. `show`: folders from here, read-only, at paths below /run. */
export async function bootMachine(
  wish: { readonly show?: Readonly<Record<string, string>> } = {},
): Promise<SystemdMachine> {
  const obstacle = machineObstacle();
  if (obstacle !== undefined || systemd === undefined) throw new Error(obstacle);
  const folder = mkdtempSync(join(tmpdir(), 'laps-machine-'));
  const cgroup = join(cgroupRoot() ?? '', `laps-proof-${process.pid}`);
  mkdirSync(cgroup);
  const enterCgroup = 'echo $$ > "$0/cgroup.procs"; exec "$@"';
  const namespaces = ['--mount', '--pid', '--cgroup', '--uts', '--ipc', '--fork', '--kill-child=SIGKILL'];
  const child = spawn(
    'sh',
    [
      '-c',
      enterCgroup,
      cgroup,
      'setpriv',
      '--pdeathsig',
      'SIGKILL',
      'unshare',
      ...namespaces,
      'sh',
      '-c',
      boot,
      'boot',
      folder,
      systemd,
      ...Object.entries(wish.show ?? {}).flat(),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', container: 'lxc' } },
  );
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const close = async (): Promise<void> => {
    writeFileSync(join(cgroup, 'cgroup.kill'), '1');
    await ended(child);
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        for (const name of ['init.scope', 'system.slice'])
          if (existsSync(join(cgroup, name))) removeCgroup(join(cgroup, name));
        removeCgroup(cgroup);
        break;
      } catch {
        // What was killed is still being buried.
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    rmSync(folder, { recursive: true, force: true });
  };

  async function run(script: string, env: Readonly<Record<string, string>> = {}): Promise<SandboxEnd> {
    const pid = childOf(child.pid ?? 0);
    if (pid === undefined) throw new Error(`the machine is not there: ${said}`);
    const enter = [
      'nsenter',
      `--target=${pid}`,
      '--mount',
      '--pid',
      '--cgroup',
      '--uts',
      '--ipc',
      '--root',
      '--wd',
      '--',
    ];
    const inside = spawn(
      'sh',
      ['-c', enterCgroup, cgroup, ...enter, 'setpriv', '--pdeathsig', 'SIGKILL', 'sh', '-c', script],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          HOME: '/root',
          LC_ALL: 'C.UTF-8',
          TZ: 'UTC',
          ...env,
        },
      },
    );
    let [stdout, stderr] = ['', ''];
    inside.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    inside.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const [status, signal] = await once(inside, 'close');
    return { status, signal, stdout, stderr };
  }
  async function must(script: string, env?: Readonly<Record<string, string>>): Promise<string> {
    const end = await run(script, env);
    if (end.status === 0) return end.stdout;
    throw new Error(`${script}: status ${end.status}\n${end.stdout}${end.stderr}`);
  }

  try {
    // Its first process is busy with mounts before it is systemd: whoever asks too early finds no bus.
    for (let tries = 0; ; tries += 1) {
      if (child.exitCode !== null || tries > 150) throw new Error(`the machine did not boot: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      const pid = childOf(child.pid ?? 0);
      if (pid === undefined || readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'systemd\n') continue;
      const { stdout } = await run('systemctl is-active laps-proof.target');
      if (stdout === 'active\n') break;
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    run,
    must,
    async changed() {
      const listed = await must("cd /run/layer && find . -mindepth 1 -printf '%P %y %m %u:%g %s %l\\n'");
      return new Set(listed.split('\n').filter((line) => line !== ''));
    },
    close,
  };
}

function removeCgroup(path: string): void {
  const inner = spawnSync('find', [path, '-mindepth', '1', '-depth', '-type', 'd'], { encoding: 'utf8' });
  for (const each of inner.stdout.split('\n')) if (each !== '') rmdirSync(each);
  rmdirSync(path);
}
