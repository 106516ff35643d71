import assert from 'node:assert/strict';
import { cloudProfiles, isCloudName, tenantProfile } from '../../agent/core/cloudProfiles.ts';

describe('cloudProfiles', () => {
  it('holds the hosts of wire 11', () => {
    const hosts = Object.values(cloudProfiles).map((profile) =>
      [profile.loginOrigin, profile.graphOrigin, profile.registrationOrigin].map((origin) => new URL(origin).host),
    );
    assert.deepEqual(hosts, [
      ['login.microsoftonline.com', 'graph.microsoft.com', 'enterpriseregistration.windows.net'],
      ['login.microsoftonline.us', 'graph.microsoft.us', 'enterpriseregistration.microsoftonline.us'],
      [
        'login.partner.microsoftonline.cn',
        'microsoftgraph.chinacloudapi.cn',
        'enterpriseregistration.partner.microsoftonline.cn',
      ],
    ]);
  });

  it('pins https origins only, among them where tokens and registration are', () => {
    for (const [name, profile] of Object.entries(cloudProfiles)) {
      assert.equal(profile.name, name);
      assert.ok(profile.pinnedOrigins?.includes(profile.loginOrigin));
      assert.ok(profile.pinnedOrigins?.includes(profile.registrationOrigin));
      for (const origin of [...(profile.pinnedOrigins ?? []), profile.graphOrigin])
        assert.equal(new URL(origin).origin, origin);
      assert.equal(profile.historyDepth, 3);
      assert.equal(profile.recognisesRepeats, 'unknown');
    }
  });

  it('knows clouds by their own names only', () => {
    assert.ok(isCloudName('global') && isCloudName('usgov') && isCloudName('china'));
    for (const word of ['Global', '', 'constructor', 'toString', 'https://localhost']) assert.ok(!isCloudName(word));
  });

  it('takes a tenant by URL for one origin until its join taught others', () => {
    const profile = tenantProfile('https://localhost:8443', null);
    assert.equal(profile.pinnedOrigins, null);
    assert.equal(profile.graphOrigin, 'https://localhost:8443');
    assert.deepEqual(tenantProfile('https://a.test', ['https://a.test']).pinnedOrigins, ['https://a.test']);
  });
});
