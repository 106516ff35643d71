/** `laps status` and `laps doctor` beside an installed service that does not run: whole commands, in a sandbox. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemdUnit } from '../../agent/core/hosting/systemdUnit.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { createProcessWorld } from '../support/processWorld.ts';

describeInSandbox('a data folder in which an installed service works', { tools: [] }, (sandbox) => {
  it('is told of what the service is started with, and what starts it', async function () {
    this.timeout(60_000);
    const world = await createProcessWorld();
    try {
      const within = { within: sandbox().enter };
      assert.equal((await world.run(['run', '--once'], within)).status, 0);
      assert.match((await world.run(['status'], within)).stdout, /not running: laps run starts it[\s\S]*all is well/);
      const program = { node: '/usr/bin/node', script: '/opt/laps.js', data: world.data };
      const unit = systemdUnit({
        ...program,
        version: '1',
        systemdVersion: 252,
        shadowIsShut: false,
        givesTo: [],
        hasAdm: true,
      });
      const etc = join(sandbox().etc, 'laps-agent');
      await mkdir(etc, { recursive: true });
      await mkdir(join(sandbox().etc, 'systemd/system'), { recursive: true });
      await writeFile(join(sandbox().etc, 'systemd/system/laps-agent.service'), unit);
      const quiet = await world.run(['status'], within);
      assert.match(quiet.stdout, /not running: sudo systemctl start laps-agent starts it[\s\S]*all is well/);
      // Its owner sees homes and temporary folders; the service does not.
      const elsewhere = await world.run(['config', 'set', 'policies', world.policies], within);
      assert.equal(elsewhere.status, 3);
      assert.match(elsewhere.stderr, /where a service cannot see it: homes and temporary folders.*ERR_LAPS_SERVICE/);
      const configuration = join(world.data, 'state/configuration.json');
      const kept = await readFile(configuration, 'utf8');
      await writeFile(configuration, JSON.stringify({ ...JSON.parse(kept), policies: world.policies }));
      const hidden = await world.run(['doctor'], { ...within, env: { LAPS_POLICIES: '' } });
      assert.equal(hidden.status, 1);
      assert.match(hidden.stdout, /found: the policy folder .+ is where a service cannot see it/);
      await writeFile(configuration, kept);
      const daemon = world.start(['run'], within);
      await daemon.says(/^10004/m);
      const busy = await world.run(['leave', '--yes'], within);
      assert.match(busy.stderr, /at work on this data folder[\s\S]*sudo systemctl stop laps-agent/);
      assert.equal((await daemon.stop()).status, 0);
      await writeFile(join(etc, 'environment'), 'LAPS_TENANT=https://localhost:9443\n');
      const told = await world.run(['status', '--check'], within);
      assert.equal(told.status, 1);
      assert.match(
        told.stdout,
        /! LAPS_TENANT in \/etc\/laps-agent\/environment names another tenant[\s\S]*take that line/,
      );
      const refused = await world.run(['run', '--once', '--tenant', 'https://localhost:9443'], within);
      assert.match(refused.stderr, /to stay with it: leave --tenant out/);
      assert.equal((await world.run(['config', 'set', 'tenant', 'https://localhost:9443'], within)).status, 0);
      const configured = await world.run(['run', '--once'], within);
      assert.match(configured.stderr, /to stay with it: laps config set tenant embedded/);
      const { status, value } = await world.json(['doctor'], within);
      assert.equal(status, 1);
      assert.match(JSON.stringify(value), /"finding":\{"check":"configuration".*LAPS_TENANT in/);
    } finally {
      await world.close();
    }
  });
});
