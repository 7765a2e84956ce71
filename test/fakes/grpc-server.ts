/** A fake gRPC server on a Unix socket, for what real engines do not do on request: refuse, stop in the middle, answer nonsense. For tests only. */
import { createServer, type Http2Session, type IncomingHttpHeaders } from 'node:http2';

export interface FakeReply {
  readonly messages?: readonly Uint8Array[];
  /** Default 0. `none`: the stream ends without trailers. */
  readonly status?: number | 'none';
  readonly message?: string;
  /** Instead of well-formed messages. */
  readonly raw?: Uint8Array;
}

export type FakeProcedure = (request: Uint8Array, headers: IncomingHttpHeaders) => FakeReply;

export interface FakeGrpcServer extends AsyncDisposable {
  /** Paths, in the order of the calls. */
  readonly asked: readonly string[];
}

const frame = (message: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

export const startFakeGrpcServer = async (
  socketPath: string,
  procedures: Readonly<Record<string, FakeProcedure>>,
): Promise<FakeGrpcServer> => {
  const asked: string[] = [];
  const sessions = new Set<Http2Session>();
  const server = createServer({ maxSessionMemory: 256 });
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    const path = String(headers[':path']);
    asked.push(path);
    const chunks: Buffer[] = [];
    stream.on('error', () => undefined);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const procedure = procedures[path] ?? ((): FakeReply => ({ status: 12, message: 'unknown%20service' }));
      const { messages = [], status = 0, message = '', raw } = procedure(Buffer.concat(chunks).subarray(5), headers);
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: status !== 'none' });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': message }));
      stream.end(raw ?? Buffer.concat(messages.map(frame)));
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    asked,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
