/** One GET to a container engine: Docker Engine API, as Docker and Podman serve it over a socket or TLS. */
import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { ByteStream } from '../core/bytes.ts';
import { collect } from '../core/collect.ts';
import type { Context } from '../core/context.ts';
import { isFault, unavailable, type Fault } from '../core/fault.ts';
import type { EngineEndpoint } from './engine-endpoints.ts';

export interface EngineResponse {
  readonly status: number;
  readonly body: ByteStream;
}

/** An engine packs an image before the first byte comes. */
const transferTimeoutMs = 300_000;

/** Nobody answers at this endpoint: not there, not allowed, or no engine. */
export const isUnreachable = (thrown: unknown): boolean => isFault(thrown) && thrown.code === 'ENGINE_UNREACHABLE';

async function* bodyOf(response: IncomingMessage, label: string, signal: AbortSignal): ByteStream {
  try {
    for await (const chunk of response) yield chunk as Buffer;
  } catch (thrown) {
    signal.throwIfAborted();
    throw unavailable(
      'ENGINE_TRANSFER_BROKEN',
      `the engine stopped in the middle: ${(thrown as Error).message}`,
      label,
      thrown,
    );
  }
}

/** What Node's verification of a server's certificate ends with: OpenSSL's names for it, and its own for a wrong name. */
const isUntrusted = (thrown: NodeJS.ErrnoException): boolean =>
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|HOSTNAME_MISMATCH)/.test(
    thrown.code ?? '',
  );

const connectionFault = (label: string, thrown: NodeJS.ErrnoException): Fault =>
  isUntrusted(thrown)
    ? unavailable(
        'ENGINE_UNTRUSTED',
        `the certificate of the engine at ${label} is not accepted: ${thrown.message}; its authority belongs into ca.pem in DOCKER_CERT_PATH or in the Docker context`,
        label,
        thrown,
      )
    : unavailable('ENGINE_UNREACHABLE', `${label}: ${thrown.message}`, label, thrown);

/**
 * `path` with its leading slash, already encoded. Any status is an answer.
 * @throws {Fault} unavailable `ENGINE_UNREACHABLE`, `ENGINE_UNTRUSTED`; from the body `ENGINE_TRANSFER_BROKEN`
 */
export const askEngine = (
  endpoint: EngineEndpoint,
  path: string,
  { signal, network }: Pick<Context, 'signal' | 'network'>,
  patient = false,
): Promise<EngineResponse> => {
  const { socketPath, host, port, tls, label } = endpoint;
  const timeout = patient ? Math.max(transferTimeoutMs, network.timeoutMs) : network.timeoutMs;
  const options: RequestOptions = {
    method: 'GET',
    path,
    signal,
    timeout,
    agent: false,
    headers: { host: host ?? 'docker', accept: '*/*', connection: 'close', ...endpoint.headers },
    ...(socketPath === undefined ? { host, port } : { socketPath }),
  };
  return new Promise((resolve, reject) => {
    const request =
      tls === undefined
        ? plainRequest(options)
        : tlsRequest({
            ...options,
            rejectUnauthorized: tls.verify,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.servername === undefined ? {} : { servername: tls.servername }),
          });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeout} ms`)));
    request.on('error', (thrown) => {
      reject(signal.aborted ? (signal.reason as Error) : connectionFault(label, thrown));
    });
    request.on('response', (response) => {
      resolve({ status: response.statusCode ?? 0, body: bodyOf(response, label, signal) });
    });
    request.end();
  });
};

/** A small JSON answer. Its text, when it is none, goes into the Fault. @throws {Fault} also unavailable `ENGINE_ANSWER_INVALID` */
export const askEngineJson = async (
  endpoint: EngineEndpoint,
  path: string,
  context: Pick<Context, 'signal' | 'network' | 'limits'>,
): Promise<{ readonly status: number; readonly answer: Readonly<Record<string, unknown>> }> => {
  const { status, body } = await askEngine(endpoint, path, context);
  const text = Buffer.from(await collect(body, context.limits.record, endpoint.label)).toString('utf8');
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null)
      return { status, answer: answer as Readonly<Record<string, unknown>> };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
  }
  throw unavailable(
    'ENGINE_ANSWER_INVALID',
    `status ${status}, and no JSON object: ${text.slice(0, 200)}`,
    endpoint.label,
  );
};
