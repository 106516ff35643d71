/**
 * What a policy file says beside the settings that a writer takes: what convert would otherwise lose without a word.
 *
 * Knows: keys that no device reads, legacy LAPS beside another root, what is switched off, commands beside a policy,
 * settings that stand twice, and those that are set only where none is. Promises: one row for each, with the reason. Must never: judge a value, or say what a shape cannot express; write.ts does.
 */
import type { PolicyDocument } from './document.ts';
import type { NotExpressed } from './formats/write.ts';
import { whereText } from './text.ts';
import { givenText } from './values.ts';

/** A place that no device reads, as a person would write it: key, value name. */
function strayName(where: string, name: string): string {
  const mark = where.includes('\\') ? '\\' : '/';
  return name === '' ? where : `${where}${mark}${name}`;
}

/** Values that a later one of the same name takes back; one that says the same is no loss. */
function overwritten({ settings }: PolicyDocument): readonly NotExpressed[] {
  const last = new Map(settings.map((setting) => [setting.name, setting]));
  return settings.flatMap((setting) => {
    const counts = last.get(setting.name) ?? setting;
    const [given, taken] = [givenText(setting.value), givenText(counts.value)];
    if (counts === setting || given === taken) return [];
    return [
      {
        setting: setting.name,
        why: `${given} ${whereText(setting.namePlace)}; it stands there again, and the last one, ${taken}, counts`,
      },
    ];
  });
}

/** What of a file no writer is given. */
export function leftBehind(document: PolicyDocument): readonly NotExpressed[] {
  return [
    ...overwritten(document),
    ...document.settings
      .filter(({ soft }) => soft === true)
      .map(({ name }) => ({
        setting: name,
        why: 'that it is set only where no value stands yet (**soft.); what is written sets it always',
      })),
    ...(document.strays ?? []).map(({ where, name }) => ({
      setting: strayName(where, name),
      why: 'no device reads this place, so it is no policy',
    })),
    ...(document.shadowed ?? []).map(({ name }) => ({
      setting: name,
      why: 'a setting of legacy LAPS, which a device passes over beside those of Windows LAPS',
    })),
    ...(document.switchedOff ?? []).flatMap(({ what, names }) =>
      names.map((setting) => ({ setting, why: `${what} is switched off, so it is not in force` })),
    ),
    ...(document.actions ?? []).map(({ uri }) => ({
      setting: uri,
      why: 'a command for a new password now, which an MDM sends once, and no setting; send it beside the policy, or run Reset-LapsPassword on the device',
    })),
  ];
}
