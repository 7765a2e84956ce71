/**
 * A fake registry: OCI distribution 1.1 on this machine, with a token service, the referrers API and switches for
 * hostile behaviour. It records every request. For tests only: it keeps everything in memory and checks next to nothing.
 */
import { createHash } from 'node:crypto';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What goes wrong with the requests whose `METHOD path` matches `on`, `times` times (always when absent). */
export interface Trouble {
  readonly on: RegExp;
  readonly times?: number;
  readonly how:
    | {
        readonly kind: 'status';
        readonly status: number;
        readonly headers?: Readonly<Record<string, string>>;
        readonly body?: string;
      }
    | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
    /** Never answers. */
    | { readonly kind: 'silence' }
    /** Sends the headers and `bytes` of the body, and then nothing more. */
    | { readonly kind: 'stall'; readonly bytes: number }
    /** Sends a byte now and then. */
    | { readonly kind: 'drip'; readonly everyMs: number }
    /** Announces the whole, sends `bytes` and closes the connection. */
    | { readonly kind: 'break'; readonly bytes: number }
    /** Sends `more` bytes after the end, and announces them. */
    | { readonly kind: 'longer'; readonly more: number }
    /** Announces and sends `bytes` only, as if that were all. */
    | { readonly kind: 'shorter'; readonly bytes: number }
    /** Changes the first byte. */
    | { readonly kind: 'corrupt' }
    /** Sends all, announces another length, and then keeps the connection open or closes it. */
    | { readonly kind: 'announce'; readonly length: number; readonly close: boolean }
    /** Announces no length. */
    | { readonly kind: 'unannounced' }
    | { readonly kind: 'ignore-range' }
    | { readonly kind: 'wrong-range' }
    | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
    /** Answers with bytes that are no HTTP. */
    | { readonly kind: 'garbage' };
}

export type FakeLogin =
  | { readonly kind: 'basic'; readonly pair: string }
  /** `pair` absent: everybody gets a token. `realm` absent: the registry's own. */
  | {
      readonly kind: 'bearer';
      readonly pair?: string;
      readonly realm?: string;
      readonly refreshToken?: string;
      /** Tokens that were given out stop to be accepted after so many uses. */
      readonly uses?: number;
    };

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Address and port of the connection's other end. */
  readonly client: string;
}

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface FakeRegistryOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Clients must show a certificate of this authority. */
  readonly clientAuthority?: string;
  readonly login?: FakeLogin;
  readonly hasReferrers?: boolean;
  /** Entries on each page of a list. */
  readonly pageSize?: number;
  /** Address to listen on; 127.0.0.1 when absent. */
  readonly address?: string;
}

export interface FakeRegistry extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly requests: readonly RecordedRequest[];
  readonly troubles: Trouble[];
  putBlob(bytes: Uint8Array): string;
  /** Gives its digest. It can be had by digest, and by the tag where one is given. */
  putManifest(repository: string, manifest: StoredManifest, tag?: string): string;
  /** An image or index of the layout writer. */
  put(
    repository: string,
    image: {
      readonly mediaType: string;
      readonly manifest: Uint8Array;
      readonly blobs: ReadonlyMap<string, Uint8Array>;
    },
    tag?: string,
  ): void;
  /** `METHOD path` of each request, in order. */
  asked(): readonly string[];
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
}

const json = (status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: Buffer.from(JSON.stringify(value)),
});
const error = (status: number, code: string, message: string, headers?: Readonly<Record<string, string>>): Answer =>
  json(status, { errors: [{ code, message }] }, headers);

interface ReferrerBody {
  readonly subject?: { readonly digest?: string };
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: object;
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
};

/** `bytes=N-` of the request, applied to an answer. */
const applyRange = (answer: Answer, range: string | undefined, shift: number): void => {
  const start = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
  if (start === undefined || answer.status !== 200) return;
  const from = Number(start);
  answer.status = 206;
  answer.headers['content-range'] = `bytes ${from + shift}-${answer.body.length - 1}/${answer.body.length}`;
  answer.body = answer.body.subarray(from + shift);
};

/** Listens on a free port. Dispose of it. */
export const startFakeRegistry = async (options: FakeRegistryOptions = {}): Promise<FakeRegistry> => {
  const { tls, login, hasReferrers = true, pageSize = 1000, address = '127.0.0.1', clientAuthority } = options;
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, StoredManifest>();
  const referrers = new Map<string, object[]>();
  const tags = new Map<string, string[]>();
  const requests: RecordedRequest[] = [];
  const troubles: Trouble[] = [];
  const counts = new Map<Trouble, number>();
  const tokenUses = new Map<string, number>();
  const sockets = new Set<Socket>();
  let port = 0;

  const refusal = (headers: IncomingMessage['headers'], repository: string, method: string): Answer | undefined => {
    if (login === undefined) return undefined;
    const given = headers.authorization ?? '';
    if (login.kind === 'basic') {
      if (given === basic(login.pair)) return undefined;
      return error(401, 'UNAUTHORIZED', 'log in', { 'www-authenticate': 'Basic realm="fake"' });
    }
    const token = /^Bearer (token-.*)$/.exec(given)?.[1] ?? '';
    const left = tokenUses.get(token) ?? 0;
    if (left > 0) tokenUses.set(token, left - 1);
    const actions = new RegExp(`repository:${repository}:([a-z,]+)$`).exec(token)?.[1]?.split(',') ?? [];
    if (left > 0 && repository === '' && token.endsWith('registry:catalog:*')) return undefined;
    if (left > 0 && actions.includes(method === 'GET' || method === 'HEAD' ? 'pull' : 'push')) return undefined;
    const realm = login.realm ?? `${tls === undefined ? 'http' : 'https'}://${address}:${port}/token`;
    const challenge = `Bearer realm="${realm}",service="fake",scope="repository:${repository}:pull"`;
    return error(401, 'UNAUTHORIZED', 'get a token', { 'www-authenticate': challenge });
  };

  const giveToken = (request: RecordedRequest, query: URLSearchParams): Answer => {
    if (login?.kind !== 'bearer') return error(404, 'NOT_FOUND', 'no token service');
    const form = new URLSearchParams(request.body);
    const isRefresh = request.method === 'POST';
    const allowed = isRefresh
      ? form.get('refresh_token') === login.refreshToken
      : login.pair === undefined || request.headers.authorization === basic(login.pair);
    if (!allowed) return error(401, 'UNAUTHORIZED', 'wrong login');
    const scope = (isRefresh ? form : query).get('scope') ?? '';
    const token = `token-${tokenUses.size}-${scope}`;
    tokenUses.set(token, login.uses ?? Infinity);
    return json(200, isRefresh ? { access_token: token, expires_in: 300 } : { token, expires_in: 300 });
  };

  const page = <Entry>(path: string, query: URLSearchParams, entries: readonly Entry[]) => {
    const from = Number(query.get('from') ?? 0);
    const next = from + pageSize;
    const link: Record<string, string> = next < entries.length ? { link: `<${path}?from=${next}>; rel="next"` } : {};
    return { entries: entries.slice(from, next), link };
  };

  /** What is pushed is text: bodies are recorded as such. */
  const write = (
    request: RecordedRequest,
    repository: string,
    kind: string,
    name: string,
    query: URLSearchParams,
  ): Answer => {
    const bytes = Buffer.from(request.body);
    const done = (headers: Record<string, string> = {}): Answer => ({ status: 201, headers, body: Buffer.alloc(0) });
    if (request.method === 'POST' && kind === 'blobs/uploads')
      return { status: 202, headers: { location: `/v2/${repository}/blobs/uploads/1?state=a` }, body: Buffer.alloc(0) };
    if (request.method === 'PUT' && kind === 'blobs/uploads') {
      if (query.get('digest') !== sha256(bytes)) return error(400, 'DIGEST_INVALID', 'other bytes');
      putBlob(bytes);
      return done();
    }
    if (request.method !== 'PUT' || kind !== 'manifests') return error(405, 'UNSUPPORTED', 'not here');
    if (name.startsWith('sha256:') && name !== sha256(bytes)) return error(400, 'DIGEST_INVALID', 'other bytes');
    const manifest = { mediaType: request.headers['content-type'] ?? '', bytes };
    putManifest(repository, manifest, name.startsWith('sha256:') ? undefined : name);
    const subject = (JSON.parse(request.body) as ReferrerBody).subject?.digest;
    return done(subject !== undefined && hasReferrers ? { 'oci-subject': subject } : {});
  };

  const answer = (request: RecordedRequest): Answer => {
    const { pathname, searchParams } = new URL(request.path, 'http://fake');
    if (pathname === '/token') return giveToken(request, searchParams);
    const [, repository = '', kind = '', name = ''] =
      /^\/v2\/(.+)\/(manifests|blobs|blobs\/uploads|referrers|tags)\/([^/]*)$/.exec(pathname) ?? [];
    const refused = refusal(request.headers, repository, request.method);
    if (refused !== undefined) return refused;
    if (pathname === '/v2/_catalog') {
      const { entries, link } = page(pathname, searchParams, [...tags.keys()].toSorted());
      return json(200, { repositories: entries }, link);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return write(request, repository, kind, name, searchParams);
    if (kind === 'manifests') {
      const found = manifests.get(`${repository} ${name}`);
      if (found === undefined) return error(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
      const headers = { 'content-type': found.mediaType, 'docker-content-digest': sha256(found.bytes) };
      return { status: 200, headers, body: found.bytes };
    }
    if (kind === 'blobs') {
      const body = blobs.get(name);
      if (body === undefined) return error(404, 'BLOB_UNKNOWN', 'blob unknown');
      return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body };
    }
    if (kind === 'referrers' && hasReferrers) {
      const { entries, link } = page(pathname, searchParams, referrers.get(`${repository} ${name}`) ?? []);
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      return json(200, { schemaVersion: 2, mediaType, manifests: entries }, { ...link, 'content-type': mediaType });
    }
    if (kind === 'tags') {
      const all = tags.get(repository);
      if (all === undefined) return error(404, 'NAME_UNKNOWN', 'repository unknown');
      const { entries, link } = page(pathname, searchParams, all);
      return json(200, { name: repository, tags: entries }, link);
    }
    return error(404, 'NOT_FOUND', 'no such thing');
  };

  const troubleFor = (request: RecordedRequest): Trouble['how'] | undefined => {
    const text = `${request.method} ${request.path}`;
    const found = troubles.find((one) => one.on.test(text) && (counts.get(one) ?? 0) < (one.times ?? Infinity));
    if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1);
    return found?.how;
  };

  const send = (response: ServerResponse, { status, headers, body }: Answer, upTo = body.length): void => {
    response.writeHead(status, { 'content-length': String(body.length), ...headers });
    if (upTo < body.length) response.write(body.subarray(0, upTo));
    else response.end(body);
  };

  const drip = (response: ServerResponse, { status, headers, body }: Answer, everyMs: number): void => {
    response.writeHead(status, { 'content-length': String(body.length), ...headers });
    let at = 0;
    const timer = setInterval(() => {
      if (response.destroyed || at >= body.length) {
        clearInterval(timer);
        return;
      }
      response.write(body.subarray(at, at + 1));
      at += 1;
    }, everyMs);
    response.on('close', () => clearInterval(timer));
  };

  const misbehave = (
    how: Trouble['how'],
    answer: Answer,
    range: string | undefined,
    response: ServerResponse,
  ): void => {
    const { body } = answer;
    switch (how.kind) {
      case 'status':
        return send(response, { status: how.status, headers: { ...how.headers }, body: Buffer.from(how.body ?? '') });
      case 'redirect':
        return send(response, { status: how.status ?? 307, headers: { location: how.to }, body: Buffer.from('') });
      case 'silence':
        return undefined;
      case 'stall':
        applyRange(answer, range, 0);
        return send(response, answer, how.bytes);
      case 'drip':
        return drip(response, answer, how.everyMs);
      case 'break':
        applyRange(answer, range, 0);
        response.writeHead(answer.status, { ...answer.headers, 'content-length': String(answer.body.length) });
        response.write(answer.body.subarray(0, how.bytes), () => setTimeout(() => response.socket?.destroy(), 5));
        return undefined;
      case 'longer':
        return send(response, { ...answer, body: Buffer.concat([body, Buffer.alloc(how.more, 0x2a)]) });
      case 'shorter':
        return send(response, { ...answer, body: body.subarray(0, how.bytes) });
      case 'corrupt':
        return send(response, { ...answer, body: Buffer.concat([Buffer.of((body[0] ?? 0) ^ 1), body.subarray(1)]) });
      case 'announce':
        response.writeHead(answer.status, { ...answer.headers, 'content-length': String(how.length) });
        response.write(body, () => {
          if (how.close) setTimeout(() => response.socket?.destroy(), 5);
        });
        return undefined;
      case 'unannounced':
        response.writeHead(answer.status, answer.headers);
        response.end(body);
        return undefined;
      case 'ignore-range':
        return send(response, answer);
      case 'wrong-range':
        applyRange(answer, range, 1);
        return send(response, answer);
      case 'headers':
        return send(response, { ...answer, headers: { ...answer.headers, ...how.headers } });
      case 'garbage':
        response.socket?.end('this is no HTTP\r\n\r\n');
        return undefined;
    }
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url: path = '', headers } = incoming;
    const client = `${incoming.socket.remoteAddress}:${incoming.socket.remotePort}`;
    const request = { method, path, headers, body: await readBody(incoming), client };
    requests.push(request);
    const how = troubleFor(request);
    const normal = answer(request);
    if (how !== undefined) return misbehave(how, normal, headers.range, response);
    applyRange(normal, headers.range, 0);
    return send(response, normal);
  };

  const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
    handle(incoming, response).catch((thrown: unknown) => response.destroy(thrown as Error));
  };
  const mutual = clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true };
  const server = tls === undefined ? createPlainServer(onRequest) : createTlsServer({ ...tls, ...mutual }, onRequest);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  ({ port } = server.address() as AddressInfo);

  const putBlob = (bytes: Uint8Array): string => {
    blobs.set(sha256(bytes), bytes);
    return sha256(bytes);
  };
  const putManifest: FakeRegistry['putManifest'] = (repository, manifest, tag) => {
    const digest = sha256(manifest.bytes);
    manifests.set(`${repository} ${digest}`, manifest);
    if (tag !== undefined) {
      manifests.set(`${repository} ${tag}`, manifest);
      tags.set(repository, [...(tags.get(repository) ?? []), tag].sort());
    }
    const body = JSON.parse(Buffer.from(manifest.bytes).toString()) as ReferrerBody;
    const subject = body.subject?.digest;
    if (subject !== undefined) {
      const { mediaType, bytes } = manifest;
      const { artifactType = body.config?.mediaType, annotations } = body;
      const known = referrers.get(`${repository} ${subject}`) ?? [];
      const listed = { mediaType, digest, size: bytes.length, artifactType, annotations };
      referrers.set(`${repository} ${subject}`, [...known, listed]);
    }
    return digest;
  };

  return {
    port,
    host: `${address}:${port}`,
    requests,
    troubles,
    putBlob,
    putManifest,
    put(repository, { mediaType, manifest, blobs: all }, tag) {
      for (const bytes of all.values()) {
        putBlob(bytes);
        const isManifest = bytes[0] === 0x7b && Buffer.from(bytes).includes('"schemaVersion"');
        if (!isManifest) continue;
        const stated = (JSON.parse(Buffer.from(bytes).toString()) as { mediaType?: string }).mediaType;
        putManifest(repository, { mediaType: stated ?? mediaType, bytes });
      }
      putManifest(repository, { mediaType, bytes: manifest }, tag);
    },
    asked: () => requests.map(({ method, path }) => `${method} ${path}`),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
