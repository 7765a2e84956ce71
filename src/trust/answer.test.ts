import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestation } from '../core/attestation.ts';
import { answerDemand } from './answer.ts';
import type { TrustDemand, TrustSigner } from './demand.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;

const signer = (name: string, more: Partial<TrustSigner> = {}): TrustSigner => ({
  name,
  trust: { verifier: 'cosign', claim: 'digest', keys: ['-'] },
  untimed: 'refuse',
  ...more,
});

const demand = (require: number, ...signers: readonly TrustSigner[]): TrustDemand => ({
  rule: 'r',
  ask: 'signatures',
  signers,
  require,
});

const said = (name: string, more: Partial<Attestation> = {}): Attestation => ({
  verifier: 'cosign',
  signer: name,
  kind: 'signature',
  digest,
  outcome: 'trusted',
  code: 'trusted',
  identity: `sha256:${name}`,
  reason: 'the key signed it',
  trace: [{ lookedFor: 'x', result: 'found' }],
  ...more,
});

const absent = (name: string): Attestation => ({
  ...said(name, { outcome: 'untrusted', code: 'absent', reason: 'no signature was found' }),
});
const unreachable = (name: string): Attestation => ({
  ...said(name, { outcome: 'inconclusive', code: 'unreachable', reason: 'the registry did not answer' }),
});

const outcomeOf = (...given: Parameters<typeof answerDemand>): string => {
  const { outcome, code } = answerDemand(...given);
  return `${outcome} ${code}`;
};

const [a, b, c] = [signer('a'), signer('b'), signer('c')];

test('enough signers make it trusted, fewer do not', () => {
  assert.equal(outcomeOf(demand(1, a), [said('a')]), 'trusted trusted');
  assert.equal(outcomeOf(demand(2, a, b), [said('a'), absent('b')]), 'untrusted absent');
  assert.equal(outcomeOf(demand(1, a, b), [said('a'), absent('b')]), 'trusted trusted');
  assert.equal(outcomeOf(demand(2, a, b, c), [said('a'), absent('b'), said('c')]), 'trusted trusted');
  assert.deepEqual(answerDemand(demand(2, a, b, c), [said('a'), absent('b'), said('c')]).by, ['a', 'c']);
});

test('one identity fulfils several conditions only where each is a condition of its own', () => {
  const twice = [said('a', { identity: 'sha256:same' }), said('b', { identity: 'sha256:same' })];
  assert.equal(outcomeOf(demand(2, a, b), twice), 'untrusted other-signer');
  assert.equal(outcomeOf({ ...demand(2, a, b), each: true }, twice), 'trusted trusted');
  assert.equal(outcomeOf({ ...demand(2, a, b), each: true }, [said('a'), absent('b')]), 'untrusted absent');
});

test('what could not be found out is inconclusive only while it could make up the number', () => {
  assert.equal(outcomeOf(demand(2, a, b), [said('a'), unreachable('b')]), 'inconclusive unreachable');
  assert.equal(outcomeOf(demand(1, a, b), [absent('a'), unreachable('b')]), 'inconclusive unreachable');
  assert.equal(outcomeOf(demand(2, a, b), [absent('a'), unreachable('b')]), 'untrusted absent');
  assert.equal(outcomeOf(demand(1, a, b), [said('a'), unreachable('b')]), 'trusted trusted');
});

test('a signer whom nobody looked for is inconclusive, never absent and never trusted', () => {
  assert.equal(outcomeOf(demand(1, a), []), 'inconclusive unsupported');
  assert.equal(outcomeOf(demand(1, a), [said('b')]), 'inconclusive unsupported');
  assert.equal(outcomeOf(demand(1, a), [said('a', { verifier: 'gpg' })]), 'inconclusive unsupported');
});

test('a statement never counts as a signature', () => {
  assert.equal(outcomeOf(demand(1, a), [absent('a'), said('a', { kind: 'statement' })]), 'untrusted absent');
});

test('a signed verdict counts for a signer of verdicts, and its absence is no riddle', () => {
  const auditor = signer('auditor', { trust: { verifier: 'verdict', keys: ['-'], maximumRuleAgeDays: 7 } });
  const verdict = said('auditor', { verifier: 'verdict', kind: 'statement' });
  assert.equal(outcomeOf(demand(1, auditor), [verdict]), 'trusted trusted');
  assert.equal(outcomeOf(demand(1, auditor), []), 'untrusted absent');
  assert.equal(
    outcomeOf(demand(1, auditor), [{ ...verdict, outcome: 'untrusted', code: 'expired' }]),
    'untrusted expired',
  );
});

test('one key under two names is one signer', () => {
  const twice = [said('a', { identity: 'sha256:k' }), said('b', { identity: 'sha256:k' })];
  const answer = answerDemand(demand(2, a, b), twice);
  assert.equal(answer.outcome, 'untrusted');
  assert.match(answer.reason, /b is somebody who counts already/);
  assert.equal(outcomeOf(demand(1, a, b), twice), 'trusted trusted');
  assert.equal(outcomeOf(demand(2, a, b, c), [...twice, unreachable('c')]), 'inconclusive unreachable');
});

test('one key is one signer in all worlds; equal names of different worlds are not', () => {
  const scanner: TrustSigner = {
    name: 'scanner',
    trust: { verifier: 'verdict', keys: ['k'], maximumRuleAgeDays: 30 },
    untimed: 'accept',
  };
  const both = (identity: string): string =>
    outcomeOf(demand(2, a, scanner), [
      said('a', { identity }),
      said('scanner', { identity, verifier: 'verdict', kind: 'statement' }),
    ]);
  assert.equal(both('sha256:k'), 'untrusted other-signer');
  assert.equal(both('me@team.example'), 'trusted trusted');
});

test('with dates only a proven time within them counts, both ends included', () => {
  const dated = signer('a', { since: '2026-01-01T00:00:00.000Z', until: '2026-06-30T23:59:59.999Z' });
  const at = (signedAt: string): string => outcomeOf(demand(1, dated), [said('a', { signedAt })]);
  assert.equal(at('2025-12-31T23:59:59Z'), 'untrusted not-yet-valid');
  assert.equal(at('2026-01-01T00:00:00Z'), 'trusted trusted');
  assert.equal(at('2026-06-30T23:59:59Z'), 'trusted trusted');
  assert.equal(at('2026-07-01T00:00:00Z'), 'untrusted expired');
  assert.equal(at('never'), 'untrusted unproven-time');
});

test('a signature without a proven time counts within dates only where that is said', () => {
  const since = '2026-01-01T00:00:00.000Z';
  assert.equal(outcomeOf(demand(1, signer('a', { since })), [said('a')]), 'untrusted unproven-time');
  assert.equal(outcomeOf(demand(1, signer('a', { since, untimed: 'accept' })), [said('a')]), 'trusted trusted');
  assert.equal(outcomeOf(demand(1, signer('a')), [said('a')]), 'trusted trusted');
});

test('nobody asked is told as such; a refusal is no riddle', () => {
  const answer = answerDemand({ rule: 'default', ask: 'nothing', signers: [], require: 0 }, [said('a')]);
  assert.deepEqual([answer.asked, answer.outcome, answer.code], [false, 'inconclusive', 'not-asked']);
  const refused = answerDemand({ rule: 'default', ask: 'refuse', signers: [], require: 0 }, [said('a')]);
  assert.deepEqual([refused.asked, refused.outcome, refused.code], [true, 'untrusted', 'refused']);
});

test('a threshold of zero, or nobody to ask, is never trusted', () => {
  assert.equal(answerDemand(demand(0), []).outcome, 'untrusted');
  assert.equal(answerDemand(demand(0, a), [said('a')]).outcome, 'untrusted');
});

test('of several failures the one that found something is told first, and the reason stays short', () => {
  const others = Array.from({ length: 40 }, (_, index) => signer(`s${index}`));
  const answers = others.map(({ name }) => absent(name));
  answers[30] = said('s30', { outcome: 'untrusted', code: 'expired', reason: 'x'.repeat(500) });
  const answer = answerDemand(demand(40, ...others), answers);
  assert.equal(answer.code, 'expired');
  assert.ok(answer.reason.includes('s30') && answer.reason.length <= 512);
});
