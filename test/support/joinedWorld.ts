/**
 * A joined device with a rotated password, made once, and fresh copies of it: for tests that then spoil one thing.
 *
 * Knows: the tenant runs in this process, the program too. Promises: every copy starts from the same good state; the
 * tenant is the one that all copies share. Must never: be used for what happens between processes.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertForm, at } from './contractForms.ts';
import { type HereEnd, type HereWish, lapsHere } from './lapsHere.ts';
import { temporaryFolder } from './processWorld.ts';
import { startTestTenant, type TestTenant } from './tenantWorld.ts';

/** What stands between the device and the tenant: where the device asks instead, and whom it trusts for that. */
export interface Door {
  readonly url: string;
  readonly caPem: string;
}

export interface JoinedCopy {
  readonly data: string;
  readonly policies: string;
  run(words: readonly string[], wish?: Partial<HereWish>): Promise<HereEnd>;
  /** With --json; fails when stderr is not silent. */
  json(
    words: readonly string[],
    wish?: Partial<HereWish>,
  ): Promise<{ readonly status: number; readonly value: unknown }>;
  /** Replaces members of the stored identity. */
  changeIdentity(members: Readonly<Record<string, unknown>>): void;
  writePolicy(name: string, text: string): void;
}

export interface JoinedWorld {
  readonly tenant: TestTenant;
  readonly root: string;
  readonly deviceId: string;
  readonly deviceName: string;
  readonly caFile: string;
  copy(): JoinedCopy;
  /** A data folder that is not joined and not even there. */
  nothing(): JoinedCopy;
  close(): Promise<void>;
}

function copyAt(root: string, folder: string): JoinedCopy {
  const [data, policies] = [join(folder, 'data'), join(folder, 'policies')];
  const run = (words: readonly string[], wish: Partial<HereWish> = {}): Promise<HereEnd> =>
    lapsHere(words, { cwd: root, ...wish, env: { LAPS_DATA: data, LAPS_POLICIES: policies, ...wish.env } });
  return {
    data,
    policies,
    run,
    async json(words, wish) {
      const { status, stdout, stderr } = await run([...words, '--json'], wish);
      assert.equal(stderr, '');
      return { status, value: JSON.parse(stdout) };
    },
    changeIdentity(members) {
      const path = join(data, 'identity', 'identity.json');
      // Without the checksum: as a laps-agent of before would have written it.
      const { checksum: _, ...identity } = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...identity, ...members }));
      const { tenant } = members;
      const remembered = join(data, 'state', 'configuration.json');
      // A join remembers its tenant in both places.
      if (tenant === undefined || !existsSync(remembered)) return;
      writeFileSync(remembered, JSON.stringify({ ...JSON.parse(readFileSync(remembered, 'utf8')), tenant }));
    },
    writePolicy(name, text) {
      writeFileSync(join(policies, name), text);
    },
  };
}

/** Starts the tenant, joins as alice (through `door` where one is given), processes once. */
export async function createJoinedWorld(
  options: {
    readonly door?: (tenant: TestTenant) => Promise<Door>;
    readonly limits?: NonNullable<Parameters<typeof startTestTenant>[0]>['limits'];
  } = {},
): Promise<JoinedWorld> {
  const tenant = await startTestTenant(options.limits === undefined ? {} : { limits: options.limits });
  const { url, caPem } = (await options.door?.(tenant)) ?? { url: tenant.tenant.url, caPem: tenant.ca };
  const root = temporaryFolder();
  const caFile = join(root, 'ca.pem');
  writeFileSync(caFile, caPem);
  const original = copyAt(root, join(root, 'original'));
  mkdirSync(original.policies, { recursive: true });
  cpSync(new URL('../../policies/csp.json', import.meta.url), join(original.policies, 'csp.json'));
  const deviceName = 'DESKTOP-WAYS';
  const joined = await original.json(
    ['join', '--tenant', url, '--user', 'alice@contoso.test', '--ca-file', caFile, '--name', deviceName],
    { stdin: `${tenant.passwordOf('alice@contoso.test')}\n` },
  );
  assert.equal(joined.status, 0, JSON.stringify(joined.value));
  const first = await original.json(['process']);
  assertForm('answer', first.value);
  assert.equal(at(first.value, 'outcome'), 'rotated', JSON.stringify(first.value));
  let copies = 0;
  return {
    tenant,
    root,
    deviceId: String(at(joined.value, 'deviceId')),
    deviceName,
    caFile,
    copy() {
      copies += 1;
      const folder = join(root, `copy-${copies}`);
      cpSync(join(root, 'original'), folder, { recursive: true });
      return copyAt(root, folder);
    },
    nothing() {
      copies += 1;
      return copyAt(root, join(root, `nothing-${copies}`));
    },
    async close() {
      await tenant.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
