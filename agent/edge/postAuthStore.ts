/**
 * What is remembered of post-authentication actions, in the Windows State key's words (spec 10).
 *
 * Knows: which values Windows keeps there and how it spells them: there while a deadline stands, gone when it is done.
 * Beside them, in a member of their own, what this program needs to go on after a death. Promises: what does not have
 * exactly this form is put aside and told. Must never: hold a password, or text from a sign-in record.
 */
import { LapsError } from '../core/errors.ts';
import type { PostAuthReading, PostAuthStore } from '../core/ports.ts';
import type { Acting, Armed, PostAuthMemory, Watch } from '../core/postAuth/memory.ts';
import { filetimeOf, instantOfFiletime } from '../core/time.ts';
import { createConfFile, type Facts, type FactsReading } from './confFile.ts';

const filetime = { type: 'string', pattern: '^\\d{1,20}$' } as const;
const sid = { type: 'string', pattern: '^S-1(-\\d{1,10}){2,15}$' } as const;
const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength }) as const;
const count = (maximum: number) => ({ type: 'integer', minimum: 0, maximum }) as const;
const instant = { type: 'integer', minimum: -8.64e15, maximum: 8.64e15 } as const;
const orNull = <T extends object>(schema: T) => ({ anyOf: [schema, { type: 'null' }] }) as const;

function strict<T extends Readonly<Record<string, object>>>(properties: T) {
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties } as const;
}

/** Any whole number of bits: a later version may know more of them, and an unknown one does nothing. */
const actions = count(15);
const whose = { name: text(64), rid: { type: 'integer', minimum: 1, maximum: 0xffffffff } } as const;
const tries = { bootId: text(64), retryAt: orNull(instant) } as const;
const ownOfArmed = { ...whose, ...tries, rotationId: text(64), dueAt: orNull(instant) } as const;

const ownOfWatch = { kind: { const: 'on' }, sid, cursor: { type: 'string', maxLength: 4096 } } as const;

const schema = {
  PostAuthResetAuthenticationTime: filetime,
  PostAuthResetDeadline: filetime,
  PostAuthResetAccountSid: sid,
  PostAuthActions: actions,
  PostAuthResetRetryCount: count(0xffff),
  laps: strict({
    armed: orNull({
      ...strict(ownOfArmed),
      // Without it: kept by a version that did not ask who told of the sign-in.
      properties: { ...ownOfArmed, vouched: { type: 'boolean' } },
    }),
    acting: orNull(
      strict({
        ...whose,
        ...tries,
        sid,
        actions,
        stage: { enum: ['confirm', 'warn', 'grace', 'signOut', 'processes', 'restart', 'restarting'] },
        until: orNull(instant),
        retryCount: count(0xffff),
      }),
    ),
    watch: orNull({
      anyOf: [
        strict({ kind: { const: 'off' } }),
        {
          ...strict(ownOfWatch),
          // Without it: kept by a version that did not ask when it had looked last.
          properties: { ...ownOfWatch, lookedAt: orNull(instant) },
        },
      ],
    }),
  }),
} as const;

/** What of a deadline has no name in Windows. */
type OwnOfArmed = Pick<Armed, 'name' | 'rid' | 'rotationId' | 'bootId' | 'dueAt' | 'retryAt'> & {
  readonly vouched?: boolean;
};
interface WindowsValues {
  readonly PostAuthResetAuthenticationTime: string;
  readonly PostAuthResetDeadline: string;
  readonly PostAuthResetAccountSid: string;
  readonly PostAuthActions: number;
  readonly PostAuthResetRetryCount: number;
}
type KeptWatch =
  | Exclude<Watch, { kind: 'on' }>
  | (Omit<Watch & { kind: 'on' }, 'lookedAt'> & Partial<Watch & { kind: 'on' }>);
interface Own<A extends OwnOfArmed | null> {
  readonly laps: { readonly armed: A; readonly acting: Acting | null; readonly watch: KeptWatch | null };
}
type Kept = Own<null> | (WindowsValues & Own<OwnOfArmed>);

/** Either nothing of a deadline, or all of it: half a deadline is damage. */
const lapsWith = (armed: object) => ({ properties: { laps: { properties: { armed } } } });
const forms = [
  { maxProperties: 1, ...lapsWith({ type: 'null' }) },
  { required: Object.keys(schema), ...lapsWith({ type: 'object' }) },
];

function print({ armed, acting, watch }: PostAuthMemory): Facts {
  if (armed === null) {
    const nothing: Own<null> = { laps: { armed: null, acting, watch } };
    return { ...nothing };
  }
  const { name, rid, rotationId, bootId, dueAt, retryAt, vouched } = armed;
  const kept: WindowsValues & Own<OwnOfArmed> = {
    PostAuthResetAuthenticationTime: filetimeOf(armed.authenticatedAt),
    PostAuthResetDeadline: filetimeOf(armed.deadlineAt),
    PostAuthResetAccountSid: armed.sid,
    PostAuthActions: armed.actions,
    PostAuthResetRetryCount: armed.retryCount,
    laps: { armed: { name, rid, rotationId, bootId, dueAt, retryAt, vouched }, acting, watch },
  };
  return { ...kept };
}

function watchOf(kept: KeptWatch | null): Watch | null {
  return kept?.kind === 'on' ? { ...kept, lookedAt: kept.lookedAt ?? null } : kept;
}

function parse(facts: Facts): PostAuthMemory {
  // The parse boundary: conf has held the facts against the schema above, which says the same as the type.
  const kept = facts as unknown as Kept;
  const { acting } = kept.laps;
  const watch = watchOf(kept.laps.watch);
  if (!('PostAuthResetDeadline' in kept)) return { armed: null, acting, watch };
  const armed: Armed = {
    ...kept.laps.armed,
    sid: kept.PostAuthResetAccountSid,
    // The schema's pattern is the one that instantOfFiletime wants.
    authenticatedAt: instantOfFiletime(kept.PostAuthResetAuthenticationTime) ?? 0,
    deadlineAt: instantOfFiletime(kept.PostAuthResetDeadline) ?? 0,
    actions: kept.PostAuthActions,
    retryCount: kept.PostAuthResetRetryCount,
    vouched: kept.laps.armed.vouched ?? false,
  };
  return { armed, acting, watch };
}

/** The memory in `folder`, kept by conf. */
export function createPostAuthStore(deps: { readonly folder: string }): PostAuthStore {
  const file = createConfFile<PostAuthMemory>({
    folder: deps.folder,
    name: 'postAuth',
    schema,
    required: ['laps'],
    forms,
    parse,
    print,
    refuse: (problem) =>
      new LapsError('ERR_LAPS_INTERNAL', {
        message: `what is to be remembered of sign-ins is not lawful: ${problem}`,
        hint: 'this is a defect of laps-agent; what was remembered before was kept',
      }),
  });
  const told = (reading: FactsReading<PostAuthMemory>): PostAuthReading =>
    reading.kind === 'facts' ? { kind: 'memory', memory: reading.facts } : reading;
  return {
    read: async () => told(await file.read()),
    peek: async () => told(await file.peek()),
    write: (memory) => file.write(memory),
  };
}
