/**
 * `npm run service`: the README's section about the service, word for word, in a machine with a systemd of its own.
 *
 * Knows: the packed tarball, the page, a booted machine. Promises: prints each command with what it said; then stops,
 * kills, freezes and misconfigures the service; at the end lists what is left that was not there before. Ends with 0 only
 * when all of it held. Must never: touch the accounts, units or folders of the machine it runs on. Where there can be no
 * such machine it says so and ends with 0, for nothing was found wrong.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootMachine, machineObstacle, type SystemdMachine } from '../support/systemdMachine.ts';

const page = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const problems: string[] = [];

/** The commands of the block that follows a mark in the page. */
function block(mark: string): readonly string[] {
  const found = new RegExp(`<!-- ${mark} -->\\n+\`\`\`\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`the page has no block ${mark}`);
  return found.split('\n').filter((line) => line !== '');
}

/** What else the page's section about the service shows as code: it needs what this machine has not, and is said aloud. */
function notTyped(): readonly string[] {
  const section = /^## As a service of a test machine\n([\s\S]*?)^## /m.exec(page)?.[1];
  if (section === undefined) throw new Error('the page has no section about the service');
  const typedHere = new Set([...block('service:install'), ...block('service:uninstall')]);
  return [...section.matchAll(/^```\n([\s\S]*?)^```/gm)]
    .flatMap(([, text = '']) => text.split('\n'))
    .filter((line) => line !== '' && !typedHere.has(line));
}

/** A root shell has no need of sudo; where it is not installed, the word is passed over. */
const withSudo = 'command -v sudo >/dev/null || sudo() { "$@"; }; ';
const env = { npm_config_cache: '/tmp/npm', npm_config_audit: 'false', npm_config_fund: 'false', NO_COLOR: '1' };

/** Runs a command of the page in the folder with the tarball. */
async function typed(machine: SystemdMachine, command: string): Promise<void> {
  const { status, stdout, stderr } = await machine.run(`cd /tmp; ${withSudo}${command}`, env);
  say(`# ${command}\n${`${stdout}${stderr}`.replace(/^/gm, '  ').trimEnd()}`);
  if (status !== 0) problems.push(`${command}: status ${status}`);
}

async function check(what: string, holds: Promise<boolean>): Promise<void> {
  const held = await holds;
  say(`${held ? 'ok  ' : 'FAIL'} ${what}`);
  if (!held) problems.push(what);
}

/** Asks again until a command ends with 0; at most half a minute. */
async function soon(machine: SystemdMachine, script: string): Promise<boolean> {
  const { status } = await machine.run(
    `for i in $(seq 150); do if ${script}; then exit 0; fi; sleep 0.2; done; exit 1`,
  );
  return status === 0;
}

const property = (name: string): string => `"$(systemctl show laps-agent -p ${name} --value)"`;

/** The account opens with what an administrator recovers, and PAM is asked, not a file. */
async function opens(machine: SystemdMachine): Promise<boolean> {
  const script = [
    'device=$(laps devices --json | sed -n \'s/.*"DeviceName":"\\([^"]*\\)".*/\\1/p\' | head -n 1)',
    'laps recover "$device" --as-plain-text --json | sed -n \'s/.*"Password":"\\([^"]*\\)".*/\\1/p\' | head -n 1 | tr -d "\\n" > /tmp/recovered',
    'printf "\\0" >> /tmp/recovered',
    '/usr/sbin/unix_chkpwd lapsadmin nonull < /tmp/recovered',
  ].join('\n');
  // The characters that JSON escapes would arrive as two: drawn anew until there are none.
  const { status } = await machine.run(
    `for i in 1 2 3 4 5; do ( ${script}\n ) && exit 0; laps reset >/dev/null; done; exit 1`,
  );
  return status === 0;
}

const asNobody = 'setpriv --reuid nobody --regid nogroup --clear-groups';

/** An ordinary user signs in with it by su, at a terminal, and is who su says. */
async function signsIn(machine: SystemdMachine): Promise<boolean> {
  const typing = '(sleep 2; tr -d "\\0" < /tmp/recovered; echo; sleep 1)';
  const { stdout } = await machine.run(
    `${typing} | ${asNobody} script -qec "su lapsadmin -c 'echo I am \\$(id -un)'" /dev/null`,
  );
  return /I am lapsadmin/.test(stdout);
}

const data = '/var/lib/laps-agent';
/** Moves the deadline that a sign-in has set a day back, as if the clock had gone on, for a policy that asks for a restart. */
const dayGone = `
const file = '${data}/state/postAuth.json';
const kept = JSON.parse(require('fs').readFileSync(file, 'utf8'));
for (const name of ['PostAuthResetAuthenticationTime', 'PostAuthResetDeadline'])
  kept[name] = String(BigInt(kept[name]) - 25n * 3600n * 10000000n);
kept.PostAuthActions = 5;
require('fs').writeFileSync(file, JSON.stringify(kept));
`;

/** Restarting the machine, which root does here without CAP_SYS_BOOT: systemd-logind is asked over the system's bus. */
async function restartsTheMachine(machine: SystemdMachine): Promise<void> {
  const { stdout } = await machine.run('systemctl show laps-agent -p CapabilityBoundingSet --value');
  say(`capabilities: ${stdout.trim()}`);
  await check('the unit gives no power to restart the machine', Promise.resolve(!/cap_sys_boot/.test(stdout)));
  // Somebody stays signed in: a record that any user could have written restarts nothing by itself.
  await machine.must(
    `setsid sh -c '(sleep 2; tr -d "\\0" < /tmp/recovered; echo; sleep 90) | ${asNobody} script -qec "su lapsadmin -c \\"sleep 90\\"" /dev/null' >/dev/null 2>&1 & for i in $(seq 50); do pgrep -u lapsadmin sleep >/dev/null && exit 0; sleep 0.2; done; exit 1`,
  );
  await machine.must(`systemctl stop laps-agent && node -e "$SCRIPT" && systemctl start laps-agent`, {
    SCRIPT: dayGone,
  });
  await check(
    'and yet the sealed service orders a restart in a minute when the deadline of a sign-in is over (action 5)',
    soon(machine, 'laps events --id 50046 | grep -q 50046 && grep -q MODE=reboot /run/systemd/shutdown/scheduled'),
  );
  say((await machine.run('laps events --since 1m | grep -E "10042|10029|10020|50046|10049|50070"')).stdout.trim());
  await machine.must(
    `shutdown -c; kill -KILL $(pgrep -u lapsadmin); systemctl stop laps-agent; rm -f ${data}/state/postAuth.json; systemctl start laps-agent`,
  );
  await check(
    'which a person can call off',
    machine.run('! [ -e /run/systemd/shutdown/scheduled ]').then(({ status }) => status === 0),
  );
}

/** The account belongs to the service also while that is stopped. */
async function keepsItsAccount(machine: SystemdMachine): Promise<void> {
  await machine.must('systemctl stop laps-agent');
  const { status, stdout, stderr } = await machine.run(
    'laps run --accounts linux --once --data /srv/second --policies /etc/laps-agent/policies',
  );
  say(`${stdout}${stderr}`.replace(/^/gm, '  ').trimEnd());
  await check(
    'another data folder is refused the account while the service is stopped, and is told which has it',
    Promise.resolve(status === 3 && /it is managed from the data folder \/var\/lib\/laps-agent/.test(stderr)),
  );
  const taken = await machine.run(
    'laps process --take-over --data /srv/second && laps events --id 50060 --data /srv/second',
  );
  say(`${taken.stdout}${taken.stderr}`.replace(/^/gm, '  ').trimEnd());
  await check('which a person may take over', Promise.resolve(taken.status === 0 && /50060/.test(taken.stdout)));
  await machine.must('systemctl start laps-agent');
  const back = await machine.run('laps process; laps process --take-over');
  say(`${back.stdout}${back.stderr}`.replace(/^/gm, '  ').trimEnd());
  await check(
    'and the service is then refused it, until a person gives it back by the daemon',
    Promise.resolve(back.status === 0 && /managed from the data folder \/srv\/second/.test(back.stderr)),
  );
  await machine.must('rm -r /srv/second');
}

/** What the daemon would refuse is refused before anything is written. */
async function refusals(machine: SystemdMachine): Promise<void> {
  const before = await machine.changed();
  for (const [words, reason] of [
    ['--accounts linux --account root', /"root" would not be managed: it is root/],
    ['--accounts linux --account daemon', /it is an account of the system/],
    ['--accounts linux --account nobody-of-that-name', /there is no account/],
    ['--group no-such-group', /there is no group no-such-group/],
    ['--ca-file /etc/nowhere.pem', /there is no file/],
    ['--ca-file /root/ca.pem', /authority, .+ shut off from it/],
    ['--schedule "* * * * * *"', /five words as for cron/],
    ['--data /home/laps', /shut off from it/],
    ['--tenant https://tenant.test/path', /without a path/],
  ] as const) {
    const { status, stdout, stderr } = await machine.run(`laps service install ${words}`);
    if (!reason.test(stderr)) say(`${stdout}${stderr}`);
    await check(`install ${words} is refused`, Promise.resolve(status !== 0 && reason.test(stderr)));
  }
  const now = await machine.changed();
  await check('with nothing touched', Promise.resolve([...now].every((line) => before.has(line) || itsOwn.test(line))));
}

async function trials(machine: SystemdMachine): Promise<void> {
  await check('the account opens with the recovered password', opens(machine));
  await check('an unprivileged user signs in with it by su, through PAM', signsIn(machine));
  // The daemon looks once a minute, and at its start.
  await machine.must('systemctl restart laps-agent');
  await check(
    'the sealed service notices the sign-in and sets the deadline',
    soon(machine, 'laps events --id 10041 | grep -q 10041'),
  );
  await check(
    'events stand in the journal with number, cycle and priority, under the unit',
    machine
      .run(
        'journalctl -u laps-agent LAPS_EVENT_ID=10029 -o json --no-pager | head -n 1 | grep \'"PRIORITY":"6"\' | grep -q \'"LAPS_CYCLE_ID":"\'',
      )
      .then(({ status }) => status === 0),
  );
  const exposure = await machine.run('systemd-analyze security --no-pager --threshold=25 laps-agent.service');
  say(exposure.stdout.trim().split('\n').at(-1) ?? '');
  await check('the running unit is rated 2.5 or better', Promise.resolve(exposure.status === 0));
  await check(
    'another user is told to use sudo, and gets nothing',
    machine
      .run('setpriv --reuid nobody --regid nogroup --clear-groups env HOME=/nonexistent laps status 2>&1')
      .then(({ status, stdout }) => status === 3 && /sudo/.test(stdout)),
  );
  await restartsTheMachine(machine);
  await keepsItsAccount(machine);
  await machine.must('laps config set group daemon && systemctl restart laps-agent');
  for (const verb of ['status', 'reset', 'process', 'events --since 1d'])
    await check(
      `a member of the group may use ${verb.split(' ')[0]}`,
      machine
        .run(`setpriv --reuid nobody --regid nogroup --groups daemon env HOME=/nonexistent laps ${verb}`)
        .then(({ status, stdout, stderr }) => {
          if (status !== 0) say(stderr);
          return status === 0 && stdout !== '';
        }),
    );
  await machine.must('laps config unset group');
  // The figures of the unit are for months; here they are made short, as its owner would.
  await machine.must(
    'mkdir -p /etc/systemd/system/laps-agent.service.d && printf "[Service]\\nRestartSec=1\\nWatchdogSec=4\\n" > /etc/systemd/system/laps-agent.service.d/proof.conf && systemctl daemon-reload && systemctl restart laps-agent',
  );
  await machine.must(`systemctl kill --kill-whom=main -s KILL laps-agent`);
  await check(
    'killed, it is started again',
    soon(machine, `[ ${property('NRestarts')} -ge 1 ] && systemctl -q is-active laps-agent`),
  );
  const before = (await machine.must('systemctl show laps-agent -p NRestarts --value')).trim();
  await machine.must(`kill -STOP ${property('MainPID')}`);
  await check(
    'frozen, it gives no sign of life, is ended and started again',
    soon(machine, `[ ${property('NRestarts')} -gt ${before} ] && systemctl -q is-active laps-agent`),
  );
  await check(
    'none of this left a core dump or more than its own processes',
    soon(machine, '! ls /var/lib/systemd/coredump/* /core* 2>/dev/null && [ $(pgrep -fc "[l]aps.js run") -eq 1 ]'),
  );
  const restarts = (await machine.must('systemctl show laps-agent -p NRestarts --value')).trim();
  await machine.must(
    'cp /var/lib/laps-agent/state/configuration.json /tmp/kept && echo "{" > /var/lib/laps-agent/state/configuration.json',
  );
  await machine.run('systemctl restart laps-agent');
  await check(
    'saying that it cannot run (status 3), it is left alone',
    machine
      .run(
        `[ ${property('ActiveState')} = failed ] && [ ${property('ExecMainStatus')} = 3 ] && [ ${property('NRestarts')} -le ${restarts} ]`,
      )
      .then(({ status }) => status === 0),
  );
  await machine.must(
    'cat /tmp/kept > /var/lib/laps-agent/state/configuration.json && systemctl reset-failed laps-agent && systemctl start laps-agent',
  );
  await machine.must('systemctl stop laps-agent');
  await check(
    'stopped, it ends in order',
    machine
      .run(`[ ${property('Result')} = success ] && [ ${property('ExecMainStatus')} = 0 ]`)
      .then(({ status }) => status === 0),
  );
  await machine.must(
    'printf "[Service]\\nEnvironment=LAPS_TENANT=https://elsewhere.test\\n" > /etc/systemd/system/laps-agent.service.d/other.conf && systemctl daemon-reload',
  );
  await check(
    'status tells of a variable in a drop-in with which it would not start',
    machine
      .run('laps status')
      .then(({ stdout }) => /! LAPS_TENANT in Environment= of .* names another tenant/.test(stdout)),
  );
  await machine.must(
    'rm -r /etc/systemd/system/laps-agent.service.d && systemctl daemon-reload && systemctl start laps-agent',
  );
  await check('the account opens with the recovered password still', opens(machine));
}

/** What the machine writes by itself while it runs. */
const itsOwn =
  /^(var\/log\/|var\/lib\/systemd\/|var\/tmp\/systemd-private-[0-9a-f]+-systemd-logind\.service|var\/cache\/|var\/lib\/dbus|etc\/(passwd|shadow|group|gshadow|subuid|subgid)-? |etc\/\.pwd\.lock|etc\/\.updated|var\/\.updated|root\/\.npm\/?)/;
const accountFiles = 'cat /etc/passwd /etc/group /etc/subuid /etc/subgid; cut -d: -f1 /etc/shadow /etc/gshadow';

async function proof(machine: SystemdMachine, tarball: string): Promise<void> {
  await machine.must(`cp /run/tarball/${tarball} /tmp/`);
  // Folders on the way to what is written show in the layer as soon as anything below them was ever there.
  const before = await machine.changed();
  const accounts = await machine.must(accountFiles);
  for (const command of block('service:install')) {
    if (command.includes('service install')) await refusals(machine);
    await typed(machine, command);
  }
  const made = [...(await machine.changed())].map((line) => line.split(' ')[0]);
  await check(
    'the list of what is there shows what was installed, so it would show what is left',
    Promise.resolve(
      ['etc/systemd/system/laps-agent.service', 'etc/laps-agent', 'var/lib/laps-agent', 'home/lapsadmin'].every(
        (path) => made.includes(path),
      ) && made.some((path) => path?.endsWith('node_modules/laps-agent/dist/laps.js')),
    ),
  );
  for (const command of notTyped()) say(`not typed here, for it needs a tenant of one's own: ${command}`);
  await trials(machine);
  await typed(machine, 'sudo laps service install');
  for (const command of block('service:uninstall')) await typed(machine, command);
  await check(
    'nothing of it is left below /run',
    machine.run('! [ -e /run/laps-agent ]').then(({ status }) => status === 0),
  );
  await check(
    'no process of it is left',
    machine.run('! pgrep -f "[l]aps.js"').then(({ status }) => status === 0),
  );
  await check(
    'no account of it is left',
    machine.must(accountFiles).then((now) => now === accounts),
  );
  // In a layer a folder that was touched is listed with what is in it; one line without its size is enough.
  const left = [...(await machine.changed())].filter((line) => !before.has(line) && !itsOwn.test(line));
  const real: string[] = [];
  for (const line of left) {
    const path = line.split(' ')[0] ?? '';
    const around = spawnSync('test', ['-e', `/${path}`]).status === 0;
    // A folder of the machine around, seen in the layer because something below it came and went.
    if (!(around && / d /.test(line))) real.push(line);
  }
  say(`left behind: ${real.length === 0 ? 'nothing' : `\n  ${real.join('\n  ')}`}`);
  if (real.length > 0) problems.push(`${real.length} files are left behind`);
}

const obstacle = machineObstacle();
if (obstacle !== undefined) {
  say(`skipped: ${obstacle}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'laps-packed-'));
try {
  const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { encoding: 'utf8' });
  const tarball = packed.stdout.trim().split('\n').at(-1) ?? '';
  if (packed.status !== 0 || tarball === '') throw new Error(`npm pack: ${packed.stderr}`);
  const machine = await bootMachine({ show: { '/run/tarball': folder } });
  try {
    await proof(machine, tarball);
  } finally {
    await machine.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(
  problems.length === 0 ? '\nall of it held' : `\n${problems.length} things did not hold:\n  ${problems.join('\n  ')}`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
