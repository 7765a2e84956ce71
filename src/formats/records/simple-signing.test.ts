import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { parseSimpleSigning } from './simple-signing.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const critical = {
  identity: { 'docker-reference': 'registry.example/team/app:1' },
  image: { 'docker-manifest-digest': digest },
  type: 'atomic container signature',
};
const honest = { critical, optional: { creator: 'atomic 1.0', timestamp: 1_795_357_214 } };

const read = (payload: unknown) => {
  try {
    return parseSimpleSigning(Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), 'here');
  } catch (thrown) {
    assert.ok(isFault(thrown), String(thrown));
    return thrown.code;
  }
};

test('a payload names a digest and a reference, and says who made it when', () => {
  assert.deepEqual(read(honest), {
    dockerReference: 'registry.example/team/app:1',
    manifestDigest: digest,
    creator: 'atomic 1.0',
    timestamp: 1_795_357_214,
  });
  assert.deepEqual(read({ critical, optional: { 'some-tool': [1] } }), {
    dockerReference: 'registry.example/team/app:1',
    manifestDigest: digest,
  });
});

const invalid: Readonly<Record<string, unknown>> = {
  'no JSON': '{',
  'no object': [honest],
  'no optional part': { critical },
  'optional is null': { critical, optional: null },
  'a third part': { ...honest, extra: {} },
  'an unknown critical member': { ...honest, critical: { ...critical, platform: 'linux/amd64' } },
  'a critical member in other letters': {
    ...honest,
    critical: { ...critical, image: { 'Docker-manifest-digest': digest } },
  },
  'another type': { ...honest, critical: { ...critical, type: 'cosign container image signature' } },
  'no identity': { ...honest, critical: { image: critical.image, type: critical.type } },
  'two identities': {
    ...honest,
    critical: { ...critical, identity: { ...critical.identity, 'docker-digest': digest } },
  },
  'a digest that is none': { ...honest, critical: { ...critical, image: { 'docker-manifest-digest': 'md5:00' } } },
  'a reference that is no text': { ...honest, critical: { ...critical, identity: { 'docker-reference': null } } },
  'a time with a fraction': { critical, optional: { timestamp: 1.5 } },
  'a creator that is no text': { critical, optional: { creator: 1 } },
  'something behind it': `${JSON.stringify(honest)}{}`,
};

for (const [name, payload] of Object.entries(invalid))
  test(`refused: ${name}`, () => assert.equal(read(payload), 'SIMPLE_SIGNING_INVALID'));

test('a member that occurs twice is refused, as is what is larger than any payload', () => {
  const twice = JSON.stringify(honest).replace('"type"', `"image":{"docker-manifest-digest":"${digest}"},"type"`);
  assert.equal(read(twice), 'SIMPLE_SIGNING_AMBIGUOUS');
  assert.equal(read({ critical, optional: { creator: 'x'.repeat(70_000) } }), 'SIMPLE_SIGNING_TOO_LARGE');
});

test('cut off anywhere it is a Fault, never a crash', () => {
  const whole = JSON.stringify(honest);
  for (let length = 0; length < whole.length; length += 1)
    assert.equal(read(whole.slice(0, length)), 'SIMPLE_SIGNING_INVALID');
});
