import assert from 'node:assert/strict';
import { test } from 'node:test';
import { someDossier, someFinding, someGap, someTime } from '../../test/builders/dossier.ts';
import type { Dossier } from '../core/dossier.ts';
import type { ImageHistory } from '../core/image-history.ts';
import type { TrustSummary } from '../core/trust-summary.ts';
import { asksHistory } from './asks-history.ts';
import { exitStatus } from './exit-status.ts';
import { judge } from './judge.ts';
import { parsePolicy } from './policy-file.ts';

const someTrust = (given: Partial<TrustSummary> = {}): TrustSummary => ({
  asked: true,
  outcome: 'trusted',
  code: 'trusted',
  rule: 'ours',
  by: ['release'],
  reason: 'signed by release, as rule "ours" asks for 1 signer',
  signers: [],
  configuration: { name: 'trust.yaml', version: `sha256:${'0'.repeat(64)}` },
  ...given,
});
const untrusted = someTrust({ outcome: 'untrusted', code: 'absent', by: [], reason: 'release: nothing was found' });
const open = someGap({ code: 'SIGNATURE_INCONCLUSIVE', kind: 'unavailable', executable: true, bytes: 0 });

const someHistory = (given: Partial<ImageHistory> = {}): ImageHistory => ({
  firstSeen: '2026-01-01T00:00:00.000Z',
  seenBefore: true,
  since: '2026-01-01T00:00:00.000Z',
  tagMoved: false,
  signersBefore: [],
  signatureLost: false,
  signerChanged: false,
  elsewhere: [],
  ...given,
});

const judged = (dossier: Partial<Dossier>, policy = '', at = someTime) => {
  const verdict = judge(parsePolicy(`version: 1\nname: p\n${policy}`, 'p.yaml'), someDossier(dossier), at);
  return { verdict, said: [verdict.assessment, verdict.decision, exitStatus([verdict], 'deny')] };
};

test('trusted changes nothing and is told; untrusted denies with status 1; the first sentence says why', () => {
  assert.deepEqual(judged({ trust: someTrust() }).said, ['clean', 'allow', 0]);
  assert.match(judged({ trust: someTrust() }).verdict.because[0], /^signed by release/);
  const { verdict, said } = judged({ trust: untrusted });
  assert.deepEqual(said, ['clean', 'deny', 1]);
  assert.equal(verdict.untrusted, 'deny');
  assert.match(
    verdict.because[0],
    /^not signed by whom the trust configuration demands: release: nothing.*\(absent\)$/,
  );
});

test('nobody asked: nothing follows, whatever the outcome', () => {
  const trust = someTrust({ asked: false, outcome: 'inconclusive', code: 'not-asked' });
  assert.deepEqual(judged({ trust }).said, ['clean', 'allow', 0]);
  assert.equal(judged({ trust }).verdict.untrusted, undefined);
});

test('what could not be found out denies with status 3, and only a line with its own code accepts it', () => {
  const dossier = { trust: someTrust({ outcome: 'inconclusive', code: 'unreachable' }), gaps: [open] };
  assert.deepEqual(judged(dossier).said, ['incomplete', 'deny', 3]);
  assert.deepEqual(judged(dossier, 'gaps: [{ kind: unavailable, then: accept }]').said, ['incomplete', 'deny', 3]);
  const accepted = 'gaps: [{ code: SIGNATURE_INCONCLUSIVE, executable: true, then: accept }]';
  assert.deepEqual(judged(dossier, accepted).said, ['clean', 'allow', 0]);
});

test('unread parts do not soften an untrusted image to status 3; malware stays malware', () => {
  assert.deepEqual(judged({ trust: untrusted, gaps: [someGap()] }).said, ['incomplete', 'deny', 1]);
  assert.deepEqual(judged({ trust: untrusted, findings: [someFinding()] }).said, ['malicious', 'deny', 1]);
  const lax = 'decisions: { untrusted: warn }';
  assert.deepEqual(judged({ trust: untrusted, gaps: [someGap({ code: 'X' })] }, lax).said, ['incomplete', 'deny', 3]);
});

test('the policy decides what untrusted means, also for some images only; no rule that allows does', () => {
  assert.deepEqual(judged({ trust: untrusted }, 'decisions: { untrusted: warn }').said, ['clean', 'warn', 0]);
  const scope = (match: string) => `scopes: [{ match: ["${match}"], decisions: { untrusted: allow } }]`;
  assert.deepEqual(judged({ trust: untrusted }, scope('docker://registry.example/**')).said, ['clean', 'allow', 0]);
  assert.deepEqual(judged({ trust: untrusted }, scope('docker://other.example/**')).said, ['clean', 'deny', 1]);
  const rule = 'rules: [{ id: fine, when: \'dossier.kind == "container"\', then: allow, because: It is fine. }]';
  assert.deepEqual(judged({ trust: untrusted }, rule).said, ['clean', 'deny', 1]);
});

const denies = (when: string): string => `rules: [{ id: r, when: '${when}', then: deny, because: So it is. }]`;

test('conditions see the sum and every answer, with its facts', () => {
  const attestations: Dossier['attestations'] = [
    {
      verifier: 'cosign',
      signer: 'release',
      kind: 'signature',
      digest: `sha256:${'c'.repeat(64)}`,
      outcome: 'trusted',
      code: 'trusted',
      identity: 'me@corp.example',
      reason: 'signed',
      facts: { repositoryOwnerId: 4711, issuer: 'https://login.corp.example' },
      trace: [{ lookedFor: 'a signature', result: 'verified' }],
    },
  ];
  const dossier = { trust: someTrust(), attestations };
  const by = (id: string) =>
    denies(`!dossier.attestations.exists(a, a.outcome == "trusted" && a.facts["repositoryOwnerId"] == "${id}")`);
  assert.equal(judged(dossier, by('4711')).verdict.decision, 'allow');
  assert.equal(judged(dossier, by('4712')).verdict.decision, 'deny');
  assert.equal(judged(dossier, denies('dossier.trust.by != ["release"]')).verdict.decision, 'allow');
  assert.equal(judged({}, denies('!dossier.trust.asked')).verdict.decision, 'deny');
  assert.throws(() => judged({}, denies('dossier.trust.outcome == "trustet"')), /never the value here/);
});

test('a minimum age counts from what was seen or proven, to the time of the judgement', () => {
  const rest = denies('at - dossier.history.since < duration("72h")');
  const history = someHistory({ since: '2026-01-01T00:00:00.000Z' });
  assert.equal(judged({ history }, rest, '2026-01-03T23:00:00.000Z').verdict.decision, 'deny');
  assert.equal(judged({ history }, rest, '2026-01-04T01:00:00.000Z').verdict.decision, 'allow');
});

test('each fact of the history can be asked', () => {
  const elsewhere = [{ repository: 'other.example/app', digest: `sha256:${'b'.repeat(64)}` }] as const;
  for (const [when, history] of [
    ['dossier.history.tagMoved', someHistory({ tagMoved: true })],
    ['dossier.history.signatureLost', someHistory({ signatureLost: true })],
    ['dossier.history.signerChanged', someHistory({ signerChanged: true })],
    ['!dossier.history.seenBefore', someHistory({ seenBefore: false })],
    ['dossier.history.logged', someHistory({ loggedAt: '2026-01-01T00:00:00.000Z' })],
    ['dossier.history.signersBefore.size() > 0', someHistory({ signersBefore: ['cosign x'] })],
    ['dossier.history.elsewhere.exists(e, e.repository == "other.example/app")', someHistory({ elsewhere })],
  ] as const) {
    assert.equal(judged({ history }, denies(when)).verdict.decision, 'deny', when);
    assert.equal(judged({ history: someHistory() }, denies(when)).verdict.decision, 'allow', when);
  }
});

test('a past that is not known denies whoever asks for it, and nobody else', () => {
  const { verdict } = judged({}, denies('dossier.history.tagMoved'));
  assert.equal(verdict.decision, 'deny');
  assert.match(verdict.because[0], /could not be decided.*no history is known/);
  assert.equal(judged({}, denies('dossier.digest == "x"')).verdict.decision, 'allow');
});

test('whether a policy asks for the past is told before it is judged, in its rules and scopes', () => {
  const asks = (policy: string) => asksHistory(parsePolicy(`version: 1\nname: p\n${policy}`, 'p.yaml'));
  assert.equal(asks(denies('dossier.history.tagMoved')), true);
  assert.equal(asks(denies('dossier.config.history.size() > 99')), false);
  assert.equal(asks(`scopes: [{ match: ["docker://**"], ${denies('dossier .history.tagMoved')} }]`), true);
  assert.equal(asks(''), false);
});
