/**
 * What is wrong with a text of XML, as its author can mend it.
 *
 * Knows: the words of saxes, and that it looks for the end of an entity far behind the & that began it. Promises: a lone
 * & is told where it stands; only a text that really breaks off is called cut short. Must never: parse.
 */
import type { ReadingProblem } from '../document.ts';
import type { Place, SourceText } from '../text.ts';

/** Where the parser gave up, and in the middle of what. */
export interface XmlStop {
  readonly source: SourceText;
  readonly error: Error;
  /** Up to here all is well: the end of the last tag, comment or CDATA section. */
  readonly goodUntil: number;
  /** The offset at which the parser stopped. */
  readonly at: number;
  /** Whether an element is open. */
  readonly inside: boolean;
}

/** An & that XML cannot read: its own entities and characters by number aside. */
const loneAmpersand = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});)([a-z][a-z0-9]{0,30};)?/gi;

/** saxes words its mistakes `line:column: what`; the place is told apart from the words here. */
const words = (error: Error): string =>
  error.message
    .replace(/^(?:[^:\n]*:)?\d+:\d+:\s*/, '')
    .replace(/\.$/, '')
    .slice(0, 200);

/** What else an author may have done, by the words of saxes. */
const known: ReadonlyArray<readonly [RegExp, string]> = [
  [/attribute value/, 'write the value of an attribute in double quotes'],
  [/duplicate attribute/, 'keep one of the two'],
  [/tag name|^disallowed character$/, 'write &lt; for a < that is text'],
  [/"\]\]>"/, 'write ]]&gt; for it'],
  [/only one root/, 'one element stands around all the others: remove what follows its end'],
  [/outside of root/, 'remove the text that stands outside the first element'],
];

/** The mistake as a problem of the file. */
export function xmlMistake({ source, error, goodUntil, at, inside }: XmlStop): ReadingProblem {
  const { text } = source;
  const problem = (message: string, hint: string, from: number, length = 1): ReadingProblem => ({
    kind: 'unreadable',
    message,
    hint,
    place: source.placeOf(from, length),
  });
  const rest = text.slice(goodUntil, at + 1);
  const section = rest.search(/<!--|<!\[CDATA\[/);
  loneAmpersand.lastIndex = 0;
  const lone = loneAmpersand.exec(section === -1 ? rest : rest.slice(0, section));
  if (lone !== null) {
    const entity = lone[1];
    const from = goodUntil + lone.index;
    return entity === undefined
      ? problem('a & stands here by itself, which XML cannot read', 'write &amp; for it', from)
      : problem(
          `XML does not know &${entity}`,
          `write &amp;${entity} if the text says so, else the character itself`,
          from,
          entity.length + 1,
        );
  }
  if (text.slice(at + 1).trim() === '' && inside && /unclosed tag|unexpected end/.test(error.message))
    return problem('the file ends in the middle: it was cut short', 'export it again in full', at);
  const said = words(error);
  const hint = known.find(([sign]) => sign.test(said))?.[1] ?? 'correct the place shown, or export it again in full';
  return problem(`this is not XML: ${said}`, hint, at);
}

/** An end that is none of the element that is open; the parser would close all of them to look for its beginning. */
export const wrongEnd = (open: string, place: Place): ReadingProblem => ({
  kind: 'unreadable',
  message: `this is not XML: </${open}> is missing before this`,
  hint: `write </${open}>`,
  place,
});
