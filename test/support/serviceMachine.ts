/**
 * A machine to install the service on: folders of our own, and a systemctl that writes down what it is told.
 *
 * Promises: each test begins with nothing installed, told or run. Must never: start anything.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installService } from '../../agent/composeService.ts';
import { uninstallService } from '../../agent/composeServiceEnd.ts';
import type { InstallWish, ServiceHost, Told } from '../../agent/composeServiceHost.ts';
import type { Configuration } from '../../agent/core/configuration.ts';
import { servicePaths } from '../../agent/core/hosting/place.ts';
import { createDeviceIdentity } from '../../agent/edge/deviceIdentity.ts';
import { readMachineId, systemMachine } from '../../agent/edge/machineId.ts';
import { filesBelow } from './processWorld.ts';
import { stubCertificates } from './stubCertificates.ts';
import { testDevice } from './stubTenant.ts';

/** To be called within a `describe`: each of its tests has a machine that nothing was installed on. */
export function serviceMachine() {
  let root = '';
  const ran: string[] = [];
  const told: Told[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'laps-service-'));
    ran.length = 0;
    told.length = 0;
    mkdirSync(join(root, 'etc', 'systemd', 'system'), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const host = (changes: Partial<ServiceHost> = {}): ServiceHost => ({
    paths: servicePaths(root),
    uid: 0,
    patienceMs: 100,
    readyMs: 100,
    answers: async () => true,
    isStale: async () => false,
    waits: async () => undefined,
    program: async (data) => ({ node: '/usr/bin/node', script: '/usr/lib/node_modules/laps-agent/dist/laps.js', data }),
    refusal: async () => undefined,
    examine: async () => ({ account: undefined, bar: undefined, remarks: [] }),
    obstacle: async () => undefined,
    isSystemdHere: async () => true,
    systemctl: async (words) => {
      ran.push(words.join(' '));
      return { status: 0, stdout: '', stderr: '' };
    },
    ...changes,
  });
  /** One that has the account. */
  const real = (): ServiceHost =>
    host({
      examine: async () => ({
        account: { sid: 'S-1-5-21-1-2-3-2001', name: 'lapsadmin', rid: 2001, enabled: true, locked: false },
        bar: undefined,
        remarks: [],
      }),
    });
  const tell = (each: Told): void => void told.push(each);
  const install = (configuration: Configuration = {}, changes: Partial<InstallWish> = {}, machine = host()) =>
    installService(
      machine,
      { data: undefined, policies: undefined, account: undefined, configuration, env: {}, cwd: root, ...changes },
      tell,
    );
  const uninstall = (purge = false, machine = host()) => uninstallService(machine, { purge, env: {}, cwd: root }, tell);
  const at = (path: string): string => join(root, path);
  const unit = 'etc/systemd/system/laps-agent.service';
  const policy = 'etc/laps-agent/policies/csp.json';
  const everything = (): string[] => [...filesBelow(root).keys()];
  const configuration = (): unknown =>
    JSON.parse(readFileSync(at('var/lib/laps-agent/state/configuration.json'), 'utf8'));
  /** A device of the embedded tenant, or of another one. */
  const joinTo = async (tenant: 'embedded' | string): Promise<void> => {
    const { publicKey: _, ...device } = await testDevice();
    const { caPem: ca } = await stubCertificates();
    const origin = tenant === 'embedded' ? 'https://localhost:8443' : tenant;
    const data = at('var/lib/laps-agent');
    mkdirSync(join(data, 'tenant'), { recursive: true, mode: 0o700 });
    writeFileSync(join(data, 'tenant', 'ca.pem'), ca, { mode: 0o600 });
    const machineId = await readMachineId(systemMachine());
    await createDeviceIdentity({ folder: join(data, 'identity'), machineId }).write({
      ...device,
      version: 1,
      machineId,
      displayName: 'DESKTOP-SERVICE',
      joinType: 'entra',
      tenant: origin,
      pinnedOrigins: [origin],
      caPem: tenant === 'embedded' ? ca : null,
    });
  };
  return { ran, told, host, real, tell, install, uninstall, at, unit, policy, everything, configuration, joinTo };
}
