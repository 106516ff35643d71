/**
 * The first run, word for word, as README.md shows it.
 *
 * With LAPS_UPDATE_GOLDENS set, the fixture and the README's block are written anew instead of being compared.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startLaps } from '../support/lapsProcess.ts';
import { temporaryFolder } from '../support/processWorld.ts';
import { normalised } from '../support/transcript.ts';

const fixture = new URL('../../fixtures/transcripts/first-run.txt', import.meta.url);
const readme = new URL('../../README.md', import.meta.url);
const block = /(<!-- transcript:first-run -->\n)(.*?)(<!-- \/transcript -->)/s;
const updating = process.env['LAPS_UPDATE_GOLDENS'] !== undefined;
const fenced = (text: string): string => `\`\`\`\n${text}\`\`\`\n`;

describe('the first run', () => {
  it('says what fixtures/transcripts/first-run.txt says, from a folder with nothing in it', async () => {
    const cwd = temporaryFolder();
    try {
      // As `npm start` does it: no words, no environment; the data goes to ./.laps.
      mkdirSync(join(cwd, '.laps'));
      const daemon = startLaps(['run'], { cwd });
      await daemon.says(/Ctrl-C ends it/);
      const { status, stdout, stderr } = await daemon.stop();
      assert.deepEqual([status, stderr], [0, '']);
      const said = normalised(stdout);
      if (updating) {
        writeFileSync(fixture, said);
        const page = readFileSync(readme, 'utf8');
        writeFileSync(
          readme,
          page.replace(block, (_, open: string, __, close: string) => open + fenced(said) + close),
        );
      }
      assert.equal(said, readFileSync(fixture, 'utf8'));
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });

  it('stands in README.md as it is', () => {
    const found = existsSync(readme) ? block.exec(readFileSync(readme, 'utf8')) : null;
    assert.ok(found !== null, 'README.md has no block transcript:first-run');
    assert.equal(found[2], fenced(readFileSync(fixture, 'utf8')));
  });
});
