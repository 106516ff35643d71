/** The table of errors and the one class. */
import assert from 'node:assert/strict';
import { errorTable, formatHresult, hresultOfHttpStatus, isLapsError, LapsError } from '../../agent/core/errors.ts';
import { eventTable } from '../../agent/core/events.ts';

describe('an error', () => {
  it('takes status and number from the table, unless it has a number of its own', () => {
    const plain = new LapsError('ERR_LAPS_TENANT_REFUSED', { message: 'no' });
    assert.equal(plain.exit, 1);
    assert.equal(plain.hresult, 0x80070190);
    assert.equal(plain.hint, undefined);
    assert.equal(new LapsError('ERR_LAPS_TENANT_REFUSED', { message: 'no', hresult: 0x80070193 }).hresult, 0x80070193);
  });

  it('keeps its cause, and has none where none was given', () => {
    const cause = new Error('below');
    assert.equal(new LapsError('ERR_LAPS_DISK', { message: 'm', cause }).cause, cause);
    assert.equal('cause' in new LapsError('ERR_LAPS_DISK', { message: 'm' }), false);
  });

  it('is known by its shape', () => {
    assert.equal(isLapsError(new LapsError('ERR_LAPS_DISK', { message: 'm' })), true);
    assert.equal(isLapsError(Object.assign(new Error('m'), { name: 'LapsError', code: 'ERR_LAPS_DISK' })), true);
    for (const other of [
      new Error('m'),
      Object.assign(new Error('m'), { code: 'ENOSPC' }),
      Object.assign(new Error('m'), { name: 'LapsError', code: 'toString' }),
      { name: 'LapsError', code: 'ERR_LAPS_DISK' },
      null,
      'ERR_LAPS_DISK',
    ])
      assert.equal(isLapsError(other), false);
  });
});

describe('the table of errors', () => {
  for (const [code, row] of Object.entries(errorTable))
    it(`has for ${code} a number that says failure, an exit status and a known event`, () => {
      assert.match(code, /^ERR_LAPS_[A-Z_]+$/);
      assert.ok(row.hresult >= 0x80000000 && row.hresult <= 0xffffffff);
      assert.ok([1, 2, 3].includes(row.exit));
      if ('event' in row) assert.ok(Object.hasOwn(eventTable, row.event));
    });
});

describe('an HRESULT', () => {
  it('of an HTTP status is Win32 error number status (wire 3.2)', () => {
    const given = [400, 401, 403, 429, 500, 503].map((status) => formatHresult(hresultOfHttpStatus(status)));
    assert.deepEqual(given, ['0x80070190', '0x80070191', '0x80070193', '0x800701ad', '0x800701f4', '0x800701f7']);
  });

  it('is printed in eight digits, whatever its sign', () => {
    assert.equal(formatHresult(0), '0x00000000');
    assert.equal(formatHresult(0x80070005 | 0), '0x80070005');
  });
});
