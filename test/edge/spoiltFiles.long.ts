/**
 * The files that carry no seal of their own, cut at every byte and with every byte changed (journal, keys and sealed
 * secret have their own such tests): read as damage, or as something that cannot keep a rotation from coming for ever.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LapsError } from '../../agent/core/errors.ts';
import { decide } from '../../agent/core/rotation/decision.ts';
import { msPerDay } from '../../agent/core/time.ts';
import { createConfiguration } from '../../agent/edge/configuration.ts';
import { parseIdentity, printIdentity } from '../../agent/edge/identityRecord.ts';
import { createStateStore } from '../../agent/edge/stateStore.ts';
import { ownAuthority } from '../../agent/edge/tenantFolder.ts';
import { certificatesBeyond } from '../../agent/edge/trust.ts';
import { makeAuthority } from '../../agent/tenant/certificates.ts';
import { exampleState } from '../support/exampleState.ts';
import { testDevice } from '../support/stubTenant.ts';

const now = 1_795_420_000_123;
const state = exampleState;

/** Cut at every byte, and every byte with all and with one bit changed. */
function* spoiltForms(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1) {
    yield bytes.subarray(0, at);
    for (const mask of [0xff, 1 << (at % 8)]) {
      const spoilt = Buffer.from(bytes);
      spoilt[at] = (spoilt[at] ?? 0) ^ mask;
      yield spoilt;
    }
  }
}

describe('a file without a seal, cut and changed at every byte', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-spoilt-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is a damaged state that is put aside, or one that lets the next rotation come in time', async () => {
    const store = createStateStore({ folder });
    await store.write(state);
    const path = join(folder, 'state.json');
    const bytes = readFileSync(path);
    const counts = { damaged: 0, rotates: 0, leaves: 0 };
    for (const spoilt of spoiltForms(bytes)) {
      writeFileSync(path, spoilt);
      const reading = await store.read();
      if (reading.kind !== 'state') {
        counts.damaged += 1;
        for (const name of readdirSync(folder)) rmSync(join(folder, name));
        continue;
      }
      const decision = decide({
        now,
        policySource: 1,
        identity: state.identity,
        account: { sid: state.accountSid, name: state.accountName, mark: state.mark },
        state: reading.state,
        onForeignChange: 'rotate',
      });
      if (decision.kind === 'rotate') counts.rotates += 1;
      else {
        counts.leaves += 1;
        assert.ok(decision.until <= now + 365 * msPerDay, JSON.stringify(reading.state));
      }
    }
    assert.ok(counts.damaged > bytes.length, JSON.stringify(counts));
    assert.ok(counts.rotates > 0, JSON.stringify(counts));
  });

  it('is a configuration that is refused or lawful, and never thrown about', async () => {
    const store = createConfiguration({ folder });
    await store.change({ tenant: 'embedded', tenantPort: 8443, os: '10.0.26100' });
    const [name = ''] = readdirSync(folder);
    const path = join(folder, name);
    for (const spoilt of spoiltForms(readFileSync(path))) {
      writeFileSync(path, spoilt);
      try {
        await createConfiguration({ folder }).read();
      } catch (error) {
        assert.ok(error instanceof LapsError && error.exit === 3 && error.hint !== undefined, String(error));
      }
    }
  });

  it('is an identity whose key and certificate belong together, or damaged', async () => {
    const { publicKey: _, ...device } = await testDevice();
    const text = printIdentity({
      version: 1,
      ...device,
      machineId: '5b0e0000-0000-4000-8000-000000000002',
      displayName: 'DESKTOP-STUB',
      joinType: 'entra',
      tenant: 'https://localhost:8443',
      pinnedOrigins: ['https://localhost:8443'],
      caPem: null,
    });
    const whole = parseIdentity(text);
    let damaged = 0;
    for (const spoilt of spoiltForms(Buffer.from(text))) {
      const parsed = parseIdentity(spoilt.toString('utf8'));
      if (parsed.kind !== 'identity') damaged += 1;
      // Space between members, or the case of an id: what is read is what was written.
      else assert.deepEqual(parsed, whole);
    }
    assert.ok(damaged > text.length, `${damaged} of ${3 * text.length}`);
  });

  it("is no sign of another tenant when it is the authority's certificate: it says nothing until it is written anew", async () => {
    const validity = { notBefore: new Date(now), notAfter: new Date(now + 365 * msPerDay) };
    const { cert } = await makeAuthority('CN=test authority', validity);
    const path = join(folder, 'ca.pem');
    writeFileSync(path, cert);
    const sound = await ownAuthority(folder);
    assert.deepEqual(certificatesBeyond(cert, sound ?? ''), []);
    for (const spoilt of spoiltForms(Buffer.from(cert))) {
      writeFileSync(path, spoilt);
      const told = await ownAuthority(folder);
      assert.ok(told === undefined || told === sound);
    }
    const other = await makeAuthority('CN=test authority', validity);
    writeFileSync(path, other.cert);
    assert.equal(certificatesBeyond(cert, (await ownAuthority(folder)) ?? '').length, 1, 'another one is another one');
  });
});
