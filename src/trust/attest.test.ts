import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeTrustContext } from '../../test/fakes/trust-memory.ts';
import type { Attestation } from '../core/attestation.ts';
import { malformed, misuse, overLimit, unavailable } from '../core/fault.ts';
import type { SignatureSubject, TrustVerifier } from '../core/trust.ts';
import { attest } from './attest.ts';
import type { TrustDemand, TrustSigner } from './demand.ts';

const subject: SignatureSubject = { digest: `sha256:${'a'.repeat(64)}` };

const signer = (name: string): TrustSigner => ({
  name,
  trust: { verifier: 'cosign', keys: [name], claim: 'digest' },
  untimed: 'accept',
});

const demandOf = (...names: readonly string[]): TrustDemand => ({
  rule: 'r',
  ask: 'signatures',
  signers: names.map(signer),
  require: names.length,
});

const trusted = (more: Partial<Attestation> = {}): Attestation => ({
  verifier: 'cosign',
  kind: 'signature',
  digest: subject.digest,
  outcome: 'trusted',
  code: 'trusted',
  identity: 'sha256:somebody',
  reason: 'signed by somebody',
  trace: [{ lookedFor: 'a signature', result: 'verified' }],
  ...more,
});

/** A verifier that does what the key says. */
const cosign = (verify: (key: string, signal: AbortSignal) => Promise<readonly Attestation[]>): TrustVerifier => ({
  id: 'cosign',
  about: 'fake',
  verify: (_subject, trust, { signal }) => verify(trust.verifier === 'cosign' ? (trust.keys?.[0] ?? '') : '', signal),
});

const codesOf = (all: readonly Attestation[]) => all.map(({ signer: name, outcome, code }) => [name, outcome, code]);

test('all signers are asked at once, and answers come in the order of the demand with their names', async () => {
  let running = 0;
  let most = 0;
  const verifier = cosign(async (key) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, key === 'one' ? 20 : 5));
    running -= 1;
    return [trusted()];
  });
  const answers = await attest(subject, demandOf('one', 'two', 'three'), fakeTrustContext(), { verifiers: [verifier] });
  assert.deepEqual(
    answers.map((answer) => answer.signer),
    ['one', 'two', 'three'],
  );
  assert.equal(most, 3);
});

test('what cannot be reached, is too much or cannot be read is inconclusive, and stops nobody else', async () => {
  const verifier = cosign(async (key) => {
    if (key === 'away') throw unavailable('REGISTRY_UNREACHABLE', 'nobody answers', 'registry.example');
    if (key === 'huge') throw overLimit('CONTENT_TOO_LARGE', 'too large');
    if (key === 'altered') throw malformed('BLOB_ALTERED', 'other bytes');
    return [trusted()];
  });
  const answers = await attest(subject, demandOf('away', 'huge', 'altered', 'fine'), fakeTrustContext(), {
    verifiers: [verifier],
  });
  assert.deepEqual(codesOf(answers), [
    ['away', 'inconclusive', 'unreachable'],
    ['huge', 'inconclusive', 'limit'],
    ['altered', 'inconclusive', 'malformed'],
    ['fine', 'trusted', 'trusted'],
  ]);
  assert.match(answers[0]?.reason ?? '', /nobody answers \(registry\.example\)/);
});

test('a bug is loud, and misuse is the person’s to mend', async () => {
  const ask = (thrown: Error) =>
    attest(subject, demandOf('one'), fakeTrustContext(), {
      verifiers: [
        cosign(async () => {
          throw thrown;
        }),
      ],
    });
  await assert.rejects(ask(new TypeError('a bug')), /a bug/);
  await assert.rejects(ask(misuse('TRUST_INVALID', 'no key')), /no key/);
});

test('a verifier that breaks the interface is a bug: two answers, none, or about something else', async () => {
  const ask = (said: readonly Attestation[]) =>
    attest(subject, demandOf('one'), fakeTrustContext(), { verifiers: [cosign(async () => said)] });
  await assert.rejects(ask([]), /gave 0 answers/);
  await assert.rejects(ask([trusted(), trusted()]), /gave 2 answers/);
  await assert.rejects(ask([trusted({ digest: `sha256:${'b'.repeat(64)}` })]), /something else/);
  await assert.rejects(ask([trusted({ kind: 'statement' })]), /gave 0 answers/);
  assert.equal((await ask([trusted(), trusted({ kind: 'statement', code: 'trusted' })])).length, 2);
});

test('a verifier that never answers is inconclusive after its time, also when it does not listen', async () => {
  const answers = await attest(subject, demandOf('deaf', 'fine'), fakeTrustContext(), {
    verifiers: [cosign((key) => (key === 'deaf' ? new Promise(() => undefined) : Promise.resolve([trusted()])))],
    timeoutMs: 50,
  });
  assert.deepEqual(codesOf(answers), [
    ['deaf', 'inconclusive', 'unreachable'],
    ['fine', 'trusted', 'trusted'],
  ]);
  assert.match(answers[0]?.reason ?? '', /within 0\.05 seconds/);
});

test('a command that is stopped ends with its reason', async () => {
  const stop = new AbortController();
  const asked = attest(subject, demandOf('one'), fakeTrustContext({ signal: stop.signal }), {
    verifiers: [cosign(() => new Promise(() => undefined))],
  });
  stop.abort(overLimit('SCAN_TIMED_OUT', 'the whole command took too long'));
  await assert.rejects(asked, /the whole command/);
});

test('text of any length is bounded before it is kept', async () => {
  const long = 'x'.repeat(100_000);
  const trace = Array.from(
    { length: 1000 },
    (_, position) => ({ lookedFor: long, result: 'found', detail: `${position}` }) as const,
  );
  const facts = Object.fromEntries(Array.from({ length: 100 }, (_, position) => [`fact ${position}`, long]));
  const [answer] = await attest(subject, demandOf('one'), fakeTrustContext(), {
    verifiers: [cosign(async () => [trusted({ reason: long, identity: long, facts, trace })])],
  });
  assert.ok(answer !== undefined && JSON.stringify(answer).length < 200_000);
  assert.equal(answer.reason.length, 512);
  assert.equal(answer.trace.at(-1)?.detail, '999');
});

test('a manifest that was asked for by its own digest stays untrusted, and how to ask for its index is said', async () => {
  const { digest } = subject;
  const index = `sha256:${'b'.repeat(64)}` as const;
  const untrusted = cosign(async () => [
    { ...trusted(), outcome: 'untrusted', code: 'absent', trace: [{ lookedFor: 'a signature', result: 'absent' }] },
  ]);
  const repository = 'registry.example/team/app';
  const lookedFor = async (asked: SignatureSubject, verifier: TrustVerifier): Promise<readonly string[]> => {
    const [answer] = await attest(asked, demandOf('one'), fakeTrustContext(), { verifiers: [verifier] });
    return answer?.trace.map((step) => step.lookedFor) ?? [];
  };
  const byDigest = { digest, reference: { repository, digest } };
  assert.deepEqual(await lookedFor(byDigest, untrusted), ['a signature', `an index that lists ${digest}`]);
  const [answer] = await attest(byDigest, demandOf('one'), fakeTrustContext(), { verifiers: [untrusted] });
  assert.deepEqual([answer?.outcome, answer?.code], ['untrusted', 'absent']);
  // A tag shows its index, or that there is none; and what is signed needs none.
  for (const asked of [
    { digest, reference: { repository, tag: '1' } },
    { ...byDigest, index },
    { digest, index, reference: { repository, digest: index } },
    subject,
  ])
    assert.deepEqual(await lookedFor(asked, untrusted), ['a signature']);
  assert.deepEqual(
    await lookedFor(
      byDigest,
      cosign(async () => [trusted()]),
    ),
    ['a signature'],
  );
});
