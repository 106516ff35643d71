/**
 * XML as a flat run of elements with their places, on saxes.
 *
 * Knows: local names only; what a prefix stands for does not matter to any shape of policy. Promises: never throws;
 * nothing is expanded or fetched (an entity that XML itself does not name is a mistake); depth is bounded; the first
 * mistake ends the reading and is told with its place. Must never: build a tree.
 */
import { SaxesParser } from 'saxes';
import type { ReadingProblem } from '../document.ts';
import type { Place, SourceText } from '../text.ts';
import { maxDepth } from './depth.ts';
import { wrongEnd, xmlMistake } from './xmlMistakes.ts';

/** An element that is open, or has just closed. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly parent: XmlElement | undefined;
  /** Text and CDATA right inside it, as a program reads them. */
  text: string;
  /** The start tag, and what stands between the tags without a CDATA mark around it. */
  readonly tagPlace: () => Place;
  contentPlace: () => Place;
}

export interface XmlHandlers {
  open?(element: XmlElement): void;
  close(element: XmlElement): void;
}

class Stop extends Error {
  readonly problem: ReadingProblem;
  constructor(problem: ReadingProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** A GPO report of a large domain has some hundred thousand; more than this is no policy. */
const maxElements = 1_000_000;

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The stretch of the text that a program would call the element's content. */
function contentSpan(text: string, from: number, to: number): readonly [number, number] {
  const raw = text.slice(from, Math.min(to, from + 4096));
  const lead = /^\s*/.exec(raw)?.[0].length ?? 0;
  if (raw.startsWith('<![CDATA[', lead)) {
    const end = text.indexOf(']]>', from + lead);
    return [from + lead + 9, end === -1 || end > to ? to : end];
  }
  return [from, to];
}

/** Walks the text. Returns what is wrong with it, if anything. */
export function walkXml(source: SourceText, handlers: XmlHandlers): ReadingProblem | undefined {
  const { text } = source;
  // Several commands without one root around them are common in what people keep of SyncML.
  const fragment = !/^\s*<[?!]/.test(text.slice(0, 4096));
  const parser = new SaxesParser({ xmlns: false, position: true, fragment });
  const starts: number[] = [];
  let top: XmlElement | undefined;
  let tagFrom = 0;
  let goodUntil = 0;
  let seen = 0;
  parser.on('opentagstart', (tag) => {
    tagFrom = Math.max(0, parser.position - tag.name.length - 2);
    seen += 1;
    if (seen > maxElements)
      throw new Stop({
        kind: 'tooLarge',
        message: `more than ${maxElements} elements: this is no policy`,
        place: source.placeOf(tagFrom, 1),
      });
    if (starts.length < maxDepth) return;
    throw new Stop({ kind: 'tooDeep', message: 'nested too deep to be a policy', place: source.placeOf(tagFrom, 1) });
  });
  parser.on('opentag', (tag) => {
    const [from, to] = [tagFrom, parser.position];
    starts.push(to);
    goodUntil = to;
    top = {
      name: localName(tag.name),
      attributes: tag.attributes,
      parent: top,
      text: '',
      tagPlace: () => source.placeOf(from, to - from),
      contentPlace: () => source.placeOf(from, to - from),
    };
    handlers.open?.(top);
  });
  const addText = (part: string): void => {
    if (top !== undefined) top.text += part;
  };
  parser.on('text', addText);
  parser.on('cdata', (part) => {
    addText(part);
    goodUntil = parser.position;
  });
  parser.on('closetag', (tag) => {
    const element = top;
    const from = starts.pop() ?? 0;
    goodUntil = parser.position;
    if (element === undefined) return;
    if (!tag.isSelfClosing) {
      const end = Math.max(from, text.lastIndexOf('</', parser.position - 1));
      if (text.slice(end + 2, parser.position - 1).trimEnd() !== tag.name)
        throw new Stop(wrongEnd(tag.name.slice(0, 100), source.placeOf(end, parser.position - end)));
      element.contentPlace = () => {
        const [first, last] = contentSpan(text, from, end);
        return source.placeOf(first, last - first);
      };
    }
    top = element.parent;
    handlers.close(element);
  });
  const good = (): void => {
    goodUntil = parser.position;
  };
  parser.on('comment', good);
  parser.on('processinginstruction', good);
  parser.on('xmldecl', good);
  parser.on('doctype', good);
  parser.on('error', (error) => {
    const at = Math.max(0, Math.min(parser.position, text.length) - 1);
    throw new Stop(xmlMistake({ source, error, goodUntil, at, inside: starts.length > 0 }));
  });
  try {
    parser.write(text);
    parser.close();
    return undefined;
  } catch (error) {
    if (error instanceof Stop) return error.problem;
    throw error;
  }
}
