/**
 * `laps explain`: the effective policy of a file or folder, each value with where it comes from (contract 2, 3).
 *
 * Promises: shows what a device would use; where a device would refuse the file, says so and ends with status 1. Must
 * never: decide a value; resolve does.
 */
import type { Command } from 'commander';
import { LapsError } from '../core/errors.ts';
import { rootOf } from '../core/policy/document.ts';
import { managementOf } from '../core/policy/effective.ts';
import { readDocument } from '../core/policy/formats/formats.ts';
import type { OsBuild } from '../core/policy/os.ts';
import { policyOfFolder, refusalOf, type UnreadablePolicy, unreadableOf } from '../core/policy/read.ts';
import { type EffectivePolicy, type EffectiveSetting, resolvePolicy } from '../core/policy/resolve.ts';
import { rootRows, type SettingName, settingNames, settingRows, valueText } from '../core/policy/settings.ts';
import { givenText } from '../core/policy/values.ts';
import type { Face, Verb } from './face.ts';
import { joinTypeOption, osOption, readGiven } from './policyOptions.ts';
import { clean } from './render/display.ts';
import { palette } from './render/paint.ts';
import { table } from './render/table.ts';

interface Explained {
  readonly policy: EffectivePolicy | undefined;
  readonly refusal: UnreadablePolicy | undefined;
}

async function explainPath(face: Face, path: string, os: OsBuild): Promise<Explained> {
  const { policyFolder } = await (await import('../composeAuthoring.ts')).authoring();
  const folder = path === '-' ? undefined : await policyFolder({ path, cwd: face.host.cwd });
  if (folder !== undefined) {
    const reading = await policyOfFolder(await folder.read(), os);
    return reading.kind === 'policy'
      ? { policy: reading.policy, refusal: undefined }
      : { policy: undefined, refusal: reading };
  }
  const document = await readDocument(await readGiven(face, path));
  const root = rootOf(document);
  const refusal = refusalOf(document, root, os);
  return {
    // A file with a value of the wrong type still shows what its other values mean; a broken one shows nothing.
    policy: document.problems.length > 0 ? undefined : resolvePolicy({ documents: [{ root, document }], os }),
    refusal: refusal === undefined ? undefined : unreadableOf(document.path, refusal),
  };
}

function errorOf(refusal: UnreadablePolicy): LapsError {
  const where = refusal.code === 'ERR_LAPS_POLICY_UNREADABLE' ? `:${refusal.line}:${refusal.column}` : '';
  return new LapsError(refusal.code, {
    message: `${clean(refusal.path)}${where}: ${clean(refusal.problem)}; a device keeps the policy it had`,
    hint: refusal.hint,
  });
}

function originText(setting: EffectiveSetting): string {
  const where = setting.line === undefined ? '' : `${clean(setting.file ?? '')}:${setting.line}`;
  const given = setting.given === undefined ? '' : `instead of ${clean(givenText(setting.given))}`;
  const origin = { set: `set at ${where}`, default: 'default', adjusted: `adjusted, ${given} at ${where}` }[
    setting.origin
  ];
  return setting.why === undefined ? origin : `${origin}: ${clean(setting.why)}`;
}

function text(face: Face, policy: EffectivePolicy, device: { manages: boolean; why: string }): void {
  const paints = palette(face.color);
  const source = policy.source === 'none' ? 'none' : `${policy.source}, ${rootRows[policy.source].words}`;
  face.out(`policy source: ${source}\n`);
  face.out(`judged for Windows ${policy.os}\n\n`);
  const line = (name: SettingName): readonly string[] => {
    const setting = policy.settings[name];
    return [name, clean(valueText(settingRows[name], setting.value)), originText(setting)];
  };
  const block = (names: readonly SettingName[]): string =>
    names
      .map((name) =>
        table(
          [line(name)].map(([a, b, c]) => [`  ${a} = ${b}`, c ?? '']),
          1000,
        ),
      )
      .join('');
  const used = settingNames.filter((name) => policy.settings[name].applies);
  const idle = settingNames.filter((name) => !policy.settings[name].applies);
  face.out(`${paints.bold('in effect')}\n${block(used)}`);
  if (idle.length > 0) face.out(`\n${paints.dim('without effect')}\n${block(idle)}`);
  face.out(`\nthe device ${device.manages ? 'manages a password' : 'manages nothing'}: ${clean(device.why)}\n`);
}

export const verb: Verb = {
  configure(command: Command) {
    command
      .description(
        'Show the effective policy of a file or a policy folder: each value, its origin, whether it applies.',
      )
      .argument('<path>', 'a policy file, a policy folder, or - for standard input')
      .option('--os <build>', 'Windows build to judge for (default 10.0.26100)')
      .option('--join-type <type>', 'entra (default), hybrid or registered')
      .addHelpText('after', '\nExamples:\n  laps explain policies\n  laps explain --os 10.0.22631 policies/csp.json');
  },

  async run(face) {
    const path = face.args[0];
    if (path === undefined)
      throw new LapsError('ERR_LAPS_USAGE', { message: 'no path was named', hint: 'laps explain policies' });
    const os = osOption(face);
    const { policy, refusal } = await explainPath(face, path, os);
    const error = refusal === undefined ? undefined : errorOf(refusal);
    if (policy === undefined) throw error ?? new LapsError('ERR_LAPS_INTERNAL', { message: 'nothing to explain' });
    const device =
      error === undefined
        ? managementOf(policy, joinTypeOption(face) ?? 'entra')
        : { manages: false, why: 'a device does not take this file and keeps the policy it had' };
    if (face.json) {
      const said = error && { code: error.code, message: error.message, hint: error.hint ?? null };
      face.outJson({
        source: policy.source,
        settings: policy.settings,
        device,
        os: policy.os,
        ...(said && { error: said }),
      });
      return error?.exit ?? 0;
    }
    text(face, policy, device);
    if (error !== undefined) throw error;
    return 0;
  },
};
