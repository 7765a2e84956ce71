import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { parseCertificate } from '../../formats/records/x509-certificate.ts';
import { makeAuthority, makeParty, purposes, type Party } from '../../../test/fakes/authority.ts';
import { makeStamper, timestampToken, type StampOptions } from '../../../test/fakes/timestamp-authority.ts';
import { verifyTimestamp } from './timestamp.ts';

const day = 86_400_000;
const time = new Date(Math.floor((Date.now() - day) / 1000) * 1000);
const stamped = Buffer.from('a bare signature');

let root: Party;
let stamper: Party;

before(async () => {
  root = await makeAuthority();
  stamper = await makeStamper(await makeAuthority({ issuer: root }));
});

const tokenOf = (options: Partial<StampOptions> = {}): Uint8Array =>
  timestampToken({ stamper, time, stamped, ...options });
const verify = (token: Uint8Array, roots: readonly Party[] = [root], maximum = 16) =>
  verifyTimestamp(
    token,
    stamped,
    roots.map(({ certificate }) => parseCertificate(certificate, 'x')),
    maximum,
  );
const refused = (token: Uint8Array, reason: RegExp, roots?: readonly Party[]): void => {
  const answer = verify(token, roots);
  assert.ok(typeof answer === 'string', 'it is believed');
  assert.match(answer, reason);
};

test('a stamp gives its time, with the accuracy that it states', () => {
  const plain = verify(tokenOf());
  assert.ok(typeof plain !== 'string', JSON.stringify(plain));
  assert.deepEqual([plain.earliest, plain.latest], [time, time]);
  assert.equal(plain.chain.length, 3);
  const rough = verify(tokenOf({ accuracySeconds: 2 }));
  assert.ok(typeof rough !== 'string');
  assert.equal(rough.latest.getTime() - rough.earliest.getTime(), 4000);
  const baseline = verify(tokenOf({ policy: '0.4.0.2023.1.1' }));
  assert.ok(typeof baseline !== 'string');
  assert.equal(baseline.latest.getTime() - baseline.earliest.getTime(), 2000);
});

test('the stronger hashes too', () => {
  for (const hash of ['sha384', 'sha512'] as const) {
    const value = createHash(hash).update(stamped).digest();
    assert.ok(typeof verify(tokenOf({ imprint: { hash, value } })) !== 'string');
  }
});

test('a stamp of something else', () => {
  refused(tokenOf({ stamped: Buffer.from('another signature') }), /of something else/);
});

test('an authority that nobody trusts, or whose certificates are missing', async () => {
  refused(tokenOf(), /not trusted/, [await makeAuthority()]);
  refused(tokenOf(), /not trusted/, []);
  refused(tokenOf({ without: 'certificates' }), /missing/);
});

test('a stamp names the certificate that it is signed with', () => {
  refused(tokenOf({ without: 'signing certificate' }), /does not say/);
  refused(tokenOf({ namedCertificate: root.certificate }), /another certificate/);
});

test('an authority for something else, or not valid then', async () => {
  refused(tokenOf({ stamper: await makeStamper(root, { purposes: [purposes.codeSigning] }) }), /time stamping alone/);
  refused(tokenOf({ stamper: await makeParty({ issuer: root }) }), /time stamping alone/);
  refused(
    tokenOf({ stamper: await makeStamper(root, { notBefore: new Date(Date.now() - day / 2) }) }),
    /not valid when/,
  );
  refused(
    tokenOf({ stamper: await makeStamper(root, { notAfter: new Date(time.getTime() - 1000) }) }),
    /not valid when/,
  );
  const ended = await makeStamper(root, { notAfter: new Date(time.getTime() + 1000) });
  assert.ok(typeof verify(tokenOf({ stamper: ended })) !== 'string', 'valid when it stamped');
});

test('more certificates than the budget', () => {
  assert.equal(verify(tokenOf(), [root], 2), 'the time stamp brings too many certificates');
});

test('no changed byte is believed, and every truncation is refused', () => {
  const token = tokenOf();
  const quietly = (bytes: Uint8Array): unknown => {
    try {
      return verify(bytes);
    } catch (thrown) {
      assert.ok(isFault(thrown) && thrown.kind === 'malformed');
      return 'malformed';
    }
  };
  for (let end = 0; end < token.length; end += 19) assert.equal(typeof quietly(token.subarray(0, end)), 'string');
  const believed: number[] = [];
  for (let offset = 0; offset < token.length; offset += 3) {
    const changed = Uint8Array.from(token);
    changed[offset] = (changed[offset] ?? 0) ^ 1;
    const answer = quietly(changed);
    if (typeof answer === 'string') continue;
    believed.push(offset);
    // What is not signed: the versions of CMS, and the root, of which an own copy is trusted.
    assert.deepEqual((answer as { readonly latest: Date }).latest, time);
  }
  assert.ok(believed.length < token.length / 6, `${believed.length} of ${token.length / 3}`);
});
