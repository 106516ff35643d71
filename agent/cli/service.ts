/**
 * `laps service`: run as a service of this machine; take that back; look at it; print what it is made of (contract 2).
 *
 * Promises: `print` touches nothing and needs no rights; the others say line by line what they did. Must never: decide
 * what a unit says or what may be taken away.
 */
import type { ServiceHost, Tell, Told } from '../composeServiceHost.ts';
import type { ServiceStatus } from '../composeServiceStatus.ts';
import type { ConfigurationKey, ConfigurationValue } from '../core/configuration.ts';
import { LapsError } from '../core/errors.ts';
import { type HostKind, hostKinds } from '../core/hosting/otherHosts.ts';
import { startService } from '../core/hosting/standing.ts';
import { shellWord } from '../core/shellWord.ts';
import type { Face, Verb } from './face.ts';
import { memberOption } from './memberOption.ts';
import { flag, textOption } from './place.ts';
import { clean } from './render/display.ts';
import { table } from './render/table.ts';

const usage = (message: string, hint: string): LapsError => new LapsError('ERR_LAPS_USAGE', { message, hint });

/** Options that are kept in the configuration, by the parser's name. */
const remembered: readonly ConfigurationKey[] = ['tenant', 'accounts', 'caFile', 'group', 'schedule', 'os'];

function configurationOf(face: Face): Readonly<Record<string, ConfigurationValue>> {
  return Object.fromEntries(
    remembered.flatMap((name) => {
      const value = memberOption(face, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

const words: Readonly<Record<Told['did'], string>> = {
  made: 'made',
  replaced: 'replaced',
  kept: 'kept',
  same: 'as it is',
  set: 'set',
  ran: 'ran',
  removed: 'removed',
  note: 'note',
};

/** Tells each step as it is done; with --json they are kept for the document. */
function teller(face: Face): { readonly tell: Tell; readonly steps: readonly Told[] } {
  const steps: Told[] = [];
  return {
    steps,
    tell: (told) => {
      steps.push(told);
      if (!face.json) face.out(`${words[told.did].padEnd(9)} ${clean(told.what)}\n`);
    },
  };
}

async function thisMachine(): Promise<ServiceHost> {
  return (await import('../composeServiceHost.ts')).thisHost();
}

function kindOf(face: Face): HostKind {
  const given = textOption(face, 'kind') ?? 'systemd';
  const kind = hostKinds.find((each) => each === given);
  if (kind !== undefined) return kind;
  throw usage(`--kind ${clean(given)} is not understood`, `it is one of ${hostKinds.join(', ')}`);
}

/** An option of the parser's, as it is typed. */
const asTyped = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Which of the options are words of what is printed. */
const printedWords: Readonly<Record<HostKind, readonly string[]>> = {
  systemd: [],
  openrc: ['tenant', 'accounts', 'schedule', 'os', 'policies'],
  container: ['tenant', 'accounts', 'schedule', 'os', 'policies'],
  // When it runs is for cron to say.
  cron: ['tenant', 'accounts', 'os', 'policies'],
};
const byHand = 'laps config set, and a policy, say the same before it is started';
const elsewhere: Readonly<Record<HostKind, string>> = {
  systemd: 'laps service install keeps that in the configuration and the policy, so that a change needs no new unit',
  openrc: byHand,
  container: byHand,
  cron: `${byHand}; when it runs, the lines themselves say`,
};

async function print(face: Face): Promise<number> {
  const kind = kindOf(face);
  const [{ printed }, machine] = await Promise.all([import('../composeService.ts'), thisMachine()]);
  const set = Object.entries(configurationOf(face));
  const words = printedWords[kind];
  const options = set.flatMap(([name, value]) => (words.includes(name) ? [`--${name}`, String(value)] : []));
  const policies = textOption(face, 'policies');
  const given = [...remembered, 'account', 'policies'].filter((name) => textOption(face, name) !== undefined);
  const idle = given.filter((name) => !words.includes(name)).map(asTyped);
  const { text, note } = await printed({
    kind,
    data: textOption(face, 'data'),
    cwd: face.host.cwd,
    words: policies === undefined ? options : [...options, '--policies', policies],
  });
  const left =
    idle.length === 0 ? [] : [`${idle.join(', ')} ${idle.length === 1 ? 'is' : 'are'} not in it: ${elsewhere[kind]}`];
  const notes = [...(note === undefined ? [] : [note]), ...left];
  if (face.json) face.outJson({ kind, text, note: notes.length === 0 ? null : notes.join('; ') });
  else face.out(text);
  for (const each of notes) face.say(`laps: note: ${clean(each)}\n`);
  if (kind === 'systemd' && !(await machine.isSystemdHere()))
    face.say(
      'laps: note: this machine is not run by systemd; --kind openrc, container or cron prints what to use instead\n',
    );
  return 0;
}

async function install(face: Face): Promise<number> {
  const [{ installService }, machine] = await Promise.all([import('../composeService.ts'), thisMachine()]);
  const { tell, steps } = teller(face);
  const { env, cwd } = face.host;
  const installed = await installService(
    machine,
    {
      data: textOption(face, 'data'),
      policies: textOption(face, 'policies'),
      account: textOption(face, 'account'),
      configuration: configurationOf(face),
      env,
      cwd,
    },
    tell,
  );
  if (face.json) face.outJson({ ...installed, steps, error: null });
  else if (installed.started) {
    // Without it a command would look where a service usually has its data.
    const own = installed.isStandard ? '' : ` --data ${shellWord(installed.data)}`;
    const { waitsFor } = installed;
    const stands =
      waitsFor === null
        ? 'the service runs, now and after every boot'
        : `the service is started, now and after every boot, but cannot work yet and tries again by itself:\n${clean(waitsFor)}`;
    face.out(`\n${stands}\nnext: sudo laps status${own}, sudo laps service status, journalctl -u laps-agent\n`);
  }
  return installed.waitsFor === null ? 0 : 1;
}

async function uninstall(face: Face): Promise<number> {
  const [{ uninstallService }, machine] = await Promise.all([import('../composeServiceEnd.ts'), thisMachine()]);
  const { tell, steps } = teller(face);
  const { env, cwd } = face.host;
  const result = await uninstallService(
    machine,
    { purge: flag(face, 'purge'), data: textOption(face, 'data'), env, cwd },
    tell,
  );
  if (face.json) face.outJson({ ...result, steps, error: null });
  return 0;
}

/** Whether a person has to start it. */
const isDown = (active: string): boolean => active === 'inactive' || active === 'failed';

/** As a person reads it, in a width of `columns`. */
export function serviceText(status: ServiceStatus, columns: number): string {
  const { unjoined } = status;
  const isStopped = status.installed && isDown(status.active);
  const unitWords = {
    current: '',
    other: ', not as this version writes it: sudo laps service install writes it anew, or says why it is kept',
    foreign: ', not made by laps-agent: sudo laps service install says what to do about it',
    absent: ', not there',
  };
  const rows = [
    [
      'service',
      `${status.installed ? (status.enabled ? 'installed, starts at boot' : 'installed, does not start at boot') : 'not installed: sudo laps service install'}`,
    ],
    [
      'state',
      `${status.active}${isStopped && unjoined === null ? `: ${startService}` : ''}${status.pid === null ? '' : `, process ${status.pid}`}${status.since === null ? '' : `, since ${status.since}`}`,
    ],
    ...(isStopped && unjoined !== null
      ? [
          [
            'waits for',
            `a join, for this device is joined to no tenant: sudo laps join --tenant ${unjoined} --user UPN; then: ${startService}`,
          ],
        ]
      : []),
    ...(status.says === null ? [] : [['says', status.says]]),
    ...(status.result === null || status.result === 'success'
      ? []
      : [['last end', `${status.result}: journalctl -u laps-agent shows why`]]),
    ['unit', `${status.unit}${unitWords[status.unitState]}`],
    ['data', status.data],
  ];
  return table(
    rows.map((row) => row.map(clean)),
    columns,
  );
}

async function status(face: Face): Promise<number> {
  const [{ serviceStatus }, machine] = await Promise.all([import('../composeServiceStatus.ts'), thisMachine()]);
  const standing = await serviceStatus(machine);
  if (face.json) face.outJson({ ...standing, error: null });
  else face.out(serviceText(standing, face.host.stdout.columns));
  return standing.active === 'active' ? 0 : 1;
}

/** What each of them takes of the verb's own options, by the parser's names. */
const taken: Readonly<Record<string, readonly string[]>> = {
  install: [...remembered, 'account'],
  uninstall: ['purge'],
  status: [],
  print: [...remembered, 'account', 'kind'],
};

/** Refuses a word that would do nothing here: whoever typed it counts on it. */
function refuseIdle(face: Face, action: string): void {
  const own = [...new Set(Object.values(taken).flat())];
  const idle = own.filter((name) => face.options[name] !== undefined && face.options[name] !== false);
  const [first] = idle.filter((name) => taken[action]?.includes(name) !== true);
  if (first === undefined) return;
  const where = Object.keys(taken).filter((each) => taken[each]?.includes(first));
  throw usage(
    `laps service ${action} takes no ${asTyped(first)}; nothing was touched`,
    `${asTyped(first)} is for laps service ${where.join(' and ')}`,
  );
}

const actions: Readonly<Record<string, (face: Face) => Promise<number>>> = { install, uninstall, status, print };

export const verb: Verb = {
  configure(command) {
    command
      .description(
        'Runs the agent as a service of this machine: install writes a systemd unit, folders closed to others and, if there is none, a policy, starts it, and says what it did; uninstall takes back exactly that. print shows the unit, or what to use where there is no systemd, and touches nothing.',
      )
      .argument('<action>', 'install, uninstall, status or print')
      .option('--tenant <which>', "embedded, a tenant's https address, or global, usgov, china; remembered")
      .option('--accounts <kind>', 'simulated, or linux: a real account of this machine; remembered')
      .option('--account <name>', 'the account that a policy made here names')
      .option('--ca-file <file>', 'PEM file of the private authority of a tenant; remembered')
      .option('--group <name>', 'group whose members may use status, events, process and reset; remembered')
      .option('--schedule <cron>', "cycles by these cron words instead of Windows' fixed hour; remembered")
      .option('--os <build>', 'Windows build the device claims at its join; remembered')
      .option(
        '--purge',
        'with uninstall: identity, journal and events go too, and the account may be managed from elsewhere',
      )
      .option('--kind <kind>', 'with print: systemd, openrc, container or cron (systemd)')
      .addHelpText(
        'after',
        '\nExit status: 0 done (status: it runs), 1 install: it cannot work yet, status: it does not run; 3 could not.\nWith --data the service has its data elsewhere than in /var/lib/laps-agent; commands of root find it there by themselves while that one holds nothing, and say so.\nExamples:\n  sudo laps service install\n  sudo laps service install --accounts linux --account lapsadmin\n  laps service print\n  laps service print --kind container\n  sudo laps service uninstall --purge',
      );
  },
  async run(face) {
    const given = face.args[0] ?? '';
    const action = Object.hasOwn(actions, given) ? actions[given] : undefined;
    if (action === undefined)
      throw usage(`laps service cannot "${clean(given)}"`, `it can ${Object.keys(actions).join(', ')}`);
    refuseIdle(face, given);
    return action(face);
  },
};
