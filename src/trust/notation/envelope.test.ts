import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Descriptor } from '../../core/image.ts';
import { makeAuthority, makeParty, type KeyKind, type Party } from '../../../test/fakes/authority.ts';
import { signEnvelope, type SigningOptions } from '../../../test/fakes/notation-signer.ts';
import { openCoseEnvelope } from './cose-envelope.ts';
import { openJwsEnvelope } from './jws-envelope.ts';
import { matchPayload, parsePayload } from './payload.ts';
import { toRefusal } from './refusal.ts';

const scheme = 'io.cncf.notary.signingScheme';
const expiryName = 'io.cncf.notary.expiry';
const authenticTime = 'io.cncf.notary.authenticSigningTime';
const target: Descriptor = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'ab'.repeat(32)}`,
  size: 1234,
};

let issuer: Party;
let signer: Party;

before(async () => {
  issuer = await makeAuthority();
  signer = await makeParty({ issuer });
});

for (const form of ['jws', 'cose'] as const)
  describe(form, () => {
    const open = async (
      options: Partial<SigningOptions> = {},
      change: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
    ) => {
      const bytes = change(signEnvelope({ form, signer, target, ...options }));
      return form === 'jws' ? await openJwsEnvelope(bytes, 2 ** 20, 4) : openCoseEnvelope(bytes, 2 ** 20, 4);
    };
    const refused = async (code: string, reason: RegExp, ...args: Parameters<typeof open>): Promise<void> => {
      const found = await open(...args).then(
        () => assert.fail('it is believed'),
        (thrown: unknown) => toRefusal(thrown),
      );
      assert.equal(found.code, code, found.message);
      assert.match(found.message, reason);
    };

    test('every algorithm that Notary has', async () => {
      for (const kind of ['EC 256', 'EC 384', 'EC 521', 'RSA 2048', 'RSA 3072', 'RSA 4096'] satisfies KeyKind[]) {
        const party = await makeParty({ issuer, kind });
        const { chain, payload, unsupported } = await open({ signer: party });
        assert.equal(chain.length, 2);
        assert.equal(unsupported, undefined);
        assert.deepEqual(parsePayload(payload), target);
      }
    });

    test('the algorithm is that of the signer’s key, whatever the header says', async () => {
      const large = await makeParty({ issuer, kind: 'RSA 4096' });
      await refused('malformed', /algorithm/, { signer: large, algorithm: 'PS256' });
      await refused('malformed', /algorithm/, {
        signer: await makeParty({ issuer, kind: 'EC 384' }),
        algorithm: 'ES256',
      });
      await refused('unsupported', /kind or size/, { signer: await makeParty({ issuer, kind: 'RSA 1024' }) });
    });

    test('another’s certificate before the signature', async () => {
      await refused('malformed', /not true/, { chain: (await makeParty({ issuer })).chain });
      await refused('malformed', /no certificate/, { chain: [] });
      await refused('limit', /more than 4/, { chain: Array.from({ length: 5 }, () => signer.certificate) });
      await refused('malformed', /./, { chain: [Buffer.from('no certificate')] });
    });

    test('payload type and scheme', async () => {
      await refused('unsupported', /content type/, { contentType: 'application/json' });
      await refused('unsupported', /scheme/, { scheme: 'notary.x509.other' });
    });

    test('what must be marked as critical is, and what is marked is there', async () => {
      await refused('malformed', /not marked/, { critical: [] });
      await refused('malformed', /not marked/, { expiry: new Date(Date.now() + 1e6), critical: [scheme] });
      await refused('malformed', /not marked/, { scheme: 'notary.x509.signingAuthority', critical: [scheme] });
      await refused('malformed', /not there/, { critical: [scheme, expiryName] });
      await refused('malformed', /twice/, { critical: [scheme, scheme] });
    });

    test('times: the scheme’s own, and an expiry after it', async () => {
      const opened = await open({ signedAt: new Date(1e12), expiry: new Date(2e12) });
      assert.deepEqual([opened.signingTime, opened.expiry], [new Date(1e12), new Date(2e12)]);
      await refused('malformed', /before it was signed/, { signedAt: new Date(1e12), expiry: new Date(1e12) });
      const both = { 'io.cncf.notary.signingTime': form === 'jws' ? '2026-01-01T00:00:00Z' : 0 };
      await refused('malformed', /another scheme|is none/, {
        scheme: 'notary.x509.signingAuthority',
        attributes: both,
      });
      await refused('malformed', /missing, or is none/, { attributes: { 'io.cncf.notary.signingTime': 'yesterday' } });
      await refused('malformed', /no time/, {
        attributes: { [expiryName]: 'tomorrow' },
        critical: [scheme, expiryName],
      });
      const stray = { attributes: { [authenticTime]: 'x' }, critical: [scheme, authenticTime] };
      await refused('malformed', /another scheme/, stray);
    });

    test('plug-ins and unknown critical attributes are told, unknown others passed over', async () => {
      const plugin = 'io.cncf.notary.verificationPlugin';
      assert.match(
        (await open({ attributes: { [plugin]: 'x' }, critical: [scheme, plugin] })).unsupported ?? '',
        /plug-in/,
      );
      assert.match(
        (await open({ attributes: { [plugin]: 'x' } })).unsupported ?? '',
        /plug-in/,
        'whether marked or not',
      );
      assert.match(
        (await open({ attributes: { more: 'x' }, critical: [scheme, 'more'] })).unsupported ?? '',
        /critical/,
      );
      assert.equal((await open({ attributes: { more: 'x' } })).unsupported, undefined);
    });

    test('payloads: the descriptor asked for, whole', async () => {
      const check = async (payload: unknown, siblings = new Set<Descriptor['digest']>()): Promise<string> => {
        try {
          matchPayload(parsePayload((await open({ payload })).payload), target, siblings);
          return 'matches';
        } catch (thrown) {
          return toRefusal(thrown).code;
        }
      };
      const other: Descriptor['digest'] = `sha256:${'cd'.repeat(32)}`;
      const { mediaType, digest, size } = target;
      assert.equal(
        await check({ targetArtifact: { mediaType, digest, size, annotations: { build: '7' } } }),
        'matches',
      );
      assert.equal(await check({ targetArtifact: { mediaType, digest: other, size } }), 'other-digest');
      assert.equal(
        await check({ targetArtifact: { mediaType, digest: other, size } }, new Set([other])),
        'other-platform',
      );
      assert.equal(await check({ targetArtifact: { mediaType, digest, size: 1 } }), 'malformed');
      assert.equal(await check({ targetArtifact: { mediaType: 'a/b', digest, size } }), 'malformed');
      assert.equal(await check({ targetArtifact: { mediaType, digest } }), 'malformed');
      assert.equal(await check([]), 'malformed');
      assert.equal(await check({}), 'malformed');
    });
  });

const reopen = async (change: (envelope: Record<string, unknown>) => object): Promise<string> => {
  const envelope = JSON.parse(Buffer.from(signEnvelope({ form: 'jws', signer, target })).toString()) as Record<
    string,
    unknown
  >;
  try {
    await openJwsEnvelope(Buffer.from(JSON.stringify(change(envelope))), 2 ** 20, 4);
    return 'opened';
  } catch (thrown) {
    return toRefusal(thrown).message;
  }
};

test('a JWS has the four members of its flattened form, in one encoding', async () => {
  assert.equal(await reopen((envelope) => envelope), 'opened');
  assert.match(await reopen((envelope) => ({ ...envelope, signatures: [] })), /members/);
  assert.match(await reopen((envelope) => ({ ...envelope, payload: undefined })), /base64url/);
  assert.match(
    await reopen((envelope) => ({ ...envelope, signature: `${String(envelope['signature'])}=` })),
    /base64url/,
  );
  assert.match(await reopen((envelope) => ({ ...envelope, header: null })), /no object/);
  assert.match(await reopen((envelope) => ({ ...envelope, header: { x5c: 'x' } })), /no certificates/);
  assert.match(await reopen((envelope) => ({ ...envelope, header: { x5c: ['*'] } })), /base64/);
});

test('an unsigned or a symmetric JWS is none', async () => {
  const withAlgorithm = (alg: string) =>
    reopen((envelope) => {
      const head = JSON.parse(Buffer.from(String(envelope['protected']), 'base64url').toString()) as object;
      return { ...envelope, protected: Buffer.from(JSON.stringify({ ...head, alg })).toString('base64url') };
    });
  for (const alg of ['none', 'HS256', 'RS256', 'ES384']) assert.match(await withAlgorithm(alg), /algorithm/);
});
