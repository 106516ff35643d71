/** `laps status`: device, policy, account, expiry, and whether all is well (dsregcmd /status). */

import { staleProgram } from '../core/hosting/staleProgram.ts';
import { durationText, instantOfIso } from '../core/time.ts';
import type { StatusReport } from '../service/status.ts';
import type { Face, Verb } from './face.ts';
import { flag, isReport, type Reach, reachOf, serviceSilent } from './place.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { table } from './render/table.ts';
import { instantText } from './render/words.ts';
import { version } from './version.ts';

/** The daemon's report, and what only this command can tell: that the daemon is of another program. */
function judged(report: StatusReport, isService: boolean): StatusReport {
  const stale = staleProgram(report.daemon, version, isService);
  return stale === undefined ? report : { ...report, troubles: [...report.troubles, stale], healthy: false };
}

/** What the daemon says, or else what is on the disk. */
export async function reportOf(face: Face, { place, socket }: Reach): Promise<StatusReport> {
  const [{ localDoor }, { openDevice }] = await Promise.all([import('../composeDoor.ts'), import('../compose.ts')]);
  const door = await localDoor({ folder: { socket } });
  const reply = await door.askDaemon({
    method: 'GET',
    path: '/status',
    timeoutMs: 10_000,
    signal: face.host.interrupted,
  });
  if (reply.kind === 'reply' && isReport(reply.body))
    return judged(reply.body, place === undefined || place.served !== undefined);
  if (place === undefined) throw serviceSilent();
  // Nobody answers: what is on disk is the whole story.
  return (await openDevice(place)).report({ running: false, atWork: false, nextCycleAt: null });
}

const joinWords = {
  entra: 'Entra joined',
  hybrid: 'hybrid joined',
  registered: 'Entra registered',
  none: 'not joined',
} as const;

function when(face: Face, iso: string | null): string {
  const at = instantOfIso(iso ?? '');
  if (at === undefined) return 'never';
  // Whole seconds: nobody cares for less between two looks.
  const away = Math.round((at - face.host.now()) / 1000) * 1000;
  if (away === 0) return `${instantText(at)} (just now)`;
  return `${instantText(at)} (${away < 0 ? `${durationText(-away)} ago` : `in ${durationText(away)}`})`;
}

/** What the actions are, by their bits (spec 5.2). */
const actionWords: Readonly<Record<number, string>> = {
  1: 'then the password is replaced',
  3: 'then the password is replaced and its sessions end',
  5: 'then the password is replaced and the machine restarts',
  11: 'then the password is replaced and its sessions and processes end',
};

function signInRows(face: Face, { postAuthentication: part }: StatusReport): string[][] {
  if (part === null) return [];
  if (part.stage === 'waiting')
    return [['deadline', `${when(face, part.deadline)}: the account was used; ${actionWords[part.actions] ?? ''}`]];
  // Of a restart that was ordered the time is the one at which it is found not to have come.
  const isRestarting = part.stage === 'restarting' && part.retryCount === 0;
  const next = part.until === null || isRestarting ? '' : `, next ${when(face, part.until)}`;
  return [['deadline', `${stageWords[part.stage]}${next}`]];
}

const stageWords = {
  due: 'over: the password is being replaced',
  givenUp: 'over; given up until the next boot',
  confirm: 'met; it is being found out whether somebody is signed in',
  warn: 'met; the sessions are being warned',
  grace: 'met; the sessions are warned and end soon',
  signOut: 'met; the sessions are being ended',
  processes: 'met; the processes are being ended',
  restart: 'met; the machine is to restart',
  restarting: 'met; the machine restarts within a minute',
} as const;

/** For what a daemon waits is told below, once. */
function daemonWords(face: Face, { daemon, nextCycle }: StatusReport): string {
  if (daemon.atWork === true) return 'running, a cycle is under way';
  if (daemon.running) return `running, next look ${when(face, nextCycle)}`;
  // One of another version may have answered, which knows no waiting.
  const { waiting } = daemon;
  if (waiting === null || waiting === undefined)
    return daemon.start === null ? 'running, and answers nobody' : `not running: ${daemon.start} starts it`;
  if (waiting.since === null) return 'waiting, tries again by itself';
  const isUnderWay = (instantOfIso(waiting.nextTry ?? '') ?? 0) <= face.host.now();
  const again = isUnderWay ? 'is trying again' : `tries again by itself ${when(face, waiting.nextTry)}`;
  return `waiting since ${when(face, waiting.since)}, ${again}`;
}

/** What is wrong with a policy is told below, once. */
function policyWords({ policy, troubles }: StatusReport): string {
  if (policy.source !== 'none') return `from ${policy.source}: ${clean(policy.why)}`;
  return troubles.includes(policy.why) ? 'cannot be read' : `none: ${clean(policy.why.replace(/^no policy: /, ''))}`;
}

/** Nothing is wrong with a device that manages nothing; whoever expected a backup is to see that there is none. */
function wellWords({ policy }: StatusReport): string {
  return policy.manages ? 'all is well\n' : 'nothing is wrong, and no password is managed (laps explain says why)\n';
}

/** In the account's row; what to do about it is told below. */
const remarkWords: Readonly<Record<string, string>> = {
  locked: 'locked',
  expired: 'expired',
  agedOut: 'password aged out',
  mustChange: 'a new password is asked for',
  failLocked: 'locked after wrong passwords',
  firstEight: 'only eight characters count',
  noShell: 'no shell',
  shellMissing: 'its shell does not exist',
};

function text(face: Face, report: StatusReport): string {
  const paint = palette(face.color);
  const { device, rotation } = report;
  const rows: string[][] = [
    ['device', `${clean(device.displayName ?? 'no name yet')}, ${joinWords[device.joinType]}`],
    ...(device.deviceId === null ? [] : [['', device.deviceId]]),
    ['tenant', device.endpoint === null ? 'none' : `${clean(device.endpoint)}, ${device.tenantId ?? ''}`],
    ['policy', policyWords(report)],
    [
      'account',
      report.managedAccount === null
        ? 'none is managed yet'
        : [
            clean(report.managedAccount.name),
            report.managedAccount.sid,
            ...report.managedAccount.remarks.flatMap((remark) => remarkWords[remark] ?? []),
          ].join(', '),
    ],
    ['last update', when(face, report.lastPasswordUpdate)],
    ['expires', when(face, report.passwordExpiry)],
    ...signInRows(face, report),
    ['rotation', rotation.hold ? `on hold until ${when(face, rotation.holdUntil)}` : rotation.state],
    ['daemon', daemonWords(face, report)],
    ['data', clean(report.data)],
    ['policies', clean(report.policies)],
  ];
  const verdict = report.healthy
    ? paint.green(wellWords(report))
    : report.troubles.map((trouble) => `${paint.yellow('!')} ${clean(trouble)}\n`).join('');
  return `${table(rows, face.host.stdout.columns)}\n${verdict}`;
}

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Shows device, policy, managed account, expiry, open rotation and what is wrong, if anything is. Changes nothing.',
      )
      .option(
        '--check',
        'exit status 1 when a monitor should care: something is wrong; a device whose policy asks for no backup is well',
      )
      .addHelpText('after', '\nExit status: 0; with --check 1 when something is wrong; 3 could not run.');
  },
  async run(face) {
    const report = await reportOf(face, await reachOf(face, { look: true }));
    if (face.json) face.outJson(report);
    else face.out(text(face, report));
    return flag(face, 'check') && !report.healthy ? 1 : 0;
  },
};
