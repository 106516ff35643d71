/**
 * A tenant and a device as a program before this one left them, whose first start was under a wrong clock: the tenant's
 * authority ended long ago, and the device trusts that one.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIdentity, printIdentity } from '../../agent/edge/identityRecord.ts';
import { makeServerCertificate, redateAuthority } from '../../agent/tenant/certificates.ts';
import { msPerDay } from '../../agent/tenant/instants.ts';
import { createSealer } from '../../agent/tenant/seal.ts';
import { openStore } from '../../agent/tenant/store.ts';
import { asRecord, textOf } from './foreignJson.ts';

/** Nobody may have the tenant open. `folder` holds its key and ca.pem. The old certificate, PEM. */
export async function endAuthority(dataFile: string, folder: string): Promise<string> {
  const store = openStore(dataFile);
  try {
    const sealer = createSealer(readFileSync(join(folder, 'tenant.key')));
    const about = (name: string): string => `${store.meta.get('tenantId')}|key|${name}`;
    const kept = asRecord(JSON.parse(sealer.open(store.meta.get('key.authority') ?? '', about('authority'))));
    const old = await redateAuthority(
      { cert: textOf(kept['cert']), key: textOf(kept['key']) },
      { notBefore: new Date(Date.UTC(2014, 11, 31)), notAfter: new Date(Date.UTC(2025, 0, 1)) },
    );
    const now = Date.now();
    const server = await makeServerCertificate(old, {
      notBefore: new Date(now - 60_000),
      notAfter: new Date(now + msPerDay),
    });
    for (const [name, value] of Object.entries({ authority: old, server }))
      store.meta.set(`key.${name}`, sealer.seal(JSON.stringify(value), about(name)));
    writeFileSync(join(folder, 'ca.pem'), old.cert);
    return old.cert;
  } finally {
    store.close();
  }
}

/** The identity trusts `caPem` and no other. */
export function trustOnly(data: string, caPem: string): void {
  const path = join(data, 'identity', 'identity.json');
  const read = parseIdentity(readFileSync(path, 'utf8'));
  if (read.kind !== 'identity') throw new Error(read.kind);
  writeFileSync(path, printIdentity({ ...read.identity, caPem }));
}
