/**
 * Host names → addresses, asked for once and then kept: what the policy has judged is what is connected to.
 * Without this a server answers first with a public address and then, when the connection is made, with a private one.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { unavailable } from '../core/fault.ts';

export type Resolve = (host: string) => Promise<readonly string[]>;

const askSystem: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address);

const within = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

export interface AddressBook {
  /**
   * Never empty; an address stands for itself.
   * @throws {Fault} unavailable `REGISTRY_UNREACHABLE`
   */
  addressesOf(host: string, signal: AbortSignal): Promise<readonly string[]>;
  /** After a connection failed: the next question is asked anew, and its answer judged anew. */
  forget(host: string): void;
}

export const addressBook = (resolve: Resolve = askSystem): AddressBook => {
  const known = new Map<string, Promise<readonly string[]>>();
  const ask = async (host: string): Promise<readonly string[]> => {
    try {
      const addresses = await resolve(host);
      if (addresses.length > 0) return addresses;
    } catch (thrown) {
      known.delete(host);
      const { code } = thrown as NodeJS.ErrnoException;
      const reason = code === 'ENOTFOUND' ? 'no such name' : (code ?? 'no answer');
      throw unavailable('REGISTRY_UNREACHABLE', `the host name ${host} cannot be resolved: ${reason}`, host, thrown);
    }
    throw unavailable('REGISTRY_UNREACHABLE', `the host name ${host} has no address`, host);
  };
  return {
    async addressesOf(host, signal) {
      if (isIP(host) !== 0) return [host];
      let answer = known.get(host);
      if (answer === undefined) {
        answer = ask(host);
        known.set(host, answer);
      }
      return within(answer, signal);
    },
    forget: (host) => {
      known.delete(host);
    },
  };
};
