/** Reading a baseline file: what is one, and what is told of what is none. */
import assert from 'node:assert/strict';
import { type BaselineReading, baselineOf, readBaseline } from '../../../../agent/core/policy/baselines/baseline.ts';

const read = (text: string): BaselineReading => readBaseline(new TextEncoder().encode(text));
const problem = (reading: BaselineReading): string => (reading.kind === 'problem' ? reading.problem : 'none');
const held = (...requirements: unknown[]): BaselineReading => baselineOf({ name: 'x', requirements });

describe('a baseline', () => {
  it('requires values, lists, bounds and strength', () => {
    const reading = held(
      { id: 'a', setting: 'BackupDirectory', value: 1, because: 'cloud', severity: 'error', source: 'us' },
      { id: 'b', setting: 'PasswordLength', minimum: 20, maximum: 30, explicit: true },
      { id: 'c', setting: 'AdministratorAccountName', oneOf: ['a', 'b'] },
      { id: 'd', setting: 'ADPasswordEncryptionEnabled', value: true },
      { id: 'e', minimumBits: 90, when: 'passphrase' },
    );
    assert.equal(reading.kind, 'baseline', problem(reading));
  });

  it('is refused with the member that is wrong', () => {
    const cases: ReadonlyArray<readonly [unknown[], RegExp]> = [
      [[{ setting: 'PasswordLength', minimum: 1 }], /requirements\.0 lacks id/],
      [
        [{ id: 'a', setting: 'PasswordLenght', minimum: 1 }],
        /requirements\.0\.setting is "PasswordLenght", which is no setting/,
      ],
      [[{ id: 'a', setting: 'PasswordLength', minimum: '20' }], /requirements\.0\.minimum must be of type integer/],
      [
        [{ id: 'a', setting: 'AdministratorAccountName', minimum: 3 }],
        /requirements\.0 has a minimum, and AdministratorAccountName is a text/,
      ],
      [
        [{ id: 'a', setting: 'ADPasswordEncryptionEnabled', maximum: 1 }],
        /a maximum, and ADPasswordEncryptionEnabled is true or false/,
      ],
      [[{ id: 'a', minimumBits: 80, minimum: 3 }], /requirements\.0 has no member minimum/],
      [[{ id: 'a', setting: 'PasswordAgeDays', value: 30, maximum: 60 }], /requirements\.0 has value and maximum/],
      [[{ id: 'a', setting: 'PasswordAgeDays', value: 30, oneOf: [30] }], /requirements\.0 has value and oneOf/],
      [[{ id: 'a', setting: 'PasswordAgeDays', oneOf: [30], minimum: 7 }], /requirements\.0 has oneOf and minimum/],
      [[{ id: 'a', setting: 'PasswordLength', value: 'x' }], /requirements\.0\.value must be of type integer/],
      [[{ id: 'a' }], /requirements\.0 lacks setting, or minimumBits/],
      [[{ id: 'a', value: 3 }], /requirements\.0 lacks setting, or minimumBits/],
      [[{ id: 'a', setting: 'PasswordLength', minimumBits: 80 }], /requirements\.0 has setting and minimumBits/],
      [[{ id: 'a', setting: 'PasswordLength', minimum: 15, when: 'password' }], /requirements\.0 has setting and when/],
      [[], /requirements has too few items, least is 1/],
      [
        [
          { id: 'a', minimumBits: 1 },
          { id: 'A', minimumBits: 2 },
        ],
        /two requirements have the id a/,
      ],
      [[{ id: 'a', setting: 'PasswordLength', minimum: 9, maximum: 8 }], /minimum above its maximum/],
    ];
    for (const [requirements, expected] of cases) assert.match(problem(held(...requirements)), expected);
  });

  it('is refused where no device could satisfy it', () => {
    const cases: ReadonlyArray<readonly [object, RegExp]> = [
      [{ setting: 'PasswordAgeDays', value: 400 }, /a wants PasswordAgeDays 400, which no device uses/],
      [{ setting: 'PasswordComplexity', oneOf: [4, 9] }, /a wants PasswordComplexity 9/],
      [{ setting: 'PasswordLength', minimum: 65 }, /a wants PasswordLength 65/],
      [{ setting: 'PasswordLength', maximum: 7 }, /a wants PasswordLength 7/],
      [{ minimumBits: 9999 }, /a wants 9999 bits, and the strongest password there is holds about 4\d\d bits/],
      [{ minimumBits: 300, when: 'passphrase' }, /the strongest passphrase there is holds about 1\d\d bits/],
    ];
    for (const [requirement, expected] of cases) assert.match(problem(held({ id: 'a', ...requirement })), expected);
    const name = 'AdministratorAccountName';
    for (const [requirement, why, pointer] of [
      [
        { setting: name, value: 'a/b' },
        /wants Adm\w+ "a\/b", with which no device backs up: it holds what .*: \/$/,
        'value',
      ],
      [{ setting: name, oneOf: ['lapsadmin', 'a'.repeat(21)] }, /it has 21 characters/, 'oneOf/1'],
      [{ setting: name, value: ' x' }, /it has spaces around it/, 'value'],
      [{ setting: 'AutomaticAccountManagementNameOrPrefix', value: 'a*' }, /it holds what .*: \*$/, 'value'],
      [{ setting: 'ADPasswordEncryptionPrincipal', oneOf: ['Readers'] }, /does not say which domain/, 'oneOf/0'],
    ] as const) {
      const reading = held({ id: 'a', ...requirement });
      assert.match(problem(reading), why);
      assert.equal(reading.kind === 'problem' && reading.pointer, `/requirements/0/${pointer}`);
    }
    const allowed = [
      { setting: name, oneOf: ['', 'lapsadmin', 'Administrator'] },
      // Behind a prefix stand digits.
      { setting: 'AutomaticAccountManagementNameOrPrefix', value: 'laps.' },
      { setting: 'AutomaticAccountManagementNameOrPrefix', value: 'a-long-prefix-that-is-cut' },
      { setting: 'ADPasswordEncryptionPrincipal', value: 'CONTOSO\\Readers' },
      { setting: 'PostAuthenticationActions', oneOf: [0, 11] },
      { setting: 'PasswordLength', minimum: 1, maximum: 20 },
    ];
    for (const requirement of allowed) assert.equal(held({ id: 'a', ...requirement }).kind, 'baseline');
  });

  it('is refused where it wants nothing, which looks like a check and is none', () => {
    const silent: readonly object[] = [
      { setting: 'PasswordComplexity' },
      { setting: 'PasswordLength', explicit: false },
      { setting: 'AdministratorAccountName', because: 'x' },
    ];
    for (const requirement of silent)
      assert.match(problem(held({ id: 'a', ...requirement })), /requirements\.0 says nothing of what is wanted of /);
    const idle: readonly object[] = [
      { setting: 'PasswordAgeDays', maximum: 400 },
      { setting: 'PasswordAgeDays', minimum: 0 },
      { setting: 'PasswordLength', minimum: 8, maximum: 64, explicit: false },
      { setting: 'PasswordComplexity', oneOf: [1, 2, 3, 4, 5, 6, 7, 8] },
      { setting: 'ADPasswordEncryptionEnabled', oneOf: [true, 0] },
      { minimumBits: 20 },
      { minimumBits: 37, when: 'password' },
    ];
    for (const requirement of idle) assert.match(problem(held({ id: 'a', ...requirement })), /^a wants nothing: /);
    const wanting: readonly object[] = [
      { setting: 'PasswordComplexity', explicit: true },
      { setting: 'PasswordAgeDays', maximum: 400, explicit: true },
      { setting: 'PasswordAgeDays', minimum: 0, maximum: 364 },
      { setting: 'PasswordComplexity', oneOf: [2, 3, 4, 5, 6, 7, 8] },
      { setting: 'AdministratorAccountName', value: '' },
      { minimumBits: 38, when: 'password' },
    ];
    for (const requirement of wanting) assert.equal(problem(held({ id: 'a', ...requirement })), 'none');
  });

  it('is told at the member that is wrong, a misspelt setting with the nearest', () => {
    const place = (requirement: string): readonly unknown[] => {
      const reading = read(`{ "name": "x",\n "requirements": [\n  { "id": "a", ${requirement} } ] }`);
      return reading.kind === 'problem' ? [reading.place?.line, reading.place?.column, reading.hint] : [];
    };
    assert.deepEqual(place('"setting": "PasswordLenght", "value": 20'), [3, 27, 'did you mean PasswordLength?']);
    assert.deepEqual(place('"setting": "PasswordAgeDays", "value": 400'), [3, 55, 'allowed is 1 to 365']);
    assert.deepEqual(place('"setting": "PasswordLength", "value": "x"').slice(0, 2), [3, 54]);
    assert.deepEqual(place('"setting": "PasswordLength", "vale": 20').slice(0, 2), [3, 53]);
    assert.deepEqual(place('"setting": "PasswordLength", "value": 20, "maximum": 30'), [
      3,
      69,
      'keep value, or write minimum and maximum without value',
    ]);
    const both = place('"setting": "PasswordLength", "value": 20, "oneOf": [20]');
    assert.equal(both.at(-1), 'keep value, or the list');
    const bound = place('"setting": "AdministratorAccountName", "minimum": 3');
    assert.equal(bound.at(-1), 'write value, or oneOf with a list of texts');
  });

  it('is told where it breaks, whatever the bytes', () => {
    const broken = read('{ "name": "x",\n "requirements": [ }');
    assert.deepEqual(broken.kind === 'problem' && broken.place?.line, 2);
    assert.match(problem(read('')), /empty/);
    for (const nothing of [read(''), read(' \n')])
      assert.match(nothing.kind === 'problem' ? nothing.hint : '', /baseline\.schema\.json/);
    assert.match(problem(read('// x\n{ "name": "x" }')), /without comments/);
    assert.match(problem(read('['.repeat(100_000))), /too deep/);
    assert.match(problem(read('[]')), /must be of type object/);
    assert.match(problem(readBaseline(new Uint8Array([0x7b, 0xff]))), /UTF-8/);
  });
});
