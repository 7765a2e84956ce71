/** A publisher of Docker Content Trust with real keys: what the Notary client would write for one repository, and what it never would. */
import 'reflect-metadata';
import { createHash, generateKeyPairSync, sign, webcrypto, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import * as x509 from '@peculiar/x509';
import type { Digest } from '../../src/core/digest.ts';
import { notaryKeyId } from '../../src/trust/notary/key.ts';

export interface NotarySigner {
  readonly id: string;
  readonly canonicalId: string;
  readonly written: { readonly keytype: string; readonly keyval: { readonly private: null; readonly public: string } };
  /** PEM, of a key that comes as a certificate. */
  readonly certificate?: string;
  /** PEM. */
  readonly publicKey: string;
  readonly method: string;
  sign(message: Uint8Array): Buffer;
}

type Algorithm = 'ecdsa' | 'rsa' | 'ed25519';

export interface CertificateOptions {
  readonly from?: Date;
  readonly to?: Date;
  readonly isAuthority?: boolean;
  readonly issuer?: NotaryAuthority;
  /** `SHA-1` is what nobody may believe any more. */
  readonly hash?: 'SHA-1' | 'SHA-256';
}

export interface NotaryAuthority {
  readonly certificate: string;
  readonly name: string;
  readonly key: webcrypto.CryptoKey;
}

const day = 86_400_000;
const later = (days: number): Date => new Date(Date.now() + days * day);
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

const subtleKey = (key: KeyObject, usage: 'sign' | 'verify', hash: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    usage === 'sign' ? 'pkcs8' : 'spki',
    key.export({ type: usage === 'sign' ? 'pkcs8' : 'spki', format: 'der' } as never) as unknown as Buffer,
    key.asymmetricKeyType === 'rsa' ? { name: 'RSASSA-PKCS1-v1_5', hash } : ecdsa,
    true,
    [usage],
  );

export interface AuthorityOptions {
  /** False: it only behaves as one. */
  readonly isAuthority?: boolean;
  readonly pathLength?: number;
  readonly issuer?: NotaryAuthority;
  readonly hash?: 'SHA-1' | 'SHA-256';
}

/** An authority above root certificates. */
export const notaryAuthority = async (name: string, options: AuthorityOptions = {}): Promise<NotaryAuthority> => {
  const { isAuthority = true, pathLength, issuer, hash = 'SHA-256' } = options;
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
  const shared = {
    notBefore: later(-1),
    notAfter: later(30),
    signingAlgorithm: { ...ecdsa, hash },
    extensions: [new x509.BasicConstraintsExtension(isAuthority, pathLength, true)],
  };
  const certificate =
    issuer === undefined
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...shared, name: `CN=${name}`, keys })
      : await x509.X509CertificateGenerator.create({
          ...shared,
          subject: `CN=${name}`,
          issuer: `CN=${issuer.name}`,
          publicKey: keys.publicKey,
          signingKey: issuer.key,
        });
  return { certificate: certificate.toString('pem'), name, key: keys.privateKey };
};

const makeKeys = (algorithm: Algorithm, curve: string) => {
  if (algorithm === 'rsa') return generateKeyPairSync('rsa', { modulusLength: 2048 });
  return algorithm === 'ecdsa' ? generateKeyPairSync('ec', { namedCurve: curve }) : generateKeyPairSync('ed25519');
};

const spki = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

const written = (keytype: string, publicBytes: Uint8Array): NotarySigner['written'] => ({
  keytype,
  keyval: { private: null, public: Buffer.from(publicBytes).toString('base64') },
});

const signWith = (algorithm: Algorithm, key: KeyObject, message: Uint8Array): Buffer => {
  if (algorithm === 'ecdsa') return sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  return algorithm === 'rsa' ? sign('sha256', message, { key, padding: 6, saltLength: 32 }) : sign(null, message, key);
};

const methods = { ecdsa: 'ecdsa', rsa: 'rsapss', ed25519: 'eddsa' } as const;

/** A bare key, as Notary makes them for every role but root. */
export const notarySigner = (algorithm: Algorithm = 'ecdsa', curve = 'P-256'): NotarySigner => {
  const { publicKey, privateKey } = makeKeys(algorithm, curve);
  const bytes = algorithm === 'ed25519' ? spki(publicKey).subarray(-32) : spki(publicKey);
  const id = notaryKeyId(algorithm, bytes);
  return {
    id,
    canonicalId: id,
    written: written(algorithm, bytes),
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
    method: methods[algorithm],
    sign: (message) => signWith(algorithm, privateKey, message),
  };
};

/** A key in a certificate, as of the root role and of delegations. */
export const notaryCertified = async (
  name: string,
  options: CertificateOptions = {},
  algorithm: 'ecdsa' | 'rsa' = 'ecdsa',
): Promise<NotarySigner> => {
  const { publicKey, privateKey } = makeKeys(algorithm, 'P-256');
  const { from = later(-1), to = later(3650), isAuthority = false, issuer, hash = 'SHA-256' } = options;
  const own = {
    publicKey: await subtleKey(publicKey, 'verify', hash),
    privateKey: await subtleKey(privateKey, 'sign', hash),
  };
  const shared = {
    notBefore: from,
    notAfter: to,
    signingAlgorithm: {
      ...(issuer === undefined && algorithm === 'rsa' ? { name: 'RSASSA-PKCS1-v1_5' } : ecdsa),
      hash,
    },
    extensions: [new x509.BasicConstraintsExtension(isAuthority, undefined, true)],
  };
  const certificate =
    issuer === undefined
      ? await x509.X509CertificateGenerator.createSelfSigned({ ...shared, name: [{ CN: [name] }], keys: own })
      : await x509.X509CertificateGenerator.create({
          ...shared,
          subject: [{ CN: [name] }],
          issuer: `CN=${issuer.name}`,
          publicKey: own.publicKey,
          signingKey: issuer.key,
        });
  const pem = `${certificate.toString('pem')}\n`;
  return {
    id: notaryKeyId(`${algorithm}-x509`, Buffer.from(pem)),
    canonicalId: notaryKeyId(algorithm, spki(publicKey)),
    written: written(`${algorithm}-x509`, Buffer.from(pem)),
    certificate: pem,
    publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })),
    method: methods[algorithm],
    sign: (message) => signWith(algorithm, privateKey, message),
  };
};

interface Delegated {
  readonly signers: readonly NotarySigner[];
  readonly threshold: number;
  readonly paths: readonly string[];
}

interface Content {
  version: number;
  readonly targets: Map<string, Digest>;
  readonly delegations: Map<string, Delegated>;
  dirty: boolean;
}

type BaseRole = 'root' | 'targets' | 'snapshot' | 'timestamp';

export interface PublishOptions {
  /** By role; of delegations too. */
  readonly expires?: Readonly<Record<string, Date>>;
  /** Who signs a role instead of those who should. */
  readonly signedBy?: Readonly<Record<string, readonly NotarySigner[]>>;
}

export interface NotaryPublisher {
  readonly gun: string;
  readonly rootSigner: NotarySigner;
  /** Below `_trust/tuf/`, as a server has them: `root.json`, `1.root.json`, `targets.<sha256>.json`. Grows with every `publish`. */
  readonly files: Map<string, Buffer>;
  sign(tag: string, digest: Digest, role?: string): void;
  unsign(tag: string, role?: string): void;
  delegate(role: string, signers: readonly NotarySigner[], options?: Partial<Delegated>): void;
  /** New keys of a role, signed into a new root; with `root` the old root keys vouch for it. */
  rotate(role: BaseRole, signers: readonly NotarySigner[], threshold?: number): void;
  signersOf(role: string): readonly NotarySigner[];
  publish(options?: PublishOptions): void;
}

const listed = (bytes: Buffer) => ({
  length: bytes.length,
  hashes: Object.fromEntries(
    ['sha256', 'sha512'].map((name) => [name, createHash(name).update(bytes).digest('base64')]),
  ),
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export interface PublisherOptions {
  /** Name in the root's certificate, where it is another than the GUN. */
  readonly name?: string;
  readonly root?: NotarySigner;
}

/** Nothing is published yet. */
export const notaryPublisher = async (gun: string, options: PublisherOptions = {}): Promise<NotaryPublisher> => {
  const rootSigner = options.root ?? (await notaryCertified(options.name ?? gun));
  const base = new Map<BaseRole, { signers: readonly NotarySigner[]; threshold: number }>([
    ['root', { signers: [rootSigner], threshold: 1 }],
    ['targets', { signers: [notarySigner()], threshold: 1 }],
    ['snapshot', { signers: [notarySigner()], threshold: 1 }],
    ['timestamp', { signers: [notarySigner()], threshold: 1 }],
  ]);
  const newContent = (): Content => ({ version: 0, targets: new Map(), delegations: new Map(), dirty: true });
  const contents = new Map<string, Content>([['targets', newContent()]]);
  const versions = { root: 0, snapshot: 0, timestamp: 0 };
  const files = new Map<string, Buffer>();
  let rootDirty = true;
  let oldRoot: readonly NotarySigner[] = [];

  const contentOf = (role: string): Content => {
    const known = contents.get(role) ?? newContent();
    contents.set(role, known);
    known.dirty = true;
    return known;
  };
  const parentOf = (role: string): string => role.slice(0, role.lastIndexOf('/'));
  const signersOf = (role: string): readonly NotarySigner[] =>
    base.get(role as BaseRole)?.signers ?? contents.get(parentOf(role))?.delegations.get(role)?.signers ?? [];

  const seal = (
    role: string,
    body: object,
    { expires, signedBy }: PublishOptions,
    extra: readonly NotarySigner[] = [],
  ) => {
    const days = role === 'timestamp' ? 14 : role === 'root' ? 3650 : 1095;
    const signed = { ...body, expires: (expires?.[role] ?? later(days)).toISOString() };
    const message = Buffer.from(canonicalize(signed));
    const signatures = [...(signedBy?.[role] ?? [...signersOf(role), ...extra])].map((signer) => ({
      keyid: signer.id,
      method: signer.method,
      sig: signer.sign(message).toString('base64'),
    }));
    return Buffer.from(JSON.stringify({ signed, signatures }));
  };
  const keysOf = (signers: readonly NotarySigner[]) => Object.fromEntries(signers.map((one) => [one.id, one.written]));
  const idsOf = (signers: readonly NotarySigner[]): readonly string[] => signers.map(({ id }) => id);

  const store = (role: string, bytes: Buffer): void => {
    files.set(`${role}.json`, bytes);
    files.set(`${role}.${sha256(bytes)}.json`, bytes);
  };

  const publishRoot = (how: PublishOptions): void => {
    versions.root += 1;
    const roles = Object.fromEntries(
      [...base].map(([role, { signers, threshold }]) => [role, { keyids: idsOf(signers), threshold }]),
    );
    const keys = keysOf([...base.values()].flatMap(({ signers }) => signers));
    const body = { _type: 'Root', version: versions.root, consistent_snapshot: false, keys, roles };
    const bytes = seal('root', body, how, oldRoot);
    store('root', bytes);
    files.set(`${versions.root}.root.json`, bytes);
    rootDirty = false;
    oldRoot = [];
  };

  const publishContent = (role: string, content: Content, how: PublishOptions): void => {
    content.version += 1;
    content.dirty = false;
    const targets = Object.fromEntries(
      [...content.targets].map(([tag, digest]) => [
        tag,
        { length: 528, hashes: { sha256: Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64') } },
      ]),
    );
    const delegations = [...content.delegations];
    const body = {
      _type: 'Targets',
      version: content.version,
      targets,
      delegations: {
        keys: keysOf(delegations.flatMap(([, { signers }]) => signers)),
        roles: delegations.map(([name, { signers, threshold, paths }]) => ({
          name,
          keyids: idsOf(signers),
          threshold,
          paths,
        })),
      },
    };
    store(role, seal(role, body, how));
  };

  return {
    gun,
    rootSigner,
    files,
    sign: (tag, digest, role = 'targets') => void contentOf(role).targets.set(tag, digest),
    unsign: (tag, role = 'targets') => void contentOf(role).targets.delete(tag),
    delegate: (role, signers, { threshold = 1, paths = [''] } = {}) =>
      void contentOf(parentOf(role)).delegations.set(role, { signers, threshold, paths }),
    rotate(role, signers, threshold = 1) {
      if (role === 'root') oldRoot = base.get('root')?.signers ?? [];
      base.set(role, { signers, threshold });
      rootDirty = true;
      if (role === 'targets') contentOf('targets');
    },
    signersOf,
    publish(how = {}) {
      if (rootDirty) publishRoot(how);
      for (const [role, content] of contents) if (content.dirty) publishContent(role, content, how);
      versions.snapshot += 1;
      const meta = Object.fromEntries(
        ['root', ...contents.keys()].map((role) => [role, listed(files.get(`${role}.json`) ?? Buffer.alloc(0))]),
      );
      store('snapshot', seal('snapshot', { _type: 'Snapshot', version: versions.snapshot, meta }, how));
      versions.timestamp += 1;
      const snapshot = listed(files.get('snapshot.json') ?? Buffer.alloc(0));
      const timestamp = { _type: 'Timestamp', version: versions.timestamp, meta: { snapshot } };
      store('timestamp', seal('timestamp', timestamp, how));
    },
  };
};
