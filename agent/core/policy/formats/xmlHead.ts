/**
 * The first element of an XML text, and the shape of policy that begins so.
 *
 * Knows: past declaration, comments and document type stands the element that says what a file is. Promises: one look,
 * no parser. Must never: look further.
 */

/** The first element's local name, past declaration, comments and document type; with its offset. */
export function firstElement(text: string): { readonly name: string; readonly at: number } {
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const end = text.startsWith('<!--', at) ? text.indexOf('-->', at + 4) : text.indexOf('>', at);
    if (!text.startsWith('<!', at) && !text.startsWith('<?', at)) {
      const found = /^<(?:[^\s<>/:]{1,100}:)?([^\s<>/:]{1,100})/.exec(text.slice(at, at + 210));
      return { name: found?.[1] ?? '', at };
    }
    if (end === -1) break;
    at = end;
  }
  return { name: '', at: 0 };
}

/** The shapes of policy that are XML. */
export type XmlShape = 'syncml' | 'policyrules' | 'gporeport';

/** The first elements that there are, in lower case. */
const shapes: ReadonlyMap<string, XmlShape> = new Map([
  ...['syncml', 'syncbody', 'atomic', 'sequence', 'add', 'replace', 'delete', 'exec', 'get'].map(
    (name): [string, XmlShape] => [name, 'syncml'],
  ),
  ['policyrules', 'policyrules'],
  ...['gpo', 'gpos', 'report', 'rsop', 'registrysettings', 'registry'].map((name): [string, XmlShape] => [
    name,
    'gporeport',
  ]),
]);

/** The shape that begins with this element; undefined for every other. */
export const xmlShapeOf = (name: string): XmlShape | undefined => shapes.get(name.toLowerCase());

/** First elements of what lies beside policies and may name LAPS: GPMC's own records of a backup, tasks, templates. */
const neighbours =
  /^(?:backups|backupinst|grouppolicybackupscheme|migrationtable|task|policydefinitions|policydefinitionresources)$/i;

/** What a text of XML is by its first element: a policy, what lies beside one, something else, or cut before it says. */
export function xmlKind(text: string): 'policy' | 'neighbour' | 'other' | 'nothing' {
  const { name } = firstElement(text);
  if (name === '') return 'nothing';
  if (xmlShapeOf(name) !== undefined) return 'policy';
  return neighbours.test(name) ? 'neighbour' : 'other';
}
