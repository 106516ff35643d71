/**
 * Seals a pending secret, so that the journal holds nothing that opens anything (rotation.md 2).
 *
 * Knows: AES-256-GCM, one key per rotation in a folder apart from the journal, bound to tenant, device, account and
 * rotation. Promises: opens only what it sealed for exactly that context; says `undefined` when the key is lost. Must
 * never: keep a key or the plain text in memory longer than the call, or put either into an error.
 *
 * The JavaScript string inside a Secret cannot be wiped; buffers are.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { LapsError } from '../core/errors.ts';
import type { Seal, SealContext } from '../core/ports.ts';
import { Secret } from '../core/secret.ts';
import type { KeyRing } from './keyRing.ts';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** JSON keeps the members apart: no two contexts give the same bytes. */
function associatedData(context: SealContext): Buffer {
  const { tenantId, deviceId, sid, rotationId } = context;
  return Buffer.from(JSON.stringify(['laps-agent seal 1', tenantId, deviceId, sid, rotationId]));
}

/** The seal whose keys lie in `keys`. */
export function createSeal(deps: { readonly keys: KeyRing }): Seal {
  const { keys } = deps;
  return {
    async seal(secret, context) {
      const key = await keys.makeRotationKey(context.rotationId);
      if (key === undefined) {
        throw new LapsError('ERR_LAPS_INTERNAL', {
          message: 'a secret was to be sealed twice under one rotation id',
          hint: 'this is a defect of laps-agent; nothing was sent or changed',
        });
      }
      const plain = Buffer.from(secret.reveal(), 'utf8');
      try {
        const iv = randomBytes(ivBytes);
        const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
        cipher.setAAD(associatedData(context));
        const data = Buffer.concat([cipher.update(plain), cipher.final()]);
        return {
          iv: iv.toString('base64'),
          tag: cipher.getAuthTag().toString('base64'),
          data: data.toString('base64'),
        };
      } finally {
        plain.fill(0);
        key.fill(0);
      }
    },
    async open(sealed, context) {
      const key = await keys.rotationKey(context.rotationId);
      if (key === undefined) return undefined;
      const parts: Buffer[] = [];
      try {
        const iv = Buffer.from(sealed.iv, 'base64');
        const tag = Buffer.from(sealed.tag, 'base64');
        if (iv.length !== ivBytes || tag.length !== tagBytes) return undefined;
        const decipher = createDecipheriv(algorithm, key, iv, { authTagLength: tagBytes });
        decipher.setAAD(associatedData(context));
        decipher.setAuthTag(tag);
        parts.push(decipher.update(Buffer.from(sealed.data, 'base64')));
        try {
          parts.push(decipher.final());
        } catch {
          // The one thing `final` can say: another key, another context or changed bytes. All mean the secret is lost.
          return undefined;
        }
        const plain = Buffer.concat(parts);
        parts.push(plain);
        return new Secret(plain.toString('utf8'));
      } finally {
        key.fill(0);
        for (const part of parts) part.fill(0);
      }
    },
    keepOnly: (rotationId) => keys.eraseRotationKeysBut(rotationId),
  };
}
