/**
 * `laps explain`: the effective policy of a file or folder, and what a Windows device would do with it (contract 2, 3).
 *
 * Promises: shows what a device would use; where a device would refuse the file, says so and ends with status 1; tells
 * Windows' behaviour and, apart from it, what this program does not do. Must never: decide a value; resolve does.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import type { Management } from '../core/policy/effective.ts';
import { type Outlook, outlookOf } from '../core/policy/outlook.ts';
import type { EffectivePolicy, EffectiveSetting } from '../core/policy/resolve.ts';
import { rootRows, type SettingName, settingNames, settingRows, valueText } from '../core/policy/settings.ts';
import { givenText } from '../core/policy/values.ts';
import { managedOnLinux, programManagement, settingsOn, settingsWithout } from '../core/policy/windowsDevice.ts';
import type { JoinType } from '../core/ports.ts';
import { effectiveOf, refusalError } from './effective.ts';
import type { Face, Verb } from './face.ts';
import {
  gather,
  gatherOs,
  joinTypeOption,
  osOption,
  policyHelp,
  policyWordOption,
  rootHelp,
  rootOption,
} from './policyOptions.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { errorJson } from './render/run.ts';
import { table, wrapText } from './render/table.ts';

function originText(setting: EffectiveSetting): string {
  const spot = setting.byteOffset === undefined ? setting.line : `byte ${setting.byteOffset}`;
  const where = spot === undefined ? '' : `${clean(setting.file ?? '')}:${spot}`;
  const given = setting.given === undefined ? '' : `instead of ${clean(givenText(setting.given))}`;
  const adjustedText = setting.applies ? `adjusted, ${given} at ${where}` : `set at ${where}`;
  const origin = { set: `set at ${where}`, default: 'default', adjusted: adjustedText }[setting.origin];
  // Why it does not apply stands over the block that it is in.
  const { why = '', idle } = setting;
  const adjusted = why === idle ? '' : why.replace(`; ${idle}`, '');
  return adjusted === '' ? origin : `${origin}: ${clean(adjusted)}`;
}

const joinWords: Readonly<Record<JoinType, string>> = {
  entra: 'joined to Entra ID',
  hybrid: 'joined to Entra ID and Active Directory',
  registered: 'registered with Entra ID',
};

const notTaken = 'a device does not take this file and keeps the policy it had';

interface Explained {
  readonly policy: EffectivePolicy;
  readonly joinType: JoinType;
  /** What a Windows device does. */
  readonly device: Management;
  /** What this program would do as the device; it may do less. */
  readonly program: Management;
  readonly outlook: Outlook;
  readonly refused: boolean;
  /** Which of several policies of a file this is. */
  readonly note?: string;
}

/** Paragraphs under a heading, wrapped; nothing for none. */
function paragraphs(face: Face, heading: string, told: readonly string[]): string {
  if (told.length === 0) return '';
  // Wide enough to be read, narrow enough to be quoted in a mail.
  const width = Math.max(40, Math.min(face.host.stdout.columns, 100)) - 4;
  const lines = told.flatMap((text) =>
    wrapText(clean(text), width).map((line, index) => `  ${index === 0 ? '- ' : '  '}${line}\n`),
  );
  return `\n${palette(face.color).bold(heading)}\n${lines.join('')}`;
}

function values(face: Face, policy: EffectivePolicy, shown: readonly SettingName[] = settingNames): string {
  const paints = palette(face.color);
  const row = (name: SettingName): readonly string[] => {
    const setting = policy.settings[name];
    // What is not looked at is replaced by nothing: it is shown as the file has it.
    const { applies, given, value } = setting;
    const told = applies || given === undefined ? valueText(settingRows[name], value) : givenText(given);
    return [`  ${name} = ${clean(told)}`, originText(setting)];
  };
  const block = (names: readonly SettingName[]): string => names.map((name) => table([row(name)], 1000)).join('');
  const used = shown.filter((name) => policy.settings[name].applies);
  const idle = shown.filter((name) => !policy.settings[name].applies);
  const reasons = new Set(idle.map((name) => policy.settings[name].idle ?? ''));
  const first = used.length === 0 ? [] : [`${paints.bold('in effect')}\n${block(used)}`];
  const others = [...reasons].map(
    (why) =>
      `${paints.dim(`without effect: ${clean(why)}`)}\n${block(idle.filter((name) => policy.settings[name].idle === why))}`,
  );
  return [...first, ...others].join('\n');
}

function text(face: Face, { policy, joinType, device, program, outlook, refused, note }: Explained): void {
  const root = policy.source === 'none' ? 'none' : `${policy.source}, ${rootRows[policy.source].words}`;
  const source = refused ? `the one it was before, and not this file, which stands for ${root}` : root;
  if (note !== undefined) face.out(`policy: ${note}\n`);
  face.out(`policy source: ${source}\njudged for a device ${joinWords[joinType]}, Windows ${policy.os}\n\n`);
  if (refused) {
    // Defaults stand beside what a device takes.
    const said = settingNames.filter((name) => policy.settings[name].origin !== 'default');
    face.out(`${values(face, policy, said)}\n${clean(device.why)}\n`);
    return;
  }
  face.out(values(face, policy));
  const verdict = `\nthe device ${device.manages ? 'manages a password' : 'manages nothing'}: ${clean(device.why)}\n`;
  const { told } = outlook;
  face.out(paragraphs(face, 'where it comes from', told.source));
  face.out(verdict);
  face.out(paragraphs(face, 'the account and its password', [...told.account, ...told.password]));
  face.out(paragraphs(face, 'when the password is replaced', told.rotation));
  face.out(paragraphs(face, 'what signing in triggers', told.signIn));
  face.out(paragraphs(face, 'in laps-agent', simulatorTold(outlook, program)));
}

/** Where this program does less than Windows would. */
function simulatorTold(outlook: Outlook, program: Management): string[] {
  const told: string[] = [];
  if (outlook.windows.manages && !program.manages) told.push(`This program manages nothing here: ${program.why}.`);
  else if (program.why.endsWith(managedOnLinux)) told.push(`${managedOnLinux}.`);
  else if (outlook.told.signIn.length > 1)
    told.push(
      'With real accounts this program does the same, where sessions are those of terminals, ssh and desktops; there are no SMB sessions. With simulated accounts the password is replaced, and there is nothing to end or restart.',
    );
  return told;
}

/** Under a policy that is not taken nothing is replaced or dead, and no password is drawn. */
const refusedOutlook = (device: Management) => ({
  windows: device,
  password: null,
  replaced: [],
  dead: [],
  told: { source: [`${device.why}.`], account: [], password: [], rotation: [], signIn: [] },
});

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Show the effective policy of a file or a policy folder, and what a device would do with it: when the password is replaced, what it looks like, what signing in triggers.',
      )
      .argument('<path>', 'a policy file, a policy folder, or - for standard input')
      .option('--os <build>', 'Windows build to judge for (default 10.0.26100)', gatherOs)
      .option('--join-type <type>', 'entra (default), hybrid or registered')
      .option('--policy <name>', policyHelp, gather)
      .option('--root <root>', rootHelp, gather)
      .addHelpText(
        'after',
        [
          '',
          'Exit status: 0 explained, 1 a device would not take the file, 3 the path cannot be read.',
          '',
          'Examples:',
          '  laps explain policies',
          '  laps explain --os 10.0.22631 policies/csp.json',
          '  laps explain --join-type hybrid Registry.pol',
          '  laps explain --root gpo new.json',
        ].join('\n'),
      );
  },

  async run(face) {
    const path = face.args[0];
    if (path === undefined)
      throw new LapsError('ERR_LAPS_USAGE', { message: 'no path was named', hint: 'laps explain policies' });
    const os = osOption(face);
    const joinType = joinTypeOption(face) ?? 'entra';
    const word = policyWordOption(face);
    const {
      policy: resolved,
      refusal,
      shadowed,
      note,
      unlinked,
    } = await effectiveOf(face, {
      path,
      os,
      policy: word,
      root: rootOption(face),
    });
    const error = refusal === undefined ? undefined : refusalError(refusal);
    if (resolved === undefined)
      throw error ?? new LapsError('ERR_LAPS_INTERNAL', { message: 'nothing to explain', hint: 'run laps validate' });
    const settings = error === undefined ? settingsOn(resolved, joinType) : settingsWithout(resolved, notTaken);
    const policy = { ...resolved, settings };
    const kept = { manages: false, why: `${notTaken}; whether that manages a password, this file does not say` };
    const outlook = outlookOf({ policy: resolved, joinType, shadowed, ...(unlinked !== undefined && { unlinked }) });
    const device = error === undefined ? outlook.windows : kept;
    const program = error === undefined ? programManagement(resolved, joinType) : kept;
    const refused = error !== undefined;
    const explained = { policy, joinType, device, program, outlook, refused, ...(note !== undefined && { note }) };
    if (face.json) {
      face.outJson({
        source: policy.source,
        settings,
        device,
        program,
        os: policy.os,
        joinType,
        ...(note !== undefined && { note }),
        shadowed,
        outlook: refused ? refusedOutlook(device) : { ...outlook, windows: device },
        ...(error && { error: errorJson(error) }),
      });
      return error?.exit ?? 0;
    }
    text(face, explained);
    if (error !== undefined) throw error;
    return 0;
  },
};
