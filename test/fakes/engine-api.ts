/** A fake engine on a Unix socket: the lists of the Docker Engine API, and images as `docker save` gives them. For tests only. */
import { readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { writeDockerArchive, type BuiltImage } from '../../src/image/oci-layout-writer.ts';

export interface FakeEngineImage {
  readonly image: BuiltImage;
  readonly names: readonly string[];
}

export interface FakeEngineApi extends AsyncDisposable {
  /** Paths, in the order of the requests. */
  readonly asked: readonly string[];
}

export interface FakeEngineContent {
  readonly images?: readonly FakeEngineImage[];
  readonly containers?: readonly Readonly<Record<string, unknown>>[];
  /** Instead of the list that is made of `images`. */
  readonly list?: unknown;
  /** Status of every answer. */
  readonly status?: number;
}

export const startFakeEngineApi = async (
  folder: string,
  socketPath: string,
  { images = [], containers = [], list, status = 200 }: FakeEngineContent,
): Promise<FakeEngineApi> => {
  const asked: string[] = [];
  const listed = images.map(({ image, names }) => ({ Id: image.configDigest, RepoTags: names, Size: 1000 }));
  const answer = async (path: string): Promise<Buffer | string | undefined> => {
    if (path.startsWith('/images/json')) return JSON.stringify(list ?? listed);
    if (path.startsWith('/containers/json')) return JSON.stringify(containers);
    const found = images.find(({ image }) => path.includes(image.configDigest));
    if (found === undefined) return undefined;
    if (path.endsWith('/json')) return JSON.stringify({ Id: found.image.configDigest, RepoTags: found.names, Size: 1 });
    const file = join(folder, 'saved.tar');
    await writeDockerArchive(file, found.image, { name: found.names[0] ?? 'x', layout: 'classic' });
    return readFile(file);
  };
  const reply = async (path: string, response: ServerResponse): Promise<void> => {
    const body = await answer(path);
    response.writeHead(body === undefined ? 404 : status).end(body ?? '{"message":"no such image"}');
  };
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    void reply(request.url ?? '', response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
