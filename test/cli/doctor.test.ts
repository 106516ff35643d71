import assert from 'node:assert/strict';
import { diagnosisText } from '../../agent/cli/render/diagnosis.ts';
import { palette } from '../../agent/cli/render/paint.ts';
import { diagnose } from '../../agent/core/diagnosis/diagnose.ts';
import { doctorFacts, wellNetwork, wireFailure } from '../support/doctorFacts.ts';

describe('what laps doctor prints', () => {
  it('is a line a check, and that nothing was found', async () => {
    const text = diagnosisText(diagnose(await doctorFacts()), palette(false), 100);
    assert.equal(
      text,
      `ok  data folder      ./.laps
ok  configuration    ./.laps/state/configuration.json
ok  daemon           it runs and answers
ok  identity         DESKTOP-4F2K, b465e4e8-e4e8-b465-e8e4-65b4e8e465b4
ok  policy           from CSP: backs up to Entra ID the password of "lapsadmin"
ok  account          lapsadmin, S-1-5-21-1111111111-2222222222-3333333333-1001
ok  sign-ins         they can be noticed
ok  rotation         none is open
ok  proxy            none is used
ok  host name        tenant.test
ok  connection       direct
ok  certificate      trusted, for this host
ok  discovery        the tenant names its services
ok  clock            2 s from the tenant's
ok  device token     the tenant accepts this device
ok  LAPS switch      LAPS is switched on in this tenant
ok  tenant's backup  of 2026-11-20T11:06:00.000Z, as this machine remembers it
ok  schedule         the daemon looks by itself

nothing stands in the way of a backup
`,
    );
  });

  it('ends with the finding and what to do; what comes after the trouble was not reached', async () => {
    const failure = wireFailure({ message: 'no tenant answers at tenant.test', hint: 'check \u001b[31mthat' });
    const facts = await doctorFacts({
      network: { ...wellNetwork, stopped: { at: 'connection', failure }, clocks: undefined, token: undefined },
      administrator: undefined,
    });
    const text = diagnosisText(diagnose(facts), palette(false), 100);
    assert.equal(
      text.slice(text.indexOf('ok           host name')),
      `ok           host name        tenant.test
trouble      connection       no tenant answers at tenant.test
not reached  certificate
not reached  discovery
not reached  clock
not reached  device token
not reached  LAPS switch
not reached  tenant's backup
ok           schedule         the daemon looks by itself

found: no tenant answers at tenant.test [ERR_LAPS_NO_TENANT]
hint: check \\x1b[31mthat
`,
    );
  });
});
