/** `laps init`: a policy to start from, and the `$schema` in it. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv } from 'ajv';
import { verb } from '../../agent/cli/init.ts';
import { verb as validateVerb } from '../../agent/cli/validate.ts';
import { projectOf, schemaReference } from '../../agent/edge/schemaReference.ts';
import { type FakeFaceInit, runVerb } from '../support/fakeFace.ts';

describe('laps init', () => {
  let cwd: string;
  const init = (args: readonly string[] = [], more: FakeFaceInit = {}) => runVerb(verb, { cwd, ...more, args });
  const read = (name: string) => JSON.parse(readFileSync(join(cwd, name), 'utf8'));

  beforeEach(() => {
    cwd = mkdtempSync(join(realpathSync(tmpdir()), 'laps-init ü-'));
  });
  afterEach(() => {
    rmSync(cwd, { recursive: true });
  });

  it('writes a policy whose $schema resolves from its own folder, and takes it', async () => {
    mkdirSync(join(cwd, 'deep/er'), { recursive: true });
    for (const name of ['csp.json', 'deep/er/gpo.jsonc']) {
      assert.equal((await init(name === 'csp.json' ? [] : [name])).status, 0);
      const { $schema, ...settings } = read(name);
      const schema = new URL($schema, pathToFileURL(join(cwd, name)));
      assert.equal(schema.protocol, 'file:');
      const validate = new Ajv().compile(JSON.parse(readFileSync(schema, 'utf8')));
      assert.ok(validate({ $schema, ...settings }));
      assert.equal(validate({ ...settings, PasswordLength: 7 }), false);
    }
  });

  it('writes what no rule and no baseline objects to, on any build', async () => {
    await init(['csp.json']);
    const options = { baseline: 'cis', os: '10.0.17763,10.0.26100', joinType: 'entra', strict: true };
    const run = await runVerb(validateVerb, { cwd, args: ['csp.json'], options });
    assert.deepEqual([run.status, run.stdout], [0, '1 file, 0 errors, 0 warnings\n']);
  });

  it('names the commands to run next so that they can be copied, whatever the file is called', async () => {
    assert.match((await init(['csp.json'])).stderr, /laps explain csp\.json /);
    assert.match(
      (await init(['a b%#.json'])).stderr,
      /laps explain "a b%#\.json" .*\n.*cis "a b%#\.json" .*\n.*convert "a b%#/,
    );
    assert.match((await init(["it's $x.json"])).stderr, /laps explain 'it'\\''s \$x\.json' /);
  });

  it('never overwrites', async () => {
    writeFileSync(join(cwd, 'csp.json'), 'mine');
    const run = await init();
    assert.deepEqual([run.status, run.error?.code], [3, 'ERR_LAPS_FILE_EXISTS']);
    assert.equal(readFileSync(join(cwd, 'csp.json'), 'utf8'), 'mine');
    assert.deepEqual(readdirSync(cwd), ['csp.json']);
  });

  it('refuses a name of another shape, and a folder that is not there', async () => {
    assert.equal((await init(['csp.reg'])).status, 2);
    assert.equal((await init(['none/csp.json'])).error?.code, 'ERR_LAPS_NO_SUCH_FILE');
  });

  it('refuses the legacy root, whose settings are others, and writes nothing', async () => {
    const run = await init(['legacy.json']);
    assert.deepEqual([run.status, run.error?.code], [2, 'ERR_LAPS_USAGE']);
    assert.deepEqual(readdirSync(cwd), []);
  });

  it('says what to do next on stderr, and one document with --json', async () => {
    assert.match((await init()).stderr, /must exist on the devices/);
    const run = await init(['b.json'], { json: true });
    assert.deepEqual([JSON.parse(run.stdout).path, run.stderr], ['b.json', '']);
  });
});

describe('the reference to the schema', () => {
  const at = (path: string, root: string): string => schemaReference({ path, cwd: '/home/u/team', root });

  it('is relative inside a project that carries the package, so that every clone resolves it', () => {
    const root = '/home/u/team/node_modules/laps-agent';
    assert.equal(at('csp.json', root), './node_modules/laps-agent/policies/laps.schema.json');
    assert.equal(at('a/b/csp.json', root), '../../node_modules/laps-agent/policies/laps.schema.json');
    assert.equal(at('policies/csp.json', '/home/u/team'), './laps.schema.json');
  });

  it('is a file URL anywhere else', () => {
    const everyone = '/usr/lib/node_modules/laps-agent';
    assert.equal(at('csp.json', everyone), 'file:///usr/lib/node_modules/laps-agent/policies/laps.schema.json');
    assert.equal(
      at('/srv/x/csp.json', '/home/u/team/node_modules/laps-agent').startsWith('file:///home/u/team/'),
      true,
    );
    assert.equal(at('csp.json', '/opt/with space').includes('with%20space'), true);
    assert.equal(projectOf('/usr/lib/node_modules/laps-agent'), undefined);
  });
});
