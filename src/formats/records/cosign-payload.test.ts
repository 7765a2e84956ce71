import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRecord, faultOf } from '../../../test/contracts/record.contract.ts';
import { parseCosignAnnotations } from './cosign-annotations.ts';
import { parseCosignPayload } from './cosign-payload.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const payload = {
  critical: {
    identity: { 'docker-reference': 'registry.example/team/app' },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  },
  optional: { ticket: 'A-7', count: 2, nested: { lost: true } },
};
const bytesOf = (value: object): Buffer => Buffer.from(JSON.stringify(value));
const parse = (value: object) => parseCosignPayload(bytesOf(value), 1 << 16, 'test');

describeRecord({
  name: 'cosign-payload',
  samples: { whole: bytesOf(payload), plain: bytesOf({ ...payload, optional: null }) },
  parse: (bytes) => parseCosignPayload(bytes, 1 << 16, 'test'),
});

test('a claim names a digest, a reference and what the signer added', () => {
  assert.deepEqual(parse(payload), {
    digest,
    reference: 'registry.example/team/app',
    annotations: { ticket: 'A-7', count: 2 },
  });
});

test('a claim of another world, or about no digest, is none', () => {
  const { critical } = payload;
  for (const other of [
    { critical: { ...critical, type: 'atomic container signature' } },
    { critical: { ...critical, image: { 'docker-manifest-digest': 'sha1:00' } } },
    { critical: { ...critical, image: { 'Docker-manifest-digest': digest } } },
    {},
  ])
    assert.equal(
      faultOf(() => parse(other)),
      'COSIGN_PAYLOAD_INVALID',
    );
});

const logged = {
  SignedEntryTimestamp: Buffer.from('promise').toString('base64'),
  Payload: {
    body: Buffer.from('{"kind":"hashedrekord","apiVersion":"0.0.1"}').toString('base64'),
    integratedTime: 1700000000,
    logIndex: 7,
    logID: '00ff',
  },
};
const annotations = {
  'dev.cosignproject.cosign/signature': Buffer.from('signature').toString('base64'),
  'dev.sigstore.cosign/certificate': '-----BEGIN CERTIFICATE-----',
  'dev.sigstore.cosign/chain': '',
  'dev.sigstore.cosign/bundle': JSON.stringify(logged),
  'dev.sigstore.cosign/rfc3161timestamp': '{"SignedRFC3161Timestamp":"dGltZQ=="}',
};

describeRecord({
  name: 'cosign-annotations',
  samples: { bundle: Buffer.from(annotations['dev.sigstore.cosign/bundle']) },
  parse: (bytes) =>
    parseCosignAnnotations({ 'dev.sigstore.cosign/bundle': Buffer.from(bytes).toString('utf8') }, 'test'),
});

test('annotations hold the signature and what is beside it; empty is absent', () => {
  const { signature, chain, entry, timestamp } = parseCosignAnnotations(annotations, 'test');
  assert.equal(Buffer.from(signature ?? []).toString(), 'signature');
  assert.equal(chain, undefined);
  assert.deepEqual(
    [entry?.index, entry?.kind, entry?.version, entry?.integratedTime, Buffer.from(entry?.logId ?? []).toString('hex')],
    ['7', 'hashedrekord', '0.0.1', '1700000000', '00ff'],
  );
  assert.equal(Buffer.from(timestamp ?? []).toString(), 'time');
  assert.deepEqual(parseCosignAnnotations({}, 'test'), {});
});

test('an index that is no count, and base64 that is none, are refused', () => {
  const withPayload = (change: object) => JSON.stringify({ ...logged, Payload: { ...logged.Payload, ...change } });
  for (const bundle of [
    withPayload({ logIndex: -1 }),
    withPayload({ logIndex: 1.5 }),
    withPayload({ logID: '0' }),
    withPayload({ body: '{}' }),
    '[]',
  ])
    assert.equal(
      faultOf(() => parseCosignAnnotations({ 'dev.sigstore.cosign/bundle': bundle }, 'test')),
      'COSIGN_ANNOTATION_INVALID',
    );
  assert.equal(
    faultOf(() => parseCosignAnnotations({ 'dev.cosignproject.cosign/signature': 'not base64' }, 'test')),
    'COSIGN_ANNOTATION_INVALID',
  );
});
