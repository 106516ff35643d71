/**
 * The text of the systemd unit.
 *
 * Knows: what the daemon must be able to do, and nothing more. Promises: `systemd-analyze security` rates it 2.5 or
 * better; whatever had to stay open says why, in the line above. Must never: hold a secret, or a setting of the agent
 * (those are in the configuration, so that a changed setting needs no new unit).
 */
import { LapsError } from '../errors.ts';
import { isOneLine, type Program, servicePaths } from './place.ts';

export interface UnitFacts extends Program {
  /** Of laps-agent: another one makes another unit, so that installing after an update starts the new program. */
  readonly version: string;
  /** Undefined: unknown, so only what every version from 247 on understands is used. */
  readonly systemdVersion: number | undefined;
  /** Whether root is shut out of /etc/shadow by its mode or owner (0000, 0400): then it needs one capability more. */
  readonly shadowIsShut: boolean;
  /** Groups that files are given to, beside root's own: /etc/shadow's, and the local socket's if one is set. */
  readonly givesTo: readonly string[];
  /** Whether there is the group that may read the log of sign-ins; a group that is not there keeps a unit from starting. */
  readonly hasAdm: boolean;
}

/** Seconds without a sign of life after which systemd ends and restarts the daemon. */
export const watchdogSeconds = 600;

/** A word of a command line or a list of paths: quoted, with the characters that systemd would expand taken literally. */
function word(text: string, isCommand: boolean): string {
  // What follows a line break would be a directive. Whoever names paths hears of it before (place.ts).
  if (!isOneLine(text))
    throw new LapsError('ERR_LAPS_SERVICE', {
      message: 'a path with a control character in it cannot stand in a unit',
      hint: 'give it a name of printable characters',
    });
  const escaped = text.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%');
  return `"${isCommand ? escaped.replaceAll('$', '$$$$') : escaped}"`;
}

/** What {@link word} made a word of a command line from, without the quotes around it. */
function textOfWord(escaped: string): string {
  return escaped.replace(/\\(.)|%%|\$\$/g, (pair, character?: string) => character ?? pair.slice(1));
}

function backOff(version: number | undefined): string {
  const plain = `# A crash is followed by a new start a minute later: a delay that grows (RestartSteps=) is known to systemd from 254 on.
Restart=on-failure
RestartSec=60
`;
  if (version === undefined || version < 254) return plain;
  return `# A crash is followed by a new start, each later than the last.
Restart=on-failure
RestartSec=5
RestartSteps=6
RestartMaxDelaySec=600
`;
}

const maker = '# Made by laps-agent ';

/** Whether a unit says at its head that laps-agent made it, edited since or not. */
export function isMadeHere(text: string): boolean {
  return text.startsWith(maker);
}

/** The unit file. */
export function systemdUnit(facts: UnitFacts): string {
  const standard = servicePaths();
  const isStandard = facts.data === standard.data;
  const command = [facts.node, facts.script, 'run', '--data', facts.data].map((each) => word(each, true)).join(' ');
  const { shadowIsShut } = facts;
  // With both of them nothing of the file system would be shut to the daemon.
  const capabilities = [shadowIsShut ? 'CAP_DAC_OVERRIDE' : 'CAP_CHOWN', 'CAP_KILL', 'CAP_AUDIT_WRITE'];
  const groups = new Set(['tty', ...(facts.hasAdm ? ['adm'] : []), ...(shadowIsShut ? facts.givesTo : [])]);
  const writable = ['/etc', ...(isStandard ? [] : [facts.data])].map((each) => word(each, false)).join(' ');
  return `${maker}${facts.version}: laps service install. Changes belong into a drop-in: sudo systemctl edit laps-agent

[Unit]
Description=laps-agent, a simulated Windows LAPS client
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target nss-user-lookup.target time-sync.target
# Never given up: nobody looks at it for months, and what it crashed for may be over by then.
StartLimitIntervalSec=0

[Service]
Type=notify
# Open: Node.js cannot send the datagrams of sd_notify itself, so systemd-notify does, a process of its own.
NotifyAccess=all
ExecStart=${command}
WorkingDirectory=/
# A proxy, if the way to the tenant needs one: a file of lines such as HTTPS_PROXY=http://proxy.example:3128
EnvironmentFile=-${standard.etc}/environment
TimeoutStartSec=180
# The sign of life is sent only while cycles come to their ends.
WatchdogSec=${watchdogSeconds}
${backOff(facts.systemdVersion)}# 3: it could not run at all, 2: its command line is wrong. Trying again would not help; a person has to look. What
# passes by itself, a full disk or a command at work on its data, the daemon waits for and says so in its status.
RestartPreventExitStatus=2 3
# First the daemon alone, which parks the step it is at; then whatever is left of the whole group.
KillMode=mixed
TimeoutStopSec=60
SyslogIdentifier=laps-agent

# Its own folders, closed to other users.
UMask=0077
${
  isStandard
    ? `StateDirectory=laps-agent
StateDirectoryMode=0700
`
    : ''
}RuntimeDirectory=laps-agent
RuntimeDirectoryMode=0710
# Kept over a restart: commands and daemon hold each other's locks there.
RuntimeDirectoryPreserve=yes

# No password on the disk by the back door: neither in a core dump nor in swap space.
LimitCORE=0
MemorySwapMax=0

# Root, for the passwords of this machine are root's to change; but of root's powers only these are left:
${
  shadowIsShut
    ? '# CAP_DAC_OVERRIDE, because on this system the mode of /etc/shadow keeps root too from reading or writing it;'
    : '# CAP_CHOWN, because /etc/shadow is written anew and given back to its group, and the local socket to a group if one is set;'
}
# CAP_KILL, because post-authentication actions end processes of the managed account;
# CAP_AUDIT_WRITE, because a change of a password belongs into the audit log, and PAM refuses one that cannot be noted.
# None is for restarting the machine, which a policy may ask for: systemd-logind does that, asked over the system's bus.
CapabilityBoundingSet=${capabilities.join(' ')}
AmbientCapabilities=
NoNewPrivileges=yes
# The group of terminals, so that people who are signed in can be warned without the power to write to any file${facts.hasAdm ? ";\n# and the group that may read /var/log/auth.log, which on some systems is not root's own" : ''}${shadowIsShut && facts.givesTo.length > 0 ? ';\n# and those that root gives its files back to: of what is its own, a member may do so without CAP_CHOWN' : ''}.
SupplementaryGroups=${[...groups].join(' ')}

# The whole system is read-only.
ProtectSystem=strict
# Open: /etc, because a new /etc/shadow is written beside the old one and renamed over it.
ReadWritePaths=${writable}
# Shut again: what decides what runs and who may come in.
ReadOnlyPaths=-/etc/systemd -/etc/init.d -/etc/cron.d -/etc/pam.d -/etc/ssh -/etc/sudoers -/etc/sudoers.d -/etc/polkit-1
ProtectHome=yes
PrivateTmp=yes
PrivateMounts=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
# Open: the processes and sign-ins of the managed account must be seen to be ended, and the boot told from the last one.
ProtectProc=default
ProcSubset=all
# Open: the accounts of this machine are what this is about, so it needs the machine's own users.
PrivateUsers=no

# Open: the tenant is reached over the internet, or on this machine; which addresses it has is not known here.
PrivateNetwork=no
# AF_UNIX for the local socket, systemd and D-Bus; AF_NETLINK for the audit log.
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK

# Open: V8, the engine of Node.js, compiles what it runs into memory that is first written and then executed.
MemoryDenyWriteExecute=no
KeyringMode=private
LockPersonality=yes
RemoveIPC=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
# Open again: giving /etc/shadow back to its group, and PAM's checker, which takes on the user it is already.
SystemCallFilter=@chown @setuid

[Install]
WantedBy=multi-user.target
`;
}

const wordsIn = (text: string, name: string): readonly string[] =>
  new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1]?.split(' ') ?? [];

/** The groups that a unit made here gives files to, as far as it names them. */
export function givenToByUnit(text: string): readonly string[] {
  return wordsIn(text, 'SupplementaryGroups').filter((each) => each !== 'tty' && each !== 'adm');
}

/** Whether the daemon of a unit made here may give its socket to a group. */
export function mayGiveTo(text: string, group: string): boolean {
  return (
    wordsIn(text, 'CapabilityBoundingSet').includes('CAP_CHOWN') || wordsIn(text, 'SupplementaryGroups').includes(group)
  );
}

/** The data folder that a unit made here works in, or undefined where it is told none. */
export function dataOfUnit(text: string): string | undefined {
  const escaped = /^ExecStart=.* "--data" "((?:[^\\"]|\\.)*)"$/m.exec(text)?.[1];
  return escaped === undefined ? undefined : textOfWord(escaped);
}
