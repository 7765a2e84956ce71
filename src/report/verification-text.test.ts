import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attestation, TraceStep } from '../core/attestation.ts';
import type { Digest } from '../core/digest.ts';
import type { TrustSummary } from '../core/trust-summary.ts';
import type { Companion, Verification } from '../core/verification.ts';
import { discoveryText, verificationText } from './verification-text.ts';

const digest: Digest = `sha256:${'ab'.repeat(32)}`;
const plain = { colour: false, width: 0 };

const trust: TrustSummary = {
  asked: true,
  outcome: 'untrusted',
  code: 'absent',
  rule: 'ours',
  by: [],
  reason: 'rule "ours" asks for 1 signer: release: nothing was found',
  signers: [],
  configuration: { name: 'trust.yaml', version: digest },
};

const step = (result: TraceStep['result'], more: Partial<TraceStep> = {}): TraceStep => ({
  lookedFor: `signature tag sha256-${'ab'.repeat(32)}.sig`,
  result,
  ...more,
});

const attestation = (more: Partial<Attestation> = {}): Attestation => ({
  verifier: 'cosign',
  signer: 'release',
  kind: 'signature',
  digest,
  outcome: 'untrusted',
  code: 'absent',
  reason: 'nothing was found',
  trace: [step('absent')],
  ...more,
});

const companion = (more: Partial<Companion> = {}): Companion => ({
  subject: digest,
  place: 'referrer',
  digest,
  type: 'application/vnd.cncf.notary.signature',
  what: 'a Notation signature',
  verifier: 'notation',
  ...more,
});

const verification = (more: Partial<Verification> = {}): Verification => ({
  reference: `docker://registry.example/team/app:1@${digest}`,
  asked: 'registry.example/team/app:1',
  digest,
  identity: { manifest: digest, diffIds: [] },
  kind: 'container',
  platform: 'linux/amd64',
  trust,
  attestations: [attestation()],
  at: '2026-01-01T00:00:00.000Z',
  ...more,
});

const shownOf = (more: Partial<Verification>): string => verificationText([verification(more)], plain);

test('the answer comes first, then each signer with what was looked for', () => {
  const lines = shownOf({}).split('\n');
  assert.match(lines[0] ?? '', /^UNTRUSTED {2}docker:\/\/registry\.example\/team\/app:1@sha256:abab/);
  assert.equal(lines[1], '  - rule "ours" asks for 1 signer: release: nothing was found (trust.yaml)');
  assert.equal(lines[3], '✗ release (cosign): untrusted (absent): nothing was found');
  assert.equal(lines[4], '    absent      signature tag sha256-abababababab….sig');
});

test('a signature of a world that nobody asked for is shown, with how to have it checked', () => {
  const text = shownOf({ discovery: { companions: [companion()], trace: [step('found')] } });
  assert.match(
    text,
    /Beside it lies, and was not checked\n {2}- a Notation signature: referrer \(sha256:abababababab\)/,
  );
  assert.match(text, /to have it checked, Notation: --trust trustpolicy\.json/);
  const asked = shownOf({
    discovery: { companions: [companion({ verifier: 'cosign' })], trace: [step('found')] },
  });
  assert.doesNotMatch(asked, /Beside it/);
});

test('what could not be reached is never shown as nothing', () => {
  const nothing = shownOf({ discovery: { companions: [], trace: [step('absent')] } });
  assert.match(nothing, /Nothing that looks like a signature lies beside it, in 1 place/);
  assert.match(nothing, /keep theirs elsewhere/);
  const unreached = shownOf({
    discovery: { companions: [], trace: [step('absent'), step('unreachable', { detail: 'no answer' })] },
  });
  assert.match(unreached, /Not all that may lie beside it could be seen\n {4}unreachable .*no answer/);
  assert.doesNotMatch(unreached, /Nothing that looks/);
});

test('an image that lies where no signature can lie is referred to its registry', () => {
  const open: TrustSummary = { ...trust, outcome: 'inconclusive', code: 'unsupported' };
  const nowhere = { discovery: { companions: [], trace: [] } };
  assert.match(shownOf({ trust: open, ...nowhere }), /Ask the registry that it came from/);
  assert.doesNotMatch(shownOf({ trust: open, digest: null, ...nowhere }), /Ask the registry/);
  assert.doesNotMatch(shownOf({ ...nowhere }), /Ask the registry/);
});

test('a long trace keeps its end, and all of it is shown when asked', () => {
  const trace = Array.from({ length: 40 }, (_, position) => step('found', { detail: `step ${position}` }));
  const few = shownOf({ attestations: [attestation({ trace })] });
  assert.doesNotMatch(few, /step 15\n/);
  assert.match(few, /step 16\n[^]*step 39\n {4}and 16 steps before these/);
  const all = verificationText([verification({ attestations: [attestation({ trace })] })], { ...plain, verbose: true });
  assert.match(all, /step 0\n/);
});

test('what signatures, certificates and registries say cannot reach the terminal', () => {
  const hostile = 'x\u001b[31m\n::set-output name=a::b\u202e';
  const text = shownOf({
    attestations: [
      attestation({
        reason: hostile,
        identity: hostile,
        trace: [step('refused', { lookedFor: hostile, detail: hostile })],
      }),
    ],
    discovery: {
      companions: [companion({ what: hostile, place: hostile })],
      trace: [step('unreachable', { detail: hostile })],
    },
    historyProblem: hostile,
    trust: { ...trust, reason: hostile },
  });
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(text, /\u001b|\u202e|::set-output/);
  assert.ok(text.split('\n').every((line) => !line.startsWith('::')));
});

test('what was seen before is told, worst first, and why it is not known', () => {
  const history = {
    firstSeen: '2026-01-01T00:00:00.000Z',
    seenBefore: true,
    since: '2025-12-01T00:00:00.000Z',
    loggedAt: '2025-12-01T00:00:00.000Z',
    tagMoved: true,
    tagBefore: digest,
    tagMovedAt: '2026-01-05T00:00:00.000Z',
    signersBefore: ['cosign sha256:team'],
    signatureLost: true,
    signerChanged: false,
    elsewhere: [{ repository: 'mirror.example/team/app', digest }],
  };
  const [, told = ''] = shownOf({ history }).split('Seen before\n');
  assert.deepEqual(
    told
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(4, 40)),
    [
      'it was signed before, and no signatu',
      'the tag named sha256:abababababab be',
      'mirror.example/team/app was last see',
      'first seen here on 2026-01-01T00:00:',
      'proven to be there since 2025-12-01T',
    ],
  );
  assert.match(shownOf({ historyProblem: 'the file is damaged' }), /Seen before\n {2}- not known: the file is damaged/);
});

test('with nobody named what lies there is shown, and that nobody was asked', () => {
  const text = discoveryText(
    'docker://registry.example/app',
    { companions: [companion()], trace: [step('found')] },
    plain,
  );
  assert.match(text, /^NOT ASKED {2}docker:\/\/registry\.example\/app\n\nBeside it lies, and was not checked\n/);
});
