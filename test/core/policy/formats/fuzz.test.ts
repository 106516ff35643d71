/** Broken files of every shape: never a crash, always a problem with a place, and nothing set by a broken file. */
import assert from 'node:assert/strict';
import { seeded } from '../../../support/policies.ts';
import { assertHonest, fixturesByShape, mutated } from '../../../support/policyFuzz.ts';

describe('a broken policy file', () => {
  const shapes = fixturesByShape();
  const runs = 2000;

  it('has fixtures in every shape', () => {
    assert.deepEqual([...shapes.keys()].toSorted(), [
      'gporeport',
      'intune',
      'lgpo',
      'native',
      'omauri',
      'pol',
      'policyrules',
      'reg',
      'syncml',
    ]);
  });

  for (const [shape, files] of shapes)
    it(`is read honestly: ${runs} of ${shape}`, () => {
      const pick = seeded(shape.length * 7919 + files.length);
      for (let run = 0; run < runs; run += 1) {
        const [file, other] = [files[pick(files.length)], files[pick(files.length)]];
        if (file === undefined || other === undefined) continue;
        const bytes = mutated(file, other, pick);
        try {
          assertHonest(bytes);
        } catch (error) {
          throw new Error(`run ${run}: ${Buffer.from(bytes).toString('base64').slice(0, 4000)}`, { cause: error });
        }
      }
    });

  it('is read in one pass over runs of one character, wherever they stand', () => {
    // What is quadratic over these does not end within the patience of a test.
    const uri = './Device/Vendor/MSFT/LAPS/Policies/';
    const key = 'HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\LAPS';
    for (const unit of ['/', '\\', ' ', '.', ':', '\r\n', '*', '"', '~', 'admpwd', '<', '&', '0,', '=']) {
      const run = unit.repeat(400_000);
      const quoted = JSON.stringify(`${uri}${run}x`);
      for (const text of [
        `{${quoted}: 1, "BackupDirectory": 1, "AdministratorAccountName": ${JSON.stringify(`${run}x${unit}`)}}`,
        `{"omaSettings":[{"omaUri":${quoted},"value":${JSON.stringify(run)}}]}`,
        `[{"settingDefinitionId":${JSON.stringify(`device_vendor_msft_policy_config_${run}x`)}, "value": ""}]`,
        `Windows Registry Editor Version 5.00\r\n[${key}\\${run}x]\r\n"a"=dword:1\r\n[${key}]\r\n"AdministratorAccountName"=${run}x\r\n`,
        `Computer\r\nSoftware\\${run}x\r\nPasswordLength\r\nDWORD:${run}x\r\n`,
        `<Replace><Item><Target><LocURI>${uri}${run}x</LocURI></Target><Data>${run}x</Data></Item></Replace>`,
        `<GPO><Computer><Policy><Name>${run}x</Name><State>Enabled</State><Category>System/LAPS</Category></Policy></Computer></GPO>`,
      ])
        assertHonest(new TextEncoder().encode(text));
    }
  });
});
