/**
 * Sealing what rests: passwords of devices and the tenant's own private keys (AES-256-GCM).
 *
 * Knows: one key. Promises: a sealed text opens only with the same key and for the same purpose. Must never: write the
 * key anywhere but into its own file of mode 0600.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface Sealer {
  /** `about` binds the text to what it belongs to; opening it for anything else fails. */
  seal(plain: string, about: string): string;
  /** Throws where key, text or purpose are not the ones it was sealed with. */
  open(sealed: string, about: string): string;
}

/** `key` is 32 bytes. */
export function createSealer(key: Buffer): Sealer {
  return {
    seal(plain, about) {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(about));
      const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64');
    },
    open(sealed, about) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(about));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}
