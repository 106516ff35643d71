// Builds what ships. `node build.config.mjs` writes dist/ (the `laps` command, one lazy chunk per verb) after making
// the generated files (the JSON schema's compiled validator). With --test it also writes dist-test/, the same program
// with fault points compiled in: places where a test may end the process on purpose. They exist in no other build.
// With --outdir FOLDER it writes the ordinary program there (with --test: the one with fault points) and nothing else:
// for a measurement or a run of kills beside a dist/ in use.
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

const require = createRequire(import.meta.url);
const has = (name) => {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
};
const isPacked = !existsSync(new URL('agent/compose.ts', import.meta.url));
if (isPacked || !has('esbuild')) {
  // `npm ci --omit=dev` in a clone: nothing to build with. An unpacked package has nothing to build: it carries dist/.
  if (!existsSync(new URL('dist/laps.js', import.meta.url)))
    console.error('laps-agent: no build tools here, so no dist/. In a clone run: npm ci && npm run build');
  process.exit(0);
}
const { build } = await import('esbuild');
const { writeGenerated } = await import('./agent/core/policy/generated/generate.config.mjs');
await writeGenerated();

/** Native add-ons cannot be bundled; they stay ordinary dependencies. */
const external = ['libsql', 'fs-native-extensions'];

/** tsyringe wants its shim loaded before it; split into chunks, only an import inside tsyringe itself guarantees that. */
const shimFirst = {
  name: 'shim-first',
  setup(build) {
    build.onLoad({ filter: /[\\/]tsyringe[\\/]dist[\\/]esm5[\\/]index\.js$/ }, ({ path }) => ({
      contents: `import 'reflect-metadata';\n${readFileSync(path, 'utf8')}`,
      loader: 'js',
    }));
  },
};

/** The text of a file with one passage replaced; a package that no longer says that ends the build. */
function edited(path, from, to) {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${path} no longer says: ${from}`);
  return { contents: text.replace(from, to), loader: 'js' };
}

/** The parser could start other programs, and loads what that takes (some milliseconds) at every start; ours never does. */
const parserWithoutSpawn = {
  name: 'parser-without-spawn',
  setup(build) {
    build.onLoad({ filter: /[\\/]commander[\\/]lib[\\/]command\.js$/ }, ({ path }) =>
      edited(
        path,
        "const childProcess = require('node:child_process');",
        "const childProcess = { spawn: (...words) => require('node:child_process').spawn(...words) };",
      ),
    );
  },
};

/**
 * Of axios only what node:http needs. It also carries the table of all media types, for uploads nobody makes here, and
 * touches Node's own fetch and FormData, whose mere mention loads a second HTTP client with its WebAssembly: MiB after
 * MiB that the daemon would keep. Ours asks for the http adapter by name and sends bytes, never forms.
 */
const axiosForHttp = {
  name: 'axios-for-http',
  setup(build) {
    build.onLoad({ filter: /[\\/]mime-db[\\/]db\.json$/ }, () => ({ contents: '{}', loader: 'json' }));
    build.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]adapters[\\/]fetch\.js$/ }, ({ path }) =>
      edited(path, 'const adapter = getFetch();', 'const adapter = false;'),
    );
    build.onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, ({ path }) =>
      edited(path, "typeof G.FormData !== 'undefined' ? G.FormData : undefined", 'undefined'),
    );
  },
};

/** What a module loads at once, and what that loads, as paths of the build's outputs. */
function loadedWith(path, outputs, found = new Set()) {
  if (found.has(path) || outputs[path] === undefined) return found;
  found.add(path);
  for (const each of outputs[path].imports) if (each.kind === 'import-statement') loadedWith(each.path, outputs, found);
  return found;
}

const programFile = 'laps.js';
const startFile = 'start.js';

/** Files of a build that were made into one: imports of the parts become imports of the whole. */
function redirected(path, parts, whole) {
  const text = readFileSync(path, 'utf8');
  const changed = text.replace(/(["'])\.\/([\w.-]+\.js)\1/g, (said, quote, name) =>
    parts.has(name) ? `${quote}./${whole}${quote}` : said,
  );
  if (changed !== text) writeFileSync(path, changed);
}

/**
 * Makes one file of all that the program loads before it knows the verb: each small file costs Node half a millisecond
 * or more. The program itself is no part of it: whoever imported from there would wait for the program's end.
 */
async function mergeStart(outdir, outputs) {
  const program = Object.keys(outputs).find((path) => basename(path) === programFile);
  if (program === undefined) throw new Error('the build made no program');
  const paths = [...loadedWith(program, outputs)].filter((path) => path !== program);
  const parts = new Set(paths.map((path) => basename(path)));
  const names = paths.flatMap((path) => outputs[path].exports);
  if (new Set(names).size !== names.length) throw new Error('two files of the start export the same name');
  await build({
    stdin: { contents: [...parts].map((name) => `export * from './${name}';`).join('\n'), resolveDir: outdir },
    outfile: `${outdir}/${startFile}`,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
  });
  for (const path of Object.keys(outputs))
    if (parts.has(basename(path))) rmSync(path);
    else redirected(path, parts, startFile);
}

/**
 * Puts a verb and the chunks it loads at once into one file: the splitting makes a few dozen of what the verbs share in
 * different ways. What the program has loaded before the verb stays outside, so that there is one class of error; what
 * is loaded on demand stays so, but for `inlined`. `'all'` is for the daemon, whose files may be replaced while it runs:
 * what it needs weeks later has to be there from the start. It is read then, and still set to work on demand only. For the
 * same reason the tenant, which runs beside it, has all in its file but what only finding its place takes.
 */
async function mergeVerb(verb, inlined, outputs) {
  const isNamed = (path, names) => names === 'all' || names.some((name) => basename(path).startsWith(`${name}-`));
  const entry = Object.keys(outputs).find((path) => isNamed(path, [verb]));
  if (entry === undefined) throw new Error(`the build made no file for laps ${verb}`);
  await build({
    entryPoints: [entry],
    outfile: entry,
    allowOverwrite: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    logLevel: 'warning',
    minifyWhitespace: true,
    external,
    plugins: [
      {
        name: 'merge-verb',
        setup(build) {
          build.onResolve({ filter: /^\.\// }, ({ path, kind }) => {
            const onDemand = kind === 'dynamic-import' && !isNamed(path, inlined);
            return onDemand || basename(path) === startFile ? { path, external: true } : undefined;
          });
        },
      },
    ],
  });
}

const requireLines =
  "import { createRequire as lapsCreateRequire } from 'node:module';\nconst require = lapsCreateRequire(import.meta.url);\n";

/** `require` for the packages that call it; elsewhere it is taken away again, for making it costs at every start. */
function dropIdleRequire(path) {
  const text = readFileSync(path, 'utf8');
  const rest = text.replace(requireLines, '');
  if (rest !== text && !/\brequire\b/.test(rest)) writeFileSync(path, rest);
}

async function bundle(outdir, faultPoints) {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    metafile: true,
    entryPoints: { laps: 'agent/main.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external,
    plugins: [shimFirst, parserWithoutSpawn, axiosForHttp],
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: { FAULT_POINTS: String(faultPoints) },
    banner: { js: `#!/usr/bin/env node\n${requireLines}` },
  });
  for (const path of Object.keys(metafile.outputs)) dropIdleRequire(path);
  await mergeStart(outdir, metafile.outputs);
  await mergeVerb('validate', ['composeAuthoring', 'policyFolder'], metafile.outputs);
  await mergeVerb('tenant', ['composeTenantProcess', 'certificates', 'seedSchema', 'webapi'], metafile.outputs);
  await mergeVerb('run', 'all', metafile.outputs);
  chmodSync(`${outdir}/${programFile}`, 0o755);
}

const elsewhere = process.argv.indexOf('--outdir');
if (elsewhere >= 0) {
  await bundle(process.argv[elsewhere + 1], process.argv.includes('--test'));
  process.exit(0);
}
await bundle('dist', false);
if (process.argv.includes('--test')) await bundle('dist-test', true);

// `npx laps` in a clone: npm links a package's own command only for those who install it, so the clone links it here.
const link = 'node_modules/.bin/laps';
if (existsSync('node_modules') && existsSync('agent/main.ts')) {
  mkdirSync('node_modules/.bin', { recursive: true });
  if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync('../../dist/laps.js', link);
}
