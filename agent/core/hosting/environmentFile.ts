/**
 * The variables in a file that a unit names with EnvironmentFile= (systemd.exec(5)).
 *
 * Promises: comments, quotes, escapes and continued lines are read as systemd reads them; a line it would pass over is
 * passed over. Must never: read the file.
 */

const assignment = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/su;

/** A value as it stands, without its quotes. */
function unquoted(text: string): string {
  const inSingle = /^'([^']*)'$/su.exec(text)?.[1];
  if (inSingle !== undefined) return inSingle;
  const inDouble = /^"((?:[^"\\]|\\.)*)"$/su.exec(text)?.[1];
  if (inDouble !== undefined) return inDouble.replaceAll(/\\(["\\`$])/gu, '$1');
  return text.replaceAll(/\\(.)/gsu, '$1');
}

export function variablesIn(text: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const line of text.replaceAll(/\\\r?\n/gu, '').split(/\r?\n/u)) {
    const [, name, value] = assignment.exec(line) ?? [];
    if (name !== undefined && value !== undefined) found[name] = unquoted(value);
  }
  return found;
}
