/** A Notary server on this machine that serves what publishers wrote: plain or with TLS, open, with a login, or with tokens as Docker Hub and Azure do. */
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

export interface FakeNotaryOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** `user:password`. */
  readonly basic?: string;
  /** `user:password` at the token service; '' gives everybody a token. */
  readonly token?: string;
  /** The challenge comes at `/v2/` only, and the refusal says nothing. */
  readonly challengeAtPing?: boolean;
}

export interface FakeNotaryServer extends AsyncDisposable {
  readonly host: string;
  readonly url: string;
  /** GUN → its files, as `NotaryPublisher.files`. Replace them to go back in time. */
  readonly repositories: Map<string, ReadonlyMap<string, Buffer>>;
  /** `METHOD path`, in order, without those of the token service. */
  readonly requests: string[];
  /** Of the same requests, the logins that were shown. */
  readonly shown: string[];
  /** Scopes for which tokens were asked. */
  readonly scopes: string[];
  /** What paths that match answer with instead. */
  readonly troubles: {
    readonly on: RegExp;
    readonly status: number;
    readonly body?: string;
    readonly type?: string;
    readonly location?: string;
  }[];
}

export const startFakeNotary = async (options: FakeNotaryOptions = {}): Promise<FakeNotaryServer> => {
  const { tls, basic, token, challengeAtPing = false } = options;
  const repositories: FakeNotaryServer['repositories'] = new Map();
  const requests: string[] = [];
  const shown: string[] = [];
  const scopes: string[] = [];
  const troubles: FakeNotaryServer['troubles'] = [];
  const tokens = new Set<string>();
  const basicOf = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', `${tls === undefined ? 'http' : 'https'}://${request.headers.host}`);
    const end = (status: number, body: string | Buffer, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body);
    };
    const given = request.headers.authorization;
    if (url.pathname === '/token') {
      const scope = url.searchParams.get('scope') ?? '';
      scopes.push(scope);
      if (token !== '' && given !== basicOf(token ?? '')) return end(401, '{}');
      const value = `token-${tokens.size}-${scope.replaceAll(/[^a-z]/g, '')}`;
      tokens.add(value);
      return end(200, JSON.stringify({ token: value, expires_in: 300 }));
    }
    requests.push(`${request.method} ${url.pathname}`);
    if (given !== undefined) shown.push(given);
    const trouble = troubles.find(({ on }) => on.test(url.pathname));
    if (trouble !== undefined)
      return end(trouble.status, trouble.body ?? '{}', {
        'content-type': trouble.type ?? 'application/json',
        ...(trouble.location === undefined ? {} : { location: trouble.location }),
      });
    const isOpen = basic === undefined && token === undefined;
    const isAllowed = isOpen || (basic !== undefined && given === basicOf(basic)) || tokens.has(given?.slice(7) ?? '');
    if (!isAllowed) {
      const realm = `${url.origin}/token`;
      const challenge = basic === undefined ? `Bearer realm="${realm}",service="${url.host}"` : 'Basic realm="notary"';
      const says = !challengeAtPing || url.pathname === '/v2/';
      return end(401, '{}', says ? { 'www-authenticate': challenge } : {});
    }
    const [, gun = '', name = ''] = /^\/v2\/(.+)\/_trust\/tuf\/(.+)$/.exec(url.pathname) ?? [];
    const file = repositories.get(gun)?.get(name);
    return file === undefined ? end(404, '{"errors":[{"code":"METADATA_NOT_FOUND"}]}') : end(200, file);
  };

  const server = tls === undefined ? createPlainServer(answer) : createTlsServer({ ...tls }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    repositories,
    requests,
    shown,
    scopes,
    troubles,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
