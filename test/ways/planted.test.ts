/**
 * A password with every awkward character, through the real seal, journal, state, accounts and log in a real folder.
 *
 * Knows: P6. The other stories look for their passwords after every test (watchWorlds); this one looks in files.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idleRecord } from '../../agent/core/rotation/journal.ts';
import { Secret } from '../../agent/core/secret.ts';
import { createSimulatedAccounts } from '../../agent/edge/accounts/simulated.ts';
import { createEventLog } from '../../agent/edge/eventLog.ts';
import { createJournal } from '../../agent/edge/journalFile.ts';
import { createKeyRing } from '../../agent/edge/keyRing.ts';
import { createSeal } from '../../agent/edge/seal.ts';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { runCycle } from '../../agent/service/cycle.ts';
import { killed } from '../support/fakes/faults.ts';
import type { Fate } from '../support/fakes/tenant.ts';
import { findSecrets, formsOf } from '../support/plantedSecret.ts';
import { createWorld, expectSilent, watchWorlds } from '../support/world.ts';

const awkward = '0x1F : # % " \\ aB3é/+=<&>';
const rotationId = '3f2c9d1e-0b5a-4c11-9e3e-5a3f0e6d7c21';

async function filesUnder(folder: string): Promise<Record<string, Buffer>> {
  const found: Record<string, Buffer> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.slice(folder.length)] = await readFile(path);
  }
  return found;
}

describe('a password', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'laps-planted-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));
  watchWorlds();

  /** A device on a real disk, with a rotation prepared for the awkward password. */
  async function device() {
    const world = createWorld();
    const folderOf = async (name: string): Promise<string> => {
      const folder = join(root, name);
      await mkdir(folder, { mode: 0o700 });
      return folder;
    };
    const keys = createKeyRing({ folder: await folderOf('keys') });
    const { clock } = world.ports();
    const accounts = createSimulatedAccounts({ folder: await folderOf('accounts'), keys, clock, cost: 16 });
    await accounts.ensure();
    const account = await accounts.find('lapsadmin');
    assert.ok(account);
    const log = createEventLog({ folder: await folderOf('logs') });
    const journal = createJournal({ path: join(await folderOf('journal'), 'journal'), keys });
    const seal = createSeal({ keys });
    const state = createStateStore({ folder: await folderOf('state') });
    assert.ok(world.identity.kind === 'joined');
    const { identity } = world.identity.device;
    const { tenantId, deviceId } = identity;
    const before = await accounts.mark(account.sid);
    assert.ok(before);
    const sealed = await seal.seal(new Secret(awkward), { tenantId, deviceId, sid: account.sid, rotationId });
    await journal.write({
      ...idleRecord,
      state: 'prepared',
      above: 1,
      pending: {
        rotationId,
        identity,
        account: { sid: account.sid, name: account.name },
        body: { AccountName: account.name, AccountSid: account.sid, PasswordAgeDays: 30 },
        sealed,
        spec: { kind: 'password', complexity: 4, length: 14 },
        drawnAt: world.now,
        posts: 1,
        before,
        after: null,
        acceptedAt: null,
        causes: [{ kind: 'background', at: world.now }],
        policySource: 1,
        wasLocked: false,
      },
    });
    const cycle = async (): Promise<void> => {
      const result = await runCycle(
        { ...world.ports(), accounts, log, journal, seal, state },
        {
          trigger: 'hourly',
          requestedAt: world.now,
          acceptRisk: false,
          redraw: false,
          progress: () => undefined,
          parked: () => false,
        },
      );
      world.told.push(JSON.stringify(result));
    };
    const expectNowhere = async (): Promise<void> => {
      await log.flush();
      const found = findSecrets({ ...(await filesUnder(root)), told: world.told.join('\n') }, [awkward]);
      assert.deepEqual(found, []);
    };
    return { world, accounts, account, log, cycle, expectNowhere };
  }

  it('with every awkward character reaches the tenant and the account as it is, and stands nowhere else', async () => {
    const { world, accounts, account, log, cycle, expectNowhere } = await device();
    await expectNowhere();
    await cycle();
    assert.equal(world.credentials()[0]?.password, awkward);
    assert.equal(await accounts.opens(account.sid, new Secret(awkward)), true);
    assert.equal((await accounts.signIn({ name: 'lapsadmin', secret: new Secret(awkward) })).kind, 'signedIn');
    await expectNowhere();
    assert.equal(log.counts().droppedFields, 0);
    assert.equal(log.counts().lostLines, 0);
    log.close();
    expectSilent(world);
  });

  it('stands nowhere after any answer of the tenant', async () => {
    const fates: readonly Fate[] = [
      { kind: 'notSent' },
      { kind: 'refused', status: 400 },
      { kind: 'unclear', stored: true },
    ];
    const { world, log, cycle, expectNowhere } = await device();
    for (const fate of fates) {
      world.tenant.next(fate);
      await cycle();
      await expectNowhere();
    }
    assert.equal(world.tenant.posts.length, 3);
    log.close();
  });

  it('stands nowhere after a death', async () => {
    const { world, log, cycle, expectNowhere } = await device();
    world.faults.arm({ on: 'client.backUp', nth: 1, how: 'dieAfter' });
    await assert.rejects(cycle, (error: unknown) => error === killed);
    world.restart();
    await expectNowhere();
    log.close();
  });
});

describe('the search for a secret', () => {
  it('finds every form, and at any alignment', () => {
    for (const [form, needle] of formsOf(awkward))
      assert.ok(findSecrets({ file: `before ${needle} after` }, [awkward]).length > 0, form);
    for (let shift = 0; shift < 6; shift++) {
      const text = `${'x'.repeat(shift)}${awkward}yy`;
      for (const hidden of [
        Buffer.from(text).toString('base64'),
        Buffer.from(text).toString('base64url'),
        Buffer.from(text, 'utf16le').toString('base64'),
        Buffer.from(text).toString('hex'),
        encodeURIComponent(text),
        JSON.stringify({ text }),
      ])
        assert.ok(findSecrets({ file: hidden }, [awkward]).length > 0, hidden);
      assert.ok(findSecrets({ file: Buffer.from(text, 'utf16le') }, [awkward]).length > 0);
    }
  });

  it('does not cry without cause', () => {
    assert.deepEqual(findSecrets({ file: 'nothing to see here', other: Buffer.from([0, 1, 2]) }, [awkward]), []);
  });
});
