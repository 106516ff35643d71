/**
 * Names of files that are no UTF-8, as texts that can be carried about and turned back.
 *
 * Knows: a system of Unix takes any bytes for a name, and node reads those that are no UTF-8 as a question mark that names
 * nothing. Promises: each such byte is one lone surrogate, U+DC80 to U+DCFF, which no UTF-8 makes, and comes back as the
 * byte; output escapes it as it does all lone surrogates. Must never: change a name that is UTF-8.
 */

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    // What cannot be read as a text is none: that is the question.
    return undefined;
  }
}

/** A name as a text. */
export function nameOfBytes(bytes: Uint8Array): string {
  const whole = textOf(bytes);
  if (whole !== undefined) return whole;
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    // A character is four bytes at most.
    const length = [1, 2, 3, 4].find((each) => textOf(bytes.subarray(at, at + each)) !== undefined);
    name +=
      length === undefined
        ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
        : (textOf(bytes.subarray(at, at + length)) ?? '');
    at += length ?? 1;
  }
  return name;
}

/** A path as the system takes it: bytes where one of its names is no UTF-8. */
export function pathOnDisk(path: string): string | Buffer {
  if (!/[\udc80-\udcff]/u.test(path)) return path;
  return Buffer.concat(
    path
      .split(/([\udc80-\udcff])/u)
      .map((part) => (/^[\udc80-\udcff]$/u.test(part) ? Buffer.of(part.charCodeAt(0) - 0xdc00) : Buffer.from(part))),
  );
}
