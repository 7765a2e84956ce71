/** A fake receiver of webhooks, or of Elasticsearch's bulk interface: takes requests, or fails in the ways that such receivers fail. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TakenRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export interface HttpReceiver extends AsyncDisposable {
  readonly url: string;
  /** Those that were answered well. */
  readonly taken: readonly TakenRequest[];
  readonly troubles: Readonly<Record<string, () => Promise<void> | void>>;
  heal(): Promise<void>;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};

type Misbehaviour = (response: ServerResponse) => void;

const answering =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = ''): Misbehaviour =>
  (response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

/** `reply` may refuse or answer in parts; it is asked only while the receiver is well. */
export const startHttpReceiver = async (reply: (request: TakenRequest) => Reply): Promise<HttpReceiver> => {
  const taken: TakenRequest[] = [];
  let misbehaviour: Misbehaviour | undefined;
  let server: Server | undefined;
  let port = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = { path: request.url ?? '', headers: request.headers, body: await bodyOf(request) };
    if (misbehaviour !== undefined) {
      misbehaviour(response);
      return;
    }
    taken.push(received);
    const { status, body } = reply(received);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body);
  };
  const listen = async (): Promise<void> => {
    server = createServer((request, response) => {
      answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    const stopped = server;
    server = undefined;
    stopped?.closeAllConnections();
    await new Promise<void>((resolve) => (stopped === undefined ? resolve() : stopped.close(() => resolve())));
  };
  const behave = (how: Misbehaviour) => (): void => {
    misbehaviour = how;
  };
  await listen();
  return {
    url: `http://127.0.0.1:${port}`,
    taken,
    troubles: {
      'is down': stop,
      'answers 500': behave(answering(500, {}, 'oops')),
      'is busy, and says until when': behave(answering(429, { 'retry-after': '1' })),
      'is busy until a date': behave(answering(503, { 'retry-after': new Date(Date.now() + 5000).toUTCString() })),
      'forgot our credentials': behave(answering(401, {}, 'who are you')),
      redirects: behave(answering(302, { location: 'http://192.0.2.1/' })),
      'never answers': behave(() => undefined),
      'cuts the connection': behave((response) => response.destroy()),
      'cuts the answer': behave((response) => {
        response.writeHead(500, { 'content-length': '1000' });
        response.write('{"it', () => response.destroy());
      }),
      'answers what is no HTTP': behave((response) => response.socket?.end('\u0000\u0001 garbage\r\n\r\n')),
    },
    async heal() {
      misbehaviour = undefined;
      if (server === undefined) await listen();
    },
    [Symbol.asyncDispose]: stop,
  };
};
