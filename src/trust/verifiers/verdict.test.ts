import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { digestOf, memoryRepository, type MemoryRepository } from '../../../test/fakes/memory-repository.ts';
import { fakeTrustContext, fakeTrustMemory, type FakeTrustContextOptions } from '../../../test/fakes/trust-memory.ts';
import type { Attestation } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';
import type { Descriptor } from '../../core/image.ts';
import type { VerdictTrust } from '../../core/trust.ts';
import { dsseEnvelopeType, dsseSignedBytes, inTotoPayloadType } from '../../formats/records/dsse.ts';
import { verdictPredicateType, type VerdictPredicate } from '../../formats/records/verdict-predicate.ts';
import { verdict } from './verdict.ts';

const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const counts = { seen: 10, examined: 9, skipped: 1, unreadable: 0 };
const predicate: VerdictPredicate = {
  assessment: 'clean',
  decision: 'allow',
  because: ['nothing was found, and everything was read'],
  policy: { name: 'default', version: 'sha256:p' },
  rules: { version: 'sha256:r', counts: { yara: 1000, hash: 50 }, newest: { yara: '2026-03-01', hash: '2026-03-20' } },
  coverage: { files: counts, bytes: counts, nested: { files: counts, bytes: counts } },
  findings: 0,
  gaps: 1,
  platform: 'linux/amd64',
  scanner: { name: 'tidewaiter', version: '1.0.0' },
  at: '2026-03-21T12:00:00.000Z',
};

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ours = newKey();
const theirs = newKey();
const publicPem = (key: KeyObject): string => String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));

interface Signed {
  readonly predicate?: object;
  readonly predicateType?: string;
  readonly payloadType?: string;
  readonly of?: string;
  readonly keys?: readonly KeyObject[];
}

const envelopeOf = (image: Descriptor, given: Signed = {}): string => {
  const { keys = [ours], payloadType = inTotoPayloadType, of = image.digest } = given;
  const payload = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: 'app', digest: { sha256: of.slice('sha256:'.length) } }],
      predicateType: given.predicateType ?? verdictPredicateType,
      predicate: { ...predicate, ...given.predicate },
    }),
  );
  const covered = dsseSignedBytes({ payloadType, payload });
  const signatures = keys.map((key) => ({ keyid: '', sig: sign('sha256', covered, key).toString('base64') }));
  return JSON.stringify({ payload: payload.toString('base64'), payloadType, signatures });
};

const bundleOf = (envelope: string): string =>
  JSON.stringify({
    mediaType: bundleType,
    verificationMaterial: { publicKey: { hint: 'x' }, tlogEntries: [] },
    dsseEnvelope: JSON.parse(envelope),
  });

const putBundle = (repository: MemoryRepository, subject: Descriptor, content: string | Uint8Array): void => {
  const layers = [repository.putBlob(content, bundleType)];
  repository.putArtifact({ artifactType: bundleType, layers, subject });
};

const putTag = (repository: MemoryRepository, { digest }: Descriptor, envelopes: readonly string[]): void => {
  const layers = envelopes.map((envelope) => repository.putBlob(envelope, dsseEnvelopeType));
  repository.putArtifact({ layers, tag: `${digest.replace(':', '-')}.att` });
};

const start = () => {
  const repository = memoryRepository();
  return { repository, image: repository.putImage('one', '1') };
};

const ask = (
  { repository, image }: ReturnType<typeof start>,
  trust: Partial<VerdictTrust> = {},
  surroundings: FakeTrustContextOptions = {},
): Promise<readonly Attestation[]> =>
  verdict.verify(
    { digest: image.digest, reference: { repository: 'registry.example/team/app', tag: '1' }, repository },
    { verifier: 'verdict', keys: [publicPem(ours)], maximumRuleAgeDays: 30, ...trust },
    fakeTrustContext({ now: () => new Date('2026-04-01T00:00:00Z'), ...surroundings }),
  );

const brief = (answers: readonly Attestation[]): readonly string[] =>
  answers.map(({ outcome, code }) => `${outcome} ${code}`);

/** One bundle beside a new image. */
const askOne = async (given: Signed, trust: Partial<VerdictTrust> = {}, surroundings: FakeTrustContextOptions = {}) => {
  const world = start();
  putBundle(world.repository, world.image, bundleOf(envelopeOf(world.image, given)));
  return ask(world, trust, surroundings);
};

test('a verdict of a trusted key is a statement with its facts, until its rules are too old', async () => {
  const [answer, ...more] = await askOne({});
  assert.ok(answer !== undefined && more.length === 0);
  assert.deepEqual([answer.kind, answer.outcome, answer.code], ['statement', 'trusted', 'trusted']);
  const der = createPublicKey(ours).export({ type: 'spki', format: 'der' });
  assert.equal(answer.identity, digestOf(der));
  assert.equal(answer.expires, '2026-04-20T00:00:00.000Z');
  assert.equal(answer.signedAt, undefined, 'the scanner’s own clock proves no time');
  assert.deepEqual(answer.facts, {
    predicateType: verdictPredicateType,
    assessment: 'clean',
    decision: 'allow',
    because: 'nothing was found, and everything was read',
    policy: 'default',
    policyVersion: 'sha256:p',
    rulesVersion: 'sha256:r',
    rulesNewest: '2026-03-20',
    rules: 1050,
    filesSeen: 10,
    filesExamined: 9,
    filesSkipped: 1,
    filesUnreadable: 0,
    bytesSeen: 10,
    bytesExamined: 9,
    bytesSkipped: 1,
    bytesUnreadable: 0,
    findings: 0,
    gaps: 1,
    platform: 'linux/amd64',
    scanner: 'tidewaiter',
    scannerVersion: '1.0.0',
    at: '2026-03-21T12:00:00.000Z',
  });
});

test('verdicts are found as envelopes under the tag of attestations and as plain referrers, too', async () => {
  const tagged = start();
  putTag(tagged.repository, tagged.image, [
    envelopeOf(tagged.image, { predicateType: 'https://slsa.dev/provenance/v1' }),
    envelopeOf(tagged.image),
  ]);
  assert.deepEqual(brief(await ask(tagged)), ['trusted trusted']);
  const plain = start();
  const layers = [plain.repository.putBlob(envelopeOf(plain.image), dsseEnvelopeType)];
  plain.repository.putArtifact({ artifactType: inTotoPayloadType, layers, subject: plain.image });
  assert.deepEqual(brief(await ask(plain)), ['trusted trusted']);
});

test('any one of several keys and any one of several signatures will do', async () => {
  assert.deepEqual(brief(await askOne({}, { keys: [publicPem(theirs), publicPem(ours)] })), ['trusted trusted']);
  const world = start();
  putTag(world.repository, world.image, [envelopeOf(world.image, { keys: [theirs, ours] })]);
  assert.deepEqual(brief(await ask(world)), ['trusted trusted']);
});

test('a verdict by somebody else, on another image, or that denies the image is not trusted', async () => {
  const other = await askOne({ keys: [theirs] });
  assert.deepEqual(brief(other), ['untrusted other-signer']);
  assert.deepEqual([other[0]?.identity, other[0]?.facts], [undefined, undefined], 'nothing of it is believed');
  assert.deepEqual(brief(await askOne({ of: `sha256:${'f'.repeat(64)}` })), ['untrusted other-digest']);
  const denied = await askOne({ predicate: { decision: 'deny', assessment: 'malicious' } });
  assert.deepEqual(brief(denied), ['untrusted denied']);
  assert.equal(denied[0]?.facts?.['assessment'], 'malicious');
  assert.deepEqual(brief(await askOne({ predicate: { decision: 'warn', assessment: 'suspicious' } })), [
    'trusted trusted',
  ]);
});

test('a verdict on the index says nothing about a manifest of it', async () => {
  const world = start();
  const index = world.repository.putIndex([world.image]);
  putBundle(world.repository, index, bundleOf(envelopeOf(index)));
  assert.deepEqual(brief(await ask(world)), ['untrusted absent']);
  const [answer] = await verdict.verify(
    { digest: world.image.digest, index: index.digest, repository: world.repository },
    { verifier: 'verdict', keys: [publicPem(ours)], maximumRuleAgeDays: 30 },
    fakeTrustContext(),
  );
  assert.equal(answer?.code, 'absent');
});

test('it expires with the age of its rules, and dates that contradict each other are refused', async () => {
  const at = (now: string, given: object = {}, maximumRuleAgeDays = 30) =>
    askOne({ predicate: given }, { maximumRuleAgeDays }, { now: () => new Date(now) }).then(brief);
  assert.deepEqual(await at('2026-04-19T23:59:59Z'), ['trusted trusted']);
  assert.deepEqual(await at('2026-04-20T00:00:00Z'), ['untrusted expired']);
  assert.deepEqual(await at('2026-03-22T11:00:00Z', {}, 1.5), ['trusted trusted'], '36 hours');
  assert.deepEqual(await at('2026-03-22T13:00:00Z', {}, 1.5), ['untrusted expired']);
  const { newest: _, ...rules } = predicate.rules;
  assert.deepEqual(await at('2026-03-22T00:00:00Z', { rules }), ['untrusted expired'], 'rules of no known age');
  assert.deepEqual(await at('2026-03-19T00:00:00Z'), ['untrusted not-yet-valid']);
  const future = { rules: { ...predicate.rules, newest: { yara: '2026-12-01' } } };
  assert.deepEqual(await at('2026-04-01T00:00:00Z', future), ['untrusted malformed'], 'rules from after the scan');
  const never = { rules: { ...predicate.rules, newest: { yara: '2026-02-31' } } };
  assert.ok(!(await at('2026-04-01T00:00:00Z', never)).includes('trusted trusted'));
});

test('of several verdicts of one key the newest speaks', async () => {
  const world = start();
  const later = '2026-03-22T12:00:00.000Z';
  putBundle(world.repository, world.image, bundleOf(envelopeOf(world.image)));
  putBundle(
    world.repository,
    world.image,
    bundleOf(envelopeOf(world.image, { predicate: { at: later, decision: 'deny' } })),
  );
  assert.deepEqual(brief(await ask(world)).toSorted(), ['untrusted denied', 'untrusted replayed']);
  const both = { keys: [publicPem(ours), publicPem(theirs)] };
  const byTwo = start();
  putBundle(byTwo.repository, byTwo.image, bundleOf(envelopeOf(byTwo.image)));
  const denial = { keys: [theirs], predicate: { at: later, decision: 'deny' } };
  putBundle(byTwo.repository, byTwo.image, bundleOf(envelopeOf(byTwo.image, denial)));
  assert.deepEqual(brief(await ask(byTwo, both)).toSorted(), ['trusted trusted', 'untrusted denied']);
});

test('a newer verdict that was seen once is not unseen when it is taken away', async () => {
  const trustMemory = fakeTrustMemory();
  const earlier = start();
  const later = '2026-03-22T12:00:00.000Z';
  putBundle(earlier.repository, earlier.image, bundleOf(envelopeOf(earlier.image)));
  assert.deepEqual(brief(await ask(earlier, {}, { trustMemory })), ['trusted trusted']);
  const denied = start();
  const denial = envelopeOf(denied.image, { predicate: { at: later, decision: 'deny' } });
  putBundle(denied.repository, denied.image, bundleOf(denial));
  assert.deepEqual(brief(await ask(denied, {}, { trustMemory })), ['untrusted denied']);
  assert.deepEqual(brief(await ask(earlier, {}, { trustMemory })), ['untrusted replayed']);
  assert.deepEqual(brief(await ask(earlier)), ['trusted trusted'], 'by another memory');
  trustMemory.broken = true;
  await assert.rejects(
    ask(earlier, {}, { trustMemory }),
    (thrown) => isFault(thrown) && thrown.kind === 'unavailable',
    'without memory nothing is believed',
  );
});

test('what nobody trusts, what is about another image and what is to come leave no trace in memory', async () => {
  const trustMemory = fakeTrustMemory();
  await askOne({ keys: [theirs] }, {}, { trustMemory });
  await askOne({ of: `sha256:${'f'.repeat(64)}` }, {}, { trustMemory });
  await askOne({ predicate: { at: '2036-01-01T00:00:00Z' } }, {}, { trustMemory });
  assert.equal(trustMemory.kept.size, 0);
  await askOne({}, {}, { trustMemory });
  assert.equal(trustMemory.kept.size, 1);
});

test('a predicate that is none, though signed, is malformed', async () => {
  for (const wrong of [{ decision: 'perhaps' }, { at: 'yesterday' }, { coverage: {} }, { because: [] }, { gaps: -1 }])
    assert.deepEqual(brief(await askOne({ predicate: wrong })), ['untrusted malformed'], JSON.stringify(wrong));
});

test('another payload type is no statement, whoever signed it', async () => {
  assert.deepEqual(brief(await askOne({ payloadType: 'application/json' })), ['untrusted absent']);
});

test('cut off or changed anywhere it is never trusted, nor a crash', async () => {
  const world = start();
  const whole = Buffer.from(envelopeOf(world.image));
  for (let position = 0; position < whole.length; position += 37) {
    const cut = start();
    putTag(cut.repository, cut.image, [whole.subarray(0, position).toString()]);
    assert.deepEqual(brief(await ask(cut)), ['untrusted malformed'], `cut at ${position}`);
    const changed = Buffer.from(whole);
    // Another digit of base64, or another character of JSON.
    changed[position] = changed[position] === 0x41 ? 0x42 : 0x41;
    const mutated = start();
    putTag(mutated.repository, mutated.image, [changed.toString('latin1')]);
    for (const { outcome } of await ask(mutated)) assert.equal(outcome, 'untrusted', `changed at ${position}`);
  }
});

test('absent, unreachable and too many are three things', async () => {
  const world = start();
  assert.deepEqual(brief(await ask(world)), ['untrusted absent']);
  world.repository.troubles.push(/^referrers/);
  assert.deepEqual(brief(await ask(world)), ['inconclusive unreachable']);
  const limited = start();
  for (const seed of [1, 2, 3])
    putBundle(
      limited.repository,
      limited.image,
      bundleOf(envelopeOf(limited.image, { keys: [theirs], predicate: { gaps: seed } })),
    );
  const answers = brief(await ask(limited, {}, { trustLimits: { signatures: 2 } }));
  assert.ok(answers.includes('inconclusive limit'), 'strangers’ verdicts do not hide that there are more');
  const nowhere = await verdict.verify(
    { digest: world.image.digest },
    { verifier: 'verdict', keys: [publicPem(ours)], maximumRuleAgeDays: 30 },
    fakeTrustContext(),
  );
  assert.deepEqual(brief(nowhere), ['inconclusive unsupported']);
});

test('large attestations of others are not fetched', async () => {
  const world = start();
  const large = world.repository.putBlob(Buffer.alloc(2 * 2 ** 20, ' '), dsseEnvelopeType);
  world.repository.putArtifact({ artifactType: inTotoPayloadType, layers: [large], subject: world.image });
  assert.deepEqual(brief(await ask(world)), ['untrusted absent']);
  assert.ok(!world.repository.asked.includes(`blob ${large.digest}`));
});

test('trust that cannot work is misuse', async () => {
  for (const keys of [[], ['no key'], [String(theirs.export({ type: 'pkcs8', format: 'pem' })).slice(0, 60)]])
    await assert.rejects(
      ask(start(), { keys }),
      (thrown) => isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'VERDICT_KEY_INVALID',
    );
});
