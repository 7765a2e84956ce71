/** cosign of a newer Debian suite and a real registry on a loopback port, with images to sign: what the tests of cosign share. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Attestation } from '../../src/core/attestation.ts';
import type { CosignTrust, SignatureSubject } from '../../src/core/trust.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { readDebianRoot } from './debian-root.ts';
import { startLocalRegistry } from './local-registry.ts';
import { openRegistryImages, type RegistryImages } from './registry-images.ts';

const run = promisify(execFile);

export interface CosignBench extends RegistryImages {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** A path in the folder that cosign works in. */
  file(name: string): string;
  call(...words: readonly string[]): Promise<void>;
  /** Whether it ends well. */
  succeeds(...words: readonly string[]): Promise<boolean>;
}

/** Dispose of it. */
export const startCosignBench = async (): Promise<CosignBench> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-cosign-'));
  const file = (name: string): string => join(folder, name);
  const program = join(await readDebianRoot(['testing', 'forky'], ['cosign']), 'usr/bin/cosign');
  const server = await startLocalRegistry(folder);
  const { host } = server;
  const images = openRegistryImages(folder, host);
  const environment = { HOME: folder, COSIGN_PASSWORD: '', PATH: '/usr/bin:/bin' };

  const bench: CosignBench = {
    ...images,
    host,
    file,
    call: async (...words) => {
      await run(program, words, { cwd: folder, timeout: 60_000, env: environment });
    },
    succeeds: (...words) =>
      bench.call(...words).then(
        () => true,
        () => false,
      ),
    [Symbol.asyncDispose]: async () => {
      await images[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return bench;
};

/** Of our verifier, offline. */
export const answerOf = async (subject: SignatureSubject, trust: CosignTrust): Promise<Attestation> => {
  const attestations = await cosign.verify(subject, trust, fakeTrustContext({ network: { offline: true } }));
  const signature = attestations.find(({ kind }) => kind === 'signature');
  assert.ok(signature !== undefined);
  return signature;
};

/** Outcome and code, with the reason where it is not trusted. */
export const saidBy = ({ outcome, code, reason }: Attestation): string =>
  `${outcome} ${code}${outcome === 'trusted' ? '' : `: ${reason}`}`;
