/** A world of Docker Content Trust for tests: a publisher, a server, a memory, and somebody who asks with a clock of his own. */
import assert from 'node:assert/strict';
import type { Attestation, AttestationCode } from '../../src/core/attestation.ts';
import type { DockerContentTrust, SignatureSubject, TrustContext } from '../../src/core/trust.ts';
import { verifyContentTrust } from '../../src/trust/notary/verify-content-trust.ts';
import { memoryRepository } from './memory-repository.ts';
import { notaryPublisher, type PublisherOptions } from './notary-publisher.ts';
import { startFakeNotary } from './notary-server.ts';
import { fakeTrustContext, fakeTrustMemory } from './trust-memory.ts';

/** The repository that is asked for. */
export const gun = 'registry.example/team/app';
export const day = 86_400_000;
export const retries = { attempts: 1, pauseMs: 1, longestPauseMs: 1 };

export const repository = memoryRepository(gun);
export const one = repository.putImage('one').digest;
export const two = repository.putImage('two').digest;
export const index = repository.putIndex([repository.putImage('one')]).digest;

/** A publisher who signed `1.0` and published, and somebody who asks for it again and again. */
export const openWorld = async (options: PublisherOptions = {}) => {
  const publisher = await notaryPublisher(gun, options);
  const server = await startFakeNotary();
  const memory = fakeTrustMemory();
  publisher.sign('1.0', one);
  let clock = Date.now();
  const serve = (how: Parameters<typeof publisher.publish>[0] = {}): void => {
    publisher.publish(how);
    server.repositories.set(gun, new Map(publisher.files));
  };
  serve();
  const subject: SignatureSubject = { digest: one, reference: { repository: gun, tag: '1.0' }, repository };
  const ask = (
    more: {
      readonly trust?: Partial<DockerContentTrust>;
      readonly subject?: Partial<SignatureSubject>;
      readonly context?: Partial<TrustContext>;
    } = {},
  ): Promise<Attestation> => {
    const context = fakeTrustContext({ trustMemory: memory, now: () => new Date(clock) });
    return verifyContentTrust(
      { ...subject, ...more.subject },
      { verifier: 'docker-content-trust', server: server.url, ...more.trust },
      { ...context, ...more.context },
      { retries },
    );
  };
  const offline = (): Promise<Attestation> => {
    const context = fakeTrustContext();
    return ask({ context: { network: { ...context.network, offline: true } } });
  };
  return {
    publisher,
    server,
    memory,
    serve,
    ask,
    offline,
    wait: (days: number) => void (clock += days * day),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};

/** The answer, if its code is this one. */
export const expect = async (
  asked: Promise<Attestation>,
  code: AttestationCode,
  words: RegExp = /./,
): Promise<Attestation> => {
  const answer = await asked;
  assert.equal(answer.code, code, `${answer.reason}\n${JSON.stringify(answer.trace, null, 1)}`);
  assert.match(answer.reason, words);
  return answer;
};
