/** Small images in a registry on this machine, to be signed by programs of others and judged by ours. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Image } from '../../src/core/image.ts';
import { parseReference } from '../../src/core/reference.ts';
import type { SignatureSubject } from '../../src/core/trust.ts';
import { buildImage, writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';

const run = promisify(execFile);

export interface RegistryImages extends AsyncDisposable {
  /** `copy`, with what it copies and where to. */
  skopeo(...words: readonly string[]): Promise<void>;
  /** A small image under `NAME:v1`. */
  push(name: string): Promise<void>;
  /** `NAME:v1`, read anew each time: an image remembers what it found beside itself. */
  subjectOf(name: string): Promise<SignatureSubject>;
}

/** `host`: of a registry over plain HTTP. Dispose of it. */
export const openRegistryImages = (folder: string, host: string): RegistryImages => {
  const images: Image[] = [];
  const policy = join(folder, 'accept.json');

  const bench: RegistryImages = {
    skopeo: async (...words) => {
      const [command = '', ...others] = words;
      await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
      await run('skopeo', ['--policy', policy, command, '-q', '--dest-tls-verify=false', ...others]);
    },
    push: async (name) => {
      const layout = join(folder, `layout-${name.replaceAll('/', '-')}`);
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
    },
  };
  return bench;
};
