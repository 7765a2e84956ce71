/** One registry, read: manifests, blobs, referrers, tags. OCI distribution specification 1.1. */
import { createHash } from 'node:crypto';
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { digestAlgorithm, isDigest, referrersTag, type Digest } from '../core/digest.ts';
import { isFault, malformed, overLimit, unavailable } from '../core/fault.ts';
import type { Descriptor } from '../core/image.ts';
import { toPlainText } from '../core/plain-text.ts';
import { openDownload } from './download.ts';
import { followRefusal } from './host-policy.ts';
import type { HttpOptions, HttpResponse } from './http-client.ts';
import { describeUrl } from './http-fault.ts';
import { parseNextLink } from './link-header.ts';
import { answerFault, isWebPage, type Wanted } from './registry-answer.ts';
import { isRepository, isTag } from './registry-names.ts';
import { openRegistrySession, type RegistryRequest } from './registry-session.ts';
import { collectDocument } from './response-body.ts';
import type { Right } from './token-service.ts';

export interface ManifestAnswer {
  readonly bytes: Uint8Array;
  /** '' when the registry states none. */
  readonly contentType: string;
  /** Of the bytes, with the algorithm that was asked for. Compare it with the digest that was asked for. */
  readonly digest: Digest;
  /** What the registry says the digest is, when that is another one. */
  readonly claimedDigest?: Digest;
}

/** Bytes of an image index; who reads them parses them. */
export interface ReferrersPage {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly from: 'api' | 'tag';
}

export interface BlobDescriptor extends Pick<Descriptor, 'digest' | 'size' | 'mediaType' | 'urls'> {
  /** How much is taken when the blob is longer than `size`, for callers that compare the two themselves; `size` when absent. */
  readonly maximum?: number;
}

/** Dispose of it: breaks off what is still running. Every method throws the Faults of the session and of {@link answerFault}. */
export interface RegistryClient extends AsyncDisposable {
  /**
   * By tag or digest. The bytes are whole, but not checked against a digest.
   * @throws {Fault} unavailable `MANIFEST_UNKNOWN`, `CONTENT_TYPE_UNEXPECTED`; limit `RESPONSE_TOO_LARGE`
   */
  readManifest(repository: string, tagOrDigest: string, context: Context): Promise<ManifestAnswer>;
  /** As {@link openDownload}. @throws {Fault} unavailable `BLOB_UNKNOWN` */
  openBlob(repository: string, blob: BlobDescriptor, context: Context): Promise<ByteStream>;
  /** What names `digest` as its subject: the referrers API, else the tag that stands in for it; nothing when there is neither. */
  walkReferrers(repository: string, digest: Digest, context: Context): AsyncIterable<ReferrersPage>;
  /** @throws {Fault} unavailable `REPOSITORY_UNKNOWN`; limit `PAGES_TOO_MANY` */
  readTags(repository: string, context: Context): Promise<readonly string[]>;
  /**
   * What the registry says that the tag names, without its bytes: nobody has verified it. undefined where it does not say.
   * @throws {Fault} unavailable `MANIFEST_UNKNOWN`
   */
  headManifest(repository: string, tag: string, context: Context): Promise<Digest | undefined>;
  /** All repositories, as far as the login may see them. @throws {Fault} unavailable `REPOSITORY_UNKNOWN`; limit `PAGES_TOO_MANY` */
  readRepositories(context: Context): Promise<readonly string[]>;
}

const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const indexType = 'application/vnd.oci.image.index.v1+json';

const maximumPages = 100;
const documentAttempts = 3;

/** Types of layers that may not be distributed by everybody, and so lie where their `urls` say. */
const isForeign = (mediaType: string): boolean => /\.foreign\.|\.nondistributable\./.test(mediaType);

export const openRegistryClient = (registry: string, context: Context, options: HttpOptions = {}): RegistryClient => {
  const session = openRegistrySession(registry, context, options);

  const readBody = async (response: HttpResponse, now: Context): Promise<Uint8Array> => {
    const where = describeUrl(response.url);
    const maximum = now.limits.record;
    const announced = Number(response.header('content-length') ?? 0);
    if (announced > maximum) {
      response.discard();
      throw overLimit('RESPONSE_TOO_LARGE', `the answer is ${announced} bytes; ${maximum} are read at most`, where);
    }
    return collectDocument(response.body, { maximum, timeoutMs: now.network.timeoutMs, where });
  };

  /** A document is small: when its connection breaks it is asked for again from the start. */
  const readDocument = async (
    request: RegistryRequest,
    now: Context,
    accept: (response: HttpResponse) => Promise<boolean>,
  ): Promise<{ readonly response: HttpResponse; readonly bytes: Uint8Array } | undefined> => {
    for (let attempt = 1; ; attempt += 1) {
      const response = await session.request(request, now);
      if (!(await accept(response))) {
        response.discard();
        return undefined;
      }
      try {
        return { response, bytes: await readBody(response, now) };
      } catch (thrown) {
        if (!isFault(thrown) || thrown.code !== 'REGISTRY_UNREACHABLE') throw thrown;
        if (attempt >= documentAttempts)
          throw unavailable(
            'RESPONSE_TRUNCATED',
            `${response.url.host} breaks its answers off before they are complete`,
            describeUrl(response.url),
            thrown,
          );
      }
    }
  };

  const okOnly =
    (wanted: Wanted, now: Context) =>
    async (response: HttpResponse): Promise<boolean> => {
      if (response.status === 200 && !isWebPage(response)) return true;
      throw await answerFault(response, wanted, now.network.timeoutMs);
    };

  const toManifest = (response: HttpResponse, bytes: Uint8Array, tagOrDigest: string): ManifestAnswer => {
    const claimed = response.header('docker-content-digest')?.trim() ?? '';
    const algorithm = isDigest(tagOrDigest) ? digestAlgorithm(tagOrDigest) : 'sha256';
    const hash = (name: string): Digest => `${name}:${createHash(name).update(bytes).digest('hex')}` as Digest;
    const isLie = isDigest(claimed) && hash(digestAlgorithm(claimed)) !== claimed;
    return {
      bytes,
      contentType: response.header('content-type') ?? '',
      digest: hash(algorithm),
      ...(isLie ? { claimedDigest: claimed } : {}),
    };
  };

  const nextPage = (response: HttpResponse, seen: Set<string>, now: Context): URL | undefined => {
    const target = parseNextLink(response.header('link'));
    if (target === undefined) return undefined;
    const where = describeUrl(response.url);
    const next = URL.parse(target, response.url.href);
    if (next === null) throw malformed('RESPONSE_MALFORMED', 'the link to the next page is no address', where);
    const refusal = followRefusal(response.url, next, 'link', now.network);
    if (refusal !== undefined)
      throw unavailable(
        'REDIRECT_REFUSED',
        `${response.url.host} continues its list at ${toPlainText(next.host, 200)}: ${refusal}`,
        where,
      );
    if (seen.has(next.href) || seen.size >= maximumPages)
      throw overLimit('PAGES_TOO_MANY', `the list does not end within ${maximumPages} pages`, where);
    seen.add(next.href);
    return next;
  };

  /** `first` is below `/v2/`. The first page may be declined by `accept`: then there are none. */
  async function* walkPages(
    repository: string,
    first: string,
    accept: (response: HttpResponse) => Promise<boolean>,
    now: Context,
    right?: Right,
  ): AsyncGenerator<{ readonly response: HttpResponse; readonly bytes: Uint8Array }> {
    const seen = new Set<string>();
    for (let target: string | URL | undefined = first; target !== undefined;) {
      const headers = { accept: `${indexType}, application/json` };
      const more = {
        ...(typeof target === 'string' ? {} : ({ errand: 'link' } as const)),
        ...(right === undefined ? {} : { right }),
      };
      const page = await readDocument({ repository, target, headers, ...more }, now, accept);
      if (page === undefined) {
        if (target === first) return;
        throw unavailable('REGISTRY_ANSWER_UNEXPECTED', `${registry} does not have the next page of its list`, first);
      }
      yield page;
      target = nextPage(page.response, seen, now);
    }
  }

  const readManifest: RegistryClient['readManifest'] = async (repository, tagOrDigest, now) => {
    const wanted: Wanted = { what: `${repository}:${tagOrDigest}`, unknownCode: 'MANIFEST_UNKNOWN' };
    const request = {
      repository,
      target: `${repository}/manifests/${tagOrDigest}`,
      headers: { accept: manifestTypes },
    };
    const answer = await readDocument(request, now, okOnly(wanted, now));
    if (answer === undefined) throw unavailable('MANIFEST_UNKNOWN', `no ${wanted.what}`);
    return toManifest(answer.response, answer.bytes, tagOrDigest);
  };

  const requestBlob = async (
    repository: string,
    blob: BlobDescriptor,
    target: string | URL,
    offset: number,
    now: Context,
  ): Promise<HttpResponse> => {
    const response = await session.request(
      {
        repository,
        target,
        headers: { accept: '*/*', ...(offset === 0 ? {} : { range: `bytes=${offset}-` }) },
        ...(typeof target === 'string' ? {} : { errand: 'urls' }),
      },
      now,
    );
    const wanted: Wanted = { what: `the blob ${blob.digest}`, unknownCode: 'BLOB_UNKNOWN' };
    // A portal that answers for everybody says 200 too; a blob may be labelled HTML if it has the right size.
    const isPage = isWebPage(response) && Number(response.header('content-length') ?? -1) !== blob.size;
    if ((response.status === 200 && !isPage) || (response.status === 206 && offset > 0)) return response;
    throw await answerFault(response, wanted, now.network.timeoutMs);
  };

  const openFrom = (
    repository: string,
    blob: BlobDescriptor,
    target: string | URL,
    now: Context,
  ): Promise<ByteStream> =>
    openDownload({
      request: (offset) => requestBlob(repository, blob, target, offset, now),
      size: blob.size,
      ...(blob.maximum === undefined ? {} : { maximum: Math.max(blob.size, blob.maximum) }),
      where: `${registry}/${repository}@${blob.digest}`,
      signal: now.signal,
      ...(options.retries === undefined ? {} : { retries: options.retries }),
    });

  /** Texts of one member, over all pages. `null` in an empty list of some registries. */
  const readList = async (
    list: { readonly repository: string; readonly target: string; readonly member: string; readonly right?: Right },
    isEntry: (value: unknown) => value is string,
    wanted: Wanted,
    now: Context,
  ): Promise<readonly string[]> => {
    const found: string[] = [];
    const { repository, target, member, right } = list;
    for await (const { response, bytes } of walkPages(repository, target, okOnly(wanted, now), now, right)) {
      const where = describeUrl(response.url);
      let body: unknown;
      try {
        body = JSON.parse(new TextDecoder().decode(bytes));
      } catch {
        throw malformed('RESPONSE_MALFORMED', `the list of ${member} is no JSON`, where);
      }
      const page = ((body ?? {}) as Readonly<Record<string, unknown>>)[member];
      for (const entry of Array.isArray(page) ? (page as readonly unknown[]) : [])
        if (isEntry(entry)) found.push(entry);
        else throw malformed('RESPONSE_MALFORMED', `the list of ${member} holds what is none`, where);
    }
    return found;
  };

  const readTags: RegistryClient['readTags'] = (repository, now) => {
    const wanted: Wanted = { what: `the repository ${repository}`, unknownCode: 'REPOSITORY_UNKNOWN' };
    return readList({ repository, target: `${repository}/tags/list`, member: 'tags' }, isTag, wanted, now);
  };

  const readRepositories: RegistryClient['readRepositories'] = (now) => {
    const wanted: Wanted = { what: 'the list of its repositories', unknownCode: 'REPOSITORY_UNKNOWN' };
    const list = { repository: '', target: '_catalog?n=1000', member: 'repositories', right: 'catalogue' } as const;
    return readList(list, isRepository, wanted, now);
  };

  const headManifest: RegistryClient['headManifest'] = async (repository, tag, now) => {
    const target = `${repository}/manifests/${tag}`;
    const response = await session.request(
      { repository, target, method: 'HEAD', headers: { accept: manifestTypes } },
      now,
    );
    response.discard();
    if (response.status === 404)
      throw unavailable('MANIFEST_UNKNOWN', `${registry} has no ${repository}:${tag}`, describeUrl(response.url));
    // Some registries do not know HEAD, or do not say the digest: their manifests are read.
    if (response.status !== 200) return undefined;
    const told = [response.header('docker-content-digest'), response.header('etag')?.replace(/^(?:W\/)?"(.*)"$/, '$1')];
    return told.map((text) => text?.trim() ?? '').find(isDigest);
  };

  /** Specification, "Listing Referrers": 404, and by older registries much else, means that there is no such API. */
  const hasReferrers =
    (now: Context) =>
    async (response: HttpResponse): Promise<boolean> => {
      const type = (response.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
      if (response.status === 200) return type === indexType;
      if ([400, 404, 405, 406, 501].includes(response.status)) return false;
      const wanted: Wanted = { what: 'the list of referrers', unknownCode: 'MANIFEST_UNKNOWN' };
      throw await answerFault(response, wanted, now.network.timeoutMs);
    };

  async function* walkReferrers(repository: string, digest: Digest, now: Context): AsyncGenerator<ReferrersPage> {
    let any = false;
    for await (const { response, bytes } of walkPages(
      repository,
      `${repository}/referrers/${digest}`,
      hasReferrers(now),
      now,
    )) {
      any = true;
      yield { bytes, contentType: response.header('content-type') ?? '', from: 'api' };
    }
    if (any) return;
    try {
      const { bytes, contentType } = await readManifest(repository, referrersTag(digest), now);
      yield { bytes, contentType, from: 'tag' };
    } catch (thrown) {
      if (!isFault(thrown) || thrown.code !== 'MANIFEST_UNKNOWN') throw thrown;
    }
  }

  return {
    readManifest,
    async openBlob(repository, blob, now) {
      try {
        return await openFrom(repository, blob, `${repository}/blobs/${blob.digest}`, now);
      } catch (thrown) {
        const isElsewhere = isForeign(blob.mediaType) && (blob.urls ?? []).length > 0;
        if (!isElsewhere || !isFault(thrown) || thrown.code !== 'BLOB_UNKNOWN') throw thrown;
      }
      let refused: unknown;
      for (const text of (blob.urls ?? []).slice(0, 5)) {
        const url = URL.parse(text);
        try {
          if (url === null) throw malformed('RESPONSE_MALFORMED', 'a url of the layer is no address', blob.digest);
          return await openFrom(repository, blob, url, now);
        } catch (thrown) {
          if (!isFault(thrown)) throw thrown;
          refused ??= thrown;
        }
      }
      throw refused;
    },
    walkReferrers,
    readTags,
    headManifest,
    readRepositories,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
