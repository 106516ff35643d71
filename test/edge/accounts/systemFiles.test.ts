import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSystemFiles,
  hashOf,
  isAgedOut,
  isExpired,
  isLockedField,
  isOfFirstEight,
  isWithoutShell,
  loginDefsNumber,
  mustBeChanged,
  parsePasswd,
  parseShadow,
} from '../../../agent/edge/accounts/systemFiles.ts';

describe('the lines of passwd and shadow', () => {
  it('that are whole are read, the others passed over', () => {
    const text = [
      'root:x:0:0:root:/root:/bin/bash',
      '',
      '# a remark:x:1:1::/:/bin/sh',
      '+@netgroup::::::',
      '+:x:0:0:::',
      ':x:7:7::/:/bin/sh',
      'short:x:8:8',
      'long:x:9:9::/:/bin/sh:more',
      'wordy:x:ten:10::/:/bin/sh',
      'negative:x:-1:10::/:/bin/sh',
      'none:x:4294967295:10::/:/bin/sh',
      'huge:x:99999999999:10::/:/bin/sh',
      'plain::1000:1000:Ünï,,,:/home/plain:',
    ].join('\n');
    assert.deepEqual(
      parsePasswd(text).map(({ name, field, uid, shell }) => [name, field, uid, shell]),
      [
        ['root', 'x', 0, '/bin/bash'],
        ['plain', '', 1000, ''],
      ],
    );
  });

  it('of shadow may be short, and an expiry that is no number is none', () => {
    const text = 'a:$y$j9T$x$y:20000:0:99999:7::20001:\nb:!\n+::::\n\nc\nd:*:::::::\ne:!!:1:1:1:1:1:soon:';
    assert.deepEqual(
      parseShadow(text).map(({ name, field, expiresOnDay }) => [name, field, expiresOnDay]),
      [
        ['a', '$y$j9T$x$y', 20001],
        ['b', '!', undefined],
        ['d', '*', undefined],
        ['e', '!!', undefined],
      ],
    );
  });

  it('never make the parser throw', () => {
    for (const text of [
      '',
      '\n\n',
      ':',
      '::::::',
      '\u0000',
      'x'.repeat(10_000),
      `${'a:'.repeat(5000)}\n`,
      '\r\n:x:\r\n',
    ]) {
      assert.deepEqual(parsePasswd(text), []);
      for (const line of parseShadow(text)) assert.notEqual(line.name, '');
    }
  });
});

describe('a password field', () => {
  it('is locked only when a hash stands behind the mark', () => {
    for (const [field, locked, hash] of [
      ['$y$abc', false, '$y$abc'],
      ['!$y$abc', true, '$y$abc'],
      ['!!$6$abc', true, '$6$abc'],
      ['!', false, ''],
      ['!!', false, ''],
      ['*', false, ''],
      ['!*', false, ''],
      ['', false, ''],
    ] as const)
      assert.deepEqual([isLockedField(field), hashOf(field)], [locked, hash], field);
  });
});

describe('an account', () => {
  it('expires at the begin of its day', () => {
    const line = { name: 'a', field: '', expiresOnDay: 100, agesOutOnDay: undefined, changeFromDay: undefined };
    assert.equal(isExpired(line, 100 * 86_400_000 - 1), false);
    assert.equal(isExpired(line, 100 * 86_400_000), true);
    assert.equal(isExpired({ ...line, expiresOnDay: undefined }, Number.MAX_SAFE_INTEGER), false);
  });

  it('ages out when its password was not changed for the longest time and the grace after it', () => {
    const line = (rest: string) => parseShadow(`a:$y$h:${rest}`)[0] ?? assert.fail('no line');
    const aged = line('100:0:5:7:1::');
    assert.equal(isAgedOut(aged, 107 * 86_400_000 - 1), false);
    assert.equal(isAgedOut(aged, 107 * 86_400_000), true);
    for (const rest of ['100:0:5:7:::', '100:0::7:1::', ':0:5:7:1::', '0:0:5:7:1::', '100:0:-1:7:1::', '100'])
      assert.equal(isAgedOut(line(rest), Number.MAX_SAFE_INTEGER), false, rest);
  });

  it('has to be given a new password at the sign-in on day 0, or after the longest time', () => {
    const line = (rest: string) => parseShadow(`a:$y$h:${rest}`)[0] ?? assert.fail('no line');
    assert.equal(mustBeChanged(line('0:0:99999:7:::'), 1), true);
    assert.equal(mustBeChanged(line('100:0:5:7:::'), 106 * 86_400_000 - 1), false);
    assert.equal(mustBeChanged(line('100:0:5:7:::'), 106 * 86_400_000), true);
    for (const rest of ['100:0::7:::', ':0:5:7:::', '100:0:-1:7:::', '100'])
      assert.equal(mustBeChanged(line(rest), Number.MAX_SAFE_INTEGER), false, rest);
  });

  it('has a password of eight characters when DES has hashed it, locked or not', () => {
    for (const field of ['ab3./ZYxwvu12', '!ab3./ZYxwvu12']) assert.equal(isOfFirstEight(field), true, field);
    for (const field of ['', '!', '*', '$y$j9T$x$h', '_J9..rasmBYk8r9AiWNc', 'ab3./ZYxwvu1', '$1$./ZYxwvu12'])
      assert.equal(isOfFirstEight(field), false, field);
  });

  it('has no shell to sign in to when it is nologin or false, wherever they are', () => {
    for (const shell of ['/usr/sbin/nologin', '/sbin/nologin', '/bin/false']) assert.equal(isWithoutShell(shell), true);
    for (const shell of ['', '/bin/sh', '/opt/nologin/bash']) assert.equal(isWithoutShell(shell), false);
  });
});

describe('login.defs', () => {
  it('says where ordinary uids begin; the last word counts, and nonsense does not', () => {
    assert.equal(
      loginDefsNumber('#UID_MIN 1\nUID_MIN\t\t 500\n  UID_MIN 600\nUID_MIN many\nUID_MINIMUM 7', 'UID_MIN', 1000),
      600,
    );
    assert.equal(loginDefsNumber('', 'UID_MIN', 1000), 1000);
  });
});

describe('the files of a machine', () => {
  let etc = '';
  beforeEach(async () => {
    etc = await mkdtemp(join(tmpdir(), 'laps-etc-'));
  });
  afterEach(() => rm(etc, { recursive: true, force: true }));

  it('that are missing, empty or cut short are no verdict on any account', async () => {
    const files = createSystemFiles({ etc });
    const root = 'root:x:0:0:root:/root:/bin/bash\n';
    const lines = 'a:x:1000:1::/:/bin/sh\n';
    const states: readonly (readonly [passwd: string | undefined, shadow: string | undefined, file: string])[] = [
      [undefined, undefined, 'passwd'],
      ['', 'root:*:::::::\n', 'passwd'],
      [lines, 'a:first:::::::\n', 'passwd'],
      [root + lines, undefined, 'shadow'],
      [root + lines, '', 'shadow'],
    ];
    for (const [passwd, shadow, file] of states) {
      if (passwd !== undefined) await writeFile(join(etc, 'passwd'), passwd);
      if (shadow !== undefined) await writeFile(join(etc, 'shadow'), shadow);
      await assert.rejects(files.accounts(), {
        code: 'ERR_LAPS_DISK',
        message: new RegExp(`/${file} `),
        hint: /vipw|pwck/,
      });
      await rm(join(etc, 'shadow'), { force: true });
    }
    await writeFile(join(etc, 'passwd'), 'root:$y$h:0:0:root:/root:/bin/bash\n');
    assert.equal((await files.accounts()).length, 1, 'a machine without shadow has its hashes in passwd');
  });

  it('that are missing say nothing else', async () => {
    const files = createSystemFiles({ etc });
    assert.equal(await files.firstOrdinaryUid(), 1000);
    assert.equal(await files.read('pam.d/passwd'), undefined);
  });

  it('give the first of two lines with one name, as the system does', async () => {
    const root = 'root:x:0:0:root:/root:/bin/bash\n';
    await writeFile(
      join(etc, 'passwd'),
      `${root}a:x:1000:1::/:/bin/sh\na:x:1001:1::/:/bin/sh\nb:x:1002:1::/:/bin/sh\n`,
    );
    await writeFile(join(etc, 'shadow'), 'a:first:::::::\na:second:::::::\n');
    const accounts = await createSystemFiles({ etc }).accounts();
    assert.deepEqual(
      accounts.map(({ passwd, shadow }) => [passwd.name, passwd.uid, shadow?.field]),
      [
        ['root', 0, undefined],
        ['a', 1000, 'first'],
        ['b', 1002, undefined],
      ],
    );
  });
});
