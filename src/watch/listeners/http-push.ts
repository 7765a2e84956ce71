/**
 * A small HTTP server to which others push: the audit webhook of Kubernetes, notifications of registries, Falco, CloudEvents. It answers
 * success only when everything that follows from a request is kept, so that whoever pushes tries again after a crash of ours.
 */
import { hash } from 'node:crypto';
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { EventPlace } from '../../core/event.ts';
import { misuse, unavailable } from '../../core/fault.ts';
import type { Intake, Listener, ListenerContext } from '../../core/listener.ts';
import { isLoopbackHost } from '../../io/host-policy.ts';
import { hasToken, isSigned, type PushSecrets } from '../pushing/authentic.ts';
import { toRecordBytes } from '../pushing/pushed-record.ts';
import { followTlsFiles, readTlsFiles, type TlsFiles } from '../pushing/tls-files.ts';
import { WaitingLine } from '../pushing/waiting-line.ts';

export interface PushPath extends PushSecrets {
  /** With its leading slash; nothing below it. */
  readonly path: string;
  readonly sensor: string;
  readonly place?: EventPlace;
}

export interface HttpPushSettings {
  /** `HOST:PORT`; port 0 picks one. */
  readonly listen: string;
  readonly paths: readonly PushPath[];
  /** PEM files; what is written into them later is used from then on. */
  readonly tls?: TlsFiles;
  /** Something in front of us ends TLS. */
  readonly behindProxy?: boolean;
  readonly bodyBytes?: number;
  /** The longest that a request may take to come. */
  readonly requestMs?: number;
  readonly waitingRequests?: number;
  /** How often renewed certificates are looked for. */
  readonly renewalMs?: number;
}

const usualBodyBytes = 16 * 2 ** 20;
const waitingBytes = 64 * 2 ** 20;
const connectionLimit = 512;

const parseAddress = (text: string): { readonly host: string; readonly port: number } => {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text);
  const port = Number(found?.[3]);
  if (found === null || port > 65_535)
    throw misuse('LISTENER_INVALID', `listen: "${text.slice(0, 100)}" is not written HOST:PORT`);
  return { host: found[1] ?? found[2] ?? '', port };
};

const refuseOpenDoors = ({ paths, tls, behindProxy }: HttpPushSettings, host: string): void => {
  const seen = new Set<string>();
  for (const { path, tokens = [], signature } of paths) {
    if (!/^\/[\w./-]{0,200}$/.test(path) || seen.has(path))
      throw misuse('LISTENER_INVALID', `path: "${path.slice(0, 100)}" is no path of its own that begins with /`);
    seen.add(path);
    if ([...tokens, ...(signature === undefined ? [] : [signature.secret])].some((secret) => secret.length < 16))
      throw misuse('LISTENER_INVALID', `${path}: a secret needs 16 characters or more`);
    if (isLoopbackHost(host) || tls?.clients !== undefined || tokens.length > 0 || signature !== undefined) continue;
    throw misuse(
      'LISTENER_INVALID',
      `${path}: everybody could push what they like; give it a token, a signature or authorities of clients, or listen on 127.0.0.1`,
    );
  }
  if (paths.length === 0) throw misuse('LISTENER_INVALID', 'paths: at least one is needed');
  if (!isLoopbackHost(host) && tls === undefined && behindProxy !== true)
    throw misuse(
      'LISTENER_INVALID',
      `${host} would be listened on without TLS, and everybody between could read the token; set tls, or behind-proxy where a proxy ends TLS`,
    );
};

const openServer = async (
  { tls, requestMs = 30_000, renewalMs }: HttpPushSettings,
  { log }: ListenerContext,
): Promise<Server> => {
  const bounds = {
    // Somebody who sends a byte now and then holds a connection no longer than that.
    headersTimeout: Math.min(10_000, requestMs),
    requestTimeout: requestMs,
    connectionsCheckingInterval: Math.min(1000, requestMs),
    keepAliveTimeout: 5000,
    maxHeaderSize: 16 * 1024,
  };
  if (tls === undefined) return createPlainServer(bounds);
  const served = await readTlsFiles(tls);
  const server: TlsServer = createTlsServer({
    ...bounds,
    ...served,
    handshakeTimeout: Math.min(10_000, requestMs),
    ...(tls.clients === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
  });
  const end = followTlsFiles(tls, served, log, (renewed) => server.setSecureContext(renewed), renewalMs);
  server.on('close', end);
  return server;
};

/** Undefined: more than is taken, or broken off. */
const readBody = async (request: IncomingMessage, maximum: number): Promise<Buffer | undefined> => {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maximum) return undefined;
      parts.push(part);
    }
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === undefined) throw thrown;
    return undefined;
  }
  return Buffer.concat(parts);
};

const answer = (response: ServerResponse, status: number, words: string, headers: object = {}): void => {
  if (response.destroyed || response.headersSent) return;
  // What is not read of a body that is refused must not be taken for the next request.
  if (status >= 400) response.setHeader('connection', 'close');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
  response.end(words === '' ? '' : `${words}\n`);
};

class PushServer {
  readonly #settings: HttpPushSettings;
  readonly #server: Server;
  readonly #line: WaitingLine;
  #address = '';

  constructor(settings: HttpPushSettings, server: Server, { signal }: ListenerContext) {
    this.#settings = settings;
    this.#server = server;
    this.#line = new WaitingLine({ pieces: settings.waitingRequests ?? 256, bytes: waitingBytes }, signal);
    server.maxConnections = connectionLimit;
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((thrown: unknown) => {
        answer(response, 500, 'this request could not be handled');
        // A bug is loud.
        queueMicrotask(() => {
          throw thrown;
        });
      });
    });
    server.on('clientError', (_thrown, socket) => socket.destroy());
    // Who shows no certificate, or the wrong one.
    server.on('tlsClientError', (_thrown, socket: Duplex) => socket.destroy());
  }

  async listen(): Promise<string> {
    const { host, port } = parseAddress(this.#settings.listen);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (thrown: NodeJS.ErrnoException) =>
        reject(
          unavailable('LISTENER_ADDRESS_UNUSABLE', `cannot listen on ${this.#settings.listen}: ${thrown.message}`),
        ),
      );
      this.#server.listen(port, host, resolve);
    });
    const { address, port: taken, family } = this.#server.address() as AddressInfo;
    const scheme = this.#settings.tls === undefined ? 'http' : 'https';
    this.#address = `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${taken}`;
    return this.#address;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { paths, bodyBytes = usualBodyBytes } = this.#settings;
    const { pathname } = new URL(request.url?.startsWith('/') === true ? `http://x${request.url}` : 'http://x/');
    const path = paths.find((one) => one.path === pathname);
    if (path === undefined) return answer(response, 404, 'nothing is taken here');
    const authentic = hasToken(path, request.headers);
    // Before the body is read; where only a signature can tell, after that.
    if ((path.tokens?.length ?? 0) > 0 && !authentic && path.signature === undefined)
      return answer(response, 401, 'a token is needed', { 'www-authenticate': 'Bearer' });
    // A web page that somebody looks at on this machine may send requests to it, and cannot leave this out.
    if (request.headers.origin !== undefined && !authentic && path.signature === undefined)
      return answer(response, 403, 'browsers may not push');
    if (request.method !== 'POST') return answer(response, 405, 'only POST is taken', { allow: 'POST' });
    if (request.headers['content-encoding'] !== undefined) return answer(response, 415, 'bodies are taken unpacked');
    if (Number(request.headers['content-length'] ?? 0) > bodyBytes)
      return answer(response, 413, `at most ${bodyBytes} bytes are taken`);
    const body = await readBody(request, bodyBytes);
    if (body === undefined) return answer(response, 413, `at most ${bodyBytes} bytes are taken`);
    if (path.signature !== undefined && !authentic && !isSigned(path, request.headers, body))
      return answer(response, 401, 'the signature is missing or wrong');
    if (body.length === 0) return answer(response, 200, '');
    return this.#take(path, toRecordBytes(request.headers, body), response);
  }

  #take({ path, sensor, place }: PushPath, bytes: Uint8Array, response: ServerResponse): void {
    const intake: Intake = {
      // The same request, sent again because our answer was lost, gives the same ids.
      log: `push:${path}:${hash('sha256', bytes)}`,
      where: `${this.#address}${path}`,
      from: { offset: 0, line: 1 },
      bytes,
      last: true,
      gaps: [],
      sensor,
      ...(place === undefined ? {} : { place }),
      settle: (kept) => {
        if (kept) answer(response, 200, '');
        else answer(response, 503, 'it could not be kept', { 'retry-after': 1 });
      },
    };
    if (!this.#line.offer(intake)) answer(response, 429, 'too much is waiting', { 'retry-after': 1 });
  }

  intakes(): AsyncIterable<Intake> {
    return this.#line.intakes();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    // Those whose answer is under way may end.
    const late = setTimeout(() => this.#server.closeAllConnections(), 1000);
    await closed;
    clearTimeout(late);
  }
}

export const httpPush: Listener<HttpPushSettings> = {
  id: 'http-push',
  about: 'an address to which clusters, registries and run-time sensors push',
  async open(settings, context) {
    refuseOpenDoors(settings, parseAddress(settings.listen).host);
    const server = new PushServer(settings, await openServer(settings, context), context);
    const address = await server.listen();
    return { about: `listening on ${address}`, intakes: server.intakes(), close: () => server.close() };
  },
};
