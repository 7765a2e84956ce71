/** One small room where others ask how the watch is: `/healthz`, `/readyz` and `/metrics`. It tells counts, and nothing that a record holds. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { misuse, unavailable } from '../../core/fault.ts';
import { toMetricsText, type WatchFigures } from './metrics-text.ts';

export interface HealthParts {
  /** `HOST:PORT`, or a port of 127.0.0.1. */
  readonly listen: string;
  readonly figures: () => WatchFigures;
  readonly now: () => number;
}

export interface HealthServer extends AsyncDisposable {
  /** Where it answers, for people. */
  readonly about: string;
}

/** A disk that is full for a moment is waited for; one that stays full is told. */
const patienceMs = 60_000;
const connections = 32;

const parseAddress = (text: string): { readonly host: string; readonly port: number } => {
  const found = /^(?:(?:\[([0-9a-f:.]+)\]|([\w.-]+)):)?(\d{1,5})$/i.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535)
    throw misuse('LISTENER_INVALID', `listen: "${text.slice(0, 100)}" is no HOST:PORT`);
  return { host: found[1] ?? found[2] ?? '127.0.0.1', port };
};

interface Answer {
  readonly status: number;
  readonly text: string;
}

const plain = 'text/plain; charset=utf-8';
const prometheus = 'text/plain; version=0.0.4; charset=utf-8';

const healthOf = ({ counts: { problem } }: WatchFigures, now: number): Answer =>
  problem !== undefined && now - problem.since > patienceMs
    ? { status: 503, text: `what is found cannot be kept for ${Math.round((now - problem.since) / 1000)} seconds\n` }
    : { status: 200, text: 'ok\n' };

const readinessOf = ({ counts: { problem, ready } }: WatchFigures): Answer => {
  if (!ready) return { status: 503, text: 'not everything listens yet\n' };
  return problem === undefined
    ? { status: 200, text: 'ok\n' }
    : { status: 503, text: 'what is found cannot be kept at the moment\n' };
};

const listenOn = (server: Server, host: string, port: number, text: string): Promise<AddressInfo> =>
  new Promise((resolve, reject) => {
    server.once('error', (thrown: Error) =>
      reject(unavailable('LISTENER_ADDRESS_UNUSABLE', `cannot listen on ${text}: ${thrown.message}`)),
    );
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });

/** @throws {Fault} misuse `LISTENER_INVALID`; unavailable `LISTENER_ADDRESS_UNUSABLE` */
export const openHealthServer = async ({ listen, figures, now }: HealthParts): Promise<HealthServer> => {
  const { host, port } = parseAddress(listen);
  const server = createServer(
    {
      headersTimeout: 5000,
      requestTimeout: 5000,
      connectionsCheckingInterval: 1000,
      keepAliveTimeout: 1000,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      const answer = ({ status, text }: Answer, type = plain): void => {
        response.writeHead(status, {
          'content-type': type,
          'content-length': Buffer.byteLength(text),
          'cache-control': 'no-store',
          connection: 'close',
        });
        response.end(request.method === 'HEAD' ? undefined : text);
      };
      const [path] = (request.url ?? '').split('?', 1);
      request.resume();
      if (request.method !== 'GET' && request.method !== 'HEAD')
        answer({ status: 405, text: 'GET alone is answered\n' });
      else if (path === '/healthz') answer(healthOf(figures(), now()));
      else if (path === '/readyz') answer(readinessOf(figures()));
      else if (path === '/metrics') answer({ status: 200, text: toMetricsText(figures()) }, prometheus);
      else answer({ status: 404, text: 'there are /healthz, /readyz and /metrics\n' });
    },
  );
  server.maxConnections = connections;
  const { address, port: bound, family } = await listenOn(server, host, port, listen);
  return {
    about: `answering on http://${family === 'IPv6' ? `[${address}]` : address}:${bound}/metrics`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
