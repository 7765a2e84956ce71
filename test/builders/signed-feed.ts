/** A feed as its publisher makes it: files, and a statement signed with a key of its own. */
import { generateKeyPairSync, hash, sign } from 'node:crypto';
import { feedPayloadType } from '../../src/app/feed-bundle.ts';
import { dsseSignedBytes } from '../../src/formats/records/dsse.ts';

export interface FeedKey {
  /** As `tidewaiter.yaml` pins it. */
  readonly pinned: string;
  sign(bytes: Uint8Array): string;
}

export const makeFeedKey = (): FeedKey => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return {
    pinned: raw.toString('base64'),
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64'),
  };
};

export interface FeedSpec {
  readonly name?: string;
  readonly version?: number;
  readonly created?: string;
  readonly expires?: string;
  readonly files?: Readonly<Record<string, string>>;
  /** Stands in the statement besides, or instead. */
  readonly more?: object;
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

export const envelopeOf = (payload: Uint8Array, key: FeedKey, payloadType: string = feedPayloadType): Buffer =>
  Buffer.from(
    JSON.stringify({
      payloadType,
      payload: Buffer.from(payload).toString('base64'),
      signatures: [{ keyid: '', sig: key.sign(dsseSignedBytes({ payloadType, payload })) }],
    }),
  );

export const makeFeed = (
  key: FeedKey,
  { name = 'team', version = 1, created = inDays(-1), expires = inDays(30), files = {}, more = {} }: FeedSpec,
): Buffer => {
  const listed = Object.entries(files).map(([path, text]) => ({
    path,
    sha256: hash('sha256', text),
    size: Buffer.byteLength(text),
  }));
  const statement = { name, version, created, expires, files: listed, ...more };
  return envelopeOf(Buffer.from(JSON.stringify(statement)), key);
};
