/** A repository of The Update Framework on this machine with one target, signed by a key of its own, that can be rolled back and altered. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { canonicalize } from '@tufjs/canonical-json';

export interface FakeTuf extends AsyncDisposable {
  readonly url: string;
  /** The root.json from which trust begins. */
  readonly root: string;
  /** Paths that were asked for. */
  readonly requests: string[];
  /** Publishes the target in new metadata. */
  publish(text: string): void;
  /** Sends every question on to another host; undefined: answers itself. */
  redirectTo(origin: string | undefined): void;
  /** What is served from here on, by path; to be put back later or altered. */
  readonly files: Map<string, string>;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Serves the target `trusted_root.json`. Dispose of it. */
export const startFakeTuf = async (text: string): Promise<FakeTuf> => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } };
  const keyid = sha256(canonicalize(key));
  const files = new Map<string, string>();
  const requests: string[] = [];
  let version = 0;

  const signed = (type: string, body: object): string => {
    const content = { _type: type, spec_version: '1.0.31', version, expires: '2100-01-01T00:00:00Z', ...body };
    const sig = sign(null, Buffer.from(canonicalize(content)), privateKey).toString('hex');
    return JSON.stringify({ signed: content, signatures: [{ keyid, sig }] });
  };
  const meta = (name: string) => ({ [name]: { version } });
  const publish = (target: string): void => {
    version += 1;
    files.set('/targets/trusted_root.json', target);
    const targets = { 'trusted_root.json': { length: Buffer.byteLength(target), hashes: { sha256: sha256(target) } } };
    files.set('/targets.json', signed('targets', { targets }));
    files.set('/snapshot.json', signed('snapshot', { meta: meta('targets.json') }));
    files.set('/timestamp.json', signed('timestamp', { meta: meta('snapshot.json') }));
  };
  publish(text);
  const role = { keyids: [keyid], threshold: 1 };
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const root = signed('root', { keys: { [keyid]: key }, roles, consistent_snapshot: false });

  let elsewhere: string | undefined;
  const server = createServer(({ url = '' }, response) => {
    requests.push(url);
    if (elsewhere !== undefined) {
      response.writeHead(302, { location: `${elsewhere}${url}` }).end();
      return;
    }
    const file = files.get(url);
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    root,
    requests,
    publish,
    redirectTo: (origin) => {
      elsewhere = origin;
    },
    files,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
