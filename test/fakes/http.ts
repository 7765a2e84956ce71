/** One request with an HTTP client of its own, and servers to send it to. */
import { collect } from '../../src/core/collect.ts';
import { openHttpClient, type HttpOptions, type HttpRequest } from '../../src/io/http-client.ts';
import { fakeContext, type FakeContextOptions } from './context.ts';
import { retries } from './registry-with-client.ts';
import { startFakeRegistry } from './registry.ts';

/** One request with a client of its own; the body as text. */
export const get = async (
  url: string,
  surroundings: FakeContextOptions = {},
  options: HttpOptions = {},
  request: Partial<HttpRequest> = {},
) => {
  const context = fakeContext(surroundings);
  await using client = openHttpClient(context, { retries, systemFolder: '/nonexistent', ...options });
  const response = await client.request({ url: new URL(url), signal: context.signal, ...request });
  const body = Buffer.from(await collect(response.body, 1e8)).toString();
  return { status: response.status, url: response.url.href, body };
};

/** A server with one blob. */
export const withBlob = async (
  options: Parameters<typeof startFakeRegistry>[0] = {},
  bytes = Buffer.from('content'),
) => {
  const server = await startFakeRegistry(options);
  const path = `/v2/a/blobs/${server.putBlob(bytes)}`;
  const scheme = options.tls === undefined ? 'http' : 'https';
  return {
    server,
    path,
    url: `${scheme}://${server.host}${path}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
};
