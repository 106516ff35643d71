/** What `laps status` says of actions after a sign-in that do not come about: what was tried, and what to do. */
import assert from 'node:assert/strict';
import type { PostAuthStore } from '../../agent/core/ports.ts';
import { type Acting, maxRetries, nothingRemembered } from '../../agent/core/postAuth/memory.ts';
import { postAuthenticationPart } from '../../agent/service/postAuthStatus.ts';

const acting: Acting = {
  sid: 'S-1-5-21-1-2-3-2001',
  name: 'lapsadmin',
  rid: 2001,
  actions: 11,
  stage: 'signOut',
  until: null,
  bootId: 'boot-1',
  retryCount: 1,
  retryAt: 1_795_420_060_000,
};
async function troubleOf(changes: Partial<Acting>): Promise<string> {
  const memory: Pick<PostAuthStore, 'peek'> = {
    peek: async () => ({ kind: 'memory', memory: { ...nothingRemembered, acting: { ...acting, ...changes } } }),
  };
  return (await postAuthenticationPart(memory)).troubles.join();
}

describe('actions that do not come about', () => {
  it('are told with what was tried and what a person can do', async () => {
    assert.match(
      await troubleOf({}),
      /lapsadmin not every session of it could be ended .*50044.*tried again by itself/,
    );
    assert.match(await troubleOf({ stage: 'processes' }), /not every process of it could be ended/);
    for (const stage of ['restart', 'restarting'] as const)
      assert.match(await troubleOf({ stage }), /could not be restarted by .*shutdown -r.*by hand/);
    assert.match(await troubleOf({ retryCount: maxRetries + 1 }), /the next boot tries again$/);
  });

  it('are no trouble before they have failed', async () => {
    assert.equal(await troubleOf({ retryCount: 0 }), '');
  });

  it('are told of a restart that is coming: nothing is well beside it', async () => {
    assert.match(await troubleOf({ stage: 'restarting', retryCount: 0 }), /^this machine restarts within a minute/);
  });
});
