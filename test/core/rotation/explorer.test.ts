/**
 * Every crash, loss and refusal, over the real transition function (rotation.md 6 and 7), and the proof that the walk
 * can see: each rule dropped on purpose turns it red.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { JournalRecord } from '../../../agent/core/rotation/journal.ts';
import { advance, type Context, type Input, type Step } from '../../../agent/core/rotation/transition.ts';
import { explore } from '../../support/rotationWalk.ts';

const limit = 100_000;
type Advance = typeof advance;
const asIdle = (record: JournalRecord): JournalRecord => ({
  ...record,
  state: 'idle',
  pending: null,
  above: 0,
  heldSince: null,
});
const lessInDoubt = (step: Step): Step => ({
  ...step,
  record: { ...step.record, above: Math.max(0, step.record.above - 1) },
});
const whenInput =
  (kind: Input['kind'], change: (step: Step) => Step): Advance =>
  (record, input, context) => {
    const step = advance(record, input, context);
    return input.kind === kind ? change(step) : step;
  };
const whenEffect =
  (kind: Step['effect']['kind'], change: (step: Step) => Step): Advance =>
  (record, input, context) => {
    const step = advance(record, input, context);
    return step.effect.kind === kind ? change(step) : step;
  };
const withContext =
  (change: (context: Context, record: JournalRecord) => Context): Advance =>
  (record, input, context) =>
    advance(record, input, change(context, record));
const withInput =
  (change: (input: Input, record: JournalRecord) => Input): Advance =>
  (record, input, context) =>
    advance(record, change(input, record), context);

const failure = { code: 'ERR_LAPS_TENANT_REFUSED', message: '', hresult: 0, at: 0 } as const;

/** Each a rule of rotation.md dropped; the walk must find what it protects. */
const mutations: Readonly<Record<string, Advance>> = {
  'a refusal discards what an earlier send left in doubt (rule 1)': whenInput('refused', (step) => ({
    ...step,
    record: asIdle(step.record),
  })),
  'a send that never left discards what is in doubt (rule 1)': whenInput('notSent', (step) => ({
    ...step,
    record: asIdle(step.record),
  })),
  'an account that refuses leads to another secret at once (rule 2)': whenInput('accountRefused', (step) => ({
    ...step,
    record: asIdle(step.record),
  })),
  'an unclear answer counts as a refusal': withInput((input) =>
    input.kind === 'unclear' ? { ...input, kind: 'refused', retryAt: null } : input,
  ),
  'an unclear answer counts as a yes': withInput((input) => (input.kind === 'unclear' ? { kind: 'stored' } : input)),
  'a send is counted after it, not before': whenEffect('post', lessInDoubt),
  'an undone send is undone twice': whenInput('refused', lessInDoubt),
  'there is no budget': withContext((context) => ({ ...context, budget: 99 })),
  'another secret starts the count afresh': withInput((input) =>
    input.kind === 'drawn' ? { ...input, above: 0 } : input,
  ),
  'a lost key forgets what is in doubt': whenInput('postLost', (step) => ({
    ...step,
    record: asIdle(step.record),
    effect: { kind: 'stop', why: 'abandoned' },
  })),
  'an account that is missing for one look takes the count with it': whenInput('forgotten', (step) => ({
    ...step,
    record: asIdle(step.record),
  })),
  'an account that is taken over for a while takes the count with it': (record, input, context) => {
    const step = advance(record, input, context);
    return input.kind === 'resume' && input.account === 'elsewhere' ? { ...step, record: asIdle(step.record) } : step;
  },
  'an account that is taken over is set all the same': withInput((input) =>
    input.kind === 'resume' && input.account === 'elsewhere' ? { ...input, account: 'present' } : input,
  ),
  'an account that is missing keeps its state': whenEffect('forgetState', (step) => ({
    ...step,
    record: { ...step.record, state: 'idle', pending: null },
    effect: { kind: 'stop', why: 'abandoned' },
  })),
  'a draw at rest does not ask the budget': (record, input, context) =>
    input.kind === 'wantDraw'
      ? { record, effect: { kind: 'draw', above: record.above, granted: true }, notes: [] }
      : advance(record, input, context),
  'a draw at rest forgets what is in doubt': (record, input, context) =>
    advance(input.kind === 'wantDraw' ? { ...record, above: 0 } : record, input, context),
  'a password that does not open is taken for set': withInput((input) =>
    input.kind === 'unverified' ? { kind: 'proven', mark: 'm-1' } : input,
  ),
  'the journal rests before the state is saved': whenEffect('saveState', (step) => ({
    ...step,
    record: asIdle(step.record),
    effect: { kind: 'stop', why: 'done' },
  })),
  'the identity is not compared': withContext((context, record) => ({
    ...context,
    identity: record.pending?.identity ?? context.identity,
  })),
  'an accepted secret is thrown away for a new one on every start': withInput((input) =>
    input.kind === 'resume' ? { kind: 'refused', failure, retryAt: null } : input,
  ),
};

describe('the rotation, walked completely', function () {
  this.timeout(60_000);

  for (const recogniseRepeats of [false, true]) {
    it(`keeps P1 to P5 in every state, with a tenant that ${recogniseRepeats ? 'recognises' : 'does not recognise'} repeats`, () => {
      const walk = explore({ advance, recogniseRepeats }, limit);
      assert.equal(walk.broken, undefined, `${walk.broken}: ${walk.path?.join(' > ')}`);
      assert.ok(walk.states > 5_000, `only ${walk.states} states: the model has lost its faults`);
      process.stdout.write(`      ${walk.states} states, complete\n`);
    });
  }

  for (const [rule, broken] of Object.entries(mutations)) {
    it(`turns red when ${rule}`, () => {
      let found: string | undefined;
      try {
        found = explore({ advance: broken, recogniseRepeats: false }, limit).broken;
      } catch (error) {
        found = String(error);
      }
      assert.ok(found, 'the walk saw nothing');
      assert.ok(!found.startsWith('more than'), found);
    });
  }
});
