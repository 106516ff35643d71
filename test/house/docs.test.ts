/**
 * The pages and the comments: what they point at exists, and nothing is left in them that belongs to a workbench.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { verbs } from '../../agent/cli/verbs.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { filesUnder, projectFolder, sourcesUnder, textOf, tokensOf } from './sources.ts';

const texts = filesUnder('').filter((path) => /\.(c?[mj]?[jt]s|jsonc?|md|txt|yml)$|^\.ci\/run$|ignore$/.test(path));
const pages = texts.filter((path) => path.endsWith('.md'));
const made = /^(package-lock\.json|THIRD_PARTY_NOTICES\.txt|agent\/core\/policy\/generated\/settingsValidator\.mjs)$/;
const written = texts.filter((path) => !made.test(path));

/** Lines of a file that match, as `path:line: text`. */
function linesMatching(path: string, pattern: RegExp): string[] {
  return textOf(path)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []));
}

/** A page without what stands between fences and backticks. */
function proseOf(page: string): string {
  return page.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Headings as the anchors that viewers make of them. */
function anchorsOf(page: string): string[] {
  return [...page.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ +(.*)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

describe('a source file', () => {
  it('of agent/ opens with what it knows, promises and must never do', () => {
    const bare = sourcesUnder('agent').filter((path) => !/^\/\*\*[\s*]+\S/.test(textOf(path)));
    assert.deepEqual(bare, []);
  });

  it('of agent/ has at most 400 lines: past 300, look for the second thing it does', () => {
    const lengths = sourcesUnder('agent').map((path) => ({ path, lines: textOf(path).split('\n').length - 1 }));
    assert.deepEqual(
      lengths.filter(({ lines }) => lines > 400),
      [],
    );
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    assert.ok(median <= 150, `the median file has ${median} lines`);
  });

  it('has nothing left to be done in it', () => {
    const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
    const left = written.filter((path) => !path.startsWith('agent/edge/words/'));
    assert.deepEqual(
      left.flatMap((path) => linesMatching(path, marks)),
      [],
    );
  });

  it('names no path of the machine it was written on, and no tool of its workbench', () => {
    const named = [
      `/${'work'}/`,
      `/tmp/${'briefs'}`,
      `${'issues'} show`,
      ...(projectFolder.length > 5 ? [projectFolder] : []),
    ];
    const found = written.filter((path) => named.some((each) => textOf(path).includes(each)));
    assert.deepEqual(found, []);
  });
});

describe('a test', () => {
  it('runs beside all others: nothing is singled out or passed over', () => {
    const singled = sourcesUnder('test').flatMap((path) => {
      const tokens = tokensOf(textOf(path));
      return tokens.flatMap(({ text, line }, index) => {
        const of = tokens[index - 2]?.text ?? '';
        const is =
          ['only', 'skip'].includes(text) && tokens[index - 1]?.text === '.' && tokens[index + 1]?.text === '(';
        return is && ['it', 'describe', 'context'].includes(of) ? [`${path}:${line}: ${of}.${text}`] : [];
      });
    });
    assert.deepEqual(singled, []);
  });
});

describe('a page', () => {
  it('links to what is there', () => {
    const broken = pages.flatMap((path) =>
      [...proseOf(textOf(path)).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
        if (target === undefined || /^[a-z]+:/.test(target)) return [];
        const [file, anchor] = target.split('#');
        const linked = file === '' || file === undefined ? path : join(dirname(path), file);
        if (!existsSync(`${projectFolder}${linked}`)) return [`${path}: ${target}`];
        if (anchor === undefined || !linked.endsWith('.md')) return [];
        return anchorsOf(textOf(linked)).includes(anchor) ? [] : [`${path}: ${target}`];
      }),
    );
    assert.deepEqual(broken, []);
  });

  it('names only npm scripts and commands that exist', () => {
    const scripts = Object.keys(packageJson.scripts);
    const known = [...verbs.map((row) => row.name), 'help'];
    const wrong = pages.flatMap((path) => {
      const code = [...textOf(path).matchAll(/^```[\s\S]*?^```|`[^`\n]+`/gm)].map(([each]) => each).join('\n');
      const run = [...code.matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g)].map((each) => each[1] ?? each[2] ?? '');
      const asked = [...code.matchAll(/(?:^|[`$|] *|npx +(?:--no +)?)laps ([a-z]+)\b/gm)].map((each) => each[1] ?? '');
      return [
        ...run.filter((name) => !scripts.includes(name)).map((name) => `${path}: npm run ${name}`),
        ...asked.filter((name) => !known.includes(name)).map((name) => `${path}: laps ${name}`),
      ];
    });
    assert.deepEqual(wrong, []);
  });

  it('lets no unattended npx fetch a package of another name that it does not find', () => {
    // A hook and a CI step have no terminal to be asked at, and then npx installs without asking; laps is not the package.
    const unattended = /^(?:#!|- run:)/;
    const blocks = [...textOf('README.md').matchAll(/^```\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
    const calls = blocks.filter((block) => unattended.test(block)).flatMap((block) => block.match(/\bnpx .*/g) ?? []);
    assert.ok(calls.length >= 2);
    assert.deepEqual(
      calls.filter((call) => !call.startsWith('npx --no laps ')),
      [],
    );
  });

  it('of agent/ names files that are there', () => {
    const page = textOf('agent/README.md');
    const named = [...page.matchAll(/`((?:core|edge|service|cli|tenant|test|fixtures|policies)\/[\w./]*)`/g)].map(
      ([, path]) => path ?? '',
    );
    const missing = named.filter((path) => {
      const inside = /^(test|fixtures|policies)\//.test(path) ? path : `agent/${path}`;
      return !existsSync(`${projectFolder}${inside}`) && !existsSync(`${projectFolder}${inside}.ts`);
    });
    assert.deepEqual(missing, []);
  });

  it('of users and of security make the same promise about the password, and no greater one', () => {
    const claimIn = (path: string): string => {
      const page = textOf(path).replaceAll(/\s+/g, ' ');
      const from = page.indexOf('From the first completed rotation on,');
      const last = 'landing after a later one.';
      return from < 0 ? `${path} makes none` : page.slice(from, page.indexOf(last, from) + last.length);
    };
    assert.equal(claimIn('SECURITY.md'), claimIn('README.md'));
  });
});
