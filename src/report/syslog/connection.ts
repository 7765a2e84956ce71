/** A way to a log server: UDP (RFC 5426), TCP with octet counting (RFC 6587, 3.4.1) or TLS (RFC 5425). */
import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { Context } from '../../core/context.ts';
import { isFault, unavailable } from '../../core/fault.ts';
import { addressBook } from '../../io/address-book.ts';
import { readSecureContext } from '../../io/certificates.ts';
import { hostNameOf } from '../../io/host-pattern.ts';
import { addressRefusal, isLoopbackHost } from '../../io/host-policy.ts';

export const transports = ['tls', 'tcp', 'udp'] as const;
export type Transport = (typeof transports)[number];

export interface SyslogTarget {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
}

/** One attempt: connected, or not. */
export interface SyslogConnection {
  /** @throws what the socket throws */
  write(messages: readonly Uint8Array[], signal: AbortSignal): Promise<void>;
  readonly isOpen: boolean;
  close(): void;
}

/**
 * No log server confirms anything: one that went away while we wrote shows within this time, and the batch is sent again. In several
 * pieces, so that a moment in which this process stood still does not count: between two of them the socket is heard.
 */
const settlePieces = 10;
const settlePieceMs = 10;

const settle = async (isOpen: () => boolean): Promise<void> => {
  for (let piece = 0; piece < settlePieces && isOpen(); piece += 1) await sleep(settlePieceMs);
};

const toFault = (target: SyslogTarget, thrown: unknown): unknown => {
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (isFault(thrown) || code === undefined) return thrown;
  const where = `${target.host}:${target.port}`;
  return unavailable(
    'SINK_UNREACHABLE',
    `the log server ${where} cannot be written to: ${code} ${message}`,
    where,
    thrown,
  );
};

const addressOf = async (target: SyslogTarget, context: Context, signal: AbortSignal): Promise<string> => {
  const { network } = context;
  const host = isIP(target.host) === 6 ? `[${target.host}]` : target.host;
  const url = new URL(`https://${host}:${target.port}`);
  const name = hostNameOf(url);
  if (network.offline && !isLoopbackHost(name))
    throw unavailable('NETWORK_OFFLINE', `${url.host} is not contacted while --offline is set`, url.host);
  const addresses = await addressBook().addressesOf(name, signal);
  const refusal = addressRefusal(url, addresses, 'direct', undefined, network);
  if (refusal !== undefined)
    throw unavailable('ADDRESS_REFUSED', `${url.host} is not connected to: ${refusal}`, url.host);
  return addresses[0] ?? name;
};

const openSocket = async (
  target: SyslogTarget,
  address: string,
  context: Context,
  signal: AbortSignal,
): Promise<Socket> => {
  const { host, port, transport } = target;
  const opened = Promise.withResolvers<void>();
  const socket =
    transport === 'tcp'
      ? connectTcp({ host: address, port })
      : connectTls({
          host: address,
          port,
          // The certificate is for the name that a person wrote, whatever address it led to.
          ...(isIP(host) === 0 ? { servername: host } : {}),
          secureContext: await readSecureContext(
            new URL(`https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`),
            context,
          ),
        });
  const stop = (): void => {
    socket.destroy();
    opened.reject(signal.reason);
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  socket.once(transport === 'tcp' ? 'connect' : 'secureConnect', () => opened.resolve());
  socket.once('error', opened.reject);
  socket.once('close', () => opened.reject(unavailable('SINK_UNREACHABLE', `${host}:${port} closed the connection`)));
  try {
    await opened.promise;
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  // What a log server says is not listened to; it would otherwise fill our memory.
  socket.resume();
  socket.setKeepAlive(true, 30_000);
  return socket;
};

const overStream = (socket: Socket, target: SyslogTarget): SyslogConnection => {
  let failure: unknown;
  let open = true;
  const lost = Promise.withResolvers<void>();
  const end = (thrown?: unknown): void => {
    open = false;
    failure ??= thrown;
    lost.resolve();
  };
  socket.on('error', end);
  socket.on('end', () => end());
  socket.on('close', () => end());
  const gone = (): unknown =>
    failure ?? unavailable('SINK_UNREACHABLE', `${target.host}:${target.port} closed the connection`);
  return {
    get isOpen() {
      return open;
    },
    async write(messages, signal) {
      const framed = messages.flatMap((message) => [Buffer.from(`${message.length} `, 'latin1'), message]);
      const written = Promise.withResolvers<void>();
      const stop = (): void => written.reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      try {
        socket.write(Buffer.concat(framed), (thrown) => (thrown ? written.reject(thrown) : written.resolve()));
        await Promise.race([written.promise, lost.promise]);
        await Promise.race([settle(() => open), lost.promise]);
      } finally {
        signal.removeEventListener('abort', stop);
      }
      if (!open) throw gone();
    },
    close: () => {
      socket.end();
      setTimeout(() => socket.destroy(), 1000).unref();
    },
  };
};

const openDatagrams = async (target: SyslogTarget, address: string): Promise<SyslogConnection> => {
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  let open = true;
  const ready = Promise.withResolvers<void>();
  socket.on('error', (thrown) => {
    open = false;
    ready.reject(thrown);
  });
  socket.connect(target.port, address, () => ready.resolve());
  await ready.promise;
  return {
    get isOpen() {
      return open;
    },
    async write(messages) {
      for (const message of messages) {
        const sent = Promise.withResolvers<void>();
        socket.send(message, (thrown) => (thrown ? sent.reject(thrown) : sent.resolve()));
        await sent.promise;
      }
    },
    close: () => socket.close(),
  };
};

/** @throws {Fault} unavailable `SINK_UNREACHABLE`, `NETWORK_OFFLINE`, `ADDRESS_REFUSED`, `REGISTRY_UNREACHABLE`; misuse `CERTIFICATE_UNREADABLE` */
export const openSyslogConnection = async (
  target: SyslogTarget,
  context: Context,
  signal: AbortSignal,
): Promise<SyslogConnection> => {
  try {
    const address = await addressOf(target, context, signal);
    if (target.transport === 'udp') return await openDatagrams(target, address);
    return overStream(await openSocket(target, address, context, signal), target);
  } catch (thrown) {
    throw toFault(target, thrown);
  }
};

/** @throws {Fault} unavailable `SINK_UNREACHABLE` */
export const writeMessages = async (
  connection: SyslogConnection,
  target: SyslogTarget,
  messages: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> => {
  try {
    await connection.write(messages, signal);
  } catch (thrown) {
    throw toFault(target, thrown);
  }
};
