/**
 * A feed's signed statement → what it says, once an Ed25519 signature by the pinned key covers it. The statement is an in-toto style
 * DSSE envelope (github.com/secure-systems-lab/dsse, v1): the signature covers the type and the exact bytes of the payload. Pure.
 */
import { createPublicKey, hash, verify, type KeyObject } from 'node:crypto';
import { extname } from 'node:path';
import { z } from 'zod';
import { malformed, misuse, overLimit, unavailable } from '../core/fault.ts';
import { dsseSignedBytes } from '../formats/records/dsse.ts';
import { parseStrictJson } from '../formats/strict-json.ts';
import { feedExtensions, packageExtensions, ruleExtensions } from '../audit/rule-engine/rule-files.ts';

export const feedPayloadType = 'application/vnd.tidewaiter.feed.v1+json';

export const envelopeBytes = 2 ** 20;
const mostFiles = 1000;
const fileBytes = 256 * 2 ** 20;
const allBytes = 2 ** 30;
/** Clocks differ; a day is more than they do. */
const clockMs = 86_400_000;

const envelopeSchema = z.object({
  payloadType: z.literal(feedPayloadType),
  payload: z.string(),
  signatures: z
    .array(z.object({ sig: z.string() }))
    .min(1)
    .max(20),
});

const readable: readonly string[] = [...ruleExtensions, ...feedExtensions, ...packageExtensions];

/** What is written below a folder of ours, and asked below the feed's own address: no step leads out of either. */
const isFeedPath = (path: string): boolean =>
  path.length <= 200 &&
  path.split('/').length <= 5 &&
  path.split('/').every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part)) &&
  readable.includes(extname(path).toLowerCase());

const time = z.iso.datetime().transform((text) => Date.parse(text));

const statementSchema = z.strictObject({
  name: z.string(),
  version: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  created: time,
  expires: time,
  files: z
    .array(
      z.strictObject({
        path: z.string().refine(isFeedPath, 'no plain path of a rule file, a feed of hashes or records of packages'),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        size: z.number().int().min(0),
      }),
    )
    .min(1),
});

export interface FeedStatement {
  readonly name: string;
  /** Only ever grows. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly expires: number;
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly size: number }[];
  /** Of the signed bytes. */
  readonly digest: string;
}

/** What of a feed was accepted last. */
export interface AcceptedFeed {
  readonly key: string;
  readonly version: number;
  readonly digest: string;
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const rawKeyBytes = 32;
/** RFC 8410: SubjectPublicKeyInfo of an Ed25519 key, but for the key itself. */
const keyPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Base64 of the 32 bytes of the key. @throws {Fault} misuse `SETTING_INVALID` */
export const parseFeedKey = (text: string, feed: string): KeyObject => {
  const raw = base64.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (raw.length !== rawKeyBytes)
    throw misuse('SETTING_INVALID', `feeds: the key of ${feed} is not an Ed25519 public key (32 bytes in base64)`);
  return createPublicKey({ key: Buffer.concat([keyPrefix, raw]), format: 'der', type: 'spki' });
};

const refuse = (feed: string, error: z.ZodError): never => {
  const [issue] = error.issues;
  throw malformed('FEED_INVALID', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`, feed);
};

/**
 * Nothing of the payload is read before a signature covers it.
 * @throws {Fault} malformed `FEED_INVALID`, `FEED_AMBIGUOUS`, `FEED_SIGNATURE_INVALID`; limit `FEED_TOO_LARGE`
 */
export const readFeedStatement = (bytes: Uint8Array, key: KeyObject, feed: string): FeedStatement => {
  const json = { where: feed, subject: 'FEED', maximumBytes: envelopeBytes };
  const envelope = envelopeSchema.safeParse(parseStrictJson(bytes, json));
  if (!envelope.success) return refuse(feed, envelope.error);
  const { payload, signatures } = envelope.data;
  if (!base64.test(payload) || !signatures.every(({ sig }) => base64.test(sig)))
    throw malformed('FEED_INVALID', 'payload and signatures must be plain base64', feed);
  const statement = Buffer.from(payload, 'base64');
  const covered = dsseSignedBytes({ payloadType: feedPayloadType, payload: statement });
  if (!signatures.some(({ sig }) => verify(null, covered, key, Buffer.from(sig, 'base64'))))
    throw malformed('FEED_SIGNATURE_INVALID', 'no signature by the key that is pinned in the configuration', feed);
  const read = statementSchema.safeParse(parseStrictJson(statement, json));
  if (!read.success) return refuse(feed, read.error);
  const { files } = read.data;
  // Names that differ in case only are one file on some disks.
  if (new Set(files.map(({ path }) => path.toLowerCase())).size !== files.length)
    throw malformed('FEED_INVALID', 'two files have one path', feed);
  if (
    files.length > mostFiles ||
    files.some(({ size }) => size > fileBytes) ||
    files.reduce((sum, { size }) => sum + size, 0) > allBytes
  )
    throw overLimit(
      'FEED_TOO_LARGE',
      `more than ${mostFiles} files, ${fileBytes} bytes in one or ${allBytes} in all`,
      feed,
    );
  return { ...read.data, digest: hash('sha256', statement) };
};

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

/**
 * A good signature is not enough: who stands between may show another feed of the same key, an old statement, or never a new one.
 * @throws {Fault} malformed `FEED_INVALID`; unavailable `FEED_EXPIRED`, `FEED_ROLLED_BACK`
 */
export const checkFeedStatement = (
  statement: FeedStatement,
  name: string,
  last: AcceptedFeed | undefined,
  now: Date,
): void => {
  const { version, created, expires, digest } = statement;
  if (statement.name !== name)
    throw malformed('FEED_INVALID', `it is the feed "${statement.name.slice(0, 80)}", not "${name}"`, name);
  if (created >= expires || created > now.getTime() + clockMs)
    throw malformed(
      'FEED_INVALID',
      `it says that it was made on ${day(created)} and holds until ${day(expires)}`,
      name,
    );
  if (expires <= now.getTime())
    throw unavailable('FEED_EXPIRED', `what the feed signed held until ${day(expires)}`, name);
  if (last === undefined) return;
  if (version < last.version)
    throw unavailable('FEED_ROLLED_BACK', `version ${version} comes after version ${last.version} was accepted`, name);
  if (version === last.version && digest !== last.digest)
    throw unavailable('FEED_ROLLED_BACK', `version ${version} was accepted before with another content`, name);
};
