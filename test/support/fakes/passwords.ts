/**
 * A source of recognisable passwords: each satisfies what was asked, no two are alike.
 *
 * Promises: every password drawn is remembered, so that a test can look for it everywhere. Must never: be in the product.
 */
import type { PasswordSpec } from '../../../agent/core/password/spec.ts';
import type { PasswordSource } from '../../../agent/core/ports.ts';
import { Secret } from '../../../agent/core/secret.ts';
import type { Faults } from './faults.ts';

export interface ModelPasswords {
  readonly drawn: string[];
}

/** One character of each set first, then letters that count. */
const beginnings = { 1: 'Z', 2: 'zQ', 3: 'z7Q', 4: '%#7zQ', 5: '%#7zQ' } as const;
/** No letter that complexity 5 leaves out. */
const letters = 'ABCDEFGHJKLMNPRSTUVWXYZ';

function countedIn(count: number, length: number): string {
  let text = '';
  for (let rest = count; text.length < length; rest = Math.floor(rest / letters.length))
    text = (letters[rest % letters.length] ?? 'A') + text;
  return text;
}

export function recognisable(spec: PasswordSpec, count: number): string {
  if (spec.kind === 'password') {
    const beginning = beginnings[spec.complexity];
    return beginning + countedIn(count, spec.length - beginning.length);
  }
  const last = `X${countedIn(count, 6).toLowerCase()}`;
  return 'Planted'.repeat(spec.words - 1) + last;
}

export function createFakePasswords(parts: ModelPasswords, faults: Faults): PasswordSource {
  return {
    draw: (spec) =>
      faults.around('passwords.draw', () => {
        const plain = recognisable(spec, parts.drawn.length + 1);
        parts.drawn.push(plain);
        return new Secret(plain);
      }),
  };
}
