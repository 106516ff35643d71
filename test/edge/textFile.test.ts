import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCertificateFile, readTextFile } from '../../agent/edge/textFile.ts';
import { makeAuthority } from '../../agent/tenant/certificates.ts';

describe('a text file that a person names', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'laps-text-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const unreadable = (message: string) => ({ code: 'ERR_LAPS_FILE_UNREADABLE', message });

  it('is no folder, and no pipe that would be waited for', async () => {
    const pipe = join(folder, 'pipe');
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
    await assert.rejects(readTextFile(pipe), unreadable(`${pipe} is not a plain file`));
    await assert.rejects(readTextFile(folder), unreadable(`${folder} is a folder`));
  });

  it('is read no further than a mebibyte, also where it has no size that could be asked', async () => {
    const path = join(folder, 'large');
    writeFileSync(path, 'x'.repeat(1_048_576));
    assert.equal((await readTextFile(path)).length, 1_048_576);
    writeFileSync(path, 'x'.repeat(1_048_577));
    await assert.rejects(readTextFile(path), unreadable(`${path} is larger than a mebibyte`));
    if (!existsSync('/dev/zero')) return;
    await assert.rejects(readTextFile('/dev/zero'), unreadable('/dev/zero is larger than a mebibyte'));
  });

  it('of an authority holds its certificate, or is told not to', async () => {
    const path = join(folder, 'ca.pem');
    writeFileSync(path, '# An authority\n');
    await assert.rejects(readCertificateFile(path), unreadable(`${path} holds no certificate`));
    writeFileSync(path, '-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n');
    await assert.rejects(readCertificateFile(path), unreadable(`${path} holds no certificate that can be read`));
    const now = Date.now();
    const validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3_600_000) };
    const { cert: certificate } = await makeAuthority('Test', validity);
    writeFileSync(path, `words\n${certificate}`);
    assert.equal(await readCertificateFile(path), `words\n${certificate}`);
  });
});
