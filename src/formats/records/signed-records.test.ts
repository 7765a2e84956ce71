/** Every parser of what authorities sign, held against seeded damage: a value, or a Fault; never anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { makeAuthority, makeList, makeParty } from '../../../test/fakes/authority.ts';
import { signEnvelope } from '../../../test/fakes/notation-signer.ts';
import { ocspAnswer } from '../../../test/fakes/revocation-server.ts';
import { makeStamper, timestampToken } from '../../../test/fakes/timestamp-authority.ts';
import { parseCoseSign1 } from './cose-sign1.ts';
import { nameText } from './distinguished-name.ts';
import { parseOcspResponse } from './ocsp.ts';
import { parseRevocationList } from './revocation-list.ts';
import { parseTimestampToken } from './timestamp-token.ts';
import {
  basicConstraintsOf,
  crlAddressesOf,
  extendedKeyUsageOf,
  keyUsageOf,
  ocspAddressesOf,
  parseCertificate,
} from './x509-certificate.ts';

/** xorshift32: the same damage on every run. */
const numbers = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
};

const survives = (bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown): void => {
  parse(bytes);
  const next = numbers(20_260_101);
  let refused = 0;
  for (let round = 0; round < 1500; round += 1) {
    const changed = Uint8Array.from(bytes);
    for (let count = 1 + next(3); count > 0; count -= 1) changed[next(changed.length)] = next(256);
    const cut = next(4) === 0 ? changed.subarray(0, next(changed.length)) : changed;
    try {
      parse(cut);
    } catch (thrown) {
      assert.ok(isFault(thrown), `round ${round}: ${String(thrown)}`);
      refused += 1;
    }
  }
  assert.ok(refused > 100);
};

const inspect = (bytes: Uint8Array): void => {
  const certificate = parseCertificate(bytes, 'x');
  nameText(certificate.subject, 'x');
  for (const look of [basicConstraintsOf, keyUsageOf, extendedKeyUsageOf, ocspAddressesOf, crlAddressesOf])
    look(certificate, 'x');
};

test('certificates', async () => {
  const issuer = await makeAuthority({ pathLength: 3 });
  const purposes = ['1.3.6.1.5.5.7.3.3'];
  survives(
    (await makeParty({ issuer, ocsp: 'http://a.example/', crl: 'http://b.example/', purposes })).certificate,
    inspect,
  );
  survives(issuer.certificate, inspect);
});

test('lists of revoked certificates', async () => {
  const authority = await makeAuthority();
  const entries = [{ serial: '4a', reason: 'certificateHold', invalidSince: new Date() }, { serial: '4b' }] as const;
  survives(await makeList({ authority, entries }), (bytes) =>
    parseRevocationList(bytes, 'x').find(Uint8Array.of(0x4a)),
  );
});

test('answers of OCSP', async () => {
  const authority = await makeAuthority();
  const responder = await makeParty({ issuer: authority });
  const answer = ocspAnswer('4a', { authority, responder, status: 'revoked', invalidSince: new Date() });
  survives(answer, (bytes) => parseOcspResponse(bytes, 'x').certificates.map(inspect));
});

test('time stamps', async () => {
  const stamper = await makeStamper(await makeAuthority());
  const token = timestampToken({ stamper, time: new Date(), stamped: Buffer.from('x'), accuracySeconds: 1 });
  survives(token, (bytes) => parseTimestampToken(bytes, 'x').certificates.map(inspect));
});

test('COSE', async () => {
  const target = { mediaType: 'a/b', digest: `sha256:${'0'.repeat(64)}`, size: 1 } as const;
  const envelope = signEnvelope({ form: 'cose', signer: await makeParty(), target });
  survives(envelope, (bytes) => parseCoseSign1(bytes, 2 ** 20, 'x'));
});
