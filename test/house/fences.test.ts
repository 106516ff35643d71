/**
 * Who may import whom (design 2; the table is in agent/README.md), and which globals stay outside.
 *
 * A failing case names file and line and says why the fence stands. Build scripts (*.config.mjs) are outside.
 */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path/posix';
import packageJson from '../../package.json' with { type: 'json' };
import { globalsUsed, type Import, importsOf, sourcesUnder, textOf } from './sources.ts';

/** Where an import leads: a room, a file of the root of agent/, `data`, or a package. */
interface Target {
  /** `core`, `edge`, …, `compose`, `main`, `data` for JSON, `package` otherwise. */
  readonly room: string;
  /** Path in the project, or the package's name. */
  readonly name: string;
}

interface Fence {
  /** Files the rule is about; the first fence that fits a file is its fence. */
  readonly of: RegExp;
  readonly why: string;
  readonly allows: (target: Target, typeOnly: boolean) => boolean;
}

const one = (list: readonly string[]) => (name: string) => list.includes(name);
const textParsers = one(['ajv', 'jsonc-parser', 'saxes']);
const edgePackages = one([
  '@peculiar/x509',
  'axios',
  'conf',
  'fflate',
  'fs-native-extensions',
  'generate-password',
  'node-cron',
  'reflect-metadata',
  'winston',
]);
const tenantPackages = one([
  'node:crypto',
  'node:fs',
  'node:path',
  '@peculiar/x509',
  'ajv',
  'jose',
  'libsql',
  'reflect-metadata',
]);

const fences: readonly Fence[] = [
  {
    of: /^agent\/core\//,
    why: 'core decides and is pure: it knows LAPS, not Node, so that every verdict can be tested and replayed; a package here may only parse text',
    allows: ({ room, name }) => room === 'core' || room === 'data' || (room === 'package' && textParsers(name)),
  },
  {
    of: /^agent\/edge\//,
    why: 'an edge touches one thing of the world and is as thin as can be; what is decided, scheduled or told belongs to core, service and cli',
    allows: ({ room, name }) =>
      room === 'core' ||
      room === 'edge' ||
      room === 'data' ||
      (room === 'package' && (name.startsWith('node:') || edgePackages(name))),
  },
  {
    of: /^agent\/service\//,
    why: 'the service keeps time through ports: it never knows an edge or a package, so that the stories of rotation.md run on fakes',
    allows: ({ room }) => room === 'core' || room === 'service',
  },
  {
    of: /^agent\/cli\//,
    why: 'a verb talks and decides nothing: it reaches the world through the wiring only, and knows the service by its types',
    allows: ({ room, name }, typeOnly) =>
      ['core', 'cli', 'compose', 'data'].includes(room) ||
      (room === 'service' && typeOnly) ||
      (room === 'package' && name === 'commander'),
  },
  {
    of: /^agent\/tenant\//,
    why: 'agent and tenant share no types: what keeps both honest is fixtures/wire, so the agent is never merely compatible with its own tenant',
    allows: ({ room, name }) =>
      room === 'tenant' || name === 'agent/edge/httpServer.ts' || (room === 'package' && tenantPackages(name)),
  },
  {
    of: /^agent\/composeTenantProcess\.ts$/,
    why: 'the wiring joins rooms; a package or a node module here would be an effect without an edge',
    allows: ({ room }) => ['core', 'edge', 'service', 'tenant', 'compose'].includes(room),
  },
  {
    of: /^agent\/compose\w*\.ts$/,
    why: 'the wiring joins rooms; a package or a node module here would be an effect without an edge, and only composeTenantProcess.ts may run a tenant: the agent meets it over HTTPS',
    allows: ({ room }) => ['core', 'edge', 'service', 'compose'].includes(room),
  },
  {
    of: /^agent\/main\.ts$/,
    why: 'the entry turns a process into a host and an exit code; it knows the command line, the output it hands to it, and nothing behind; how V8 works in this process is part of the process',
    allows: ({ room, name }) => room === 'cli' || name === 'node:v8' || name === 'agent/edge/standardOutput.ts',
  },
];

/** Packages with more than one importer, and why. Every other package has one, so that replacing it stays a small job. */
const sharedPackages: Readonly<Record<string, string>> = {
  '@peculiar/x509': 'agent and tenant each have one certificates.ts, for they share nothing',
  'reflect-metadata': 'goes before @peculiar/x509 in both',
  jose: 'tokens.ts issues and checks access tokens; operations/deviceToken.ts checks what a device signed',
};

const barred = [
  'Date',
  'Math.random',
  'process',
  'console',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'fetch',
  'performance',
  'crypto',
  'Buffer',
  'globalThis',
  'require',
];

function targetOf(path: string, specifier: string): Target {
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/');
    const name = parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
    return { room: 'package', name };
  }
  const name = join(dirname(path), specifier);
  if (name.endsWith('.json')) return { room: 'data', name };
  const room = /^agent\/(core|edge|service|cli|tenant)\//.exec(name)?.[1];
  return { room: room ?? /^agent\/(compose|main)\w*\.ts$/.exec(name)?.[1] ?? 'elsewhere', name };
}

/** What stands against an import, or undefined. */
function breachOf(path: string, imported: Import): string | undefined {
  const fence = fences.find((each) => each.of.test(path));
  if (fence === undefined) return `${path}: this file stands in no room (agent/README.md says where what belongs)`;
  const target = targetOf(path, imported.specifier);
  if (fence.allows(target, imported.typeOnly)) return undefined;
  return `${path}:${imported.line} imports ${target.name}: ${fence.why}`;
}

const files = sourcesUnder('agent').map((path) => {
  const source = textOf(path);
  return { path, source, imports: importsOf(source) };
});

/** The first circle of files, as the way round; undefined when following imports never leads back. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const settled = new Set<string>();
  const from = (path: string, way: readonly string[]): readonly string[] | undefined => {
    const at = way.indexOf(path);
    if (at >= 0) return [...way.slice(at), path];
    if (settled.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const found = from(next, [...way, path]);
      if (found !== undefined) return found;
    }
    settled.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const found = from(path, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('the fences between rooms', () => {
  for (const room of ['core', 'edge', 'service', 'cli', 'tenant', 'the wiring and main'])
    it(`hold for ${room}`, () => {
      const own = files.filter(({ path }) =>
        room.length > 7 ? /^agent\/\w+\.ts$/.test(path) : path.startsWith(`agent/${room}/`),
      );
      assert.ok(own.length > 0, `no files found in ${room}`);
      const breaches = own.flatMap(({ path, imports }) => imports.map((each) => breachOf(path, each)));
      assert.deepEqual(
        breaches.filter((each) => each !== undefined),
        [],
      );
    });

  it('are told apart by the direction of an import', () => {
    const type = { line: 1, typeOnly: true };
    const value = { line: 1, typeOnly: false };
    const breach = (path: string, specifier: string, how = value): boolean =>
      breachOf(path, { specifier, ...how }) !== undefined;
    assert.equal(breach('agent/core/schedule.ts', './time.ts'), false);
    assert.equal(breach('agent/core/schedule.ts', '../edge/clock.ts'), true);
    assert.equal(breach('agent/core/schedule.ts', '../edge/clock.ts', type), true);
    assert.equal(breach('agent/core/schedule.ts', 'node:path'), true);
    assert.equal(breach('agent/core/policy/x.ts', 'jsonc-parser/lib/esm/main.js'), false);
    assert.equal(breach('agent/edge/x.ts', 'node:fs/promises'), false);
    assert.equal(breach('agent/edge/x.ts', '../service/cycle.ts', type), true);
    assert.equal(breach('agent/service/x.ts', '../edge/clock.ts', type), true);
    assert.equal(breach('agent/cli/x.ts', '../service/cycle.ts', type), false);
    assert.equal(breach('agent/cli/x.ts', '../service/cycle.ts'), true);
    assert.equal(breach('agent/cli/render/x.ts', '../../composeRun.ts'), false);
    assert.equal(breach('agent/cli/x.ts', '../tenant/serve.ts', type), true);
    assert.equal(breach('agent/tenant/x.ts', '../core/errors.ts', type), true);
    assert.equal(breach('agent/tenant/operations/x.ts', '../../edge/httpServer.ts'), false);
    assert.equal(breach('agent/tenant/x.ts', '../edge/http.ts'), true);
    assert.equal(breach('agent/tenant/x.ts', 'node:child_process'), true);
    assert.equal(breach('agent/compose.ts', 'axios', type), true);
    assert.equal(breach('agent/composeRun.ts', './tenant/serve.ts'), true);
    assert.equal(breach('agent/composeTenant.ts', './tenant/serve.ts', type), true);
    assert.equal(breach('agent/composeTenantProcess.ts', './tenant/serve.ts'), false);
    assert.equal(breach('agent/composeRun.ts', './cli/rotation.ts'), true);
    assert.equal(breach('agent/main.ts', './compose.ts'), true);
    assert.equal(breach('agent/helper.ts', './core/time.ts'), true);
    assert.equal(breach('agent/core/x.ts', '(computed)'), true);
  });
});

describe('imports', () => {
  it('never lead back to the file they began at, be it for a type', () => {
    const graph = new Map(
      files.map(({ path, imports }) => [path, imports.map(({ specifier }) => targetOf(path, specifier).name)]),
    );
    assert.equal(circleIn(graph), undefined, 'what two files need of each other belongs in a third');
  });

  it('that do are told with the way round', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', ['b']],
    ]);
    assert.deepEqual(circleIn(graph), ['b', 'c', 'd', 'b']);
    assert.equal(circleIn(new Map([...graph, ['d', []]])), undefined);
  });
});

describe('a package', () => {
  const importers = new Map<string, Set<string>>();
  for (const { path, imports } of files)
    for (const { specifier, typeOnly } of imports) {
      const { room, name } = targetOf(path, specifier);
      if (room !== 'package' || name.startsWith('node:') || typeOnly) continue;
      importers.set(name, (importers.get(name) ?? new Set()).add(path));
    }

  it('has one importer, or a reason for more', () => {
    const crowded = [...importers].filter(([name, paths]) => paths.size > 1 && sharedPackages[name] === undefined);
    assert.deepEqual(crowded, [], 'replacing a package must stay a small job');
    for (const name of Object.keys(sharedPackages))
      assert.ok((importers.get(name)?.size ?? 0) > 1, `${name} has one importer now: take it off the list`);
  });

  it('@peculiar/x509 comes after reflect-metadata wherever it is imported, or the file loads only where another did so', () => {
    const late = [...sourcesUnder('agent'), ...sourcesUnder('test')].filter((path) => {
      const order = importsOf(textOf(path)).flatMap((each) => (each.typeOnly ? [] : [each.specifier]));
      const at = order.indexOf('@peculiar/x509');
      return at >= 0 && !order.slice(0, at).includes('reflect-metadata');
    });
    assert.deepEqual(late, []);
  });

  it('that agent/ imports is a dependency of the package, and the other way round', () => {
    const named = new Set(Object.keys(packageJson.dependencies));
    assert.deepEqual([...importers.keys()].filter((name) => !named.has(name)).sort(), []);
    assert.deepEqual([...named].filter((name) => !importers.has(name)).sort(), []);
  });
});

describe('the globals', () => {
  it(`${barred.join(', ')} are not named in core, service and cli`, () => {
    const uses = files
      .filter(({ path }) => /^agent\/(core|service|cli)\//.test(path) && path !== 'agent/core/time.ts')
      .flatMap(({ path, source }) =>
        globalsUsed(source, barred).map(
          ({ name, line }) =>
            `${path}:${line} names ${name}: clock, chance and the process arrive as arguments, so that asking twice answers once and a test decides what time it is`,
        ),
      );
    assert.deepEqual(uses, []);
  });

  it('leave core/time.ts to turn instants into text and back, never to ask the time', () => {
    const source = textOf('agent/core/time.ts');
    assert.deepEqual(
      globalsUsed(source, barred).map((use) => use.name),
      globalsUsed(source, ['Date']).map((use) => use.name),
    );
    assert.doesNotMatch(source, /Date\.now|new Date\(\)/);
  });
});

describe('the scanner under the fences', () => {
  it('sees every way to import and nothing in comments, strings, templates and expressions', () => {
    const source = [
      "import a, {\n  type B,\n  c as d,\n} from './one.ts';",
      "import type { E } from './two.ts';",
      "import './three.ts';",
      "export { f } from './four.ts';",
      "export * as g from './five.ts';",
      "const h = await import('./six.ts');",
      "type I = typeof import('./seven.ts');",
      "import data from './eight.json' with { type: 'json' };",
      "import type from './nine.ts';",
      'const k = `$' + '{await import("./ten.ts")} import("./no.ts")`;',
      "// import './no.ts'",
      "/* import './no.ts' */",
      'const l = "import \'./no.ts\'";',
      "const m = /import '.\\/no[/].ts'/.test(l) ? 4 / 2 : 1 / 2;",
      "export const from = { import: './no.ts' };",
      'export type { N };',
      'export function o(p = import.meta.url) {}',
      'const q = await import(l);',
    ].join('\n');
    assert.deepEqual(
      importsOf(source).map(({ specifier, typeOnly }) => (typeOnly ? `type ${specifier}` : specifier)),
      [
        './one.ts',
        'type ./two.ts',
        './three.ts',
        './four.ts',
        './five.ts',
        './six.ts',
        'type ./seven.ts',
        './eight.json',
        './nine.ts',
        './ten.ts',
        '(computed)',
      ],
    );
    assert.equal(importsOf(source).find((each) => each.specifier === './six.ts')?.line, 9);
  });

  it('sees a global in use, and not a key, a member or a name of the file itself', () => {
    const used = (source: string): string[] => globalsUsed(source, barred).map((use) => use.name);
    assert.deepEqual(used('const at = Date.now();'), ['Date']);
    assert.deepEqual(used('const n = Math.random() + Math.max(1, 2);'), ['Math.random']);
    assert.deepEqual(used('f({ ...process.env });'), ['process']);
    assert.deepEqual(used('const say = console;'), ['console']);
    assert.deepEqual(used('const t = `$' + '{fetch}`;'), ['fetch']);
    assert.deepEqual(used("const o = { process: 1, 'Date': 2 }; o.process; host.console.log(o);"), []);
    assert.deepEqual(used('interface P { readonly fetch: string; crypto?: number }'), []);
    assert.deepEqual(used('function process() {} process();'), []);
    assert.deepEqual(used("// Date\n'setTimeout'; /fetch/;"), []);
  });
});
