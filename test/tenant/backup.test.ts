import assert from 'node:assert/strict';
import { decimalNumbers } from '../../agent/tenant/operations/backup.ts';
import { listOf, textOf } from '../support/foreignJson.ts';
import { type JoinedDevice, startTestTenant, type TestTenant } from '../support/tenantWorld.ts';

const otherSid = 'S-1-5-21-1111111111-222222222-333333333-500';

describe('the backup call', () => {
  let world: TestTenant;
  let device: JoinedDevice;
  let token: string;
  let fixed: number | undefined;

  before(async () => {
    world = await startTestTenant({ now: () => fixed ?? Date.now() });
  });
  after(() => world.close());
  beforeEach(async () => {
    fixed = undefined;
    device = await world.joinDevice({ user: 'clouddevice' });
    token = await world.deviceToken(device);
  });

  it('stamps strictly increasing times within one tick and with the clock set back by little', async () => {
    const start = Date.now();
    const stamps: string[] = [];
    for (const now of [start, start, start, start - 120_000, start]) {
      fixed = now;
      stamps.push(
        textOf((await world.backup(device, { password: `p${stamps.length}`, token })).json['backupDateTime']),
      );
    }
    assert.deepEqual(stamps, [...new Set(stamps)].sort());
    assert.equal(stamps.length, 5);
    const held = await world.recover(device.deviceId);
    assert.deepEqual(
      held.map((each) => each.password),
      ['p4', 'p3', 'p2'],
    );
    assert.deepEqual(
      held.map((each) => each.backupDateTime),
      stamps.slice(2).reverse(),
    );
  });

  it('has received last what it received last, whatever the clock said before: nothing is lost or out of order', async () => {
    const right = Date.now();
    const ahead = right + 5 * 60_000 + 1;
    const dates: string[] = [];
    // Ahead, ahead, right, right: and the last at the very tick of the second, once more.
    for (const now of [ahead, ahead + 1_000, right, right + 1_000, ahead + 1_000]) {
      fixed = now;
      const { json } = await world.backup(device, { password: `p${dates.length}`, token });
      dates.push(textOf(json['backupDateTime']));
      const held = await world.recover(device.deviceId);
      const all = dates.map((each, index) => [`p${index}`, each]);
      assert.deepEqual(
        held.map((each) => [each.password, each.backupDateTime]),
        all.slice(-3).reverse(),
      );
      const { json: summary } = await world.graph(
        `/v1.0/directory/deviceLocalCredentials/${device.deviceId}`,
        await world.adminToken(),
      );
      assert.equal(summary['lastBackupDateTime'], dates.at(-1));
    }
    assert.deepEqual(
      dates.map((each) => Date.parse(each)),
      [ahead, ahead + 1_000, right, right + 1_000, ahead + 1_000],
    );
    assert.equal(new Set(dates).size, 5);
  });

  it('keeps refresh minus backup a whole number of days, to the tick', async () => {
    fixed = Date.now();
    await world.backup(device, { password: 'a', token });
    const { json } = await world.backup(device, { password: 'b', token, ageDays: 11 });
    const [backup, refresh] = [textOf(json['backupDateTime']), textOf(json['refreshDateTime'])];
    assert.equal(backup.slice(19), refresh.slice(19));
    assert.equal(Date.parse(refresh) - Date.parse(backup), 11 * 86_400_000);
  });

  it('leaves the entries of a former account to the depth of the history, each under its name', async () => {
    fixed = Date.now();
    const first = await world.backup(device, { password: 'old', token });
    const second = await world.backup(device, {
      password: 'new',
      token,
      accountSid: otherSid,
      accountName: 'Administrator',
    });
    assert.ok(textOf(second.json['backupDateTime']) > textOf(first.json['backupDateTime']));
    const namesNow = async () =>
      (await world.recover(device.deviceId)).map((each) => [each.accountName, each.password, each.backupDateTime]);
    const ofFirst = ['lapsadmin', 'old', first.json['backupDateTime']];
    const ofSecond = ['Administrator', 'new', second.json['backupDateTime']];
    assert.deepEqual(await namesNow(), [ofSecond, ofFirst]);
    const again: string[][] = [];
    for (const password of ['newer', 'newest']) {
      const { json } = await world.backup(device, {
        password,
        token,
        accountSid: otherSid,
        accountName: 'Administrator',
      });
      again.unshift(['Administrator', password, textOf(json['backupDateTime'])]);
    }
    assert.deepEqual(await namesNow(), [...again, ofSecond]);
  });

  it('stores a repeated request id again unless told to recognise it', async () => {
    const requestId = '6a1b7c3e-0000-4000-8000-0000000000ab';
    for (const password of ['same', 'same']) await world.backup(device, { password, token, requestId });
    assert.equal((await world.recover(device.deviceId)).length, 2);

    const knowing = await startTestTenant({ limits: { recogniseRepeats: true } });
    try {
      const joined = await knowing.joinDevice();
      const another = await knowing.joinDevice();
      const first = await knowing.backup(joined, { password: 'same', requestId });
      const again = await knowing.backup(joined, { password: 'same', requestId });
      assert.deepEqual(again.json, first.json);
      assert.equal((await knowing.recover(joined.deviceId)).length, 1);
      assert.equal((await knowing.backup(another, { password: 'else', requestId })).status, 200);
      assert.equal((await knowing.recover(another.deviceId)).length, 1);
    } finally {
      await knowing.close();
    }
  });

  it('carries any character of a password to recovery and back', async () => {
    const password = '0x1F : # % " \\ \u0000 \u2028 ü 😀 </script>';
    assert.equal((await world.backup(device, { password, token })).status, 200);
    assert.equal((await world.recover(device.deviceId))[0]?.password, password);
  });

  it('refuses in the order of wire 3.3: disabled before switch, switch before body', async () => {
    await world.lapsSwitch(false);
    await world.admin('PATCH', `/devices/${device.deviceId}`, { accountEnabled: false });
    const subcode = async () => (await world.backup(device, { password: '', token })).json['subcode'];
    assert.equal(await subcode(), 'error_authorization_request_denied');
    await world.admin('PATCH', `/devices/${device.deviceId}`, { accountEnabled: true });
    assert.equal(await subcode(), 'error_fail');
    await world.lapsSwitch(true);
    assert.equal(await subcode(), 'error_invalid_body');
    assert.equal(
      (await world.graph(`/v1.0/deviceLocalCredentials/${device.deviceId}`, await world.adminToken())).status,
      404,
    );
  });

  it('refuses every body that is not right, naming the member and never its value', async () => {
    const good = { AccountName: 'a', AccountSid: otherSid, NewPassword: 'planted-value', PasswordAgeDays: 30 };
    const wrong: ReadonlyArray<readonly [object | string, RegExp]> = [
      ['', /JSON/],
      ['[]', /JSON/],
      ['null', /JSON/],
      ['{"AccountName":"a",}', /JSON/],
      [{ ...good, AccountName: '' }, /AccountName/],
      [{ ...good, AccountName: 7 }, /AccountName/],
      [{ ...good, AccountName: 'a\nb' }, /AccountName/],
      [{ ...good, AccountSid: '500' }, /AccountSid/],
      [{ ...good, AccountSid: undefined }, /AccountSid/],
      [{ ...good, NewPassword: 'planted-value'.repeat(20) }, /NewPassword/],
      [{ ...good, NewPassword: ['planted-value'] }, /NewPassword/],
      [{ ...good, PasswordAgeDays: '30' }, /PasswordAgeDays/],
      [{ ...good, PasswordAgeDays: 7.5 }, /PasswordAgeDays/],
      [{ ...good, PasswordAgeDays: 1e9 }, /PasswordAgeDays/],
    ];
    for (const [body, about] of wrong) {
      const headers = { authorization: `Bearer ${token}` };
      const reply = await world.send(world.backupPath(device.deviceId), { method: 'POST', headers, body });
      assert.equal(reply.status, 400, JSON.stringify(body));
      assert.match(textOf(reply.json['message']), about);
      assert.doesNotMatch(reply.text, /planted-value/);
    }
  });

  it('leaves an audit record of success and of each refusal, with the request id of the device', async () => {
    const requestId = '6a1b7c3e-0000-4000-8000-0000000000ac';
    await world.backup(device, { password: 'a', token, requestId });
    await world.backup(device, { password: '', token, requestId });
    const filter = encodeURIComponent(`correlationId eq '${requestId}'`);
    const reply = await world.graph(`/v1.0/auditLogs/directoryAudits?$filter=${filter}`, await world.adminToken());
    const records = listOf(reply.json['value']);
    assert.deepEqual(
      records.map((each) => [each['result'], each['resultReason']]),
      [
        ['failure', 'error_invalid_body'],
        ['success', ''],
      ],
    );
  });

  it('lets bare hexadecimal numbers be numbers, and texts be texts, where it is lenient', () => {
    const text = '{"a":0x1F,"b":"0x1F \\" 0x2","c":[0XfF, -1, 10],"d":"\\\\","e":0x0}';
    assert.deepEqual(JSON.parse(decimalNumbers(text)), { a: 31, b: '0x1F " 0x2', c: [255, -1, 10], d: '\\', e: 0 });
  });
});
