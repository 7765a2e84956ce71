import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeRecord, faultOf } from '../../../test/contracts/record.contract.ts';
import { parseSigstoreBundle } from './sigstore-bundle.ts';

const b64 = (text: string): string => Buffer.from(text).toString('base64');

const entry = {
  logIndex: '12',
  logId: { keyId: b64('log') },
  kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
  integratedTime: '1700000000',
  inclusionPromise: { signedEntryTimestamp: b64('promise') },
  inclusionProof: {
    logIndex: '3',
    rootHash: b64('root'),
    treeSize: '4',
    hashes: [b64('one'), b64('two')],
    checkpoint: { envelope: 'log.example\n4\ncm9vdA==\n\n\u2014 log.example c2lnbmF0dXJl\n' },
  },
  canonicalizedBody: b64('{}'),
};

const message = {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
  verificationMaterial: {
    certificate: { rawBytes: b64('certificate') },
    tlogEntries: [entry],
    timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: b64('time') }] },
  },
  messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest: b64('digest') }, signature: b64('signature') },
};

const envelope = {
  mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
  verificationMaterial: { publicKey: { hint: 'a' }, tlogEntries: [] },
  dsseEnvelope: {
    payload: b64('{}'),
    payloadType: 'application/vnd.in-toto+json',
    signatures: [{ sig: b64('s'), keyid: '' }],
  },
};

const bytesOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const parse = (value: object) => parseSigstoreBundle(bytesOf(value), 1 << 20, 'test');

describeRecord({
  name: 'sigstore-bundle',
  samples: { message: bytesOf(message), envelope: bytesOf(envelope) },
  parse: (bytes) => parseSigstoreBundle(bytes, 1 << 20, 'test'),
});

describe('a sigstore bundle', () => {
  test('is read whole', () => {
    const read = parse(message);
    assert.deepEqual(
      [read.version, read.certificates.length, read.timestamps.length, read.content.kind],
      ['0.3', 1, 1, 'message'],
    );
    const [first] = read.entries;
    assert.deepEqual(
      [first?.index, first?.kind, first?.integratedTime, first?.proof?.hashes.length, first?.proof?.treeSize],
      ['12', 'hashedrekord', '1700000000', 2, '4'],
    );
    const other = parse(envelope);
    assert.deepEqual([other.version, other.certificates.length, other.content.kind], ['0.2', 0, 'envelope']);
  });

  const refused: readonly (readonly [string, object, string])[] = [
    [
      'a version to come',
      { ...message, mediaType: 'application/vnd.dev.sigstore.bundle.v0.4+json' },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    [
      'a version with something behind it',
      { ...envelope, mediaType: `${envelope.mediaType}1` },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    ['both kinds of content', { ...message, dsseEnvelope: envelope.dsseEnvelope }, 'SIGSTORE_BUNDLE_INVALID'],
    ['names in snake case', { media_type: message.mediaType, verification_material: {} }, 'SIGSTORE_BUNDLE_INVALID'],
    [
      'a key and a certificate',
      { ...message, verificationMaterial: { ...message.verificationMaterial, publicKey: { hint: '' } } },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    [
      'an index below nothing',
      {
        ...message,
        verificationMaterial: { ...message.verificationMaterial, tlogEntries: [{ ...entry, logIndex: '-1' }] },
      },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    [
      'an index beyond 64 bits',
      {
        ...message,
        verificationMaterial: {
          ...message.verificationMaterial,
          tlogEntries: [{ ...entry, logIndex: '9223372036854775808' }],
        },
      },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    [
      'more entries than anybody writes',
      {
        ...message,
        verificationMaterial: { ...message.verificationMaterial, tlogEntries: Array.from({ length: 17 }, () => entry) },
      },
      'SIGSTORE_BUNDLE_TOO_LARGE',
    ],
    [
      'base64 in another form',
      { ...envelope, dsseEnvelope: { ...envelope.dsseEnvelope, payload: 'e30' } },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    [
      'an envelope of two signatures',
      { ...envelope, dsseEnvelope: { ...envelope.dsseEnvelope, signatures: [{ sig: b64('s') }, { sig: b64('t') }] } },
      'SIGSTORE_BUNDLE_INVALID',
    ],
    [
      'a hash that is broken',
      {
        ...message,
        messageSignature: { ...message.messageSignature, messageDigest: { algorithm: 'SHA1', digest: b64('d') } },
      },
      'SIGSTORE_BUNDLE_INVALID',
    ],
  ];
  for (const [name, value, code] of refused)
    test(`with ${name} is refused`, () =>
      assert.equal(
        faultOf(() => parse(value)),
        code,
      ));

  test('with a name twice has two meanings', () => {
    const text = JSON.stringify(message).replace('{', '{"mediaType":"x",');
    assert.equal(
      faultOf(() => parseSigstoreBundle(Buffer.from(text), 1 << 20, 'test')),
      'SIGSTORE_BUNDLE_AMBIGUOUS',
    );
  });
});
