/** Where the package lies. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../agent/edge/packageRoot.ts';

describe('the package root', () => {
  it('is the folder with our package.json, policies and word lists, wherever the program was started', () => {
    const root = packageRoot();
    for (const name of ['package.json', 'policies', join('agent', 'edge', 'words')])
      assert.ok(existsSync(join(root, name)));
    assert.equal(packageRoot(), root);
  });
});
