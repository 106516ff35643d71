/**
 * What is packed and what is installed: licence, notices, scripts, lockfile.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagesInNotices, productionPackages } from '../../notices.config.mjs';
import packageJson from '../../package.json' with { type: 'json' };
import { projectFolder, textOf } from './sources.ts';

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** The lockfile's entries; it is npm's, so its shape is taken as npm writes it. */
function lockedPackages(): Record<string, Locked> {
  const lock: { packages: Record<string, Locked> } = JSON.parse(textOf('package-lock.json'));
  return lock.packages;
}

describe('package.json', () => {
  it('offers the scripts that the pages name', () => {
    const scripts = Object.keys(packageJson.scripts);
    for (const name of [
      'start',
      'laps',
      'test',
      'test:update',
      'typecheck',
      'lint',
      'format',
      'build',
      'bench',
      'crash',
      'faults',
      'longevity',
    ])
      assert.ok(scripts.includes(name), name);
    assert.match(packageJson.scripts.check, /typecheck.*lint.*test/);
  });

  it('packs what the program needs beside its bundle', () => {
    for (const name of [
      'dist',
      'policies',
      'fixtures/tenants',
      'agent/edge/words',
      'LICENSE',
      'THIRD_PARTY_NOTICES.txt',
    ])
      assert.ok(packageJson.files.includes(name), name);
    for (const name of packageJson.files.filter((each) => !['dist', 'npm-shrinkwrap.json'].includes(each)))
      assert.ok(existsSync(`${projectFolder}${name}`), name);
  });

  it('packs the pins of the lockfile, by the name that npm reads in a package, and leaves none of it in a clone', () => {
    assert.ok(packageJson.files.includes('npm-shrinkwrap.json'));
    const folder = mkdtempSync(join(tmpdir(), 'laps-packed-'));
    try {
      writeFileSync(join(folder, 'package-lock.json'), textOf('package-lock.json'));
      const run = (script: string) => execFileSync('sh', ['-c', script], { cwd: folder });
      run(packageJson.scripts.prepack);
      assert.equal(readFileSync(join(folder, 'npm-shrinkwrap.json'), 'utf8'), textOf('package-lock.json'));
      run(packageJson.scripts.postpack);
      assert.deepEqual(readdirSync(folder), ['package-lock.json']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has nothing to build in an unpacked package, whatever tools the machine has', () => {
    const folder = mkdtempSync(join(tmpdir(), 'laps-packed-'));
    try {
      cpSync(join(projectFolder, 'build.config.mjs'), join(folder, 'build.config.mjs'));
      mkdirSync(join(folder, 'node_modules', 'esbuild'), { recursive: true });
      writeFileSync(join(folder, 'node_modules', 'esbuild', 'index.js'), 'throw new Error("built");');
      mkdirSync(join(folder, 'dist'));
      writeFileSync(join(folder, 'dist', 'laps.js'), '');
      assert.equal(execFileSync(process.execPath, ['build.config.mjs'], { cwd: folder, encoding: 'utf8' }), '');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('reads at the start all that a daemon may need later, for its files may be replaced while it runs', () => {
    for (const folder of ['dist', 'dist-test']) {
      const [daemon = '', ...more] = readdirSync(join(projectFolder, folder)).filter((name) =>
        /^run-\w+\.js$/.test(name),
      );
      assert.deepEqual(more, []);
      const text = readFileSync(join(projectFolder, folder, daemon), 'utf8');
      const loaded = [...text.matchAll(/(?:\bfrom|\bimport\(?)\s*["'`](\.{1,2}\/[^"'`]+)/g)].map(([, path]) => path);
      assert.deepEqual([...new Set(loaded)], ['./start.js'], folder);
    }
  });

  it('reads at the start all that a tenant may need later, for it runs as long as the daemon', () => {
    for (const folder of ['dist', 'dist-test']) {
      const [tenant = ''] = readdirSync(join(projectFolder, folder)).filter((name) => /^tenant-\w+\.js$/.test(name));
      const text = readFileSync(join(projectFolder, folder, tenant), 'utf8');
      const onDemand = [...text.matchAll(/\bimport\(["'`]\.\/(\w+)-\w+\.js/g)].map(([, name]) => name);
      // These find the place to work at, before it serves anybody.
      assert.deepEqual([...new Set(onDemand)].sort(), ['compose', 'composeWhere'], folder);
    }
  });

  it('builds with dependencies whose install scripts were not run', () => {
    // esbuild's script is a short cut, and npm ci --ignore-scripts with npm run build must do; a second one would be news.
    const withScripts = Object.entries(lockedPackages()).filter(([, entry]) => entry.hasInstallScript === true);
    assert.deepEqual(
      withScripts.map(([place]) => place).filter((place) => place !== 'node_modules/fsevents'),
      ['node_modules/esbuild'],
    );
  });
});

describe('package-lock.json', () => {
  it('names no registry, so that any mirror serves', () => {
    const named = Object.entries(lockedPackages()).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(named, []);
  });

  it('pins the content of every package by a SHA-512, those for other systems too', () => {
    const [, ...entries] = Object.entries(lockedPackages());
    assert.deepEqual(
      entries
        .filter(([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
        .map(([place]) => place),
      [],
    );
  });

  it('takes every package from the registry: no link, no address, no git', () => {
    const odd = Object.entries(lockedPackages()).filter(
      ([place, { link, version = '' }]) => place !== '' && (link === true || !/^\d+\.\d+\.\d+/.test(version)),
    );
    assert.deepEqual(odd, []);
  });

  it('has an entry for every build for another system, without which npm ci refuses the whole of it', () => {
    const locked = lockedPackages();
    const wanted = Object.values(locked).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    assert.deepEqual(
      wanted.filter((name) => locked[`node_modules/${name}`] === undefined),
      [],
    );
  });
});

describe('THIRD_PARTY_NOTICES.txt', () => {
  it('lists the production packages of the lockfile, each with its version', () => {
    const listed = packagesInNotices(textOf('THIRD_PARTY_NOTICES.txt')).sort();
    const locked = productionPackages().map(({ name, version }) => `${name} ${version}`);
    assert.deepEqual(listed, locked.sort(), 'npm run notices makes it anew');
  });

  it('gives the word lists their attribution', () => {
    const text = textOf('THIRD_PARTY_NOTICES.txt');
    assert.match(text, /Electronic Frontier Foundation/);
    assert.match(text, /Creative Commons Attribution 3\.0 United States/);
  });
});

describe('LICENSE', () => {
  it('is the one package.json declares', () => {
    assert.equal(packageJson.license, 'MIT');
    assert.match(textOf('LICENSE'), /^MIT License\n\nCopyright \(c\) \d{4} The laps-agent authors\n/);
  });
});
