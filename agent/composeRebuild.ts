/**
 * What a lost configuration file said, as far as the rest of the data tells.
 *
 * Knows: the identity names its tenant, the tenant's folder its authority, the state the kind of account. Promises: a
 * device that was joined goes on with the tenant and the accounts it had; what nothing else tells is at its default.
 * Must never: guess.
 */
import { identityIn, localPort, trustsOwnTenant } from './composeOwnTenant.ts';
import type { Configuration } from './core/configuration.ts';
import type { DataFolder } from './edge/dataFolder.ts';

/** Undefined where no device is joined: then nothing was remembered that mattered. */
export async function rebuiltConfiguration(folder: DataFolder): Promise<Configuration | undefined> {
  const [{ createStateStore }, { kindOfSid }] = await Promise.all([
    import('./edge/stateStore.ts'),
    import('./composeAccounts.ts'),
  ]);
  const reading = await (await identityIn(folder)).readFull();
  if (reading.kind !== 'joined') return undefined;
  const { identity } = reading;
  const port = localPort(identity.tenant);
  const own = port !== undefined && (await trustsOwnTenant(identity, folder.tenant)) === true;
  const state = await createStateStore({ folder: folder.state }).peek();
  return {
    ...(own ? { tenant: 'embedded', tenantPort: port } : { tenant: identity.tenant }),
    os: identity.os,
    ...(state.kind === 'state' ? { accounts: await kindOfSid(state.state.accountSid) } : {}),
  };
}
