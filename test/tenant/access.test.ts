import assert from 'node:assert/strict';
import { type Action, builtInRoles, type Caller, mayCaller } from '../../agent/tenant/access.ts';

const everything = [
  'DeviceLocalCredential.Read.All',
  'Directory.AccessAsUser.All',
  'Policy.ReadWrite.DeviceConfiguration',
  'AuditLog.Read.All',
];

function user(roles: readonly (keyof typeof builtInRoles)[], scopes: readonly string[] = everything): Caller {
  return {
    kind: 'user',
    id: 'u',
    userPrincipalName: 'u@x.test',
    scopes,
    roleTemplateIds: roles.map((r) => builtInRoles[r]),
  };
}

function application(permissions: readonly string[]): Caller {
  return { kind: 'application', id: 'a', appId: 'a', displayName: 'a', permissions };
}

const may = (caller: Caller, action: Action) => mayCaller(caller, action).allowed;

describe('access', () => {
  it('refuses a user without any role everything of LAPS, whatever the scopes', () => {
    for (const action of [
      'readLapsMetadata',
      'readLapsPassword',
      'writeRegistrationPolicy',
      'readAudits',
      'deleteDevice',
    ] as const) {
      assert.deepEqual(mayCaller(user([]), action), { allowed: false, missing: 'role' });
    }
  });

  it('refuses a role without the scope', () => {
    const basic = user(['Global Administrator'], ['DeviceLocalCredential.ReadBasic.All']);
    assert.deepEqual(mayCaller(basic, 'readLapsPassword'), { allowed: false, missing: 'scope' });
    assert.equal(may(basic, 'readLapsMetadata'), true);
  });

  it('lets exactly three built-in roles read passwords, and all seven the metadata (wire 7.1)', () => {
    const roles = [
      'Global Administrator',
      'Cloud Device Administrator',
      'Intune Administrator',
      'Helpdesk Administrator',
      'Security Administrator',
      'Security Reader',
      'Global Reader',
    ] as const;
    assert.equal(roles.length, Object.keys(builtInRoles).length);
    const readers = roles.filter((role) => {
      assert.equal(may(user([role]), 'readLapsMetadata'), true, role);
      return may(user([role]), 'readLapsPassword');
    });
    assert.deepEqual(readers, ['Global Administrator', 'Cloud Device Administrator', 'Intune Administrator']);
  });

  it('lets an application read by its permission alone, and never delete a device', () => {
    assert.equal(may(application(['DeviceLocalCredential.Read.All']), 'readLapsPassword'), true);
    assert.equal(may(application(['DeviceLocalCredential.ReadBasic.All']), 'readLapsPassword'), false);
    assert.equal(may(application(['Device.ReadWrite.All', 'Directory.AccessAsUser.All']), 'deleteDevice'), false);
  });

  it('lets the Intune Administrator change a device but not enable or disable it (wire 9)', () => {
    assert.equal(may(user(['Intune Administrator']), 'updateDevice'), true);
    assert.equal(may(user(['Intune Administrator']), 'enableOrDisableDevice'), false);
    assert.equal(may(user(['Cloud Device Administrator']), 'enableOrDisableDevice'), true);
  });
});
