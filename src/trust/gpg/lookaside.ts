/** A place of signatures beside a registry → the signatures of one digest: `NAME@sha256=HEX/signature-N`, until the first that is absent. */
import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Context } from '../../core/context.ts';
import { digestAlgorithm, digestHex, type Digest } from '../../core/digest.ts';
import { isFault, misuse, overLimit, unavailable } from '../../core/fault.ts';
import type { TrustLimits } from '../../core/trust.ts';
import { openHttpClient, type HttpClient } from '../../io/http-client.ts';
import { describeUrl } from '../../io/http-fault.ts';
import { collectDocument } from '../../io/response-body.ts';

export interface FoundSignature {
  readonly where: string;
  readonly bytes: Uint8Array;
}

export interface LookasideAnswer {
  /** What was looked for, for the trace. */
  readonly place: string;
  readonly signatures: readonly FoundSignature[];
  /** Why there may be more. Absent: these are all. */
  readonly trouble?: { readonly kind: 'unreachable' | 'limit'; readonly reason: string };
}

/** A `file:` address that can be a path: no host, no slash in disguise. */
const isLocalPath = (url: URL): boolean =>
  url.protocol === 'file:' && url.host === '' && !/%(?:2f|00)/i.test(url.pathname);

/** @throws {Fault} misuse `LOOKASIDE_INVALID` */
export const parseLookaside = (text: string): URL => {
  const url = URL.parse(text);
  if (url === null || !(isLocalPath(url) || url.protocol === 'https:' || url.protocol === 'http:'))
    throw misuse(
      'LOOKASIDE_INVALID',
      `"${text.slice(0, 200)}" is no place of signatures: write https://HOST/PATH or file:///PATH`,
    );
  if (url.username !== '' || url.password !== '')
    throw misuse('LOOKASIDE_INVALID', `a place of signatures has no user name and password: ${describeUrl(url)}`);
  return url;
};

/** The name without its host: one place may serve a single registry only. */
const pathOf = (repository: string): string => repository.slice(repository.indexOf('/') + 1);

const addressOf = (base: URL, repository: string, digest: Digest, number: number): URL => {
  const url = new URL(base);
  const root = url.pathname === '/' ? '' : url.pathname;
  url.pathname = `${root}/${pathOf(repository)}@${digestAlgorithm(digest)}=${digestHex(digest)}/signature-${number}`;
  return url;
};

const isMissing = (thrown: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

const readLocal = async (url: URL, maximum: number): Promise<Uint8Array | undefined> => {
  const path = fileURLToPath(url);
  try {
    // A pipe in its place would never be opened.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found: Stats = await file.stat();
    if (!found.isFile()) throw unavailable('LOOKASIDE_UNREADABLE', 'it is no file', path);
    if (found.size > maximum) throw overLimit('LOOKASIDE_TOO_LARGE', `${found.size} bytes, more than ${maximum}`, path);
    const bytes = Buffer.alloc(found.size);
    const { bytesRead } = await file.read(bytes, 0, found.size, 0);
    return bytes.subarray(0, bytesRead);
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    if (isFault(thrown)) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    throw unavailable('LOOKASIDE_UNREADABLE', `it cannot be read (${code ?? String(thrown)})`, path, thrown);
  }
};

const readRemote = async (
  client: HttpClient,
  url: URL,
  maximum: number,
  { signal, network }: Context,
): Promise<Uint8Array | undefined> => {
  const where = describeUrl(url);
  const response = await client.request({ url, signal });
  if (response.status === 404) {
    response.discard();
    return undefined;
  }
  const isPage = /^\s*(?:text\/html|application\/xhtml)/i.test(response.header('content-type') ?? '');
  if (response.status !== 200 || isPage) {
    response.discard();
    throw unavailable(
      'LOOKASIDE_UNREADABLE',
      isPage ? 'the server answers with a web page' : `the server answers with status ${response.status}`,
      where,
    );
  }
  return collectDocument(response.body, { maximum, timeoutMs: network.timeoutMs, where });
};

/** A folder that is not there may be a disk that is not mounted: nothing is known of what lies in it. */
const requireFolder = async (base: URL): Promise<void> => {
  const path = fileURLToPath(base);
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw unavailable('LOOKASIDE_UNREADABLE', `there is no folder ${path}`, path);
};

/** `isNamed`: the user says that signatures lie there. Usual places need not be there. */
export const readLookaside = async (
  { base, isNamed }: { readonly base: URL; readonly isNamed: boolean },
  repository: string,
  digest: Digest,
  limits: Pick<TrustLimits, 'signatures' | 'signatureBytes'>,
  context: Context,
): Promise<LookasideAnswer> => {
  const first = addressOf(base, repository, digest, 1);
  const place = describeUrl(first).replace(/1$/, 'N');
  const signatures: FoundSignature[] = [];
  await using client = base.protocol === 'file:' ? undefined : openHttpClient(context);
  try {
    if (client === undefined && isNamed) await requireFolder(base);
    for (let number = 1; number <= limits.signatures; number += 1) {
      const url = addressOf(base, repository, digest, number);
      const bytes =
        client === undefined
          ? await readLocal(url, limits.signatureBytes)
          : await readRemote(client, url, limits.signatureBytes, context);
      if (bytes === undefined) return { place, signatures };
      signatures.push({ where: `signature-${number}`, bytes });
    }
    return { place, signatures, trouble: { kind: 'limit', reason: `more than ${limits.signatures} signatures` } };
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
    const kind = thrown.kind === 'limit' ? 'limit' : 'unreachable';
    return { place, signatures, trouble: { kind, reason: thrown.message } };
  }
};
