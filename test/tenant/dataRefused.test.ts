import assert from 'node:assert/strict';
import { TenantError } from '../../agent/tenant/errors.ts';
import { asTenantError } from '../../agent/tenant/store/database.ts';

describe('what SQLite throws', () => {
  const codeOf = (code: string): string => {
    const error = asTenantError(Object.assign(new Error('said by SQLite'), { code }));
    assert.ok(error instanceof TenantError);
    return error.code;
  };

  for (const code of [
    'SQLITE_FULL',
    'SQLITE_READONLY',
    'SQLITE_READONLY_DIRECTORY',
    'SQLITE_IOERR_WRITE',
    'SQLITE_CANTOPEN',
  ])
    it(`is about the place, not the file, where it is ${code}`, () => {
      assert.equal(codeOf(code), 'TENANT_DATA_REFUSED');
    });

  for (const code of ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_ERROR'])
    it(`is damage where it is ${code}`, () => {
      assert.equal(codeOf(code), 'TENANT_DATA_DAMAGED');
    });
});
