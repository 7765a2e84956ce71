/** The table of every signature world, for Docker Content Trust: a fake Notary server with real signatures. */
import { holdsSignatureTable, type SignatureCase } from '../../../test/contracts/signature-world.contract.ts';
import { memoryRepository } from '../../../test/fakes/memory-repository.ts';
import { notaryPublisher, notarySigner, type NotaryPublisher } from '../../../test/fakes/notary-publisher.ts';
import { startFakeNotary } from '../../../test/fakes/notary-server.ts';
import { fakeTrustContext } from '../../../test/fakes/trust-memory.ts';
import type { DockerContentTrust, SignatureSubject } from '../../core/trust.ts';
import { dockerContentTrust } from './docker-content-trust.ts';

const gun = 'registry.example/team/app';

const world = async () => {
  const repository = memoryRepository(gun);
  const amd = repository.putImage('amd64');
  const arm = repository.putImage('arm64');
  const other = repository.putImage('other');
  const index = repository.putIndex([amd, arm], '1.0');
  const publisher = await notaryPublisher(gun);
  const server = await startFakeNotary();
  const memory = fakeTrustContext({ network: { timeoutMs: 2000 } });
  const subject: SignatureSubject = {
    digest: amd.digest,
    index: index.digest,
    reference: { repository: gun, tag: '1.0' },
    repository,
  };
  const trust: DockerContentTrust = {
    verifier: 'docker-content-trust',
    server: server.url,
    roots: [publisher.rootSigner.certificate ?? ''],
  };
  const serve = (one: NotaryPublisher): void => void server.repositories.set(gun, new Map(one.files));
  const seen = () => dockerContentTrust.verify(subject, trust, memory);
  return { amd, arm, other, index, publisher, server, context: memory, subject, trust, serve, seen };
};

type World = Awaited<ReturnType<typeof world>>;

const prepare: Readonly<Record<SignatureCase, (world: World) => Promise<void> | void>> = {
  valid: ({ publisher, index, serve }) => {
    publisher.sign('1.0', index.digest);
    publisher.publish();
    serve(publisher);
  },
  unsigned: () => undefined,
  'other key': async ({ index, serve }) => {
    const stranger = await notaryPublisher(gun);
    stranger.sign('1.0', index.digest);
    stranger.publish();
    serve(stranger);
  },
  // The tag moved: what is signed as 1.0 is no longer what the registry gives.
  'other digest': ({ publisher, other, serve }) => {
    publisher.sign('1.0', other.digest);
    publisher.publish();
    serve(publisher);
  },
  'other repository': async ({ index, serve }) => {
    const elsewhere = await notaryPublisher('registry.example/other/app');
    elsewhere.sign('1.0', index.digest);
    elsewhere.publish();
    serve(elsewhere);
  },
  expired: ({ publisher, index, serve }) => {
    publisher.sign('1.0', index.digest);
    publisher.publish({ expires: { timestamp: new Date(Date.now() - 60_000) } });
    serve(publisher);
  },
  // The targets key was stolen, a new root takes it away, and the thief goes on signing.
  revoked: async ({ publisher, index, serve, seen }) => {
    const stolen = publisher.signersOf('targets');
    publisher.sign('1.0', index.digest);
    publisher.publish();
    serve(publisher);
    await seen();
    publisher.rotate('targets', [notarySigner()]);
    publisher.publish({ signedBy: { targets: stolen } });
    serve(publisher);
  },
  truncated: ({ publisher, index, server }) => {
    publisher.sign('1.0', index.digest);
    publisher.publish();
    const cut = [...publisher.files].map(([name, bytes]) => [name, bytes.subarray(0, bytes.length / 2)] as const);
    server.repositories.set(gun, new Map(cut));
  },
  'replayed older': async ({ publisher, index, serve, seen, server }) => {
    publisher.sign('1.0', index.digest);
    publisher.publish();
    const older = new Map(publisher.files);
    publisher.unsign('1.0');
    publisher.publish();
    serve(publisher);
    await seen();
    server.repositories.set(gun, older);
  },
  'other platform': ({ publisher, arm, serve }) => {
    publisher.sign('1.0', arm.digest);
    publisher.publish();
    serve(publisher);
  },
  unreachable: async ({ server }) => server[Symbol.asyncDispose](),
};

holdsSignatureTable<DockerContentTrust>({
  verifier: dockerContentTrust,
  ask: async (name) => {
    const made = await world();
    await prepare[name](made);
    const { subject, trust, context, server } = made;
    if (name === 'unreachable') return { subject, trust, context };
    return { subject, trust, context, close: async () => server[Symbol.asyncDispose]() };
  },
  codes: {
    'other key': 'untrusted-root',
    'other digest': 'other-digest',
    revoked: 'revoked',
    'replayed older': 'replayed',
    'other platform': 'other-platform',
  },
});
