/** `laps run`: the daemon in the foreground; by itself it joins only the embedded test tenant. */

import type { AccountsKind, AccountsWish } from '../composeAccounts.ts';
import type { StartTells } from '../composePatience.ts';
import type { RunWish } from '../composeRun.ts';
import { LapsError } from '../core/errors.ts';
import type { LapsEvent } from '../core/events.ts';
import { sentenceOf } from '../core/events.ts';
import { parseOs } from '../core/policy/os.ts';
import { durationText, instantOfIso } from '../core/time.ts';
import type { Answer } from '../service/answer.ts';
import type { Face, Verb } from './face.ts';
import { memberOption, tellStrayVariables } from './memberOption.ts';
import { authorityOption, flag, placeOf, textOption, trustGiven } from './place.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { instantText } from './render/words.ts';
import { statusOf, tellFailure } from './rotation.ts';
import { version } from './version.ts';

const indent = '       ';
const joinWords = { entra: 'Entra joined', hybrid: 'hybrid joined', registered: 'Entra registered' } as const;

/** One line per event, id first. 10030 and our plumbing stay in the log: `laps events` shows them. */
const quiet: ReadonlySet<number> = new Set([10000, 10002, 10004, 10010, 10030, 50000, 50014, 50018]);

function eventLine(face: Face, event: LapsEvent): void {
  if (quiet.has(event.id)) return;
  const paint = palette(face.color);
  const level =
    event.id >= 50000 ||
    [10005, 10007, 10013, 10019, 10025, 10026, 10027, 10028, 10031, 10032, 10059].includes(event.id)
      ? paint.yellow
      : paint.bold;
  face.out(`${level(String(event.id))}  ${clean(sentenceOf(event))}\n`);
}

function hints(face: Face, device: string, kind: AccountsKind): void {
  const rows = [
    ['laps reset', 'rotate now'],
    ['laps status', 'see how it stands'],
    [`laps recover ${device} --as-plain-text`, 'read it as an administrator'],
    ...(kind === 'simulated' ? [['laps signin', 'use it']] : []),
    ['laps validate policies/csp.json', 'check a policy'],
  ];
  const width = Math.max(...rows.map(([command]) => (command ?? '').length)) + 4;
  face.out('\nTry, in another terminal:\n');
  for (const [command, what] of rows) face.out(`  npx ${(command ?? '').padEnd(width)}${what}\n`);
  face.out('\nCtrl-C ends it; the next start goes on from here.\n');
}

function osOf(face: Face): string | undefined {
  const os = textOption(face, 'os');
  if (os === undefined || parseOs(os) !== undefined) return os;
  throw new LapsError('ERR_LAPS_USAGE', {
    message: `--os ${os} is not a Windows build`,
    hint: 'write it as 10.0.26100',
  });
}

/** What the words say of accounts. Real ones are refused here where they cannot be had, before anything is made. */
async function accountsOf(face: Face): Promise<AccountsWish> {
  const kind = textOption(face, 'accounts');
  if (kind !== undefined && kind !== 'simulated' && kind !== 'linux')
    throw new LapsError('ERR_LAPS_USAGE', {
      message: `--accounts ${kind} is not understood`,
      hint: 'write --accounts simulated, or --accounts linux for a real account of this machine',
    });
  if (kind === 'linux') (await import('../composeAccounts.ts')).refuseWithoutRoot();
  return {
    kind,
    allowRoot: flag(face, 'allowRoot'),
    allowSystem: flag(face, 'allowSystem'),
    allowOwn: flag(face, 'allowOwn'),
  };
}

export const verb: Verb = {
  configure(command) {
    authorityOption(command);
    command
      .description(
        'Runs the daemon here: a policy-processing cycle at the start, every hour, after a sleep and when a policy file changes. Without --tenant it starts the embedded test tenant and joins this device to it by itself.',
      )
      .option('--tenant <which>', "embedded, a tenant's https address, or global, usgov, china")
      .option('--accounts <kind>', 'simulated, or linux: a real account of this machine (needs root); remembered')
      .option('--allow-root', 'root itself may be the managed account; remembered, as the next two')
      .option('--allow-system', 'so may an account of the system, below the first ordinary uid')
      .option('--allow-own', 'so may the account of whoever runs this')
      .option('--once', 'run one cycle and end')
      .option('--schedule <cron>', "cycles by these cron words instead of Windows' fixed hour")
      .option('--os <build>', 'Windows build the device claims, kept with its identity (10.0.26100)')
      .addHelpText(
        'after',
        '\nExit status: 0 ended in order, 1 (with --once) the cycle did not work, 3 could not run.\nCtrl-C ends the daemon in order: a rotation that has begun is parked for the next start. A second Ctrl-C ends at once (130).\nExamples:\n  laps run\n  laps run --once --json\n  laps run --data /tmp/device1 --policies ./policies\n  sudo laps run --accounts linux --policies /etc/laps-agent/policies',
      );
  },
  async run(face) {
    const accounts = await accountsOf(face);
    const os = osOf(face);
    const schedule = memberOption(face, 'schedule');
    tellStrayVariables(face);
    const [{ runDaemon }, { isInJournal }] = await Promise.all([
      import('../composeRun.ts'),
      import('../composeSystemd.ts'),
    ]);
    const once = flag(face, 'once');
    // In the journal every event stands with its fields; a line beside it would only say it twice.
    const human = !face.json && !isInJournal(face.host.env);
    // A daemon whose reader went away goes on; it is ended by a signal.
    if (!once) face.host.outliveOutput();
    let displayName = '';
    const wish: Omit<RunWish, 'tenant' | 'listens'> = {
      once,
      trusts: textOption(face, 'caFile') !== undefined,
      schedule: typeof schedule === 'string' ? schedule : undefined,
      os,
      accounts,
      signal: face.host.interrupted,
      tell: {
        starting(name, data) {
          // Below the present folder it is shown as one would type it: ./.laps.
          const place = data.startsWith('/') ? data : `./${data}`;
          if (human) face.out(`10000  laps-agent ${version} on ${clean(name)}, data in ${clean(place)}\n`);
        },
        tenant({ url, domain, embedded }) {
          if (human) face.out(`${indent}tenant ${domain} ${embedded ? `answers at ${url} (embedded)` : `at ${url}`}\n`);
        },
        joined(joined) {
          displayName = joined.displayName;
          if (human)
            face.out(
              `${indent}${joined.displayName} is joined as ${joined.deviceId} (${joinWords[joined.joinType]})\n`,
            );
        },
        event(event) {
          if (human) eventLine(face, event);
        },
        line(text) {
          if (!face.json) face.out(`${text}\n`);
        },
        cycle(answer, trigger, tookMs, nextCycleAt) {
          if (!human) {
            if (!once && face.json) face.outJson({ trigger, ...answer });
            return;
          }
          const at = instantOfIso(answer.passwordExpiry ?? '');
          const expiry = at === undefined ? '' : `; next rotation ${instantText(at)}`;
          const away = nextCycleAt === null ? undefined : Math.max(0, nextCycleAt - face.host.now());
          const next = away === undefined ? '' : `, next look in ${durationText(away)}`;
          if (once) tellFailure(face, answer);
          if (answer.error === null) face.out(`10004  done in ${durationText(tookMs)}${expiry}${next}\n`);
          else if (!once) {
            face.out(`${indent}${clean(answer.error.message)} [${answer.error.code}]\n`);
            if (answer.error.hint !== null) face.out(`${indent}hint: ${clean(answer.error.hint)}\n`);
          }
        },
        ready(_joined, kind) {
          if (human) hints(face, displayName, kind);
        },
        defect(error) {
          // Told, never hidden: the daemon goes on, the next cycle starts from the journal.
          face.say(
            `laps: error: a cycle failed inside laps-agent (${error instanceof Error ? error.name : 'unknown'}) [ERR_LAPS_INTERNAL]\n`,
          );
        },
      },
    };
    const start = async ({ opened, works }: StartTells): Promise<Answer> => {
      const place = opened(await placeOf(face, { real: accounts.kind === 'linux', told: accounts.kind !== undefined }));
      await trustGiven(face, place);
      const policies = textOption(face, 'policies');
      if (policies !== undefined) await place.remember({ policies: place.policies });
      const tenant = textOption(face, 'tenant') ?? place.remembered.tenant;
      return runDaemon(place, { ...wish, tenant, listens: works });
    };
    if (once) {
      const only = await start({ opened: (place) => place, works: () => {} });
      if (face.json) face.outJson(only);
      return statusOf(only);
    }
    const { startDaemonPatiently } = await import('../composePatience.ts');
    const { event, line } = wish.tell;
    const { env, cwd } = face.host;
    await startDaemonPatiently({ data: textOption(face, 'data'), env, cwd, signal: wish.signal, event, line }, start);
    if (human) face.out('10002  laps-agent stopped\n');
    return 0;
  },
};
