/** Mistakes in XML: where they stand, and what to write instead. */
import assert from 'node:assert/strict';
import { documentFrom } from '../../../support/readers.ts';

describe('a mistake in XML', () => {
  const told = (body: string): unknown[] => {
    const problem = documentFrom(`<PolicyRules>\n${body}`).problems[0];
    return [problem?.place.line, problem?.place.column, problem?.message, problem?.hint];
  };
  const lone = ['a & stands here by itself, which XML cannot read', 'write &amp; for it'];
  const cut = ['the file ends in the middle: it was cut short', 'export it again in full'];
  const cases: ReadonlyArray<readonly [string, readonly unknown[]]> = [
    ['<a>R&D</a>\n</PolicyRules>', [2, 5, ...lone]],
    ['<a>R & D</a>\n<b>;</b></PolicyRules>', [2, 6, ...lone]],
    ['<!-- & --><a><![CDATA[&]]>&amp;&#38;&#x26;\n &</a></PolicyRules>', [3, 2, ...lone]],
    ['<a x="R&D"/></PolicyRules>', [2, 8, ...lone]],
    ['<a>&;</a></PolicyRules>', [2, 4, ...lone]],
    [
      '<a>&nbsp;</a></PolicyRules>',
      [2, 4, 'XML does not know &nbsp;', 'write &amp;nbsp; if the text says so, else the character itself'],
    ],
    ['<a>x', [2, 4, ...cut]],
    ['<a>x</a>', [2, 8, ...cut]],
    ['<a x="', [2, 6, ...cut]],
    ['<!-- &', [2, 6, ...cut]],
    ['<a><![CDATA[ &', [2, 14, ...cut]],
    ['<q1:a>x</b></PolicyRules>', [2, 8, 'this is not XML: </q1:a> is missing before this', 'write </q1:a>']],
    [
      '<a>x < y</a></PolicyRules>',
      [2, 7, 'this is not XML: disallowed character in tag name', 'write &lt; for a < that is text'],
    ],
    [
      '<a x=1/></PolicyRules>',
      [2, 6, 'this is not XML: unquoted attribute value', 'write the value of an attribute in double quotes'],
    ],
  ];
  for (const [body, expected] of cases)
    it(`is told at its place, with what mends it: ${JSON.stringify(body)}`, () => {
      assert.deepEqual(told(body), expected);
    });
});
