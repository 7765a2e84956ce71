/** One registry, written to: small blobs and manifests. OCI distribution specification 1.1, "Push". */
import { createHash } from 'node:crypto';
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { malformed } from '../core/fault.ts';
import type { HttpOptions, HttpResponse } from './http-client.ts';
import { describeUrl } from './http-fault.ts';
import { answerFault, isWebPage } from './registry-answer.ts';
import { openRegistrySession, type RegistryRequest } from './registry-session.ts';

/** Dispose of it: breaks off what is still running. Every method throws the Faults of the session and of {@link answerFault}. */
export interface RegistryWriter extends AsyncDisposable {
  /** Of the bytes. Putting a blob that is there already is no error. */
  putBlob(repository: string, bytes: Uint8Array, context: Context): Promise<Digest>;
  /**
   * `reference`: a tag, or the digest of the bytes.
   * @returns whether the registry lists it among the referrers of its subject by itself (`OCI-Subject`)
   */
  putManifest(
    repository: string,
    manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
    reference: string,
    context: Context,
  ): Promise<{ readonly isListed: boolean }>;
}

export const openRegistryWriter = (registry: string, context: Context, options: HttpOptions = {}): RegistryWriter => {
  const session = openRegistrySession(registry, context, options);

  /** An answer with one of these statuses; its body says nothing that is needed. */
  const send = async (
    request: RegistryRequest,
    what: string,
    statuses: readonly number[],
    now: Context,
  ): Promise<HttpResponse> => {
    const response = await session.request({ ...request, right: 'push' }, now);
    if (!statuses.includes(response.status) || isWebPage(response))
      throw await answerFault(response, { what, unknownCode: 'REPOSITORY_UNKNOWN' }, now.network.timeoutMs);
    response.discard();
    return response;
  };

  return {
    async putBlob(repository, bytes, now) {
      const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const what = `what is pushed to ${repository}`;
      const start = {
        repository,
        target: `${repository}/blobs/uploads/`,
        method: 'POST',
        body: new Uint8Array(),
      } as const;
      const begun = await send(start, what, [202], now);
      const target = URL.parse(begun.header('location') ?? '', begun.url.href);
      if (target === null)
        throw malformed('RESPONSE_MALFORMED', 'the registry does not say where to push to', describeUrl(begun.url));
      // What stands there already is signed by some registries: it stays as it is written.
      target.search = `${target.search === '' ? '?' : `${target.search}&`}digest=${encodeURIComponent(digest)}`;
      const headers = { 'content-type': 'application/octet-stream' };
      // The place is the registry's word, and judged as such.
      await send({ repository, target, method: 'PUT', headers, body: bytes, errand: 'link' }, what, [201, 204], now);
      return digest;
    },
    async putManifest(repository, { bytes, mediaType }, reference, now) {
      const target = `${repository}/manifests/${reference}`;
      const request = {
        repository,
        target,
        method: 'PUT',
        headers: { 'content-type': mediaType },
        body: bytes,
      } as const;
      const answer = await send(request, `what is pushed to ${repository}`, [201, 202], now);
      return { isListed: (answer.header('oci-subject') ?? '') !== '' };
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
