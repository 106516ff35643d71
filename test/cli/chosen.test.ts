/** `--policy`: which of several policies of a file a verb is about. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verb as convert } from '../../agent/cli/convert.ts';
import { verb as diff } from '../../agent/cli/diff.ts';
import { verb as explain } from '../../agent/cli/explain.ts';
import { gather } from '../../agent/cli/policyOptions.ts';
import { verb as sample } from '../../agent/cli/sample.ts';
import { runVerb } from '../support/fakeFace.ts';

const prefix = 'device_vendor_msft_laps_policies_';
/** As the catalogue has them: the directory is a choice, a length a number. */
const policy = (name: string, { directory = 1, length }: { directory?: number; length?: number }): object => ({
  name,
  settings: [
    {
      settingInstance: {
        settingDefinitionId: `${prefix}backupdirectory`,
        choiceSettingValue: { value: `${prefix}backupdirectory_${directory}` },
      },
    },
    ...(length === undefined
      ? []
      : [
          {
            settingInstance: {
              settingDefinitionId: `${prefix}passwordlength`,
              simpleSettingValue: { value: length },
            },
          },
        ]),
  ],
});
const two = [policy('Pilot', { length: 20 }), policy('Production', { length: 16 })];

describe('--policy', () => {
  let cwd = '';
  const put = (name: string, content: unknown): void => writeFileSync(join(cwd, name), JSON.stringify(content));
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'laps-chosen-'));
    put('two.json', two);
    put('agree.json', [policy('A', {}), policy('B', { length: 16 })]);
    put('one.json', { BackupDirectory: 1, PasswordLength: 16 });
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const options = { to: 'native' };
  it('is asked for where policies contradict each other, by every verb that takes one', async () => {
    for (const verb of [explain, convert, sample]) {
      const { error, stdout } = await runVerb(verb, { cwd, args: ['two.json'], options });
      assert.deepEqual([error?.code, error?.exit, stdout], ['ERR_LAPS_POLICY_INVALID', 1, '']);
      assert.match(error?.message ?? '', /two\.json:1:\d+: PasswordLength is 20 in "Pilot" and 16 in "Production"/);
      assert.match(error?.hint ?? '', /--policy "Pilot" or "Production"$/);
    }
    assert.equal((await runVerb(diff, { cwd, args: ['two.json', 'one.json'] })).status, 1);
  });

  it('takes the one it names, and tells it', async () => {
    const shown = await runVerb(explain, { cwd, args: ['two.json'], options: { policy: 'pilot' } });
    assert.match(shown.stdout, /^policy: "Pilot", one of 2 policies\n[\s\S]*PasswordLength = 20/);
    const written = await runVerb(convert, { cwd, args: ['two.json'], options: { to: 'native', policy: '2' } });
    assert.match(written.stderr, /converted: "Production"/);
    assert.deepEqual(JSON.parse(new TextDecoder().decode(written.bytes)), { BackupDirectory: 1, PasswordLength: 16 });
    const drawn = await runVerb(sample, { cwd, args: ['two.json'], options: { policy: 'Pilot', count: '1' } });
    assert.match(drawn.stderr, /^20 characters/);
  });

  it('is needed by none that agree: they are taken together, and that is told', async () => {
    const shown = await runVerb(explain, { cwd, args: ['agree.json'], json: true });
    const { note, settings } = JSON.parse(shown.stdout);
    assert.match(note, /"A" and "B" together/);
    assert.equal(settings.PasswordLength.value, 16);
    const written = await runVerb(convert, { cwd, args: ['agree.json'], options });
    assert.deepEqual([written.status, /"A" and "B" together/.test(written.stderr)], [0, true]);
  });

  it('is about both sides of a comparison, or about each', async () => {
    const compare = async (args: readonly string[], ...words: string[]) => {
      const given = words.reduce<unknown>((earlier, word) => gather(word, earlier), undefined);
      return runVerb(diff, { cwd, args, options: { ...(given !== undefined && { policy: given }) } });
    };
    assert.equal((await compare(['two.json', 'one.json'], 'Production')).status, 0);
    assert.equal((await compare(['one.json', 'two.json'], 'Pilot')).status, 1);
    const both = await compare(['two.json', 'two.json'], 'Pilot', 'Production');
    assert.match(
      both.stdout,
      /two\.json \("Pilot"[\s\S]*two\.json \("Production"[\s\S]*PasswordLength +20 characters -> 16 characters/,
    );
    assert.equal((await compare(['one.json', 'one.json'], 'Pilot')).status, 2);
    assert.equal((await compare(['two.json', 'two.json'], 'Pilot', 'Pilot', 'Pilot')).status, 2);
    assert.equal((await compare(['two.json', 'one.json'], 'Pilot', 'Pilot')).status, 2);
  });

  it('is refused where it names nothing', async () => {
    mkdirSync(join(cwd, 'folder'));
    for (const [path, word] of [
      ['two.json', 'Nope'],
      ['two.json', '3'],
      ['one.json', 'Pilot'],
      ['folder', 'Pilot'],
    ] as const) {
      const { status, error } = await runVerb(explain, { cwd, args: [path], options: { policy: word } });
      assert.deepEqual([status, error?.hint !== undefined], [2, true], path);
    }
  });
});
