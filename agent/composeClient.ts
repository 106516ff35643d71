/**
 * The wiring of the way to a tenant: an HTTPS client for whoever asks, and the device's own client.
 *
 * Promises: the device's client is made anew when the identity, or whom it trusts, changes; after Ctrl-C nobody is waited
 * for longer than a moment. Must never: hold an identity longer than it is in force.
 */
import { LapsError } from './core/errors.ts';
import type { BackupClient } from './core/ports.ts';
import { sleep, systemClock } from './edge/clock.ts';
import type { DeviceIdentity } from './edge/deviceIdentity.ts';
import type { Http } from './edge/http.ts';
import { randomIds } from './edge/ids.ts';
import type { Env } from './edge/proxyEnv.ts';

/** Whose request it is. */
export interface Caller {
  readonly env: Env;
  /** Fires on Ctrl-C. */
  readonly interrupted?: AbortSignal | undefined;
}

/** An answer on its way is waited for this long after Ctrl-C; a tenant that hangs must not hold up the end. */
const graceMs = 1_500;

function shortlyAfter(interrupted: AbortSignal): AbortSignal {
  const over = new AbortController();
  const begin = (): void => void sleep(graceMs).then(() => over.abort());
  if (interrupted.aborted) begin();
  else interrupted.addEventListener('abort', begin, { once: true });
  return over.signal;
}

/**
 * An HTTPS client that trusts, beside the bundled authorities, the given PEM texts. After Ctrl-C it gives up soon: what a
 * backup then is, sent or not, is judged and written down as for any other broken exchange.
 */
export async function httpFor(place: Caller, trustedCas: readonly string[]): Promise<Http> {
  const { createHttp, httpDefaults } = await import('./edge/http.ts');
  const http = createHttp({ env: place.env, trustedCas, ...httpDefaults });
  if (place.interrupted === undefined) return http;
  const signal = shortlyAfter(place.interrupted);
  return { send: (request) => http.send({ signal, ...request }), dropIdle: () => http.dropIdle() };
}

/** The device's client, made anew when the identity, or whom it trusts, changes; `before` brings the embedded tenant up. */
export async function deviceClient(
  place: Caller,
  identity: DeviceIdentity,
  before: () => Promise<void>,
): Promise<BackupClient> {
  let made: { readonly deviceId: string; readonly caPem: string | null; readonly client: BackupClient } | undefined;
  const current = async (): Promise<BackupClient> => {
    const reading = await identity.readFull();
    if (reading.kind !== 'joined')
      throw new LapsError('ERR_LAPS_NOT_JOINED', { message: 'this device is not joined to a tenant' });
    const { identity: device } = reading;
    if (made?.deviceId === device.deviceId && made.caPem === device.caPem) return made.client;
    const [{ createBackupClient }, { profileOfIdentity }] = await Promise.all([
      import('./edge/entraClient.ts'),
      import('./edge/identityRecord.ts'),
    ]);
    const http = await httpFor(place, device.caPem === null ? [] : [device.caPem]);
    const client = createBackupClient({
      http,
      clock: systemClock,
      ids: randomIds,
      profile: profileOfIdentity(device),
      device,
    });
    made = { deviceId: device.deviceId, caPem: device.caPem, client };
    return client;
  };
  return {
    async connect(request) {
      const begun = systemClock.monotonicMs();
      try {
        await before();
      } catch (error) {
        if (!(error instanceof LapsError)) throw error;
        const { code, message, hint, hresult } = error;
        const failure = { code, message, hresult, phase: 'discovery' } as const;
        return { kind: 'failed', failure: hint === undefined ? failure : { ...failure, hint } };
      }
      // What it took to bring the tenant up counts as well.
      const leftMs = Math.max(request.leftMs - (systemClock.monotonicMs() - begun), 0);
      return (await current()).connect({ ...request, leftMs });
    },
    backUp: async (request) => (await current()).backUp(request),
  };
}
