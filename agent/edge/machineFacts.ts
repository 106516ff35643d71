/**
 * Which system and which Node.js this is, for support.
 *
 * Promises: of the environment names alone. Must never: tell a value of it, for proxies carry credentials there, or
 * anything that tells this machine from others of its kind.
 */
import { arch, endianness, platform, release, totalmem, type } from 'node:os';
import { codeOf } from './diskError.ts';
import { readPlainNow } from './plainFile.ts';
import { plainText } from './plainText.ts';
import type { Env } from './proxyEnv.ts';

/** Those that change what this program does, beside its own. */
const telling =
  /^(?:LAPS_\w+|(?:https?|all|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_OPTIONS|NODE_TLS_REJECT_UNAUTHORIZED|SSL_CERT_(?:FILE|DIR)|XDG_STATE_HOME|TZ|LANG|LC_ALL|NOTIFY_SOCKET|SUDO_UID)$/i;

/** What the distribution calls itself; null where it does not. */
function distribution(): string | null {
  try {
    const text = readPlainNow('/etc/os-release').toString('utf8');
    const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1];
    return name === undefined ? null : plainText(name, 200);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return null;
  }
}

export function machineFacts(env: Env) {
  return {
    node: process.version,
    platform: platform(),
    arch: arch(),
    endianness: endianness(),
    system: type(),
    kernel: plainText(release(), 200),
    distribution: distribution(),
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    isRoot: process.getuid?.() === 0,
    environment: Object.keys(env)
      .filter((name) => env[name] !== undefined && telling.test(name))
      .toSorted(),
  };
}
