import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fakeContext } from '../../../test/fakes/context.ts';
import { memoryRepository } from '../../../test/fakes/memory-repository.ts';
import type { Attestation } from '../../core/attestation.ts';
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { Image } from '../../core/image.ts';
import { parseReference } from '../../core/reference.ts';
import type { SignatureSubject, TrustVerifier } from '../../core/trust.ts';
import type { TrustConfiguration, TrustDemand } from '../../trust/demand.ts';
import { askedName, toSignatureSubject } from './signature-subject.ts';
import { openTrustDesk, type TrustDesk, type TrustDeskOptions } from './trust-desk.ts';
import { trustGaps } from './trust-examined.ts';

const digest: Digest = `sha256:${'a'.repeat(64)}`;
const index: Digest = `sha256:${'b'.repeat(64)}`;
const reference = parseReference('registry.example/team/app:1');

const imageOf = (more: Partial<Image> = {}): Image => ({
  reference: `docker://registry.example/team/app:1@${digest}`,
  digest,
  identity: { manifest: digest, diffIds: [] },
  kind: 'container',
  layers: [],
  findings: [],
  gaps: [],
  referrers: async () => [],
  [Symbol.asyncDispose]: async () => undefined,
  ...more,
});

const demand: TrustDemand = {
  rule: 'ours',
  ask: 'signatures',
  signers: [{ name: 'release', trust: { verifier: 'cosign', keys: ['k'], claim: 'digest' }, untimed: 'accept' }],
  require: 1,
};

const configurationOf = (asked: TrustDemand): TrustConfiguration => ({
  file: 'trust.yaml',
  kind: 'tidewaiter',
  version: `sha256:${'0'.repeat(64)}`,
  findings: [],
  demandFor: () => asked,
});

const answering = (more: Partial<Attestation>, asked: SignatureSubject[] = []): TrustVerifier => ({
  id: 'cosign',
  about: 'fake',
  verify: async (subject) => {
    asked.push(subject);
    return [
      {
        verifier: 'cosign',
        kind: 'signature',
        digest: subject.digest,
        outcome: 'trusted',
        code: 'trusted',
        identity: 'sha256:team',
        reason: 'signed by the team',
        trace: [{ lookedFor: 'a signature', result: 'verified' }],
        ...more,
      },
    ];
  },
});

const withDesk = async (
  options: Partial<TrustDeskOptions>,
  run: (desk: TrustDesk, context: Context, folder: string) => Promise<void>,
): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'tw-desk-'));
  const environment = { XDG_STATE_HOME: folder };
  const desk = openTrustDesk(environment, {
    configuration: configurationOf(demand),
    verifiers: [answering({})],
    ...options,
  });
  try {
    await run(desk, fakeContext({ environment }), folder);
  } finally {
    desk.close();
    await rm(folder, { recursive: true });
  }
};

test('a verifier is asked about the manifest, with the index, the name as asked, and what lies beside it', async () => {
  const asked: SignatureSubject[] = [];
  await withDesk({ verifiers: [answering({}, asked)] }, async (desk, context) => {
    const repository = memoryRepository();
    const image = imageOf({ identity: { manifest: digest, index, diffIds: [] }, repository });
    const { trust, attestations, history } = await desk.examine(image, reference, context);
    assert.deepEqual(asked, [
      { digest, index, reference: { repository: 'registry.example/team/app', tag: '1' }, repository },
    ]);
    assert.deepEqual([trust?.outcome, trust?.by], ['trusted', ['release']]);
    assert.equal(attestations[0]?.signer, 'release');
    assert.equal(history?.seenBefore, false);
    assert.deepEqual(trustGaps(trust, image.reference), []);
  });
});

test('what has no manifest is inconclusive, and nobody is asked about another digest of it', async () => {
  const asked: SignatureSubject[] = [];
  await withDesk({ verifiers: [answering({}, asked)] }, async (desk, context) => {
    const config = { identity: { config: digest, diffIds: [] } };
    const { trust } = await desk.examine(imageOf(config), parseReference('docker-daemon:app'), context);
    assert.deepEqual([trust?.outcome, trust?.code, asked], ['inconclusive', 'unsupported', []]);
    const tree = imageOf({ digest: null, identity: { diffIds: [] } });
    const examined = await desk.examine(tree, parseReference('rootfs:/srv'), context);
    assert.equal(examined.trust?.outcome, 'inconclusive');
    assert.match(examined.historyProblem ?? '', /no digest/);
    assert.deepEqual(
      trustGaps(examined.trust, 'rootfs:/srv').map(({ where, code, executable }) => [where, code, executable]),
      [['rootfs:/srv', 'SIGNATURE_INCONCLUSIVE', true]],
    );
  });
});

test('bytes that are not those of the digest are untrusted, and nobody is asked', async () => {
  const asked: SignatureSubject[] = [];
  await withDesk({ verifiers: [answering({}, asked)] }, async (desk, context) => {
    const swapped = imageOf({
      findings: [
        {
          rule: 'image/manifest-digest-mismatch',
          title: 'The manifest is not the one that its digest names',
          severity: 'critical',
          confidence: 'high',
          intent: 'tampering',
          techniques: [],
          advice: '',
          evidence: [{ kind: 'config', field: 'x', value: 'y' }],
        },
      ],
    });
    const { trust } = await desk.examine(swapped, reference, context);
    assert.deepEqual([trust?.outcome, trust?.code, asked], ['untrusted', 'other-digest', []]);
  });
});

test('nobody asked, and everybody refused, follow from the demand alone', async () => {
  for (const [ask, outcome, gaps] of [
    ['nothing', 'inconclusive', 0],
    ['refuse', 'untrusted', 0],
  ] as const)
    await withDesk(
      { configuration: configurationOf({ rule: 'r', ask, signers: [], require: 0 }), verifiers: [] },
      async (desk, context) => {
        const { trust, attestations } = await desk.examine(imageOf(), reference, context);
        assert.deepEqual([trust?.outcome, trust?.asked, attestations], [outcome, ask === 'refuse', []]);
        assert.equal(trustGaps(trust, 'x').length, gaps);
      },
    );
});

test('a signature is lost only when everything answered', async () => {
  const state = { outcome: 'untrusted', code: 'absent' } as {
    outcome: Attestation['outcome'];
    code: Attestation['code'];
  };
  const verifier: TrustVerifier = {
    ...answering({}),
    verify: (subject, trust, context) => answering({ ...state }).verify(subject, trust, context),
  };
  await withDesk({ verifiers: [verifier] }, async (desk, context) => {
    const lost = async () => (await desk.examine(imageOf(), reference, context)).history?.signatureLost;
    Object.assign(state, { outcome: 'trusted', code: 'trusted' });
    assert.equal(await lost(), false);
    Object.assign(state, { outcome: 'inconclusive', code: 'unreachable' });
    assert.equal(await lost(), false);
    Object.assign(state, { outcome: 'untrusted', code: 'absent' });
    assert.equal(await lost(), true);
  });
});

test('without a configuration nobody is asked, and what was seen is kept', () =>
  withDesk({ verifiers: [] }, async (_, context, folder) => {
    const desk = openTrustDesk({ XDG_STATE_HOME: folder }, { verifiers: [] });
    assert.equal((await desk.examine(imageOf(), reference, context)).trust, undefined);
    assert.equal((await desk.examine(imageOf(), reference, context)).history?.seenBefore, true);
    desk.close();
  }));

test('a history that cannot be read is told, and is no first sight', () =>
  withDesk({}, async (desk, context, folder) => {
    await desk.examine(imageOf(), reference, context);
    desk.close();
    await writeFile(join(folder, 'tidewaiter', 'signature-history.sqlite'), 'no database'.repeat(100));
    const { trust, history, historyProblem } = await desk.examine(imageOf(), reference, context);
    assert.equal(trust?.outcome, 'trusted');
    assert.equal(history, undefined);
    assert.match(historyProblem ?? '', /cannot be used/);
  }));

test('a name is what was asked for in a registry; files and engines have none that could be believed', () => {
  assert.deepEqual(askedName(parseReference('nginx')), { repository: 'docker.io/library/nginx', tag: 'latest' });
  assert.deepEqual(askedName(parseReference(`registry.example/a@${digest}`)), {
    repository: 'registry.example/a',
    digest,
  });
  for (const other of ['oci:dir:1', 'docker-daemon:registry.example/a:1', 'containerd:registry.example/a:1'])
    assert.equal(askedName(parseReference(other)), undefined, other);
  assert.equal(toSignatureSubject(imageOf({ identity: { diffIds: [] } }), reference), undefined);
});
