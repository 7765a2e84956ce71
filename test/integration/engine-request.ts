/** What tests ask of engines that our own client, which only reads, never would. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import { collect } from '../../src/core/collect.ts';

/** One request to an engine; a file or an object as its body. */
export const askEngineOnce = async (
  socketPath: string,
  method: string,
  path: string,
  body?: string | object,
): Promise<string> => {
  const type = typeof body === 'string' ? 'application/x-tar' : 'application/json';
  const outgoing = request({ socketPath, method, path, headers: { host: 'engine', 'content-type': type } });
  if (typeof body === 'string') createReadStream(body).pipe(outgoing);
  else outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer> & { statusCode?: number }];
  const text = Buffer.from(await collect(response, 1e8)).toString();
  assert.ok((response.statusCode ?? 500) < 300, `${method} ${path}: ${response.statusCode}: ${text}`);
  return text;
};
