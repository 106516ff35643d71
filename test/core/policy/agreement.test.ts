/**
 * What validate, explain and diff say of one policy agrees, for random faulty policies.
 *
 * The rules' own sentences are taken at their word: where one says, as an error, that the device backs nothing up, the
 * others may not promise anything.
 */
import assert from 'node:assert/strict';
import { differenceOf } from '../../../agent/core/policy/diff.ts';
import { type Outlook, outlookOf } from '../../../agent/core/policy/outlook.ts';
import { refusalOf } from '../../../agent/core/policy/read.ts';
import { type EffectivePolicy, resolvePolicy } from '../../../agent/core/policy/resolve.ts';
import type { Finding } from '../../../agent/core/policy/rules/rule.ts';
import { type SettingName, settingNames } from '../../../agent/core/policy/settings.ts';
import {
  programManagement,
  settingsOn,
  type WindowsManagement,
  windowsManagement,
} from '../../../agent/core/policy/windowsDevice.ts';
import type { JoinType, PolicyRootName } from '../../../agent/core/ports.ts';
import { documentOf, lint, osOf, policyOf, seeded } from '../../support/policies.ts';
import { randomFaultyPolicy } from '../../support/randomPolicies.ts';

const uncertain = /documented nowhere|may fail/;
const says = ({ effect = '' }: Finding): boolean =>
  /backs nothing up|is not managed|manages no account|manages nothing|reads no policy/.test(effect);
const promises = /makes a new password|is replaced \d|It must exist already|to decrypt, and keeps/;

interface Told {
  readonly policy: EffectivePolicy;
  readonly errors: readonly Finding[];
  readonly outlook: Outlook;
  readonly joinType: JoinType;
}

function* randomRuns(seed: number, count: number): Generator<Told & { readonly shown: string }> {
  const pick = seeded(seed);
  const builds = ['10.0.26100', '10.0.26100', '10.0.22631', '10.0.19045.2000', '10.0.14393'];
  for (let run = 0; run < count; run += 1) {
    const { root, settings } = randomFaultyPolicy(pick);
    const joinType = (['entra', 'hybrid', 'hybrid', 'registered'] as const)[pick(4)] ?? 'entra';
    const os = builds[pick(builds.length)] ?? '';
    const path = `${root.toLowerCase()}.json`;
    const document = documentOf(settings, path);
    if (refusalOf(document, root, osOf(os)) !== undefined) continue;
    const policy = resolvePolicy({ documents: [{ root, document }], os: osOf(os) });
    const errors = lint(settings, { path, os, joinType, root }).filter(({ severity }) => severity === 'error');
    const shown = `${root} ${joinType} ${os} ${JSON.stringify(settings)}`;
    yield { policy, errors, outlook: outlookOf({ policy, joinType }), joinType, shown };
  }
}

/** The effective policy of one root, as a device of that build has it; undefined for a file that it refuses. */
function resolved(root: PolicyRootName, settings: unknown, os: string): EffectivePolicy | undefined {
  const document = documentOf(settings, `${root.toLowerCase()}.json`);
  if (refusalOf(document, root, osOf(os)) !== undefined) return undefined;
  return resolvePolicy({ documents: [{ root, document }], os: osOf(os) });
}

const idleIn = ({ settings }: EffectivePolicy): readonly SettingName[] =>
  settingNames.filter((name) => !settings[name].applies);

/** A faulty policy that may set what its root cannot carry, too. */
function withStrangers(pick: (below: number) => number): ReturnType<typeof randomFaultyPolicy> {
  const { root, settings } = randomFaultyPolicy(pick);
  return { root, settings: { ...settings, ...(root === 'CSP' && pick(2) === 0 && { ADBackupDSRMPassword: 1 }) } };
}

describe('what is said of a policy that a device cannot follow', () => {
  it('is the same in validate, explain and diff: what backs nothing up promises nothing', () => {
    let met = 0;
    const rules = new Set<string>();
    for (const { policy, errors, outlook, joinType, shown } of randomRuns(31, 2000)) {
      const sure = errors.filter((finding) => says(finding) && !uncertain.test(finding.effect ?? ''));
      for (const { rule } of sure) rules.add(rule);
      if (sure.length === 0) continue;
      met += 1;
      const { windows, told } = outlook;
      assert.equal(windows.manages, false, shown);
      assert.equal(programManagement(policy, joinType).manages, false, shown);
      assert.doesNotMatch(Object.values(told).flat().join('\n'), promises, shown);
      assert.deepEqual([told.account, told.password, told.signIn], [[], [], []], shown);
      const settings = Object.entries(settingsOn(policy, joinType));
      assert.ok(!settings.some(([name, { applies }]) => applies && name !== 'BackupDirectory'), shown);
      for (const content of [{ BackupDirectory: 1 }, { BackupDirectory: 2 }, {}]) {
        const before = policyOf(content, { os: policy.os });
        const { rotation } = differenceOf({ before, after: policy }, joinType);
        assert.deepEqual([rotation.next, rotation.mask], ['no', 0], shown);
      }
    }
    assert.ok(met > 350, String(met));
    for (const rule of ['LAPS015', 'LAPS016', 'LAPS025', 'LAPS026', 'LAPS027', 'LAPS032', 'LAPS070'])
      assert.ok(rules.has(rule), rule);
  });

  it('is the same the other way round: what explain does not hold for backed up is an error of validate', () => {
    let met = 0;
    for (const { errors, outlook, shown } of randomRuns(32, 2000)) {
      const { event } = outlook.windows;
      if (event === undefined || event === 10007) continue;
      met += 1;
      assert.ok(
        errors.some((finding) => says(finding) && finding.effect?.includes(String(event))),
        shown,
      );
    }
    assert.ok(met > 100, String(met));
  });

  it('is a doubt in all three where no source settles it', () => {
    let met = 0;
    for (const { policy, errors, outlook, joinType, shown } of randomRuns(33, 6000)) {
      const doubts = errors.filter(({ effect = '' }) => uncertain.test(effect));
      if (doubts.length === 0 || !outlook.windows.manages) continue;
      met += 1;
      assert.ok(outlook.windows.doubt !== undefined, shown);
      assert.match(outlook.told.rotation.join('\n'), /not certain/, shown);
      const before = policyOf({ BackupDirectory: outlook.windows.why.includes('Active') ? 1 : 2 }, { os: policy.os });
      assert.notEqual(differenceOf({ before, after: policy }, joinType).rotation.next, 'yes', shown);
    }
    assert.ok(met > 15, String(met));
  });

  it('is one in diff as well: what a device does not look at makes no difference, set or left out', () => {
    const pick = seeded(34);
    const builds = ['10.0.26100', '10.0.22631', '10.0.14393'];
    const counts = { left: 0, newer: 0, rootless: 0 };
    for (let run = 0; run < 4000; run += 1) {
      const { root, settings } = withStrangers(pick);
      const joinType = (['entra', 'hybrid', 'registered'] as const)[pick(3)] ?? 'entra';
      const os = builds[pick(builds.length)] ?? '';
      const before = resolved(root, settings, os);
      if (before === undefined) continue;
      const idle = idleIn(before).filter((name) => Object.hasOwn(settings, name));
      const rest = Object.fromEntries(Object.entries(settings).filter(([name]) => !idle.some((each) => each === name)));
      const after = resolved(root, rest, os);
      // Without anything set the root would not be the active one.
      if (after === undefined || idle.length === 0 || after.source !== before.source) continue;
      counts.left += 1;
      if (idle.some((name) => before.settings[name].idle?.includes('does not know it'))) counts.newer += 1;
      if (idle.some((name) => before.settings[name].idle?.includes('cannot carry it'))) counts.rootless += 1;
      for (const [a, b] of [
        [before, after],
        [after, before],
      ] as const) {
        const { same, changes, rotation } = differenceOf({ before: a, after: b }, joinType);
        const shown = `${root} ${joinType} ${os} ${JSON.stringify(settings)} less ${idle.join()}`;
        assert.deepEqual([same, changes, rotation.next], [true, [], 'no'], shown);
      }
    }
    assert.ok(counts.left > 500 && counts.newer > 100 && counts.rootless > 5, JSON.stringify(counts));
  });

  it('is nothing in diff: any two policies that a device cannot follow make it do the same', () => {
    let met = 0;
    let last: EffectivePolicy | undefined;
    let lastOs = '';
    for (const { policy, outlook, joinType, shown } of randomRuns(35, 2000)) {
      if (outlook.windows.manages || outlook.windows.elsewhere !== undefined) continue;
      const before = last ?? policy;
      const both: WindowsManagement =
        lastOs === policy.os ? windowsManagement(before, joinType) : { manages: true, why: '' };
      [last, lastOs] = [policy, policy.os];
      if (both.manages || both.elsewhere !== undefined) continue;
      met += 1;
      const { same, changes, rotation } = differenceOf({ before, after: policy }, joinType);
      assert.deepEqual([same, changes, rotation.next, rotation.mask], [true, [], 'no', 0], shown);
    }
    assert.ok(met > 150, String(met));
  });

  it('is a difference in diff where a device manages under one of two policies alone', () => {
    let met = 0;
    for (const { policy, outlook, joinType, shown } of randomRuns(36, 2000)) {
      const off = policyOf({ BackupDirectory: 0 }, { os: policy.os });
      const { same } = differenceOf({ before: off, after: policy }, joinType);
      const idle = !outlook.windows.manages && outlook.windows.elsewhere === undefined;
      assert.equal(same, idle, shown);
      if (!idle) met += 1;
    }
    assert.ok(met > 300, String(met));
  });
});
