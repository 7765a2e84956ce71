/**
 * One GUN on one Notary server, with the login that the server asks for: `GET /v2/GUN/_trust/tuf/NAME.json`.
 * Docker Hub's own server, a registry that serves trust data itself (Azure), or one that the user names.
 */
import { isFault, misuse, unavailable } from '../../core/fault.ts';
import { parseRegistryReference } from '../../core/reference.ts';
import type { DockerContentTrust, TrustContext } from '../../core/trust.ts';
import { parseChallenges } from '../../io/auth-challenge.ts';
import { findLogin } from '../../io/credentials.ts';
import { isLoopbackHost, isSameOrigin, isSchemeAllowed } from '../../io/host-policy.ts';
import { openHttpClient, type HttpOptions, type HttpResponse } from '../../io/http-client.ts';
import { isWebPage } from '../../io/registry-answer.ts';
import { collectDocument } from '../../io/response-body.ts';
import { basicAuthorization, requestToken } from '../../io/token-service.ts';
import { refusalOf, refuse, type Refusal } from './refusal.ts';

/** Where the trust data of a repository are, and whose login is shown there. */
export interface NotaryAddress {
  /** `https://notary.docker.io/`, with a final slash. */
  readonly base: URL;
  /** Globally unique name: `docker.io/library/alpine`. */
  readonly gun: string;
  /** Host and repository under which a login is looked up. */
  readonly login: { readonly host: string; readonly repository: string };
}

const hubServer = 'https://notary.docker.io/';

const namedServer = (text: string, context: TrustContext): URL => {
  const base = URL.parse(text.endsWith('/') ? text : `${text}/`);
  if (base === null || !/^https?:$/.test(base.protocol) || base.search !== '' || base.hash !== '')
    throw misuse('NOTARY_TRUST_INVALID', 'the server of docker-content-trust is no address that begins with https://');
  if (base.username !== '' || base.password !== '')
    throw misuse(
      'NOTARY_TRUST_INVALID',
      'the server of docker-content-trust carries a login; use docker login instead',
    );
  if (!isSchemeAllowed(base, context.network))
    throw misuse(
      'NOTARY_TRUST_INVALID',
      `trust data are not fetched over plain HTTP from ${base.host}; write https://, or allow it with --insecure-registry ${base.host}`,
    );
  return base;
};

/**
 * `repository` as in `SignatureSubject.reference`.
 * @throws {Fault} misuse `NOTARY_TRUST_INVALID`: a server that cannot be one, or first use over plain HTTP
 */
export const notaryAddress = (repository: string, trust: DockerContentTrust, context: TrustContext): NotaryAddress => {
  const { registry, repository: path } = parseRegistryReference(repository);
  const gun = `${registry}/${path}`;
  const own = new URL(registry === 'docker.io' ? hubServer : `https://${registry}/`);
  if (trust.server === undefined) return { base: own, gun, login: { host: registry, repository: path } };
  const base = namedServer(trust.server, context);
  // The very first root is believed because of the channel that it came through.
  if (trust.roots === undefined && base.protocol === 'http:' && !isLoopbackHost(base.hostname))
    throw misuse(
      'NOTARY_TRUST_INVALID',
      `over plain HTTP nobody knows whose root is pinned on first use: name the roots of ${base.host}, or write https://`,
    );
  // A trust file that somebody else wrote must not lead the registry's password to a server of his.
  const isOwn = isSameOrigin(base, own);
  return { base, gun, login: isOwn ? { host: registry, repository: path } : { host: base.host, repository: gun } };
};

export type NotaryAnswer = Uint8Array | 'absent' | Refusal;

/** Dispose of it. */
export interface NotaryServer extends AsyncDisposable {
  /** `root`, `2.root`, `targets/releases.<sha256>`. At most `maximumBytes`. */
  read(name: string, maximumBytes: number): Promise<NotaryAnswer>;
}

export const openNotaryServer = (
  { base, gun, login }: NotaryAddress,
  context: TrustContext,
  options: HttpOptions = {},
): NotaryServer => {
  const http = openHttpClient(context, options);
  const { network, signal } = context;
  let authorization: string | undefined;

  const send = (url: URL): Promise<HttpResponse> =>
    http.request({ url, signal, ...(authorization === undefined ? {} : { authorization }) });

  /** Docker asks `/v2/` for the challenge; servers that say it with the refusal spare the request. */
  const challengeOf = async (response: HttpResponse): Promise<string> => {
    const said = response.header('www-authenticate');
    response.discard();
    if (said !== undefined) return said;
    const ping = await http.request({ url: new URL('v2/', base), signal });
    ping.discard();
    return isSameOrigin(ping.url, base) ? (ping.header('www-authenticate') ?? '') : '';
  };

  /** "Token Authentication" of the distribution project; the scope names the GUN, as Docker's does. */
  const authorize = async (challenge: string): Promise<string | undefined> => {
    const challenges = parseChallenges(challenge);
    const search = await findLogin(login.host, login.repository, context);
    const known = search.found?.login;
    if (known?.kind === 'registry-token') return `Bearer ${known.token}`;
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
    if (bearer !== undefined) {
      const token = await requestToken(http, bearer, base, { repository: gun, right: 'pull' }, search, context);
      return token === undefined ? undefined : `Bearer ${token.value}`;
    }
    if (known?.kind !== 'password' || !challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
    return basicAuthorization(known.username, known.password);
  };

  const exchange = async (url: URL): Promise<HttpResponse> => {
    const first = await send(url);
    // Whoever we were sent to gets no login, and one that was refused is not shown again.
    if (first.status !== 401 || !isSameOrigin(first.url, base)) return first;
    const granted = await authorize(await challengeOf(first));
    if (granted === undefined || granted === authorization)
      throw unavailable('NOTARY_UNAUTHORIZED', `${base.host} does not show the trust data of ${gun} without a login`);
    authorization = granted;
    return send(url);
  };

  const receive = async (url: URL, maximum: number): Promise<NotaryAnswer> => {
    const response = await exchange(url);
    const { status } = response;
    if (status === 200 && !isWebPage(response))
      return collectDocument(response.body, { maximum, timeoutMs: network.timeoutMs, where: url.pathname });
    response.discard();
    if (status === 404) return 'absent';
    if (status === 200) return refuse('unreachable', `${base.host} answers with a web page: it is no Notary server`);
    const words = status === 401 || status === 403 ? 'refuses access to' : `answers with status ${status} for`;
    return refuse('unreachable', `${base.host} ${words} the trust data of ${gun}`);
  };

  return {
    async read(name, maximumBytes) {
      try {
        return await receive(new URL(`v2/${gun}/_trust/tuf/${name}.json`, base), maximumBytes);
      } catch (thrown) {
        if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
        return refusalOf(thrown, 'network');
      }
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
};
