/** Whoever reads a file by its name does so through edge/plainFile.ts, where nobody waits for a pipe. */
import assert from 'node:assert/strict';
import { sourcesUnder, textOf, tokensOf } from './sources.ts';

/** Those that read otherwise, each with the reason. */
const others: Readonly<Record<string, string>> = {
  'agent/edge/plainFile.ts': 'it is the one',
  'agent/tenant/files.ts': 'the tenant imports no edge; it looks in the same way',
  'agent/edge/textFile.ts': 'a shell may hand over a pipe of its own; one with a name is refused first',
  'agent/edge/confFile.ts': 'it reads back what was renamed there in the moment before',
  'agent/edge/packageRoot.ts': 'a file of this package',
  'agent/edge/accounts/rootPowers.ts': 'a file of the kernel',
  'agent/edge/bootId.ts': 'a file of the kernel',
  'agent/edge/callers.ts': 'a file of the kernel',
  'agent/edge/lockLook.ts': 'files of the kernel',
  'agent/edge/processEnv.ts': 'a file of the kernel',
  'agent/edge/sessions/processes.ts': 'files of the kernel',
  'agent/edge/sessions/terminals.ts': 'files of the kernel',
};
const readers = new Set(['readFile', 'readFileSync', 'createReadStream']);

function readsByName(path: string): boolean {
  return tokensOf(textOf(path)).some(
    ({ kind, text }, at, all) => kind === 'word' && readers.has(text) && all[at + 1]?.text === '(',
  );
}

describe('reading by name', () => {
  it('goes through one file, or says why not', () => {
    const found = sourcesUnder('agent').filter(readsByName);
    assert.deepEqual(found, Object.keys(others).sort());
  });
});
