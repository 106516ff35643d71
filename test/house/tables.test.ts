/**
 * The tables of errors and events: what is declared is used, what is used is declared, and agent/README.md says the
 * same (design 7, law 4).
 *
 * With LAPS_UPDATE_GOLDENS set, the README's tables are written anew instead of being compared.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { errorTable, formatHresult } from '../../agent/core/errors.ts';
import { eventTable } from '../../agent/core/events.ts';
import { projectFolder, sourcesUnder, textOf, tokensOf } from './sources.ts';

/** Spec 8: what each Windows event means, its level by the manifest, and its fields in order; `[?]` ones are not here. */
const windows: Readonly<Record<number, readonly [level: string, fields: string, meaning: string]>> = {
  10000: ['info', '', 'component loaded and initialised'],
  10001: ['error', '', 'component failed to initialise'],
  10002: ['info', '', 'component unloaded'],
  10003: ['info', '', 'cycle starts'],
  10004: ['info', '', 'cycle succeeded'],
  10005: ['info', 'hex', 'cycle failed'],
  10007: ['warning', '', 'LAPS not configured to manage any account'],
  10009: ['info', '', 'target is AD'],
  10010: ['info', '', 'target is Entra'],
  10013: ['error', 'text hex', 'managed account not found'],
  10014: ['info', '', 'updating because an administrator asked'],
  10015: ['info', 'hex text', 'update needed'],
  10016: ['info', '', 'no update needed'],
  10019: ['error', 'text hex hex', 'local password set failed'],
  10020: ['info', 'text hex', 'local password set'],
  10022: [
    'info',
    'text text text number number number number hex number text text number number',
    'policy dump, Entra',
  ],
  10025: ['error', 'hex', 'Entra endpoint discovery failed'],
  10026: ['error', 'hex', 'device authentication to Entra failed'],
  10027: ['error', 'hex', 'no acceptable password could be created'],
  10028: ['error', 'hex', 'Entra update failed'],
  10029: ['info', '', 'Entra updated'],
  10030: ['info', 'text', 'a request is being sent to this endpoint'],
  10031: ['warning', 'text hex', 'foreign password change blocked'],
  10032: ['error', 'hex text hex hex text', 'device authentication failed, with detail'],
  10041: ['info', 'text hex instant', 'authentication seen, deadline set'],
  10042: ['info', 'text hex', 'grace period over, acting now'],
  10043: ['warning', 'text hex number hex', 'rotation failed; will retry'],
  10044: ['info', 'text hex', 'rotation and all actions done'],
  10048: ['error', '', 'more than 100 retries this boot; given up'],
  10049: ['error', 'hex', 'reboot action failed'],
  10052: ['info', '', 'cycle is the normal background run'],
  10054: ['info', '', 'cycle answers a Group Policy change notice'],
  10058: ['warning', 'number number', 'PasswordAgeDays below the Entra minimum was adjusted'],
  10059: ['error', 'number text', 'Entra answered with a failure'],
  20000: ['warning', '', 'CSP refused MDM configuration because the device does not look joined'],
};

/** Declared ahead of their use, and why. A row that comes into use must leave this list. */
const waiting: Readonly<Record<string, string>> = {};

interface Mention {
  readonly what: string;
  readonly where: string;
}

const tables = ['agent/core/errors.ts', 'agent/core/events.ts', 'agent/core/windowsEvents.ts'];
const sources = sourcesUnder('agent')
  .filter((path) => !tables.includes(path))
  .map((path) => ({ path, tokens: tokensOf(textOf(path)) }));

const codes: readonly Mention[] = sources.flatMap(({ path, tokens }) =>
  tokens.flatMap(({ kind, text, line }) =>
    kind === 'text' ? (text.match(/ERR_LAPS_\w+/g) ?? []).map((what) => ({ what, where: `${path}:${line}` })) : [],
  ),
);

/** Five digits as the first argument of a call with more, or as the member `id`: how events are written. */
const emitted: readonly Mention[] = sources
  .filter(({ path }) => !path.startsWith('agent/tenant/'))
  .flatMap(({ path, tokens }) =>
    tokens.flatMap(({ kind, text, line }, index) => {
      if (kind !== 'word' || !/^\d{5}$/.test(text)) return [];
      const [before, beforeThat, after] = [tokens[index - 1]?.text, tokens[index - 2]?.text, tokens[index + 1]?.text];
      const isCall = before === '(' && after === ',';
      const isMember = before === ':' && beforeThat === 'id';
      return isCall || isMember ? [{ what: text, where: `${path}:${line}` }] : [];
    }),
  );

const names = (mentions: readonly Mention[]): Set<string> => new Set(mentions.map((each) => each.what));

describe('the table of errors', () => {
  it('has a row for every code that is used', () => {
    assert.deepEqual(
      codes.filter(({ what }) => !Object.hasOwn(errorTable, what)),
      [],
    );
  });

  it('has no row that nothing uses', () => {
    const used = names(codes);
    const idle = Object.keys(errorTable).filter((code) => !used.has(code));
    assert.deepEqual(
      idle,
      Object.keys(waiting).filter((each) => each.startsWith('ERR')),
    );
  });

  it('points at events that exist', () => {
    for (const [code, row] of Object.entries(errorTable))
      if ('event' in row) assert.ok(Object.hasOwn(eventTable, row.event), code);
  });

  it('gives every code an HRESULT that says failure', () => {
    for (const [code, { hresult }] of Object.entries(errorTable))
      assert.ok(hresult >= 0x80000000 && hresult <= 0xffffffff, code);
  });
});

describe('the table of events', () => {
  it('has a row for every event that is written', () => {
    assert.deepEqual(
      emitted.filter(({ what }) => !Object.hasOwn(eventTable, what)),
      [],
    );
    assert.ok(emitted.length > 40, 'the search for written events finds them');
  });

  it('has no row that nothing writes', () => {
    const used = names(emitted);
    const idle = Object.keys(eventTable).filter((id) => !used.has(id));
    assert.deepEqual(
      idle,
      Object.keys(waiting).filter((each) => /^\d/.test(each)),
    );
  });

  it('holds below 50000 only what the specification established, with its level and fields', () => {
    for (const [id, row] of Object.entries(eventTable)) {
      if (Number(id) >= 50000) continue;
      const said = windows[Number(id)];
      assert.ok(said, `${id}: its meaning is not established; a guess in an event log is a lie`);
      assert.equal(row.level, said[0], `${id} (${said[2]})`);
      assert.equal(Object.values(row.fields).join(' '), said[1], `${id} (${said[2]})`);
    }
  });

  it('names each event once and every field a sentence uses', () => {
    const rows = Object.values(eventTable);
    assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
    for (const row of rows)
      for (const [, field] of row.sentence.matchAll(/\{(\w+)\}/g))
        assert.ok(Object.hasOwn(row.fields, field ?? ''), `${row.name}: ${field}`);
  });

  it('has no field that is called like a secret', () => {
    for (const row of Object.values(eventTable))
      for (const field of Object.keys(row.fields))
        assert.doesNotMatch(field, /^(Password|Secret|Passphrase|Token|Key|Body)$/i, row.name);
  });
});

describe('agent/README.md', () => {
  const page = 'agent/README.md';
  const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
  const head = (...cells: string[]): string[] => [row(...cells), `|${cells.map(() => '---').join('|')}|`];
  const sections: Readonly<Record<string, () => string[]>> = {
    events: () => [
      ...head('Id', 'Name', 'Level', 'Sentence'),
      ...Object.entries(eventTable)
        .filter(([id]) => Number(id) >= 50000)
        .map(([id, { name, level, sentence }]) => row(id, name, level, sentence)),
    ],
    errors: () => [
      ...head('Code', 'Exit', 'Event', 'HRESULT'),
      ...Object.entries(errorTable).map(([code, each]) =>
        row(`\`${code}\``, String(each.exit), 'event' in each ? String(each.event) : '', formatHresult(each.hresult)),
      ),
    ],
  };
  // The formatter pads columns; a table is the same table with and without.
  const unpadded = (text: string): string => text.replace(/ +/g, ' ').replace(/\| ?-+ ?(?=\|)/g, '|---');

  for (const [name, make] of Object.entries(sections))
    it(`lists the ${name} as the table has them`, () => {
      const pattern = new RegExp(`(<!-- ${name} -->\\n)[\\s\\S]*?(<!-- /${name} -->)`);
      const made = (text: string): string =>
        text.replace(pattern, (_, from, to) => `${from}${make().join('\n')}\n${to}`);
      if (process.env['LAPS_UPDATE_GOLDENS'] !== undefined) {
        const text = textOf(page);
        if (unpadded(text) !== unpadded(made(text))) writeFileSync(`${projectFolder}${page}`, made(text));
      }
      assert.match(textOf(page), pattern);
      assert.equal(unpadded(textOf(page)), unpadded(made(textOf(page))), 'npm run test:update writes it anew');
    });
});
