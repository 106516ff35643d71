/**
 * The variables that a unit is started with: its Environment=, and the files it names with EnvironmentFile=
 * (systemd.exec(5)).
 *
 * Promises: comments, quotes, escapes and continued lines are read as systemd reads them; a line it would pass over is
 * passed over. Must never: read a file, or ask systemd.
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

/** What a unit as systemd has it, drop-ins and all, takes from where. */
export interface UnitEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** In the order they are read; each outranks what was before it. */
  readonly files: readonly string[];
}

/** To be asked of `systemctl show` for {@link unitEnvironmentIn}. */
export const environmentProperties = 'LoadState,Environment,EnvironmentFiles';

/** `properties`: its lines. Undefined where systemd has no such unit. */
export function unitEnvironmentIn(properties: string): UnitEnvironment | undefined {
  if (!/^LoadState=loaded$/mu.test(properties)) return undefined;
  const variables: Record<string, string> = {};
  const words = /^Environment=(.*)$/mu.exec(properties)?.[1] ?? '';
  for (const [, quoted, plain = ''] of words.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/gu)) {
    const [, name, value] = assignment.exec(quoted?.replaceAll(/\\(.)/gu, '$1') ?? plain) ?? [];
    if (name !== undefined && value !== undefined) variables[name] = value;
  }
  const files = [...properties.matchAll(/^EnvironmentFiles=(.+) \(ignore_errors=(?:yes|no)\)$/gmu)];
  return { variables, files: files.map(([, path = '']) => path) };
}
