import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRecord, faultOf } from '../../../test/contracts/record.contract.ts';
import { dsseSignedBytes, parseDsse } from './dsse.ts';
import { parseStatement } from './in-toto.ts';

const hex = 'a'.repeat(64);
const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [
    { name: 'app', digest: { sha256: hex, sha1: '00', sha512: 'short' }, annotations: { ticket: 'A-7', deep: {} } },
    { digest: { gitCommit: '00' } },
  ],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { builder: { id: 'x' } },
};
const envelope = {
  payload: Buffer.from('hello').toString('base64'),
  payloadType: 'text/plain',
  signatures: [{ keyid: 'k', sig: 'c2ln' }],
};
const bytesOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));

describeRecord({
  name: 'in-toto',
  samples: { statement: bytesOf(statement) },
  parse: (bytes) => parseStatement(bytes, 1 << 16, 'test'),
});
describeRecord({
  name: 'dsse',
  samples: { envelope: bytesOf(envelope) },
  parse: (bytes) => parseDsse(bytes, 1 << 16, 'test'),
});

test('only digests that name a content are subjects', () => {
  const read = parseStatement(bytesOf(statement), 1 << 16, 'test');
  assert.deepEqual(read.subjects, [
    { name: 'app', digests: [`sha256:${hex}`], annotations: { ticket: 'A-7' } },
    { digests: [], annotations: {} },
  ]);
  assert.equal(read.predicateType, 'https://slsa.dev/provenance/v1');
});

test('a document of another type is no statement', () => {
  for (const changed of [
    { ...statement, _type: 'https://in-toto.io/Statement/v2' },
    { ...statement, subject: {} },
    { ...statement, predicateType: '' },
  ])
    assert.equal(
      faultOf(() => parseStatement(bytesOf(changed), 1 << 16, 'test')),
      'STATEMENT_INVALID',
    );
  assert.equal(
    faultOf(() => parseStatement(bytesOf(statement), 16, 'test')),
    'STATEMENT_TOO_LARGE',
  );
});

test('the type of the payload is signed with it', () => {
  // The example of https://github.com/secure-systems-lab/dsse/blob/master/protocol.md.
  const signed = dsseSignedBytes({
    payloadType: 'http://example.com/HelloWorld',
    payload: Buffer.from('hello world'),
  });
  assert.equal(Buffer.from(signed).toString(), 'DSSEv1 29 http://example.com/HelloWorld 11 hello world');
});

test('an envelope without a signature, or with one that is no base64, is refused', () => {
  for (const signatures of [[], [{ sig: '!' }], [{}], {}])
    assert.equal(
      faultOf(() => parseDsse(bytesOf({ ...envelope, signatures }), 1 << 16, 'test')),
      'DSSE_INVALID',
    );
});
