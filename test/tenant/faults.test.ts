import assert from 'node:assert/strict';
import { createFaultBoard, faultOperations, parseFault } from '../../agent/tenant/faults.ts';

describe('fault specs', () => {
  it('are refused with what is possible', () => {
    const wrong = [
      '',
      'backup',
      'backup:',
      'backup:explode',
      'bakcup:hang',
      ':hang',
      'backup:hang:0',
      'backup:hang:x',
      'backup:hang:-1',
      'backup:hang:1:2',
      'backup:hang=3',
      'backup:status',
      'backup:status=99',
      'backup:status=600',
      'backup:delay',
      'backup:delay=5',
      'backup:delay=5m',
      'backup:throttle=soon',
      'backup:redirect',
      'backup:redirect=ftp://x/',
      'backup:redirect=https://a b/',
      'backup:clock-skew',
      'backup:clock-skew=1h',
      'backup:refuse',
      'backup:refuse=error_of_mine',
      'graph:refuse=error_fail',
      'backup:refuse=constructor',
    ];
    for (const spec of wrong) {
      assert.throws(
        () => parseFault(spec),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'TENANT_FAULT_INVALID');
          assert.match(error.message, /backup.*drop-reply-after-store/s);
          return true;
        },
        spec,
      );
    }
  });

  it('are read with value and count', () => {
    const effects = (spec: string) => {
      const { effect, left } = parseFault(spec);
      return { effect, left };
    };
    assert.deepEqual(effects('backup:drop-reply-after-store:1'), {
      effect: { kind: 'drop-reply-after-store' },
      left: 1,
    });
    assert.deepEqual(effects('backup:throttle'), {
      effect: { kind: 'throttle', seconds: 30, asDate: false },
      left: Infinity,
    });
    assert.deepEqual(effects('token:throttle=httpdate:2'), {
      effect: { kind: 'throttle', seconds: 30, asDate: true },
      left: 2,
    });
    assert.deepEqual(effects('backup:delay=250ms'), { effect: { kind: 'delay', ms: 250 }, left: Infinity });
    assert.deepEqual(effects('any:clock-skew=-60'), { effect: { kind: 'clock-skew', seconds: -60 }, left: Infinity });
    assert.deepEqual(effects('backup:redirect=https://localhost:8443'), {
      effect: { kind: 'redirect', url: 'https://localhost:8443' },
      left: Infinity,
    });
    assert.deepEqual(effects('backup:redirect=https://localhost:8443/x:3'), {
      effect: { kind: 'redirect', url: 'https://localhost:8443/x' },
      left: 3,
    });
  });
});

describe('the fault board', () => {
  it('touches only its operation, counts down, and ends', () => {
    const board = createFaultBoard(['backup:hang:2', 'token:unavailable']);
    assert.deepEqual(board.take('graph'), []);
    assert.equal(board.take('backup')[0]?.kind, 'hang');
    assert.equal(board.list()[0]?.left, 1);
    assert.equal(board.take('backup')[0]?.kind, 'hang');
    assert.deepEqual(board.take('backup'), []);
    assert.equal(board.take('token')[0]?.kind, 'unavailable');
  });

  it('combines delay, skew and duplicate with the first other effect, and keeps the rest for later', () => {
    const board = createFaultBoard(['any:delay=1ms', 'backup:hang:1', 'backup:html:1', 'backup:duplicate:1']);
    assert.deepEqual(
      board.take('backup').map((effect) => effect.kind),
      ['delay', 'hang', 'duplicate'],
    );
    assert.deepEqual(
      board.take('backup').map((effect) => effect.kind),
      ['delay', 'html'],
    );
    assert.deepEqual(
      board.take('backup').map((effect) => effect.kind),
      ['delay'],
    );
  });

  it('adds all or none', () => {
    const board = createFaultBoard([]);
    assert.throws(() => board.add(['backup:hang', 'nonsense']));
    assert.deepEqual(board.list(), []);
    assert.equal(faultOperations.includes('any'), true);
  });
});
