/**
 * What a real first run says, with everything replaced that differs from run to run and from machine to machine.
 *
 * Knows: which parts those are: the machine's name, ids, the port, dates and durations, the version. Promises: columns
 * still line up. Must never: hide a word.
 */

const guid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const local = String.raw`\d{2} \w{3} \d{4} \d{2}:\d{2}`;

const rules: ReadonlyArray<readonly [RegExp, string]> = [
  [/laps-agent \S+ on \S+,/g, 'laps-agent 0.1.0 on DESKTOP-4F2K,'],
  [new RegExp(`\\S+ is joined as ${guid}`, 'g'), 'DESKTOP-4F2K is joined as 3f2c9d1e-5b7a-4c1e-9a64-0d5f2b8e7c13'],
  [/laps recover \S+/g, 'laps recover DESKTOP-4F2K'],
  [/https:\/\/localhost:\d+/g, 'https://localhost:8443'],
  [/done in [\d.]+ (s|ms)/g, 'done in 0.21 s'],
  [new RegExp(`next rotation ${local}`, 'g'), 'next rotation 22 Dec 2026 11:06'],
  [/next look in [\d.]+ (h|min|s)( [\d.]+ (min|s))?/g, 'next look in 58 min'],
];

/** The list of commands to try, laid out anew: the machine's name has a length of its own. */
function aligned(lines: readonly string[]): string[] {
  const rows = lines.map((line) => /^ {2}(npx .*?) {2,}(\S.*)$/.exec(line));
  const width = Math.max(...rows.map((row) => row?.[1]?.length ?? 0)) + 4;
  return lines.map((line, index) => {
    const row = rows[index];
    return row === null || row === undefined ? line : `  ${(row[1] ?? '').padEnd(width)}${row[2] ?? ''}`;
  });
}

/** The transcript with stand-ins for what differs. */
export function normalised(text: string): string {
  const named = rules.reduce((done, [pattern, standIn]) => done.replace(pattern, standIn), text);
  return aligned(named.split('\n')).join('\n');
}
