/** A fake log server: octet-counted TCP or TLS, or UDP, and a reader of RFC 5424 written from its grammar. */
import { createSocket } from 'node:dgram';
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';

export interface SyslogMessage {
  readonly facility: number;
  readonly severity: number;
  readonly timestamp: string;
  readonly host: string;
  readonly application: string;
  readonly process: string;
  readonly messageId: string;
  readonly data: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly text: string;
}

const headPattern =
  /^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) ((?:-|(?:\[[^\s=\]"]{1,32}(?: [^\s=\]"]{1,32}="(?:[^"\\\]]|\\.)*")*\])+))(?: ([^]*))?$/u;

/** Throws when it does not follow the grammar. */
export const parseSyslog = (text: string): SyslogMessage => {
  const head = headPattern.exec(text);
  if (head === null) throw new Error(`no RFC 5424: ${JSON.stringify(text.slice(0, 300))}`);
  const [, priority = '', timestamp = '', host = '', application = '', process = '', messageId = '', data = ''] = head;
  if (
    Number(priority) > 191 ||
    !/^(?:-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d))$/.test(timestamp)
  )
    throw new Error(`no RFC 5424: priority ${priority}, time ${timestamp}`);
  const elements = [...data.matchAll(/\[([^\s=\]"]+)((?: [^\s=\]"]+="(?:[^"\\\]]|\\.)*")*)\]/gu)].map(
    ([, id = '', parameters = '']) => [
      id,
      Object.fromEntries(
        [...parameters.matchAll(/ ([^\s=\]"]+)="((?:[^"\\\]]|\\.)*)"/gu)].map(([, name = '', value = '']) => [
          name,
          value.replace(/\\(["\\\]])/g, '$1'),
        ]),
      ),
    ],
  );
  return {
    facility: Number(priority) >> 3,
    severity: Number(priority) & 7,
    timestamp,
    host,
    application,
    process,
    messageId,
    data: Object.fromEntries(elements) as SyslogMessage['data'],
    text: head[8] ?? '',
  };
};

export interface SyslogServer extends AsyncDisposable {
  readonly port: number;
  readonly messages: readonly SyslogMessage[];
  readonly troubles: Readonly<Record<string, () => Promise<void> | void>>;
  heal(): Promise<void>;
}

const readCounted = (buffer: Buffer, take: (text: string) => void): Buffer => {
  let rest = buffer;
  for (;;) {
    const count = /^([1-9]\d{0,9}) /.exec(rest.subarray(0, 12).toString('latin1'));
    const begin = count?.[0].length ?? 0;
    if (count === null || rest.length < begin + Number(count[1])) return rest;
    take(rest.subarray(begin, begin + Number(count[1])).toString('utf8'));
    rest = rest.subarray(begin + Number(count[1]));
  }
};

export const startSyslogServer = async (tls?: {
  readonly key: string;
  readonly cert: string;
}): Promise<SyslogServer> => {
  const messages: SyslogMessage[] = [];
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  let mood: 'well' | 'cuts' | 'closes' = 'well';
  let port = 0;
  const serve = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (mood === 'closes') socket.destroy();
    let waiting: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      if (mood === 'cuts') {
        socket.destroy();
        return;
      }
      waiting = readCounted(Buffer.concat([waiting, chunk]), (text) => messages.push(parseSyslog(text)));
    });
  };
  const listen = async (): Promise<void> => {
    server = tls === undefined ? createTcp(serve) : createTls({ ...tls }, serve);
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  };
  const hangUp = (): void => sockets.forEach((socket) => socket.destroy());
  const stop = async (): Promise<void> => {
    const stopped = server;
    server = undefined;
    hangUp();
    await new Promise<void>((resolve) => (stopped === undefined ? resolve() : stopped.close(() => resolve())));
  };
  await listen();
  return {
    port,
    messages,
    troubles: {
      'is down': stop,
      'cuts the connection once something comes': () => {
        mood = 'cuts';
      },
      'closes at once': () => {
        mood = 'closes';
        hangUp();
      },
    },
    async heal() {
      mood = 'well';
      if (server === undefined) await listen();
    },
    [Symbol.asyncDispose]: stop,
  };
};

export const startDatagramServer = async () => {
  const messages: SyslogMessage[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (message) => messages.push(parseSyslog(message.toString('utf8'))));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    port: socket.address().port,
    messages,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  };
};
