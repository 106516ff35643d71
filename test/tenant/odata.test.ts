import assert from 'node:assert/strict';
import { isRefused, type Offer, pageOf, readListQuery } from '../../agent/tenant/odata.ts';

const offer: Offer = {
  filters: {
    name: ['eq', 'startswith'],
    at: ['eq', 'ge', 'le'],
    id: ['eq'],
    'by/user/id': ['eq'],
    'targets/any/id': ['eq'],
    'targets/any/displayName': ['eq', 'startswith'],
  },
  orders: ['name', 'at'],
  selects: ['id', 'name'],
};
const rows = Array.from({ length: 25 }, (_, n) => ({
  id: `0000${n}`.slice(-4),
  name: n % 2 === 0 ? `it's ${n}` : `b${n}`,
  at: `2026-01-${`0${n + 1}`.slice(-2)}T00:00:00.0000000Z`,
  by: { user: { id: `u${n}` } },
  targets: [{ id: `t${n}`, displayName: 'DESKTOP' }],
}));

function ask(query: Record<string, string>) {
  const read = readListQuery(new URLSearchParams(query), offer);
  if (isRefused(read)) assert.fail(read.refused);
  return pageOf(rows, read, 'id');
}

const filter = (text: string) => ask({ $filter: text }).page.map((row) => row['id']);

describe('OData', () => {
  it('refuses in words what it does not understand or offer', () => {
    const wrong = [
      { $filter: "name eq 'x" },
      { $filter: "name ne 'x'" },
      { $filter: "secret eq 'x'" },
      { $filter: "at gt 'x'" },
      { $filter: "name ge 'x'" },
      { $filter: "(name eq 'x'" },
      { $filter: "name eq 'x' name" },
      { $filter: 'name eq x' },
      { $filter: "constructor eq 'x'" },
      { $filter: `${'('.repeat(50)}name eq 'x'${')'.repeat(50)}` },
      { $filter: `name eq '${'x'.repeat(3000)}'` },
      { $filter: "targets/any(t: name eq 'x')" },
      { $filter: '' },
      { $orderby: 'id' },
      { $orderby: 'name sideways' },
      { $select: 'password' },
      { $top: '0' },
      { $top: '1000' },
      { $top: 'x' },
      { $skip: '1' },
      { $expand: 'x' },
      { $search: 'x' },
      { $nonsense: 'x' },
      { $count: 'yes' },
      { $skiptoken: 'not ours' },
    ];
    for (const query of wrong) {
      const read = readListQuery(new URLSearchParams({ ...query }), offer);
      assert.ok(isRefused(read), JSON.stringify(query));
    }
  });

  it('says which property cannot be filtered by, whatever it is compared with, and where a character is wrong', () => {
    const refusal = (text: string) => {
      const read = readListQuery(new URLSearchParams({ $filter: text }), offer);
      return isRefused(read) ? read.refused : 'not refused';
    };
    assert.equal(refusal('foo eq 1'), "Invalid filter clause: 'foo' cannot be filtered by.");
    assert.equal(refusal('foo eq -1.5'), "Invalid filter clause: 'foo' cannot be filtered by.");
    assert.match(refusal('name eq 1'), /a value must be quoted text/);
    assert.equal(refusal("name eq 'x' ~ 1"), 'Invalid filter clause: unexpected character at position 12.');
  });

  it('never throws, whatever the filter', () => {
    const parts = [
      "'",
      '(',
      ')',
      'and',
      'or',
      'name',
      'eq',
      "'a'",
      '/any',
      'targets/any',
      ':',
      ',',
      't/id',
      '\u0000',
      'ü',
      '1',
    ];
    for (let n = 0; n < 2_000; n += 1) {
      const text = Array.from({ length: 1 + (n % 9) }, (_, k) => parts[(n * 7 + k * k * 13 + k) % parts.length]).join(
        n % 3 === 0 ? '' : ' ',
      );
      readListQuery(new URLSearchParams({ $filter: text }), offer);
    }
  });

  it('compares texts ignoring case, quotes doubled, and instants of any precision', () => {
    assert.deepEqual(filter("NAME eq 'IT''S 4'"), ['0004']);
    assert.deepEqual(filter("startswith(name,'b1') and at le 2026-01-12T00:00:00Z"), ['0001', '0011']);
    assert.deepEqual(filter('at ge 2026-01-25T00:00:00.0Z'), ['0024']);
    assert.deepEqual(filter("(id eq '0001' or id eq '0002') and name eq 'b1'"), ['0001']);
    assert.deepEqual(filter("by/user/id eq 'u7'"), ['0007']);
    assert.deepEqual(filter("targets/any(t: t/id eq 't9' and startswith(t/displayName,'desk'))"), ['0009']);
    assert.equal(filter("targets/any(x:x/displayName eq 'DESKTOP')").length, 25);
  });

  it('shows every row once over pages, in both directions, while rows are added', () => {
    for (const $orderby of ['name', 'name desc', 'at desc']) {
      const seen: unknown[] = [];
      let token: string | undefined;
      do {
        const { page, next } = ask({ $orderby, $top: '4', ...(token === undefined ? {} : { $skiptoken: token }) });
        seen.push(...page.map((row) => row['id']));
        token = next;
      } while (token !== undefined);
      assert.equal(new Set(seen).size, 25, $orderby);
      assert.equal(seen.length, 25, $orderby);
    }
  });
});
