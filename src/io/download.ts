/** A blob that arrives in pieces → one ByteStream. Broken connections are taken up where they broke. RFC 9110, 14 (Range). */
import type { ByteStream } from '../core/bytes.ts';
import { isFault, malformed, type Fault } from '../core/fault.ts';
import type { HttpResponse } from './http-client.ts';
import { defaultRetries, pause, retryPause, type RetryPolicy } from './retry.ts';

export interface DownloadOptions {
  /** Asks for the bytes from `offset`; gives only 200 and, when `offset` is not 0, 206. */
  readonly request: (offset: number) => Promise<HttpResponse>;
  /** What the manifest promises. */
  readonly size: number;
  /** How much is taken when more than `size` comes; `size` when absent. */
  readonly maximum?: number;
  readonly where: string;
  readonly signal: AbortSignal;
  readonly retries?: RetryPolicy;
}

/** A connection that gave less than this made no progress. */
const progressBytes = 64 * 1024;
const maximumResumes = 50;
const maximumStalls = 2;

const isResumable = ({ code }: Fault): boolean => code === 'REGISTRY_UNREACHABLE' || code === 'REGISTRY_STALLED';

/** How many bytes at the start of a resumed answer were given already. */
const bytesToSkip = (response: HttpResponse, offset: number, size: number, where: string): number => {
  // A server may ignore Range; then it starts over.
  if (response.status !== 206) return offset;
  const text = response.header('content-range') ?? '';
  const [, start, total] = /^\s*bytes\s+(\d{1,15})-\d{1,15}\/(\d{1,15}|\*)\s*$/.exec(text) ?? [];
  // Behind the end that the manifest promises nobody has said what the size is.
  if (Number(start) === offset && (total === '*' || Number(total) === size || offset > size)) return 0;
  response.discard();
  throw malformed('RANGE_WRONG', `asked for the bytes from ${offset} of ${size}, the server sends others`, where);
};

/** The server promised more bytes than came, without breaking off: an answer that ends with the connection. */
const isCutShort = (response: HttpResponse, given: number, size: number): boolean =>
  given < size && response.header('content-length') === undefined && response.header('transfer-encoding') === undefined;

async function* resumingStream(first: HttpResponse, options: DownloadOptions): ByteStream {
  const { request, size, maximum = size, where, signal, retries = defaultRetries } = options;
  let response = first;
  let skip = 0;
  let given = 0;
  let resumes = 0;
  let stalls = 0;
  let failures = 0;
  for (;;) {
    const before = given;
    let failure: Fault | undefined;
    try {
      for await (const chunk of response.body) {
        const known = Math.min(skip, chunk.length);
        skip -= known;
        if (known === chunk.length) continue;
        given += chunk.length - known;
        yield known === 0 ? chunk : chunk.subarray(known);
        if (given > maximum)
          throw malformed(
            'BLOB_TOO_LONG',
            `the server sends more than the ${size} bytes that the manifest names${maximum === size ? '' : `, and more than the ${maximum} that are read of it at most`}`,
            where,
          );
      }
      if (!isCutShort(response, given, size)) return;
    } catch (thrown) {
      if (!isFault(thrown) || !isResumable(thrown)) throw thrown;
      failure = thrown;
    }
    // All is there; only the end of the exchange was not as announced.
    if (given === size) return;
    failure ??= malformed('BLOB_TOO_SHORT', `the server ends after ${given} of ${size} bytes`, where);
    if (failure.code === 'REGISTRY_STALLED') stalls += 1;
    failures = given - before >= progressBytes ? 1 : failures + 1;
    resumes += 1;
    const wait = retryPause(retries, failures, undefined, Math.random());
    if (wait === undefined || resumes > maximumResumes || stalls >= maximumStalls) throw failure;
    await pause(wait, signal);
    response = await request(given);
    skip = bytesToSkip(response, given, size, where);
  }
}

/**
 * The first answer is awaited, so that a blob which is not there fails here. Never gives more than `maximum` bytes and a chunk.
 * The stream may end early, when the server says that the blob is shorter, and after more than `size` bytes where `maximum` is larger:
 * whoever reads checks size and digest.
 * @throws {Fault} in the stream: unavailable `REGISTRY_UNREACHABLE`, `REGISTRY_STALLED`; malformed `BLOB_TOO_LONG`, `BLOB_TOO_SHORT`, `RANGE_WRONG`
 */
export const openDownload = async (options: DownloadOptions): Promise<ByteStream> =>
  resumingStream(await options.request(0), options);
