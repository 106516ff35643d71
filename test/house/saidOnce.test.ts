/** Facts of the code that stand in one place each: written out again they would come apart one day. */
import assert from 'node:assert/strict';
import { sourcesUnder, textOf } from './sources.ts';

/** How a fact looks where it is written out, and the files that may. Agent and tenant share nothing, so each has its own. */
const facts: Readonly<Record<string, { readonly looks: RegExp; readonly in: readonly string[] }>> = {
  'the milliseconds of an hour and a day': {
    looks: /\b(?:86_?400_?000|3_?600_?000|60 \* 60_?000)\b/,
    in: ['agent/core/time.ts', 'agent/tenant/instants.ts'],
  },
  'the Host of the local interface': { looks: /laps\.local/, in: ['agent/core/localHost.ts'] },
  'what a damaged file is called': { looks: /['`$}.]\.?damaged-/, in: ['agent/edge/aside.ts'] },
  'the command that starts the service': {
    looks: /systemctl start /,
    in: ['agent/core/hosting/standing.ts'],
  },
  'the command that starts the service again': {
    looks: /systemctl restart /,
    in: ['agent/core/hosting/staleProgram.ts'],
  },
  'which files of a folder are policies': { looks: /\(csp\|gpo/, in: ['agent/core/policy/document.ts'] },
};

describe('a fact that stands once', () => {
  for (const [fact, { looks, in: places }] of Object.entries(facts))
    it(`is ${fact}`, () => {
      const found = sourcesUnder('agent').filter((path) => looks.test(textOf(path)));
      assert.deepEqual(found, places, 'import it from there');
    });
});
