/** The table of what can be configured, and the values it takes. */
import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import {
  configurationRows,
  configurationTable,
  fits,
  fromEnvironment,
  readValue,
  textOf,
  wrongIn,
} from '../../agent/core/configuration.ts';

describe('the table of configuration', () => {
  it('gives each member a variable of its own that says its name', () => {
    const variables = configurationRows.map(([, row]) => row.env);
    assert.equal(new Set(variables).size, variables.length);
    for (const [name, row] of configurationRows)
      assert.equal(row.env, `LAPS_${name.replace(/[A-Z]/g, (each) => `_${each}`).toUpperCase()}`);
  });

  it('takes what its patterns take as a schema would', () => {
    const ajv = new Ajv({ strict: false });
    const texts = ['', 'embedded', 'https://a.test', 'http://a.test', '10.0.26100', 'eleven', 'adm', '$(id)', 'a\nb'];
    for (const [name, row] of configurationRows) {
      if (row.kind !== 'text' && row.kind !== 'path') continue;
      const schema = ajv.compile({ type: 'string', pattern: row.pattern, maxLength: row.maxLength });
      for (const text of [...texts, 'x'.repeat(5000)])
        assert.equal(fits(row, text), schema(text) && row.format === undefined, `${name} ${text}`);
    }
  });

  it('says in which JSON type the file wants a value', () => {
    assert.match(wrongIn({ allowRoot: 'yes' })?.hint ?? '', /"allowRoot": true/);
    assert.match(
      wrongIn({ tenantPort: '8443' })?.hint ?? '',
      /a number without quotes; allowed for tenantPort: 1 to 65535/,
    );
    assert.match(wrongIn({ accounts: 1 })?.hint ?? '', /a text, in quotes; allowed for accounts: simulated or linux/);
    assert.match(wrongIn({ tenantPort: 70_000 })?.hint ?? '', /^allowed for tenantPort: 1 to 65535$/);
  });

  it('takes a schedule that is one, and says of another what is wrong with it, never the text itself', () => {
    assert.equal(readValue(configurationTable.schedule, '*/10 * * * *'), '*/10 * * * *');
    for (const wrong of ['* * * * * *', '99 * * * *', 'hourly, please', '0 0 31 2 *', '@hourly'])
      assert.equal(readValue(configurationTable.schedule, wrong), undefined, wrong);
    const told = fromEnvironment({ LAPS_SCHEDULE: 'secret * * * *' });
    assert.ok(told.kind === 'wrong');
    assert.match(told.hint, /five words.*; its first word, the minute, is not understood/);
    assert.doesNotMatch(told.hint, /secret/);
    assert.match(wrongIn({ schedule: '* * * * * *' })?.hint ?? '', /six|6 words instead of five/);
    assert.match(wrongIn({ schedule: 'hourly' })?.hint ?? '', /it has 1 word instead of five/);
  });

  it('reads a value as a person writes it and shows it so that it can be written again', () => {
    for (const [text, value] of [
      ['yes', true],
      ['on', true],
      ['1', true],
      ['no', false],
      ['off', false],
      ['false', false],
    ] as const) {
      assert.equal(readValue(configurationTable.allowRoot, text), value);
      assert.equal(readValue(configurationTable.allowRoot, textOf(value)), value);
    }
    assert.equal(readValue(configurationTable.allowRoot, 'maybe'), undefined);
    assert.equal(readValue(configurationTable.tenantPort, '8443'), 8443);
    for (const wrong of ['0', '65536', '-1', '84.43', '', '0x10'])
      assert.equal(readValue(configurationTable.tenantPort, wrong), undefined, wrong);
    assert.equal(readValue(configurationTable.accounts, 'Linux'), undefined);
  });
});

describe('what the environment configures', () => {
  it('is every member that has a variable with something in it', () => {
    assert.deepEqual(fromEnvironment({ LAPS_TENANT: 'usgov', LAPS_ALLOW_ROOT: 'yes', LAPS_OS: '', OTHER: 'x' }), {
      kind: 'set',
      members: { tenant: 'usgov', allowRoot: true },
    });
  });

  it('is refused whole when one variable does not fit, by name and with what is allowed', () => {
    const told = fromEnvironment({ LAPS_TENANT: 'usgov', LAPS_ACCOUNTS: 'windows' });
    assert.ok(told.kind === 'wrong');
    assert.match(told.problem, /LAPS_ACCOUNTS/);
    assert.match(told.hint, /simulated or linux/);
    assert.doesNotMatch(told.problem, /windows/, 'foreign text is not repeated');
  });
});

describe('what is wrong in a file', () => {
  it('is nothing when every member fits', () => {
    assert.equal(wrongIn({ tenant: 'embedded', tenantPort: 1, allowOwn: false }), undefined);
    assert.equal(wrongIn({}), undefined);
  });

  it('is not repeated: what stood there may be anything', () => {
    const wrong = wrongIn({ 'a secret of somebody': 1 });
    assert.doesNotMatch(JSON.stringify(wrong), /secret/);
    for (const value of [null, [], 'x', 7]) assert.match(wrongIn(value)?.problem ?? '', /no JSON object/);
  });
});
