/** cosign of a newer Debian suite and a real registry on a loopback port, with images to sign: what the tests of cosign share. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Attestation } from '../../src/core/attestation.ts';
import type { Image } from '../../src/core/image.ts';
import { parseReference } from '../../src/core/reference.ts';
import type { CosignTrust, SignatureSubject } from '../../src/core/trust.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { cosign } from '../../src/trust/verifiers/cosign.ts';
import { takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';
import { fakeTrustContext } from '../fakes/trust-memory.ts';
import { readDebianRoot } from './debian-root.ts';

const run = promisify(execFile);

export interface CosignBench extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** A path in the folder that cosign works in. */
  file(name: string): string;
  call(...words: readonly string[]): Promise<void>;
  /** Whether it ends well. */
  succeeds(...words: readonly string[]): Promise<boolean>;
  skopeo(...words: readonly string[]): Promise<void>;
  /** A small image under `NAME:v1`. */
  push(name: string): Promise<void>;
  /** `NAME:v1`, read anew each time: an image remembers what it found beside itself. */
  subjectOf(name: string): Promise<SignatureSubject>;
}

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

/** Dispose of it. */
export const startCosignBench = async (): Promise<CosignBench> => {
  const folder = await mkdtemp(join(tmpdir(), 'tidewaiter-cosign-'));
  const file = (name: string): string => join(folder, name);
  const program = join(await readDebianRoot(['testing', 'forky'], ['cosign']), 'usr/bin/cosign');
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const settings = [
    'version: 0.1',
    'log: { level: error, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${file('data')} } }`,
    `http: { addr: "${host}" }`,
  ];
  await writeFile(file('registry.yml'), settings.join('\n'));
  await writeFile(file('accept.json'), JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const server = spawn('docker-registry', ['serve', file('registry.yml')], { stdio: 'ignore' });
  for (let tries = 0; !(await listens(port)); tries += 1) {
    assert.ok(tries < 100 && server.exitCode === null, 'docker-registry did not come up');
    await sleep(100);
  }
  const images: Image[] = [];
  const environment = { HOME: folder, COSIGN_PASSWORD: '', PATH: '/usr/bin:/bin' };

  const bench: CosignBench = {
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
    skopeo: async (...words) => {
      const [command = '', ...others] = words;
      await run('skopeo', ['--policy', file('accept.json'), command, '-q', '--dest-tls-verify=false', ...others]);
    },
    push: async (name) => {
      const layout = file(`layout-${name.replaceAll('/', '-')}`);
      await writeOciLayout(layout, buildImage({ layers: [{ entries: [{ path: 'etc/name', content: name }] }] }), 'x');
      await bench.skopeo('copy', `oci:${layout}:x`, `docker://${host}/${name}:v1`);
    },
    subjectOf: async (name) => {
      const [image] = await registry.resolve(parseReference(`docker://${host}/${name}:v1`), takeAny, fakeContext());
      assert.ok(image?.digest && image.repository !== undefined);
      images.push(image);
      const { index } = image.identity;
      return {
        digest: image.digest,
        ...(index === undefined ? {} : { index }),
        reference: { repository: `${host}/${name}`, tag: 'v1' },
        repository: image.repository,
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const image of images) await image[Symbol.asyncDispose]();
      const ended = once(server, 'close');
      server.kill();
      await ended;
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
