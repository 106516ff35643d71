import assert from 'node:assert/strict';
import { hintAsAsked, requestOf } from '../../agent/service/request.ts';
import { settledWorld, watchWorlds } from '../support/world.ts';

const again = { code: 'ERR_LAPS_DEVICE_AUTH', hint: 'run it again later: laps process' } as const;

describe('the hint of a cycle that did not do what was asked', () => {
  watchWorlds();

  it('names the command that asked, where nothing of the request is kept', () => {
    assert.equal(hintAsAsked(again, { trigger: 'administrator' }, null), 'run it again later: laps reset');
    assert.equal(hintAsAsked(again, { trigger: 'process command' }, null), again.hint);
    assert.equal(hintAsAsked(again, { trigger: 'hourly' }, null), again.hint);
    assert.equal(hintAsAsked({ ...again, hint: null }, { trigger: 'administrator' }, null), null);
  });

  it('leaves a rotation that has begun to the next cycle: another reset would make one more', () => {
    assert.equal(hintAsAsked(again, { trigger: 'administrator' }, 'a-rotation'), again.hint);
  });

  it('is true of a reset that got no token: only a reset rotates afterwards', async () => {
    const world = await settledWorld();
    world.tenant.connectFails({
      code: 'ERR_LAPS_DEVICE_AUTH',
      message: 'no token',
      hint: again.hint,
      phase: 'token',
      hresult: 0x800701f4,
      token: { httpStatus: 500, aadsts: 0, text: '', problem: '' },
    });
    const failed = await world.cycle('administrator');
    assert.equal(failed.error?.hint, 'run it again later: laps reset');
    assert.equal((await world.cycle('process command')).outcome, 'unchanged');
    assert.equal((await world.cycle('administrator')).outcome, 'rotated');
  });

  it('tells whoever interrupts before anything was sent that nothing was, and what to run', async () => {
    const world = await settledWorld();
    const { outcome, error, rotationId } = await world.cycle('administrator', { parked: () => true });
    assert.deepEqual([outcome, rotationId], ['blocked', null]);
    assert.equal(error?.hint, 'nothing was changed; run it again: laps reset');
    assert.equal(requestOf('hourly'), undefined);
  });
});
