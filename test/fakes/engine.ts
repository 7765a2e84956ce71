/**
 * A fake container engine on a TLS port of this machine: the three requests that are made of one (an image by name and by id, its
 * content by id) for one image. It records who asked. For tests only.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Digest } from '../../src/core/digest.ts';

export interface FakeEngineOptions {
  readonly name: string;
  readonly id: Digest;
  /** What `docker save` gives. */
  readonly archive: Uint8Array;
  readonly tls: { readonly key: string; readonly cert: string };
  /** Clients must show a certificate of this authority, as `dockerd --tlsverify` asks. */
  readonly clientAuthority?: string;
}

export interface FakeEngine extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `PATH by SERIAL` of the client's certificate, or `by nobody`. */
  asked(): readonly string[];
}

/** Listens on a free port. Dispose of it. */
export const startFakeEngine = async (options: FakeEngineOptions): Promise<FakeEngine> => {
  const { name, id, archive, tls, clientAuthority } = options;
  const asked: string[] = [];
  const mutual = clientAuthority === undefined ? {} : { ca: clientAuthority, requestCert: true };
  const server = createServer({ ...tls, ...mutual }, (request, response) => {
    const path = request.url ?? '';
    const { serialNumber = 'nobody' } = (request.socket as TLSSocket).getPeerCertificate() as { serialNumber?: string };
    asked.push(`${path} by ${serialNumber}`);
    if (path === `/images/${name}/json` || path === `/images/${id}/json`)
      response.end(JSON.stringify({ Id: id, Size: archive.length }));
    else if (path === `/images/${id}/get`) response.end(archive);
    else response.writeHead(404).end('{"message":"no such image"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
