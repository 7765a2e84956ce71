import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Digest } from '../../core/digest.ts';
import { isFault, overLimit } from '../../core/fault.ts';
import type { NotationTrust, SignatureSubject } from '../../core/trust.ts';
import {
  holdsSignatureTable,
  type SignatureCase,
  type SignatureQuestion,
} from '../../../test/contracts/signature-world.contract.ts';
import { makeParty } from '../../../test/fakes/authority.ts';
import { digestOf, memoryRepository } from '../../../test/fakes/memory-repository.ts';
import { day, openNotationScene, subjectOf } from '../../../test/fakes/notation-scene.ts';
import { attachEnvelope, signEnvelope, type EnvelopeForm } from '../../../test/fakes/notation-signer.ts';
import { ocspAnswer } from '../../../test/fakes/revocation-server.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import { notation } from './notation.ts';

const scene = await openNotationScene();
const { server, issuing, signer, watched, stranger, trustIn, signed, ask } = scene;
after(() => scene[Symbol.asyncDispose]());

const questionOf = async (
  form: EnvelopeForm,
  which: SignatureCase,
): Promise<SignatureQuestion<NotationTrust> | string> => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const question = { subject: subjectOf(repository, target), trust: trustIn(), context: fakeTrustContext() };
  switch (which) {
    case 'valid':
      signed(repository, target, form);
      break;
    case 'unsigned':
      break;
    case 'other key':
      signed(repository, target, form, { signer: stranger });
      break;
    case 'other digest':
    case 'replayed older': {
      // The signature of an older image, laid beside this one.
      const older = repository.putImage('older');
      attachEnvelope(repository, signEnvelope({ form, signer, target: older }), form, target);
      break;
    }
    case 'other repository':
      signed(repository, target, form);
      return { ...question, trust: trustIn({ registryScopes: ['registry.example/team/other'] }) };
    case 'expired':
      signed(repository, target, form, {
        signedAt: new Date(Date.now() - 2 * day),
        expiry: new Date(Date.now() - day),
      });
      break;
    case 'revoked':
      signed(repository, target, form, { signer: watched });
      server.answer = (serial) => ocspAnswer(serial, { authority: issuing, status: 'revoked' });
      break;
    case 'truncated': {
      const envelope = signEnvelope({ form, signer, target });
      attachEnvelope(repository, envelope.subarray(0, envelope.length - 20), form, target);
      break;
    }
    case 'other platform': {
      const other = repository.putImage('arm');
      const index = repository.putIndex([target, other]);
      attachEnvelope(repository, signEnvelope({ form, signer, target: other }), form, target);
      return { ...question, subject: { ...question.subject, index: index.digest } };
    }
    case 'unreachable':
      signed(repository, target, form);
      repository.troubles.push(/^referrers/);
      break;
  }
  return question;
};

for (const form of ['jws', 'cose'] as const)
  describe(form, () => {
    holdsSignatureTable({
      verifier: notation,
      ask: (which) => questionOf(form, which),
      codes: {
        'other key': 'untrusted-root',
        revoked: 'revoked',
        'replayed older': 'other-digest',
        'other platform': 'other-platform',
      },
    });
  });

test('a valid signature says who, under which statement, and what was looked at', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  signed(repository, target, 'jws');
  const answer = await ask(repository, target);
  assert.equal(answer.identity, 'CN=builder,OU=CI,O=Example,ST=WA,C=US');
  assert.equal(answer.facts?.['statement'], 'ours');
  assert.equal(answer.facts?.['level'], 'strict');
  assert.equal(answer.facts?.['envelope'], 'jws');
  assert.equal(answer.facts['certificateIssuer'], 'CN=Issuing,O=Example,ST=WA,C=US'.split(',').toReversed().join(','));
  assert.equal(answer.facts['certificate'], digestOf(signer.certificate));
  assert.equal(answer.signedAt, undefined, 'a time that only the signer claims proves nothing');
  assert.deepEqual(
    answer.trace.map(({ result }) => result),
    ['found', 'found', 'found', 'verified', 'verified', 'verified', 'verified', 'verified'],
  );
});

test('metadata that the signer put into the payload are facts, within bounds', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const { mediaType, digest, size } = target;
  const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`n${index}`, 'x'.repeat(1000)]));
  const annotations = { build: '7', 'io.cncf.notary.own': 'x', ...many };
  signed(repository, target, 'jws', { payload: { targetArtifact: { mediaType, digest, size, annotations } } });
  const { facts = {} } = await ask(repository, target);
  assert.equal(facts['metadata.build'], '7');
  const names = Object.keys(facts).filter((name) => name.startsWith('metadata.'));
  assert.equal(names.length, 16);
  assert.ok(names.every((name) => String(facts[name]).length <= 512 && !name.includes('notary')));
});

test('a list that is too long to be read may hold the signature; one listed often is read once', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  signed(repository, target, 'jws', { signer: stranger });
  const [listed] = await repository.referrers(target.digest, fakeTrustContext());
  assert.ok(listed);
  const often = { ...repository, referrers: async () => Array.from({ length: 100 }, () => listed) };
  assert.equal((await ask(often, target)).code, 'untrusted-root');
  const endless = {
    ...repository,
    referrers: async () => {
      throw overLimit('REFERRERS_TOO_MANY', 'more referrers than are read');
    },
  };
  const answer = await ask(endless, target);
  assert.deepEqual([answer.outcome, answer.code], ['inconclusive', 'limit']);
});

test('the old form of the manifest counts, and a list that says no type', async () => {
  for (const options of [{ old: true }, { listedAs: '' }]) {
    const repository = memoryRepository();
    const target = repository.putImage('one');
    attachEnvelope(repository, signEnvelope({ form: 'jws', signer, target }), 'jws', target, options);
    assert.equal((await ask(repository, target)).outcome, 'trusted');
  }
});

test('a manifest that is no signature is passed over, and one of another subject refused', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  repository.putArtifact({ layers: [repository.putBlob('x')], subject: target, listedAs: '' });
  assert.equal((await ask(repository, target)).code, 'absent');
  const other = repository.putImage('two');
  const listed = attachEnvelope(repository, signEnvelope({ form: 'jws', signer, target }), 'jws', other);
  const lying = { ...repository, referrers: async () => [listed] };
  assert.equal((await ask(lying, target)).code, 'malformed');
});

test('one good signature among bad ones is enough; of bad ones the one that nearly counted is told', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  attachEnvelope(repository, Buffer.from('{}'), 'jws', target);
  signed(repository, target, 'cose', { signer: stranger });
  assert.equal((await ask(repository, target)).code, 'untrusted-root');
  signed(repository, target, 'cose');
  assert.equal((await ask(repository, target)).code, 'trusted');
});

test('a signature of the index covers the manifests that it lists, and no others', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('amd');
  const index = repository.putIndex([target, repository.putImage('arm')]);
  signed(repository, index, 'jws');
  assert.equal((await ask(repository, target, trustIn(), { index: index.digest })).code, 'trusted');
  assert.equal((await ask(repository, target)).code, 'absent');
  const foreign = repository.putIndex([repository.putImage('arm')]);
  signed(repository, foreign, 'jws');
  assert.equal((await ask(repository, target, trustIn(), { index: foreign.digest })).code, 'absent');
});

test('names are compared by attributes', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  signed(repository, target, 'jws');
  const by = async (...identities: readonly string[]) =>
    (await ask(repository, target, trustIn({ trustedIdentities: identities }))).code;
  assert.equal(await by('x509.subject: C=US, ST=WA, O=Example'), 'trusted');
  assert.equal(await by('x509.subject: CN=builder, C=US, S=WA, O=Example, OU=CI'), 'trusted');
  assert.equal(await by('x509.subject: C=US, ST=WA, O=Example, CN=other'), 'other-signer');
  assert.equal(await by('x509.subject: C=US, ST=WA, O=Example, L=Seattle'), 'other-signer');
  assert.equal(await by('plugin.identity: anything'), 'other-signer');
});

test('permissive and audit only log what they only log, and say so', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  signed(repository, target, 'jws', {
    signer: stranger,
    signedAt: new Date(Date.now() - 2 * day),
    expiry: new Date(Date.now() - day),
  });
  const at = (level: string) => ask(repository, target, trustIn({ signatureVerification: { level } }));
  assert.equal((await at('permissive')).code, 'untrusted-root');
  const audited = await at('audit');
  assert.equal(audited.code, 'trusted');
  assert.equal(audited.identity, undefined, 'nobody vouches for the name');
  assert.equal(audited.facts?.['notEnforced'], 'authenticity,expiry');
  assert.match(audited.reason, /only logs/);
  const lax = { level: 'permissive', override: { expiry: 'enforce', authenticity: 'log' } };
  assert.equal((await ask(repository, target, trustIn({ signatureVerification: lax }))).code, 'expired');
});

test('skip is no signature, and nothing is asked for it', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const answer = await ask(
    repository,
    target,
    trustIn({ signatureVerification: { level: 'skip' }, trustStores: [], trustedIdentities: [] }),
  );
  assert.deepEqual([answer.outcome, answer.code, repository.asked], ['inconclusive', 'skipped', []]);
});

test('without a place beside the image nothing can be known', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const { repository: _, ...subject } = subjectOf(repository, target);
  const [answer] = await notation.verify(subject, trustIn(), fakeTrustContext());
  assert.deepEqual([answer?.outcome, answer?.code], ['inconclusive', 'unsupported']);
});

test('a place that does not answer hides no signature in another one, and is told if there is none', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('amd');
  const index = repository.putIndex([target]);
  const through = (more: Partial<SignatureSubject> = {}) =>
    ask(repository, target, trustIn(), { index: index.digest, ...more });
  repository.troubles.push(new RegExp(`^referrers ${target.digest}`));
  assert.deepEqual([(await through()).outcome, (await through()).code], ['inconclusive', 'unreachable']);
  signed(repository, index, 'jws');
  assert.equal((await through()).code, 'trusted');
  repository.troubles.splice(0, 1, new RegExp(`^manifest ${index.digest}`));
  assert.equal((await through()).code, 'unreachable');
  signed(repository, target, 'jws');
  assert.equal((await through()).code, 'trusted');
});

test('what anybody can put there does not turn a missing signature into an unknown one', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  const plugin = {
    attributes: { 'io.cncf.notary.verificationPlugin': 'x' },
    critical: ['io.cncf.notary.signingScheme', 'io.cncf.notary.verificationPlugin'],
  };
  signed(repository, target, 'jws', { ...plugin, signer: stranger });
  repository.putArtifact({
    artifactType: 'application/vnd.cncf.notary.signature',
    layers: [repository.putBlob(Buffer.alloc(128 * 1024 + 1), 'application/cose')],
    subject: target,
  });
  assert.equal((await ask(repository, target)).outcome, 'untrusted');
  signed(repository, target, 'cose', plugin);
  const answer = await ask(repository, target);
  assert.deepEqual([answer.outcome, answer.code], ['inconclusive', 'unsupported']);
});

test('more signatures than the budget are not read', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  for (let count = 0; count < 3; count += 1) attachEnvelope(repository, Buffer.from(`{"${count}":0}`), 'jws', target);
  signed(repository, target, 'jws');
  const context = fakeTrustContext({ trustLimits: { signatures: 3 } });
  const [answer] = await notation.verify(subjectOf(repository, target), trustIn(), context);
  assert.deepEqual([answer?.outcome, answer?.code], ['inconclusive', 'limit']);
});

test('a trust that cannot work is misuse, before anything is fetched', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  for (const [trust, code] of [
    [trustIn({ trustStores: ['ca:nobody'] }), 'NOTATION_STORE_MISSING'],
    [{ ...trustIn(), stores: { 'ca:company': [signer.certificate] } }, 'NOTATION_STORE_INVALID'],
    [{ ...trustIn(), stores: { 'ca:company': [Buffer.from('x')] } }, 'NOTATION_STORE_INVALID'],
    [{ ...trustIn(), policy: '{}' }, 'NOTATION_POLICY_INVALID'],
  ] as const)
    await assert.rejects(
      ask(repository, target, trust),
      (thrown) => isFault(thrown) && thrown.kind === 'misuse' && thrown.code === code,
    );
  assert.deepEqual(repository.asked, []);
});

test('under fifty milliseconds a signature', async () => {
  const large = await makeParty({ issuer: issuing, kind: 'RSA 4096' });
  const times: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    const repository = memoryRepository();
    const target = repository.putImage(`image ${count}`);
    const form = count % 2 === 0 ? 'jws' : 'cose';
    signed(repository, target, form, { signer: large });
    const started = performance.now();
    assert.equal((await ask(repository, target)).code, 'trusted');
    times.push(performance.now() - started);
  }
  const median = times.toSorted((one, other) => one - other)[10] ?? Infinity;
  assert.ok(median < 50, `${median} ms`);
});

test('every byte of an envelope that is changed is noticed, or changes nothing that is signed', async () => {
  const repository = memoryRepository();
  const target = repository.putImage('one');
  for (const form of ['jws', 'cose'] as const) {
    const envelope = signEnvelope({ form, signer, target });
    for (let offset = 0; offset < envelope.length; offset += 37) {
      const changed = Uint8Array.from(envelope);
      changed[offset] = (changed[offset] ?? 0) ^ 0x05;
      const place = memoryRepository();
      const image = place.putImage('one');
      attachEnvelope(place, changed, form, image);
      const answer = await ask(place, image);
      // The agent's name is all that is not covered by one of the signatures.
      if (answer.outcome === 'trusted')
        assert.match(Buffer.from(changed.subarray(offset - 45, offset + 45)).toString('latin1'), /signingAgent|test/);
      else assert.equal(answer.outcome, 'untrusted', answer.reason);
    }
  }
});

test('every truncation is refused as malformed', async () => {
  for (const form of ['jws', 'cose'] as const) {
    const template = memoryRepository();
    const envelope = signEnvelope({ form, signer, target: template.putImage('one') });
    for (let end = 0; end < envelope.length; end += 61) {
      const repository = memoryRepository();
      const target = repository.putImage('one');
      attachEnvelope(repository, envelope.subarray(0, end), form, target);
      assert.equal((await ask(repository, target)).code, 'malformed');
    }
  }
});

const otherDigest: Digest = `sha256:${'0'.repeat(64)}`;

test('a manifest that is gone is not known, and never untrusted', async () => {
  const repository = memoryRepository();
  const answer = await ask(repository, { digest: otherDigest, mediaType: 'x/y', size: 1 });
  assert.deepEqual([answer.outcome, answer.code], ['inconclusive', 'unreachable']);
});
