/**
 * The wiring of `--ca-file` for a device that is there already (contract 2), and of its own embedded tenant's authority
 * with new dates: the authority is trusted from now on.
 *
 * Promises: it is remembered with the identity, beside what that trusts already; a daemon goes by it from its next
 * request on. A device that is not joined remembers it for its join. Must never: take an authority away, or bring back an
 * identity that is forgotten meanwhile.
 */
import { identityOf, type Place } from './compose.ts';
import { LapsError } from './core/errors.ts';
import type { FullIdentityReading } from './edge/deviceIdentity.ts';
import { absolutePath } from './edge/system.ts';
import { readCertificateFile } from './edge/textFile.ts';
import { certificatesBeyond } from './edge/trust.ts';

/** An identity is read whole at each cycle, and its file is bounded. */
const mostCharacters = 200_000;

/** Throws ERR_LAPS_NO_SUCH_FILE and ERR_LAPS_FILE_UNREADABLE for the file, and as the disk does. */
export async function trustAuthority(place: Place, caFile: string): Promise<void> {
  const path = absolutePath(caFile, place.cwd);
  const kind = await trustText(place, await readCertificateFile(path), path);
  if (kind === 'none') await place.remember({ caFile: path });
}

/** The kind of identity that was there to trust it. `path`: where `text` is from. */
export async function trustText(place: Place, text: string, path: string): Promise<FullIdentityReading['kind']> {
  const store = await identityOf(place);
  const { kind } = await store.change((identity) => {
    const added = certificatesBeyond(identity.caPem ?? '', text);
    if (added.length === 0) return undefined;
    const caPem = [...(identity.caPem === null ? [] : [identity.caPem.trimEnd()]), ...added, ''].join('\n');
    if (caPem.length > mostCharacters)
      throw new LapsError('ERR_LAPS_FILE_UNREADABLE', {
        message: `${path} holds more authorities than can be remembered with the identity`,
        hint: 'name a file with the authority of the tenant alone, or the bundle in NODE_EXTRA_CA_CERTS',
      });
    return { ...identity, caPem };
  });
  return kind;
}
