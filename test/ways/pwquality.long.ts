/**
 * A machine whose PAM asks pam_pwquality, for root as well: what it would turn down is never sent to the tenant.
 *
 * Real: pam_pwquality itself, by way of chpasswd, in the sandbox.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../agent/core/secret.ts';
import { demandsOf, meets } from '../../agent/edge/accounts/systemPolicy.ts';
import { at } from '../support/contractForms.ts';
import { describeInSandbox } from '../support/linuxSandbox.ts';
import { seeded } from '../support/policies.ts';
import { createProcessWorld, type ProcessWorld } from '../support/processWorld.ts';
import { suLogin, suTools } from '../support/suLogin.ts';

const folders = ['/lib/security', '/usr/lib/security', '/lib64/security', '/usr/lib64/security'];
const multiarch = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}/security`) : [];
const isInstalled = [...folders, ...multiarch].some((folder) => existsSync(join(folder, 'pam_pwquality.so')));
const title = 'a machine that asks pam_pwquality';

describeInSandbox(
  isInstalled ? title : `${title} (skipped: not installed: pam_pwquality, Debian: libpam-pwquality)`,
  { tools: ['chpasswd', 'unix_chkpwd', ...suTools] },
  (sandbox): void => {
    let world: ProcessWorld | undefined;
    const within = () => ({ within: sandbox().enter });
    const installed = (): ProcessWorld => world ?? assert.fail('no world');
    const demands =
      'minlen = 20\nminclass = 4\ndcredit = -2\nmaxrepeat = 2\nmaxclassrepeat = 4\nmaxsequence = 3\nusercheck = 1\n';
    const passwordFile = (): string => join(sandbox().etc, 'pam.d', 'common-password');
    const policy = (PasswordLength: number): void =>
      writeFileSync(
        join(installed().policies, 'csp.json'),
        JSON.stringify({ BackupDirectory: 1, AdministratorAccountName: 'lapsadmin', PasswordLength }),
      );
    const field = (): string => sandbox().lineOf('shadow', 'lapsadmin')?.[1] ?? '';

    before(async function () {
      if (!isInstalled || !existsSync(passwordFile())) this.skip();
      this.timeout(120_000);
      await sandbox().addUser('lapsadmin');
      await sandbox().addUser('visitor');
      await sandbox().must(['chpasswd'], 'visitor:Chosen-By-A-Person-1\n');
      writeFileSync(join(sandbox().etc, 'security', 'pwquality.conf'), demands);
      const line = 'password requisite pam_pwquality.so retry=1 enforce_for_root\n';
      const others = readFileSync(passwordFile(), 'utf8')
        .replace(/^.*pam_pwquality\.so.*\n/m, '')
        .replace(/pam_unix\.so (?!.*use_authtok)/, 'pam_unix.so use_authtok ');
      writeFileSync(passwordFile(), line + others);
      world = await createProcessWorld();
    });
    beforeEach(function () {
      this.currentTest?.timeout(120_000);
    });
    after(() => world?.close());

    it('is judged here as it judges: what is read of its configuration agrees with the module, candidate by candidate', async () => {
      const read = demandsOf({ pwquality: demands, pam: ['password requisite pam_pwquality.so'] });
      const pick = seeded(20_261_127);
      const letters = 'ABCDEFGHJKLMNPRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789#%+:=?@';
      const candidates = [
        'Aa1#Aa1#Aa1#Aa1#Aa1',
        'Aa1#Bb2+Cc3=Dd4?Ee5@',
        'Aa1#Bb2+Cc3=Dd4?EEE5',
        'abcdeA1#Bb2+Cc3=Dd4?',
      ];
      for (let count = 0; count < 30; count += 1)
        candidates.push(Array.from({ length: 18 + pick(6) }, () => letters[pick(letters.length)]).join(''));
      const verdicts = new Set<boolean>();
      for (const candidate of candidates) {
        const before = field();
        const { status } = await sandbox().run(['chpasswd'], `lapsadmin:${candidate}\n`);
        const taken = status === 0 && field() !== before;
        assert.equal(
          meets(read, new Secret(candidate).reveal()),
          taken,
          `${candidate} is ${taken ? 'taken' : 'turned down'}`,
        );
        verdicts.add(taken);
      }
      assert.equal(verdicts.size, 2);
    });

    it('gets no password that its policy would turn down, and the tenant is not asked to keep one (10027)', async () => {
      policy(14);
      const before = field();
      const { status, value } = await installed().json(['run', '--accounts', 'linux', '--once'], within());
      assert.equal(status, 1, JSON.stringify(value));
      assert.equal(at(value, 'error', 'code'), 'ERR_LAPS_NO_ACCEPTABLE_PASSWORD');
      const events = JSON.stringify(at(value, 'events'));
      assert.match(events, /10027/);
      assert.doesNotMatch(events, /10029|10020/);
      assert.equal(field(), before);
    });

    it('takes what is drawn once the policy is as strict, three times in a row, and PAM lets it in', async () => {
      policy(24);
      for (const words of [['process'], ['reset'], ['reset']]) {
        const { status, value } = await installed().json(words, within());
        assert.equal(status, 0, JSON.stringify(value));
        assert.equal(at(value, 'outcome'), 'rotated');
      }
      const device = String(at((await installed().json(['status'], within())).value, 'device', 'deviceId'));
      const { value } = await installed().json(['recover', device, '--as-plain-text'], within());
      const password = String(at(value, 0, 'Password'));
      assert.equal(password.length, 24);
      assert.equal((await suLogin(sandbox(), { account: 'lapsadmin', password, from: 'visitor' })).status, 0);
    });
  },
);
