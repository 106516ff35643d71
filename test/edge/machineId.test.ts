import assert from 'node:assert/strict';
import { type MachineReader, readMachineId, systemMachine } from '../../agent/edge/machineId.ts';

const id = '0123456789abcdef0123456789abcdef';
function machine(
  files: Readonly<Record<string, string>>,
  more: { platform?: string; hostname?: string; output?: string } = {},
): MachineReader {
  return {
    platform: more.platform ?? 'linux',
    hostname: more.hostname ?? 'box',
    readText: async (path) => files[path],
    run: async () => more.output,
  };
}

describe('readMachineId', () => {
  it('hashes the system’s own id, which does not appear', async () => {
    const made = await readMachineId(machine({ '/etc/machine-id': `${id}\n` }));
    assert.match(made, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.notEqual(made.replaceAll('-', ''), id);
    assert.equal(made, await readMachineId(machine({ '/etc/machine-id': id.toUpperCase() }, { hostname: 'renamed' })));
  });

  it('differs from machine to machine', async () => {
    const other = await readMachineId(machine({ '/etc/machine-id': id.replace('0', '1') }));
    assert.notEqual(await readMachineId(machine({ '/etc/machine-id': id })), other);
  });

  it('passes over an id that is empty, uninitialised or shipped on many machines', async () => {
    const real = await readMachineId(machine({ '/var/lib/dbus/machine-id': id }));
    for (const bad of ['', 'uninitialized\n', '0'.repeat(32), 'f'.repeat(32), id.slice(1)])
      assert.equal(await readMachineId(machine({ '/etc/machine-id': bad, '/var/lib/dbus/machine-id': id })), real);
  });

  it('falls back to the host name', async () => {
    const made = await readMachineId(machine({}));
    assert.equal(made, await readMachineId(machine({}, { hostname: 'BOX' })));
    assert.notEqual(made, await readMachineId(machine({}, { hostname: 'other' })));
  });

  it('reads macOS and Windows their own way', async () => {
    const guid = '12345678-90AB-CDEF-1234-567890ABCDEF';
    const mac = machine({}, { platform: 'darwin', output: `  "IOPlatformUUID" = "${guid}"\n` });
    const windows = machine(
      {},
      { platform: 'win32', output: `    MachineGuid    REG_SZ    ${guid.toLowerCase()}\r\n` },
    );
    assert.equal(await readMachineId(mac), await readMachineId(windows));
    assert.notEqual(await readMachineId(mac), await readMachineId(machine({}, { platform: 'darwin' })));
  });

  it('answers twice the same on this machine', async () => {
    assert.equal(await readMachineId(systemMachine()), await readMachineId(systemMachine()));
  });
});
