/** Where a service may not lie, and what it may not be run from. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  foreignData,
  foreignPolicies,
  hiddenData,
  isHidden,
  type PathFacts,
  refusalOf,
} from '../../../agent/core/hosting/place.ts';

const usual = {
  node: '/usr/bin/node',
  script: '/usr/lib/node_modules/laps-agent/dist/laps.js',
  data: '/var/lib/laps-agent',
  policies: '/etc/laps-agent/policies',
};
const roots = (path: string, mode = 0o755, uid = 0, groupHasOthers = false): PathFacts => ({
  path,
  mode,
  uid,
  groupHasOthers,
});
const runs = (...program: readonly PathFacts[]) => ({ program, folders: [] });
const worksOn = (...folders: readonly PathFacts[]) => ({ program: [], folders });

describe('a service', () => {
  it('is taken where all belongs to root', () => {
    assert.equal(
      refusalOf(usual, runs(roots('/'), roots('/usr'), roots(usual.node), roots(usual.script, 0o644))),
      undefined,
    );
  });

  it('does not see homes and temporary folders: node, program, data and policies are refused there, with what to do', () => {
    for (const [changes, message] of [
      [{ node: '/root/.nvm/versions/node/v22.0.0/bin/node' }, /Node\.js is at \/root\/\.nvm/],
      [{ node: '/home/ann/.local/bin/node' }, /Node\.js is at/],
      [{ script: '/home/ann/laps-agent/dist/laps.js' }, /laps-agent is at/],
      [{ data: '/tmp/data' }, /data folder/],
      [{ policies: '/home/ann/policies' }, /policy folder/],
      [{ caFile: '/root/ca.pem' }, /file of the authority/],
    ] as const) {
      const refusal = refusalOf({ ...usual, ...changes }, runs());
      assert.match(refusal?.message ?? '', message);
      assert.ok(refusal?.hint);
    }
    assert.equal(isHidden('/homestead/node'), false);
    assert.equal(isHidden('/var/tmp'), true);
  });

  it('does not have its data beside the record of what was installed', () => {
    for (const data of ['/etc/laps-agent', '/etc/laps-agent/data'])
      assert.match(hiddenData(data)?.message ?? '', /policies of the service and the record/);
    assert.equal(hiddenData('/etc/laps-agents'), undefined);
  });

  it('is refused where a path has a control character in it, which no unit can hold', () => {
    for (const [changes, message] of [
      [{ node: '/opt/a\nb' }, /path of Node\.js/],
      [{ script: '/opt/a\rb' }, /path of laps-agent/],
      [{ data: '/srv/a\u0085b' }, /data folder/],
      [{ policies: '/etc/a\u2028b' }, /policy folder/],
    ] as const) {
      const refusal = refusalOf({ ...usual, ...changes }, runs());
      assert.match(refusal?.message ?? '', message);
      assert.match(refusal?.message ?? '', /control character/);
      assert.ok(refusal?.hint);
    }
  });

  it('is not run from what another user could change, for that user would be root', () => {
    assert.match(
      refusalOf(usual, runs(roots('/opt'), roots('/opt/node', 0o755, 1000)))?.message ?? '',
      /\/opt\/node can be/,
    );
    assert.match(refusalOf(usual, runs(roots('/opt', 0o777)))?.message ?? '', /\/opt can be/);
    assert.equal(
      refusalOf(usual, runs(roots('/opt', 0o1777))),
      undefined,
      'sticky: others cannot replace what is there',
    );
  });

  it('is not run from what a group could change that others are in, nor does it work there', () => {
    const group = (path: string, hasOthers: boolean) => roots(path, 0o2775, 0, hasOthers);
    assert.match(refusalOf(usual, runs(group('/usr/local', true)))?.message ?? '', /\/usr\/local can be.*run as root/);
    assert.equal(refusalOf(usual, runs(group('/usr/local', false))), undefined, 'nobody but root is in it');
    assert.match(refusalOf(usual, worksOn(group('/srv', true)))?.message ?? '', /\/srv can be.*data or the policy/);
    assert.match(refusalOf(usual, worksOn(roots('/srv', 0o755, 1000)))?.hint ?? '', /chown root: \/srv/);
    assert.match(refusalOf(usual, worksOn(roots('/srv', 0o777)))?.message ?? '', /\/srv can be/);
    assert.equal(refusalOf(usual, worksOn(roots('/srv'), roots('/srv/link', 0))), undefined);
  });

  it('says what to do about a path in words that a shell takes for that path', () => {
    const path = "/srv/it's $(mine); all";
    const step = roots(path, 0o777);
    for (const refusal of [
      foreignData(`${path}/data`, [step]),
      foreignPolicies([step]),
      refusalOf(usual, runs(step)),
      refusalOf(usual, worksOn(step)),
    ]) {
      const [, owner = '', mode = ''] =
        /sudo chown ((?:-R )?root: .*) && sudo chmod ((?:-R )?go-w .*?)(?:; or.*)?$/.exec(refusal?.hint ?? '') ?? [];
      for (const words of [owner, mode]) {
        const shown = spawnSync('sh', ['-c', `printf '%s\\n' ${words}`], { encoding: 'utf8' });
        assert.equal(shown.stdout.trimEnd().split('\n').at(-1), path, refusal?.hint);
      }
    }
  });

  it('and whoever else manages real accounts does not have their data or policies where others could change them', () => {
    for (const way of [[roots('/')], [roots('/'), roots('/tmp', 0o1777)], [roots('/srv', 0o2775, 0, false)]]) {
      assert.equal(foreignData('/x/data', way), undefined);
      assert.equal(foreignPolicies(way), undefined);
    }
    for (const step of [roots('/srv/a', 0o777), roots('/srv/a', 0o755, 1000), roots('/srv/a', 0o775, 0, true)]) {
      const refusal = foreignData('/srv/a/data', [roots('/'), step]);
      assert.match(refusal?.message ?? '', /from \/srv\/a\/data: \/srv\/a can be changed/);
      assert.match(refusal?.hint ?? '', /chown root: \/srv\/a && /);
      const byPolicies = foreignPolicies([roots('/'), step]);
      assert.match(byPolicies?.message ?? '', /^\/srv\/a can be changed/);
      assert.match(byPolicies?.hint ?? '', /chown root: \/srv\/a && .*--policies/);
    }
  });
});
