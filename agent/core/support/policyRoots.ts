/**
 * Policy roots as a bundle for support tells them: the settings that are known, where each stands, and what a device
 * makes of them.
 *
 * Promises: a name or a value of a file is told only where it is that of a setting; everything else is counted. Must
 * never: pass on the text of a file, for people write anything into one.
 */
import type { PolicyDocument } from '../policy/document.ts';
import { readDocument } from '../policy/formats/formats.ts';
import type { OsBuild } from '../policy/os.ts';
import { policyOfFolder, refusalOf } from '../policy/read.ts';
import { settingNames } from '../policy/settings.ts';
import { countsAsSet, judgeSettings } from '../policy/values.ts';
import type { PolicyFolderReading, PolicyRootName } from '../ports.ts';

/** A value of the wrong type may be anything, a secret that was pasted into the wrong line included. */
function settingsOf(document: PolicyDocument, root: PolicyRootName, os: OsBuild) {
  const judged = judgeSettings(document.settings, root, os);
  const known = judged.filter(({ verdict }) => verdict.kind !== 'unknown');
  return {
    settings: known.map(({ setting: { name, value, namePlace }, verdict }) => ({
      name,
      ...('value' in verdict ? { value: verdict.value } : typeof value === 'number' ? { value } : {}),
      verdict: verdict.kind,
      isSet: countsAsSet(verdict),
      line: namePlace.line,
      column: namePlace.column,
    })),
    otherNames: judged.length - known.length,
    deletions: document.deletions?.length ?? 0,
  };
}

async function rootFacts(
  { root, file }: Extract<PolicyFolderReading, { kind: 'files' }>['files'][number],
  os: OsBuild,
) {
  const document = await readDocument(file);
  const refusal = refusalOf(document, root, os);
  return {
    root,
    file: file.path,
    bytes: file.bytes.length,
    format: document.format,
    keyedFor: document.root ?? null,
    /** Its kind and place alone: its words may quote the file. */
    refused:
      refusal === undefined ? null : { kind: refusal.kind, line: refusal.place.line, column: refusal.place.column },
    ...settingsOf(document, root, os),
  };
}

/** What stands in the policy folder, and what comes of it. */
export async function policyFacts(reading: PolicyFolderReading, os: OsBuild) {
  const policy = await policyOfFolder(reading, os);
  const roots = [];
  if (reading.kind === 'files') for (const each of reading.files) roots.push(await rootFacts(each, os));
  return {
    folder: reading.kind === 'files' ? null : { path: reading.path, problem: reading.problem },
    roots,
    effective:
      policy.kind === 'unreadable'
        ? null
        : {
            source: policy.policy.source,
            os: policy.policy.os,
            settings: settingNames.map((name) => {
              const { value, origin, file, line, applies } = policy.policy.settings[name];
              return { name, value, origin, file: file ?? null, line: line ?? null, applies };
            }),
          },
  };
}
