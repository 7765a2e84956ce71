/** gRPC over a Unix socket, as containerd and CRI runtimes serve it: unary calls and server streams on one HTTP/2 connection. grpc/doc/PROTOCOL-HTTP2.md */
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
} from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { Fault, unavailable } from '../core/fault.ts';

export interface GrpcEndpoint {
  readonly socketPath: string;
  /** For messages: `unix:///run/…`. */
  readonly label: string;
}

/** A procedure as formats/ describes it. */
interface Procedure<Request, Reply> {
  readonly path: string;
  encode(request: Request): Uint8Array;
  decode(reply: Uint8Array, where: string): Reply;
}

/** Status 0 gives a reply; any other status is the server's refusal, with its words. */
export type GrpcAnswer<Reply> =
  | { readonly status: 0; readonly reply: Reply }
  | { readonly status: number; readonly message: string };

export const grpcStatus = { notFound: 5, permissionDenied: 7, unimplemented: 12 } as const;

export type GrpcHeaders = Readonly<Record<string, string>>;

export interface GrpcConnection extends AsyncDisposable {
  readonly label: string;
  /**
   * Any status is an answer, told in `GrpcAnswer`.
   * @throws {Fault} unavailable `ENGINE_UNREACHABLE`, `ENGINE_TRANSFER_BROKEN`, `ENGINE_ANSWER_INVALID`
   */
  call<Request, Reply>(
    procedure: Procedure<Request, Reply>,
    request: Request,
    headers?: GrpcHeaders,
  ): Promise<GrpcAnswer<Reply>>;
  /** As `call`, where only a reply will do. @throws {Fault} also unavailable `ENGINE_REFUSES` */
  require<Request, Reply>(
    procedure: Procedure<Request, Reply>,
    request: Request,
    headers?: GrpcHeaders,
  ): Promise<Reply>;
  /**
   * The data of all replies in order. `patient`: a server that has nothing to say for long is well.
   * @throws {Fault} as `require`, also in the middle
   */
  stream<Request>(
    procedure: Procedure<Request, Uint8Array>,
    request: Request,
    headers?: GrpcHeaders,
    patient?: boolean,
  ): ByteStream;
}

/** A list of ten thousand containers with their specifications stays far below; containerd's own clients stop at 16 MiB. */
const maximumMessage = 128 * 2 ** 20;
/** What a server may send ahead of us in one stream; in all of them together twice that. */
const windowBytes = 4 * 2 ** 20;
/** In megabytes. nghttp2 resets streams beyond it: far above what the windows let a server send. */
const sessionMemory = 128;

/** The protocol's length-prefixed message: a byte that says "not compressed", four bytes of length, the message. */
const frameOf = (message: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

async function* messagesOf(chunks: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = [];
  let have = 0;
  let wanted = 5;
  let inside = false;
  for await (const chunk of chunks) {
    parts.push(chunk);
    have += chunk.length;
    while (have >= wanted) {
      const all = parts.length === 1 ? (parts[0] ?? chunk) : Buffer.concat(parts, have);
      const piece = all.subarray(0, wanted);
      parts = [all.subarray(wanted)];
      have -= wanted;
      if (inside) {
        yield piece;
        wanted = 5;
      } else {
        if (piece[0] !== 0)
          throw unavailable('ENGINE_ANSWER_INVALID', 'a compressed message, which nobody asked for', label);
        wanted = Buffer.from(piece).readUInt32BE(1);
        if (wanted > maximumMessage)
          throw unavailable(
            'ENGINE_ANSWER_INVALID',
            `a message of ${wanted} bytes, more than ${maximumMessage}`,
            label,
          );
      }
      inside = !inside;
    }
  }
  if (have > 0 || inside) throw unavailable('ENGINE_TRANSFER_BROKEN', 'the answer ends inside a message', label);
}

/** `grpc-message` is percent-encoded; what is not validly so is shown as it came. */
const wordsOf = (headers: IncomingHttpHeaders): string => {
  const text = String(headers['grpc-message'] ?? '');
  try {
    return decodeURIComponent(text).slice(0, 500);
  } catch (thrown) {
    if (thrown instanceof URIError) return text.slice(0, 500);
    throw thrown;
  }
};

interface Exchange {
  readonly messages: AsyncIterable<Uint8Array>;
  /** After the last message. */
  status(): Promise<{ readonly status: number; readonly message: string }>;
  end(): void;
}

/** The status comes in the trailers; in the headers when there is nothing but a refusal. */
const exchangeOn = (stream: ClientHttp2Stream, label: string): Exchange => {
  let head: IncomingHttpHeaders = {};
  let tail: IncomingHttpHeaders = {};
  stream.on('response', (headers) => (head = headers));
  stream.on('trailers', (headers: IncomingHttpHeaders) => (tail = headers));
  return {
    messages: messagesOf(stream as AsyncIterable<Uint8Array>, label),
    status: async () => {
      const http = head[constants.HTTP2_HEADER_STATUS];
      const said = tail['grpc-status'] ?? head['grpc-status'];
      const status = Number(said);
      if (http !== undefined && Number(http) !== 200)
        throw unavailable('ENGINE_ANSWER_INVALID', `HTTP status ${String(http)}: no gRPC is spoken here`, label);
      if (said === undefined || !Number.isInteger(status))
        throw unavailable('ENGINE_TRANSFER_BROKEN', 'the answer has no status at its end', label);
      return { status, message: wordsOf(tail['grpc-status'] === undefined ? head : tail) };
    },
    end: () => stream.close(constants.NGHTTP2_CANCEL),
  };
};

const refusal = (label: string, status: number, message: string): Fault =>
  unavailable('ENGINE_REFUSES', `status ${status}: ${message}`, label, { status });

/** The gRPC status behind an `ENGINE_REFUSES`; undefined for anything else. */
export const refusedWith = (thrown: unknown): number | undefined =>
  thrown instanceof Fault && thrown.code === 'ENGINE_REFUSES' ? (thrown.cause as { status: number }).status : undefined;

const openSession = (
  { socketPath, label }: GrpcEndpoint,
  { signal, network }: Pick<Context, 'signal' | 'network'>,
): Promise<ClientHttp2Session> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const session = connect('http://localhost', {
      createConnection: () => connectSocket({ path: socketPath, signal }),
      settings: { enablePush: false, initialWindowSize: windowBytes },
      maxSessionMemory: sessionMemory,
    });
    const fail = (thrown: Error): void => {
      session.destroy();
      reject(
        signal.aborted
          ? (signal.reason as Error)
          : unavailable('ENGINE_UNREACHABLE', `${label}: ${thrown.message}`, label, thrown),
      );
    };
    session.setTimeout(network.timeoutMs, () => fail(new Error(`no answer within ${network.timeoutMs} ms`)));
    session.once('error', fail);
    // A server of HTTP/2 sends its settings first: what listens here and does not is none.
    session.once('remoteSettings', () => {
      session.setLocalWindowSize(2 * windowBytes);
      session.off('error', fail);
      // Each stream meets the end of the session too, and says it to whoever waits.
      session.on('error', () => undefined);
      session.setTimeout(0);
      resolve(session);
    });
    session.once('close', () => fail(new Error('the connection was closed before it began')));
  });

/**
 * Dispose of it.
 * @throws {Fault} unavailable `ENGINE_UNREACHABLE`, whose cause is the system's error
 */
export const openGrpc = async (
  endpoint: GrpcEndpoint,
  context: Pick<Context, 'signal' | 'network'>,
): Promise<GrpcConnection> => {
  const { label } = endpoint;
  const { signal, network } = context;
  const session = await openSession(endpoint, context);

  /** Failures of the connection as Faults; those of a message's own reading as they are. */
  const toFault = (thrown: unknown): unknown => {
    if (signal.aborted) return signal.reason;
    if (thrown instanceof Fault) return thrown;
    const { code, message } = thrown as NodeJS.ErrnoException;
    return code === undefined ? thrown : unavailable('ENGINE_TRANSFER_BROKEN', `${label}: ${message}`, label, thrown);
  };

  const begin = (path: string, message: Uint8Array, headers: GrpcHeaders, patient = false): Exchange => {
    const stream = session.request(
      {
        ...headers,
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_PATH]: path,
        [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
        [constants.HTTP2_HEADER_TE]: 'trailers',
      },
      { signal },
    );
    if (!patient)
      stream.setTimeout(network.timeoutMs, () =>
        stream.destroy(
          unavailable('ENGINE_TRANSFER_BROKEN', `${label}: no answer within ${network.timeoutMs} ms`, label),
        ),
      );
    stream.end(frameOf(message));
    return exchangeOn(stream, label);
  };

  const connection: GrpcConnection = {
    label,
    call: async (procedure, request, headers = {}) => {
      try {
        const exchange = begin(procedure.path, procedure.encode(request), headers);
        let reply: Uint8Array | undefined;
        for await (const message of exchange.messages) {
          if (reply !== undefined) throw unavailable('ENGINE_ANSWER_INVALID', 'two answers to one question', label);
          reply = message;
        }
        const { status, message } = await exchange.status();
        if (status !== 0) return { status, message };
        if (reply === undefined) throw unavailable('ENGINE_ANSWER_INVALID', 'success without an answer', label);
        return { status: 0, reply: procedure.decode(reply, label) };
      } catch (thrown) {
        throw toFault(thrown);
      }
    },
    require: async (procedure, request, headers) => {
      const answer = await connection.call(procedure, request, headers);
      if ('reply' in answer) return answer.reply;
      throw refusal(label, answer.status, answer.message);
    },
    async *stream(procedure, request, headers = {}, patient = false) {
      let exchange: Exchange | undefined;
      let whole = false;
      try {
        exchange = begin(procedure.path, procedure.encode(request), headers, patient);
        for await (const message of exchange.messages) yield procedure.decode(message, label);
        const { status, message } = await exchange.status();
        whole = true;
        if (status !== 0) throw refusal(label, status, message);
      } catch (thrown) {
        throw toFault(thrown);
      } finally {
        if (!whole) exchange?.end();
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (session.destroyed) return;
      await new Promise<void>((resolve) => {
        session.close(resolve);
        // Nothing is waited for by now.
        session.destroy();
        resolve();
      });
    },
  };
  return connection;
};
