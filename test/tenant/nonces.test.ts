import assert from 'node:assert/strict';
import { createNonces, nonceLifeMs } from '../../agent/tenant/nonces.ts';

const at = 1_800_000_000_000;

describe('nonces', () => {
  it('are refused when forged, changed, foreign, cut or empty', () => {
    const nonces = createNonces();
    const good = nonces.issue(at);
    const bytes = Buffer.from(good, 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      assert.equal(nonces.redeem(changed.toString('base64url'), at), false, `byte ${index}`);
      assert.equal(nonces.redeem(bytes.subarray(0, index).toString('base64url'), at), false, `cut at ${index}`);
    }
    assert.equal(nonces.redeem(createNonces().issue(at), at), false);
    assert.equal(nonces.redeem(good, at), true);
  });

  it('are good once, in any spelling', () => {
    const nonces = createNonces();
    const nonce = nonces.issue(at);
    assert.equal(nonces.redeem(nonce, at), true);
    assert.equal(nonces.redeem(nonce, at), false);
    assert.equal(nonces.redeem(`${nonce}=`, at), false);
  });

  it('are good for five minutes and no longer', () => {
    const nonces = createNonces();
    assert.equal(nonces.redeem(nonces.issue(at), at + nonceLifeMs), true);
    assert.equal(nonces.redeem(nonces.issue(at), at + nonceLifeMs + 1), false);
    assert.equal(nonces.redeem(nonces.issue(at), at - 3_600_000), false);
  });

  it('stay used while others come and go', () => {
    const nonces = createNonces();
    const first = nonces.issue(at);
    assert.equal(nonces.redeem(first, at), true);
    for (let n = 1; n < 50; n += 1) assert.equal(nonces.redeem(nonces.issue(at + n), at + n), true);
    assert.equal(nonces.redeem(first, at + 100), false);
  });
});
