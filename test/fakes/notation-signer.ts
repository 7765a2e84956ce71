/** Signs as notation does, with real keys, and as it never would; and lays the signature beside an image. */
import { constants, sign } from 'node:crypto';
import { encode, Tag } from 'cbor2';
import type { Descriptor } from '../../src/core/image.ts';
import type { Party } from './authority.ts';
import type { MemoryRepository } from './memory-repository.ts';

export type EnvelopeForm = 'jws' | 'cose';

export interface SigningOptions {
  readonly form: EnvelopeForm;
  readonly signer: Party;
  readonly target: Descriptor;
  readonly scheme?: string;
  readonly signedAt?: Date;
  readonly expiry?: Date;
  /** Instead of the signer's and its issuers'. */
  readonly chain?: readonly Uint8Array[];
  /** More protected headers; those named in `critical` are marked as such. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly critical?: readonly string[];
  readonly contentType?: string;
  /** Instead of what the key asks for: `PS256`, `ES256`. */
  readonly algorithm?: string;
  readonly payload?: unknown;
  /** Makes the token over the bare signature. */
  readonly stamp?: (signature: Uint8Array) => Uint8Array;
}

const coseAlgorithms: Readonly<Record<string, number>> = {
  PS256: -37,
  PS384: -38,
  PS512: -39,
  ES256: -7,
  ES384: -35,
  ES512: -36,
};

const algorithmOf = ({ publicKey }: Party): string => {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {};
  const sizes: Readonly<Record<string, string>> = {
    3072: 'PS384',
    4096: 'PS512',
    prime256v1: 'ES256',
    secp384r1: 'ES384',
    secp521r1: 'ES512',
  };
  return sizes[String(modulusLength ?? namedCurve)] ?? 'PS256';
};

const signBytes = (bytes: Uint8Array, { privateKey }: Party, algorithm: string): Uint8Array =>
  sign(
    `sha${algorithm.slice(2)}`,
    bytes,
    algorithm.startsWith('PS')
      ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { key: privateKey, dsaEncoding: 'ieee-p1363' },
  );

const attributesOf = (options: SigningOptions, time: (date: Date) => unknown) => {
  const { scheme = 'notary.x509', signedAt = new Date(Date.now() - 60_000), expiry } = options;
  const authority = scheme === 'notary.x509.signingAuthority';
  const timeName = authority ? 'io.cncf.notary.authenticSigningTime' : 'io.cncf.notary.signingTime';
  const critical = options.critical ?? [
    'io.cncf.notary.signingScheme',
    ...(authority ? [timeName] : []),
    ...(expiry === undefined ? [] : ['io.cncf.notary.expiry']),
  ];
  return {
    critical,
    headers: {
      'io.cncf.notary.signingScheme': scheme,
      [timeName]: time(signedAt),
      ...(expiry === undefined ? {} : { 'io.cncf.notary.expiry': time(expiry) }),
      ...options.attributes,
    },
  };
};

const payloadOf = ({ target, payload }: SigningOptions): Buffer =>
  Buffer.from(
    JSON.stringify(
      payload ?? { targetArtifact: { mediaType: target.mediaType, digest: target.digest, size: target.size } },
    ),
  );

const payloadType = 'application/vnd.cncf.notary.payload.v1+json';

const signJws = (options: SigningOptions): Uint8Array => {
  const { signer, chain = signer.chain, algorithm = algorithmOf(signer), contentType = payloadType, stamp } = options;
  const { critical, headers } = attributesOf(options, (date) => `${date.toISOString().slice(0, 19)}Z`);
  const head = Buffer.from(JSON.stringify({ alg: algorithm, crit: critical, cty: contentType, ...headers })).toString(
    'base64url',
  );
  const payload = payloadOf(options).toString('base64url');
  const signature = signBytes(Buffer.from(`${head}.${payload}`), signer, algorithm);
  return Buffer.from(
    JSON.stringify({
      payload,
      protected: head,
      header: {
        ...(stamp === undefined
          ? {}
          : { 'io.cncf.notary.timestampSignature': Buffer.from(stamp(signature)).toString('base64') }),
        x5c: chain.map((one) => Buffer.from(one).toString('base64')),
        'io.cncf.notary.signingAgent': 'test/1.0',
      },
      signature: Buffer.from(signature).toString('base64url'),
    }),
  );
};

const signCose = (options: SigningOptions): Uint8Array => {
  const { signer, chain = signer.chain, algorithm = algorithmOf(signer), contentType = payloadType, stamp } = options;
  const { critical, headers } = attributesOf(options, (date) => new Tag(1, Math.floor(date.getTime() / 1000)));
  const head = encode(
    new Map<unknown, unknown>([
      [1, coseAlgorithms[algorithm]],
      [2, critical],
      [3, contentType],
      ...Object.entries(headers),
    ]),
  );
  const payload = new Uint8Array(payloadOf(options));
  const signature = new Uint8Array(
    signBytes(encode(['Signature1', head, new Uint8Array(0), payload]), signer, algorithm),
  );
  const unprotected = new Map<unknown, unknown>([
    [33, chain.map((one) => new Uint8Array(one))],
    ['io.cncf.notary.signingAgent', 'test/1.0'],
    ...(stamp === undefined ? [] : [['io.cncf.notary.timestampSignature', new Uint8Array(stamp(signature))] as const]),
  ]);
  return encode(new Tag(18, [head, unprotected, payload, signature]));
};

export const signEnvelope = (options: SigningOptions): Uint8Array =>
  options.form === 'jws' ? signJws(options) : signCose(options);

export const envelopeTypes = { jws: 'application/jose+json', cose: 'application/cose' } as const;

/** As notation stores it: with `artifactType`, or in the old form with the config's type. */
export const attachEnvelope = (
  repository: MemoryRepository,
  envelope: Uint8Array,
  form: EnvelopeForm,
  subject: Descriptor,
  options: { readonly old?: boolean; readonly listedAs?: string } = {},
): Descriptor =>
  repository.putArtifact({
    ...(options.old === true
      ? { configType: 'application/vnd.cncf.notary.signature' }
      : { artifactType: 'application/vnd.cncf.notary.signature' }),
    ...(options.listedAs === undefined ? {} : { listedAs: options.listedAs }),
    layers: [repository.putBlob(envelope, envelopeTypes[form])],
    subject,
  });

/** A trust policy document with one statement. */
export const policyText = (statement: object = {}): string =>
  JSON.stringify({
    version: '1.0',
    trustPolicies: [
      {
        name: 'ours',
        registryScopes: ['registry.example/team/app'],
        signatureVerification: { level: 'strict' },
        trustStores: ['ca:company'],
        trustedIdentities: ['*'],
        ...statement,
      },
    ],
  });
