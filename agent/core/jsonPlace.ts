/**
 * Where in a JSON text something stands, for a person who is to correct it.
 *
 * Promises: line and column count from 1; no text is too deep or too broken to be asked about. Must never: read a value.
 */
import { tooDeepAt } from './policy/formats/depth.ts';
import { pointerOf, walkJson } from './policy/formats/json.ts';

export interface JsonPlace {
  readonly line: number;
  readonly column: number;
}

/** Where a JSON pointer (RFC 6901) points; undefined where nothing stands there. */
export function placeInJson(text: string, pointer: string): JsonPlace | undefined {
  if (tooDeepAt(text) !== undefined) return undefined;
  let found: JsonPlace | undefined;
  const look = (line: number, character: number, path: () => (string | number)[]): void => {
    if (found === undefined && pointerOf(path()) === pointer) found = { line: line + 1, column: character + 1 };
  };
  walkJson(text, {
    onObjectBegin: (_offset, _length, line, character, path) => look(line, character, path),
    onArrayBegin: (_offset, _length, line, character, path) => look(line, character, path),
    onLiteralValue: (_value, _offset, _length, line, character, path) => look(line, character, path),
    onMistake: () => {},
  });
  return found;
}

/** The first mistake in a text that is no JSON; undefined where there is none. */
export function mistakeInJson(text: string): (JsonPlace & { readonly message: string }) | undefined {
  if (tooDeepAt(text) !== undefined) return undefined;
  let found: (JsonPlace & { readonly message: string }) | undefined;
  walkJson(text, {
    onMistake: ({ message, offset }) => {
      const before = text.slice(0, offset).split('\n');
      found = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message };
    },
  });
  return found;
}
