/** `laps config`: flags over environment over file, and nothing kept that is not allowed. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlace } from '../../agent/compose.ts';
import { countsWhen, setMember } from '../../agent/composeConfig.ts';
import { configurationRows } from '../../agent/core/configuration.ts';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { at } from '../support/contractForms.ts';
import { type HereEnd, lapsHere } from '../support/lapsHere.ts';
import { serviceMachine } from '../support/serviceMachine.ts';
import { stubCertificates } from '../support/stubCertificates.ts';
import { testDevice } from '../support/stubTenant.ts';

describe('laps config', () => {
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-config-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));
  const run = (words: string, env: Readonly<Record<string, string>> = {}): Promise<HereEnd> =>
    lapsHere(['config', ...words.split(' '), '--data', join(root, 'data')], { cwd: root, env });
  const file = (): string => join(root, 'data', 'state', 'configuration.json');

  it('lists every member with its default before anything is set, and makes no folder for that', async () => {
    const { status, stdout } = await run('list');
    assert.equal(status, 0);
    for (const [name] of configurationRows) assert.match(stdout, new RegExp(`^${name} `, 'm'));
    assert.throws(() => readFileSync(file()), { code: 'ENOENT' });
  });

  it('makes no folder for what it refuses', async () => {
    for (const words of ['set group root', 'set policies ./nowhere']) assert.equal((await run(words)).status, 3, words);
    assert.equal(existsSync(join(root, 'data')), false);
  });

  it('keeps what is set, forgets what is unset, and keeps a path whole', async () => {
    assert.equal((await run('set accounts simulated')).status, 0);
    mkdirSync(join(root, 'mine'));
    assert.equal((await run('set policies ./mine')).status, 0);
    assert.deepEqual(JSON.parse(readFileSync(file(), 'utf8')), {
      accounts: 'simulated',
      policies: join(root, 'mine'),
    });
    assert.equal((await run('get accounts')).stdout, 'simulated\n');
    assert.equal((await run('unset accounts')).status, 0);
    assert.equal((await run('get accounts')).stdout, '(simulated)\n');
  });

  it('says who set a value: the environment outranks the file', async () => {
    await run('set os 10.0.22631');
    const origin = async (env: Readonly<Record<string, string>> = {}): Promise<unknown[]> => {
      const value: unknown = JSON.parse((await run('get os --json', env)).stdout);
      return [at(value, 'value'), at(value, 'origin')];
    };
    assert.deepEqual(await origin(), ['10.0.22631', 'file']);
    assert.deepEqual(await origin({ LAPS_OS: '10.0.26100' }), ['10.0.26100', 'environment']);
    assert.match((await run('set os 10.0.22631', { LAPS_OS: '10.0.26100' })).stdout, /LAPS_OS .* outranks it/);
  });

  it('refuses a name it does not know and a value that is not allowed, and says what would be right', async () => {
    for (const [words, hint] of [
      ['set acounts linux', /did you mean accounts/],
      ['set accounts windows', /simulated or linux/],
      ['set tenantPort 70000', /1 to 65535/],
      ['set tenant http://insecure.test', /https/],
      ['set schedule 99_*_*_*_*', /five words.*it has 1 words? instead/],
      ['set group', /name of a group/],
      ['get', /laps config list/],
      ['frobnicate', /list, get, set and unset/],
      ['list all', /examples/],
    ] as const) {
      const { status, stderr } = await run(words);
      assert.equal(status, 2, words);
      assert.match(stderr, hint, words);
    }
    assert.throws(() => readFileSync(file()), { code: 'ENOENT' });
  });

  it('refuses what names something that is not there, and says what to do', async () => {
    writeFileSync(join(root, 'no.pem'), 'no certificate');
    for (const [words, code, hint] of [
      ['set policies ./nowhere', 'ERR_LAPS_POLICIES_MISSING', /laps init/],
      ['set policies ./no.pem', 'ERR_LAPS_POLICIES_MISSING', /laps init/],
      ['set caFile ./nowhere.pem', 'ERR_LAPS_NO_SUCH_FILE', /path/],
      ['set caFile ./no.pem', 'ERR_LAPS_FILE_UNREADABLE', /BEGIN CERTIFICATE/],
      ['set group root', 'ERR_LAPS_CONFIGURATION', /sudo laps config set group NAME/],
      ['set group no-such-group', 'ERR_LAPS_CONFIGURATION', /name another/],
    ] as const) {
      const { status, stderr } = await run(words);
      assert.equal(status, 3, words);
      assert.match(stderr, new RegExp(`\\[${code}\\]`), words);
      assert.match(stderr, hint, words);
    }
    assert.throws(() => readFileSync(file()), { code: 'ENOENT' });
  });

  it('mends a member that was edited wrongly', async () => {
    await run('set os 10.0.22631');
    writeFileSync(file(), '{"schedule":"* * * * * *","os":"10.0.22631"}');
    assert.equal((await run('get os')).status, 3);
    assert.equal((await run('set schedule 0')).status, 2);
    assert.equal((await run('unset schedule')).status, 0);
    assert.deepEqual(JSON.parse(readFileSync(file(), 'utf8')), { os: '10.0.22631' });
  });

  it('tells of a variable that looks like one of its own and does nothing', async () => {
    const env = { LAPS_SHEDULE: '*/10 * * * *', laps_os: '10.0.22631', LAPS_DATA: '', LAPS_OS: '10.0.22631' };
    const { status, stderr } = await run('list', env);
    assert.equal(status, 0);
    assert.deepEqual(stderr.match(/note: \S+/g), ['note: LAPS_SHEDULE', 'note: laps_os']);
    assert.match(stderr, /did you mean LAPS_SCHEDULE\?/);
    assert.doesNotMatch(stderr, /\*\/10/, 'what it holds is not shown');
    const { stdout } = await run('list --json', env);
    assert.deepEqual(at(JSON.parse(stdout), 'unknownVariables'), ['LAPS_SHEDULE', 'laps_os']);
  });

  it('tells a wrong file and a wrong environment once, with status 3, before any command that would act does anything', async () => {
    await run('set os 10.0.22631');
    writeFileSync(file(), '{"accounts":"windows"}');
    for (const words of [['process'], ['run', '--once'], ['config', 'list']]) {
      const { status, stderr } = await lapsHere([...words, '--data', join(root, 'data')], { cwd: root });
      assert.equal(status, 3, words.join(' '));
      assert.match(stderr, /configuration\.json is wrong: accounts .*\n.*simulated or linux/);
    }
    writeFileSync(file(), '{}');
    const { status, stderr } = await run('list', { LAPS_SCHEDULE: 'x'.repeat(300) });
    assert.equal(status, 3);
    assert.match(stderr, /LAPS_SCHEDULE/);
  });

  it('lets no daemon begin with a wrong schedule, from whichever side it comes', async () => {
    const data = join(root, 'data');
    for (const [words, env, expected] of [
      [['--schedule', '* * * * * *'], {}, 2],
      [['--schedule', '99 * * * *'], {}, 2],
      [[], { LAPS_SCHEDULE: '0 0 31 2 *' }, 3],
    ] as const) {
      const { status, stderr } = await lapsHere(['run', ...words, '--data', data], { cwd: root, env });
      assert.equal(status, expected, stderr);
      assert.match(stderr, /five words as for cron/);
      assert.equal(existsSync(data), false, 'nothing was made');
    }
    await run('set os 10.0.22631');
    writeFileSync(file(), '{"schedule":"* * * * * *"}');
    const { status, stderr } = await lapsHere(['run', '--data', data], { cwd: root });
    assert.equal(status, 3, stderr);
    assert.match(stderr, /schedule has a value that is not allowed/);
    assert.equal(existsSync(join(data, 'identity', 'identity.json')), false, 'nothing was joined');
  });
});

describe('laps config of a device that is joined', () => {
  const { install, joinTo, at: within } = serviceMachine();
  const run = (words: string, env: Readonly<Record<string, string>> = {}): Promise<HereEnd> =>
    lapsHere(['config', ...words.split(' '), '--data', within('var/lib/laps-agent')], { cwd: within(''), env });

  it('is not given policies, nor an authority, where its service could not see them', async () => {
    await install();
    const where = { data: within('var/lib/laps-agent'), policies: undefined, env: {}, cwd: within('') };
    const place = await openPlace({ ...where, create: false });
    assert.ok(place !== undefined);
    const set = (prefix: string) => setMember(place, 'policies', within('etc/laps-agent'), servicePaths(prefix));
    // All of this lies below a temporary folder, which is shut off from a service.
    await assert.rejects(set(within('')), { code: 'ERR_LAPS_SERVICE', message: /where a service cannot see it/ });
    assert.equal(await set(within('nowhere')), within('etc/laps-agent'), 'no service works in it');
    const caFile = within('etc/ca.pem');
    writeFileSync(caFile, (await stubCertificates()).foreignCaPem);
    const trust = (prefix: string) => setMember(place, 'caFile', caFile, servicePaths(prefix));
    await assert.rejects(trust(within('')), { code: 'ERR_LAPS_SERVICE', message: /the authority, .+ cannot see it/ });
    assert.equal(await trust(within('nowhere')), caFile);
  });

  it('says what lets a group in where the unit of its service may not give the socket to it', async () => {
    await install();
    const where = { data: within('var/lib/laps-agent'), policies: undefined, env: {}, cwd: within('') };
    const place = await openPlace({ ...where, create: false });
    assert.ok(place !== undefined);
    const paths = servicePaths(within(''));
    const unit = readFileSync(paths.unit, 'utf8');
    assert.match(await countsWhen(place, 'group', 'ops', paths), /next start/);
    writeFileSync(paths.unit, unit.replace('=CAP_CHOWN ', '=CAP_DAC_OVERRIDE '));
    assert.match(await countsWhen(place, 'group', 'ops', paths), /may not give its socket to ops yet.*service install/);
    assert.match(await countsWhen(place, 'group', 'adm', paths), /next start/);
  });

  it('does not move its embedded tenant away from where it asks it, and says what counts at a join alone', async () => {
    await install();
    assert.match((await run('set os 10.0.19045')).stdout, /^os is 10\.0\.19045\nit counts at the join$/m);
    assert.match((await run('set tenantPort 9999')).stdout, /a daemon takes it up at its next start$/m);
    await joinTo('embedded');
    const { os } = await testDevice();
    assert.match((await run('set os 10.0.19045')).stdout, new RegExp(`joined as ${os} and stays so: .*next join`));
    const port = await run('set tenantPort 9998');
    assert.equal(port.status, 3);
    assert.match(
      port.stderr,
      /embedded tenant at port 8443.+nothing was changed \[ERR_LAPS_ALREADY_JOINED\]\n.*laps leave/,
    );
    for (const words of ['list', 'get tenantPort']) {
      const { stderr } = await run(words);
      assert.match(stderr, /joined to its embedded tenant at port 8443 and stays so: tenantPort = 9999 counts/, words);
    }
    assert.match((await run('get tenantPort', { LAPS_TENANT_PORT: '7777' })).stderr, /tenantPort = 7777 counts/);
    assert.match((await run('unset tenantPort')).stdout, /at port 8443 and stays so$/m);
    assert.equal((await run('set tenantPort 8443')).status, 0);
    assert.deepEqual((await run('get tenantPort')).stderr, '');
  });
});
