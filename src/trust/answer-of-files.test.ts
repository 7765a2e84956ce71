/** Trust files, the verifiers and real signatures together: what is demanded, asked and answered. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { memoryRepository } from '../../test/fakes/memory-repository.ts';
import { ecKeys, keyPem, startFakeSigstore, type FakeSigstore } from '../../test/fakes/sigstore-authorities.ts';
import { classicAnnotations, cosignPayload, putClassic, type FakeSigner } from '../../test/fakes/sigstore-signer.ts';
import { makeTrustFolder, type TrustContents } from '../../test/fakes/trust-folder.ts';
import { fakeTrustContext } from '../../test/fakes/trust-memory.ts';
import { answerDemand, type TrustAnswer } from './answer.ts';
import { attest } from './attest.ts';
import { readTrust } from './trust-file/read-trust.ts';
import { cosign } from './verifiers/cosign.ts';

const reference = { repository: 'registry.example/team/app', tag: '1.0' };
const email = 'ann@company.example';
const issuer = 'https://token.company.example';

let sigstore: FakeSigstore;
before(async () => {
  sigstore = await startFakeSigstore();
});

/** The image is signed by `signers`, and asked for by the file. */
const answer = async (
  t: TestContext,
  contents: TrustContents & { readonly trust: string },
  signers: readonly (FakeSigner & { readonly logged?: true })[],
  trouble?: RegExp,
  instance = sigstore,
): Promise<TrustAnswer> => {
  const repository = memoryRepository();
  const image = repository.putImage('app', '1.0');
  const payload = cosignPayload(image.digest, `${reference.repository}:${reference.tag}`);
  if (signers.length > 0)
    putClassic(
      repository,
      image.digest,
      await Promise.all(
        signers.map(async (signer) => ({
          payload,
          annotations: await classicAnnotations(signer, payload, signer.logged ? { sigstore: instance, log: 1 } : {}),
        })),
      ),
    );
  if (trouble !== undefined) repository.troubles.push(trouble);
  const folder = makeTrustFolder(t, contents);
  const surroundings = { now: instance.clock, remembers: true, environment: {} };
  const { demandFor } = await readTrust(join(folder, 'trust'), surroundings);
  const demand = demandFor(reference);
  const context = fakeTrustContext({ network: { offline: true }, now: () => instance.clock });
  const said = await attest({ digest: image.digest, reference, repository }, demand, context, { verifiers: [cosign] });
  return answerDemand(demand, said);
};

const shown = ({ outcome, code, by }: TrustAnswer): string => `${outcome} ${code} ${by.join('+')}`.trim();

const file = (require: string): string => `schema: tidewaiter/trust/v1
references:
  - name: ours
    match: docker://registry.example/team/**
    signers:
      - { name: ann, cosign: { key: ann.pub } }
      - { name: bob, cosign: { key: bob.pub, claim: reference } }
    require: ${require}
`;

test('a file that asks for two keys: both, one, a stranger, nobody, and a registry that does not answer', async (t) => {
  const [ann, bob, stranger] = [ecKeys(), ecKeys(), ecKeys()];
  const keys = { 'ann.pub': keyPem(ann), 'bob.pub': keyPem(bob) };
  const all = { trust: file('all'), ...keys };
  assert.equal(shown(await answer(t, all, [{ keys: ann }, { keys: bob }])), 'trusted trusted ann+bob');
  assert.equal(shown(await answer(t, all, [{ keys: ann }])), 'untrusted other-signer ann');
  assert.equal(shown(await answer(t, { trust: file('any'), ...keys }, [{ keys: bob }])), 'trusted trusted bob');
  assert.equal(shown(await answer(t, { trust: file('any'), ...keys }, [{ keys: stranger }])), 'untrusted other-signer');
  assert.equal(shown(await answer(t, all, [])), 'untrusted absent');
  assert.equal(shown(await answer(t, all, [{ keys: ann }], /./)), 'inconclusive unreachable');
});

test('since and until are held against the time that a log proves', async (t) => {
  const ann = ecKeys();
  const day = (days: number): string =>
    new Date(sigstore.clock.getTime() + days * 86_400_000).toISOString().slice(0, 10);
  const dated = (dates: string): TrustContents & { readonly trust: string } => ({
    trust: `schema: tidewaiter/trust/v1
references:
  - name: ours
    match: "**"
    signers: [{ name: ann, cosign: { key: ann.pub, trustedRoot: root.json }, ${dates} }]
`,
    'ann.pub': keyPem(ann),
    'root.json': sigstore.trustedRoot(),
  });
  const logged = [{ keys: ann, logged: true }] as const;
  assert.equal(shown(await answer(t, dated(`since: ${day(-1)}, until: ${day(1)}`), logged)), 'trusted trusted ann');
  assert.equal(shown(await answer(t, dated(`since: ${day(2)}`), logged)), 'untrusted not-yet-valid');
  assert.equal(shown(await answer(t, dated(`until: ${day(-2)}`), logged)), 'untrusted expired');
  assert.equal(shown(await answer(t, dated(`since: ${day(-1)}`), [{ keys: ann }])), 'untrusted unproven-time');
});

test('a containers policy that names a Fulcio and a Rekor is met by whom it names, and by nobody else', async (t) => {
  const instance = await startFakeSigstore(undefined, false);
  const root = JSON.parse(instance.trustedRoot()) as {
    readonly tlogs: readonly { readonly publicKey: { readonly rawBytes: string } }[];
    readonly certificateAuthorities: readonly {
      readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] };
    }[];
  };
  const authority = root.certificateAuthorities[0]?.certChain.certificates[0]?.rawBytes ?? '';
  const requirement = {
    type: 'sigstoreSigned',
    fulcio: { caPath: 'ca.pem', oidcIssuer: issuer, subjectEmail: email },
    rekorPublicKeyPath: 'rekor.der',
  };
  const policy = {
    trust: JSON.stringify({
      default: [{ type: 'reject' }],
      transports: { docker: { 'registry.example': [requirement] } },
    }),
    'ca.pem': new X509Certificate(Buffer.from(authority, 'base64')).toString(),
    'rekor.der': Buffer.from(root.tlogs[0]?.publicKey.rawBytes ?? '', 'base64'),
  };
  const signer = async (subject: string): Promise<FakeSigner> => {
    const keys = ecKeys();
    return { keys, certificate: await instance.certify(keys, { subject, issuer }) };
  };
  const answerOf = (signers: Parameters<typeof answer>[2]): Promise<TrustAnswer> =>
    answer(t, policy, signers, undefined, instance);
  const ann = await signer(email);
  assert.equal(shown(await answerOf([{ ...ann, logged: true }])), 'trusted trusted sigstoreSigned 1');
  assert.equal(shown(await answerOf([ann])), 'untrusted unproven-time');
  const bob = await signer('bob@company.example');
  assert.equal(shown(await answerOf([{ ...bob, logged: true }])), 'untrusted other-signer');
});
