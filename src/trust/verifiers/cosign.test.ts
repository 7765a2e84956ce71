/** The table of all worlds of signatures for cosign: by key and by identity, in the classic layout and in bundles. */
import { randomBytes } from 'node:crypto';
import { before } from 'node:test';
import type { CosignTrust, SignatureSubject } from '../../core/trust.ts';
import {
  holdsSignatureTable,
  type SignatureCase,
  type SignatureQuestion,
} from '../../../test/contracts/signature-world.contract.ts';
import { memoryRepository } from '../../../test/fakes/memory-repository.ts';
import { ecKeys, keyPem, startFakeSigstore, type FakeSigstore } from '../../../test/fakes/sigstore-authorities.ts';
import {
  bundleOf,
  classicAnnotations,
  cosignPayload,
  putBundle,
  putClassic,
  statementOf,
  type FakeProofs,
  type FakeSigner,
} from '../../../test/fakes/sigstore-signer.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import { cosign } from './cosign.ts';

const repositoryName = 'registry.example/team/app';
const workflow = 'https://ci.example/team/app/.ci/release.yml@refs/heads/main';
const issuer = 'https://token.ci.example';

let sigstore: FakeSigstore;
before(async () => {
  sigstore = await startFakeSigstore();
});

type Way = 'key' | 'identity';
type Layout = 'classic' | 'bundle';

interface Signing {
  readonly signer: FakeSigner;
  readonly proofs: FakeProofs;
}

const keys = ecKeys();

const signing = async (way: Way, name: SignatureCase): Promise<Signing> => {
  const isStranger = name === 'other key';
  if (way === 'key') return { signer: { keys: isStranger ? ecKeys() : keys }, proofs: {} };
  const pair = ecKeys();
  const subject = isStranger ? 'https://ci.example/stranger' : workflow;
  const certificate = await sigstore.certify(pair, { subject, issuer });
  // Without a log and a signed time only a certificate that is valid now counts.
  const proofs = name === 'expired' ? {} : ({ sigstore, log: 1 } as const);
  return { signer: { keys: pair, certificate }, proofs };
};

const trustOf = (way: Way, name: SignatureCase, layout: Layout): CosignTrust => ({
  verifier: 'cosign',
  ...(way === 'key'
    ? { keys: [keyPem(keys)] }
    : { identities: [{ subject: { exact: workflow }, issuer: { pattern: 'https://.*[.]example' } }] }),
  trustedRoot: sigstore.trustedRoot(),
  ...(name === 'expired' ? { log: 'optional' as const } : {}),
  claim: name === 'other repository' ? 'repository' : layout === 'classic' ? 'reference' : 'digest',
});

const unknown: Readonly<Record<Way, Partial<Record<SignatureCase, string>>>> = {
  key: {
    expired: 'a bare key has no end of validity: the trust file’s "until" says when it ceases to count',
    revoked: 'a bare key is revoked by taking it out of the trust file',
  },
  identity: {
    revoked: 'certificates live for minutes and are never revoked: an identity is taken out of the trust file',
  },
};

const ask =
  (way: Way, layout: Layout) =>
  async (name: SignatureCase): Promise<SignatureQuestion<CosignTrust> | string> => {
    const missing = unknown[way][name];
    if (missing !== undefined) return missing;
    const repository = memoryRepository(repositoryName);
    const image = repository.putImage(randomBytes(4).toString('hex'));
    const sibling = repository.putImage('sibling');
    const index = repository.putIndex([image, sibling], '1.0');
    const older = repository.putImage('older');
    const signed =
      { 'other digest': older, 'replayed older': older, 'other platform': sibling }[name as string]?.digest ??
      image.digest;
    const reference = name === 'other repository' ? 'registry.example/other/app:1.0' : `${repositoryName}:1.0`;
    const { signer, proofs } = await signing(way, name);
    if (name !== 'unsigned' && layout === 'classic') {
      const payload = cosignPayload(signed, reference);
      const annotations = await classicAnnotations(signer, payload, proofs);
      const cut = name === 'truncated' ? payload.subarray(0, payload.length - 9) : payload;
      putClassic(repository, image.digest, [{ payload: cut, annotations }]);
    }
    if (name !== 'unsigned' && layout === 'bundle') {
      const payload = statementOf({ digest: signed, name: reference });
      const bundle = JSON.stringify(await bundleOf(signer, { payload }, proofs));
      putBundle(repository, image, name === 'truncated' ? bundle.slice(0, -9) : bundle);
    }
    if (name === 'unreachable') repository.troubles.push(layout === 'classic' ? /[.]sig$/ : /^referrers /);
    const subject: SignatureSubject = {
      digest: image.digest,
      index: index.digest,
      reference: { repository: repositoryName, tag: '1.0' },
      repository,
    };
    const now = name === 'expired' ? new Date(sigstore.clock.getTime() + 3_600_000) : sigstore.clock;
    const context = fakeTrustContext({ network: { offline: true }, now: () => now });
    return { subject, trust: trustOf(way, name, layout), context };
  };

const codes = {
  'other key': 'other-signer',
  'other digest': 'other-digest',
  'replayed older': 'other-digest',
  'other platform': 'other-platform',
} as const;

for (const way of ['key', 'identity'] as const)
  for (const layout of ['classic', 'bundle'] as const)
    holdsSignatureTable({ verifier: cosign, ask: ask(way, layout), codes });
