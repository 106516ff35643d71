/**
 * Colour, where there is a terminal to show it.
 *
 * Knows: the few SGR codes in use. Promises: without colour the text is untouched. Must never: carry meaning that the
 * words do not.
 */

export type Paint = (text: string) => string;

export interface Palette {
  readonly red: Paint;
  readonly yellow: Paint;
  readonly blue: Paint;
  readonly green: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
}

const wrap =
  (on: number, off: number): Paint =>
  (text) =>
    `\u001b[${on}m${text}\u001b[${off}m`;
const plain: Paint = (text) => text;

/** Colours, or their absence. */
export function palette(color: boolean): Palette {
  if (!color) return { red: plain, yellow: plain, blue: plain, green: plain, dim: plain, bold: plain };
  return {
    red: wrap(31, 39),
    yellow: wrap(33, 39),
    blue: wrap(34, 39),
    green: wrap(32, 39),
    dim: wrap(2, 22),
    bold: wrap(1, 22),
  };
}
