import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeRecord, faultOf } from '../../../test/contracts/record.contract.ts';
import { parseCheckpoint } from './log-checkpoint.ts';
import { parseRekorEntry } from './rekor-entry.ts';

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const hash = { algorithm: 'sha256', value: 'ab'.repeat(32) };
const bodies = {
  'hashedrekord 0.0.1': { data: { hash }, signature: { content: b64('sig'), publicKey: { content: b64('pem') } } },
  'hashedrekord 0.0.2': {
    hashedRekordV002: {
      data: { algorithm: 'SHA2_384', digest: b64('digest') },
      signature: { content: b64('sig'), verifier: { x509Certificate: { rawBytes: b64('der') } } },
    },
  },
  'dsse 0.0.1': { payloadHash: hash, signatures: [{ signature: b64('sig'), verifier: b64('pem') }] },
  'dsse 0.0.2': {
    dsseV002: {
      payloadHash: { algorithm: 'SHA2_256', digest: b64('digest') },
      signatures: [{ content: b64('sig'), verifier: { publicKey: { rawBytes: b64('key') } } }],
    },
  },
  'intoto 0.0.2': {
    content: { envelope: { signatures: [{ publicKey: b64('pem'), sig: b64(b64('sig')) }] }, payloadHash: hash },
  },
};

const bytesOf = (name: string, spec: object): Buffer => {
  const [kind, apiVersion] = name.split(' ');
  return Buffer.from(JSON.stringify({ kind, apiVersion, spec }));
};

describeRecord({
  name: 'rekor-entry',
  samples: Object.fromEntries(Object.entries(bodies).map(([name, spec]) => [name, bytesOf(name, spec)])),
  parse: (bytes) => parseRekorEntry(bytes, 1 << 16, 'test'),
  mutations: 300,
});

describe('an entry of Rekor', () => {
  const verifiers = { 'hashedrekord 0.0.2': 'certificate', 'dsse 0.0.2': 'key' } as Readonly<Record<string, string>>;
  for (const [name, spec] of Object.entries(bodies))
    test(`${name} binds signature, digest and verifier`, () => {
      const entry = parseRekorEntry(bytesOf(name, spec), 1 << 16, 'test');
      assert.equal(Buffer.from(entry?.signature ?? []).toString(), 'sig');
      assert.equal(entry?.verifier.form, verifiers[name] ?? 'pem');
      assert.equal(entry.digestOf, name.startsWith('hashedrekord') ? 'signed' : 'payload');
      assert.equal(entry.hash, name === 'hashedrekord 0.0.2' ? 'sha384' : 'sha256');
    });

  test('of another kind is not read, and one of two signatures is refused', () => {
    assert.equal(parseRekorEntry(bytesOf('rekord 0.0.1', {}), 1 << 16, 'test'), undefined);
    const [signature] = bodies['dsse 0.0.1'].signatures;
    const two = { ...bodies['dsse 0.0.1'], signatures: [signature, signature] };
    assert.equal(
      faultOf(() => parseRekorEntry(bytesOf('dsse 0.0.1', two), 1 << 16, 'test')),
      'REKOR_ENTRY_INVALID',
    );
  });
});

const line = (name: string, text: string): string => `\u2014 ${name} ${b64(text)}\n`;
const note = `log.example\n12\n${b64('root')}\nmore\n`;

describeRecord({
  name: 'log-checkpoint',
  samples: {
    signed: Buffer.from(`${note}\n${line('log.example', 'hint+signature')}${line('w.example/1', 'hint+other')}`),
  },
  parse: (bytes) => parseCheckpoint(Buffer.from(bytes).toString('utf8'), 'test'),
});

describe('a checkpoint', () => {
  test('has an origin, a size, a root hash and signatures', () => {
    const read = parseCheckpoint(`${note}\n${line('log.example', 'hintsignature')}`, 'test');
    assert.deepEqual([read.origin, read.size, Buffer.from(read.rootHash).toString()], ['log.example', '12', 'root']);
    const [signature] = read.signatures;
    assert.deepEqual(
      [
        signature?.name,
        Buffer.from(signature?.keyHint ?? []).toString(),
        Buffer.from(signature?.signature ?? []).toString(),
      ],
      ['log.example', 'hint', 'signature'],
    );
  });

  test('with a part missing or cut off is refused', () => {
    const signed = line('log.example', 'hintsignature');
    for (const text of [
      note,
      `${note}\n`,
      `${note}\n${signed.trimEnd()}`,
      `\n12\n${b64('root')}\n\n${signed}`,
      `log.example\n-1\n${b64('root')}\n\n${signed}`,
      `log.example\n12\n\n${signed}`,
      `${note}\n${line('log.example', 'hint')}`,
      `${note}\n- log.example ${b64('hintsignature')}\n`,
    ])
      assert.equal(
        faultOf(() => parseCheckpoint(text, 'test')),
        'REKOR_ENTRY_INVALID',
        JSON.stringify(text),
      );
  });
});
