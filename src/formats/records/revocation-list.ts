/** DER bytes → a list of revoked certificates (RFC 5280, 5). Its entries are looked through, never kept. */
import { isSameBytes } from '../../core/bytes.ts';
import {
  contextTag,
  contextValueTag,
  derBoolean,
  derCount,
  derInteger,
  DerReader,
  derTag,
  derTime,
  invalidDer,
  openDer,
  parseSigned,
} from './der.ts';
import { distributionPointUris, generalNameUris, parseExtensions } from './x509-certificate.ts';

export interface RevocationEntry {
  readonly revokedAt: Date;
  /** RFC 5280, 5.3.1. 6: on hold, 8: taken off the list. */
  readonly reason?: number;
  readonly invalidSince?: Date;
}

/** Which certificates the list speaks of (RFC 5280, 5.2.5). */
export interface RevocationScope {
  readonly addresses?: readonly string[];
  readonly onlyUsers: boolean;
  readonly onlyAuthorities: boolean;
  /** Of some reasons only, of attribute certificates, or of other authorities. */
  readonly partial: boolean;
}

export interface RevocationList {
  readonly signed: Uint8Array;
  readonly signatureAlgorithm: Uint8Array;
  readonly signature: Uint8Array;
  readonly issuer: Uint8Array;
  readonly thisUpdate: Date;
  readonly nextUpdate?: Date;
  readonly number?: bigint;
  /** For a delta: the number of the list that it completes. */
  readonly deltaOf?: bigint;
  readonly scope?: RevocationScope;
  /** Where a delta lies. */
  readonly freshest: readonly string[];
  /** Critical extensions that are not understood. */
  readonly unknownCritical: readonly string[];
  /** The last entry with this serial number, which in a list is the only one. Reads each entry. @throws {Fault} malformed, limit */
  find(serial: Uint8Array): RevocationEntry | undefined;
}

const numberOid = '2.5.29.20';
const deltaOid = '2.5.29.27';
const scopeOid = '2.5.29.28';
const freshestOid = '2.5.29.46';
const understood = new Set([numberOid, deltaOid, scopeOid, freshestOid, '2.5.29.35']);

const parseScope = (value: Uint8Array, where: string): RevocationScope => {
  const reader = openDer(value, where);
  const point = reader.optional(contextTag(0));
  const full = point === undefined ? undefined : new DerReader(point.content, where).optional(contextTag(0));
  const flags = new Map<number, boolean>();
  let reasons = false;
  while (!reader.done) {
    const field = reader.next();
    if (field.tag === contextValueTag(3)) reasons = true;
    else flags.set(field.tag & 0x1f, derBoolean(field, where));
  }
  return {
    ...(full === undefined ? {} : { addresses: generalNameUris(full.content, where) }),
    onlyUsers: flags.get(1) === true,
    onlyAuthorities: flags.get(2) === true,
    partial: reasons || flags.get(4) === true || flags.get(5) === true || (point !== undefined && full === undefined),
  };
};

const parseEntry = (fields: DerReader, where: string): RevocationEntry => {
  const revokedAt = derTime(fields.next(), where);
  const list = fields.optional(derTag.sequence);
  fields.end();
  const extensions = parseExtensions(list?.whole, where);
  const reason = extensions.get('2.5.29.21');
  const invalid = extensions.get('2.5.29.24');
  for (const [oid, { critical }] of extensions)
    // RFC 5280, 5.3: a list with an entry like that must not be used.
    if (critical && oid !== '2.5.29.21' && oid !== '2.5.29.24')
      throw invalidDer(`an entry with the critical extension ${oid}, which is not understood`, where);
  return {
    revokedAt,
    ...(reason === undefined
      ? {}
      : { reason: derCount(new DerReader(reason.value, where).next(derTag.enumerated), where) }),
    ...(invalid === undefined ? {} : { invalidSince: derTime(new DerReader(invalid.value, where).next(), where) }),
  };
};

const find = (entries: Uint8Array, serial: Uint8Array, where: string): RevocationEntry | undefined => {
  const reader = new DerReader(entries, where);
  let found: RevocationEntry | undefined;
  while (!reader.done) {
    const fields = reader.enter();
    if (isSameBytes(fields.next(derTag.integer).content, serial)) found = parseEntry(fields, where);
  }
  return found;
};

/** @throws {Fault} malformed `DER_INVALID` */
export const parseRevocationList = (der: Uint8Array, where: string): RevocationList => {
  const { body, signatureAlgorithm, signature } = parseSigned(der, where);

  const fields = new DerReader(body.content, where);
  fields.optional(derTag.integer);
  if (!isSameBytes(fields.next(derTag.sequence).whole, signatureAlgorithm))
    throw invalidDer('it names two signature algorithms', where);
  const issuer = fields.next(derTag.sequence).whole;
  const thisUpdate = derTime(fields.next(), where);
  const next = fields.optional(derTag.utcTime) ?? fields.optional(derTag.generalizedTime);
  const entries = fields.optional(derTag.sequence)?.content ?? new Uint8Array(0);
  const list = fields.optional(contextTag(0));
  fields.end();
  const extensions = parseExtensions(list?.content, where);
  const integer = (oid: string): bigint | undefined => {
    const extension = extensions.get(oid);
    return extension === undefined
      ? undefined
      : derInteger(new DerReader(extension.value, where).next(derTag.integer), where);
  };
  const number = integer(numberOid);
  const deltaOf = integer(deltaOid);
  const scope = extensions.get(scopeOid);
  const freshest = extensions.get(freshestOid);
  return {
    signed: body.whole,
    signatureAlgorithm,
    signature,
    issuer,
    thisUpdate,
    ...(next === undefined ? {} : { nextUpdate: derTime(next, where) }),
    ...(number === undefined ? {} : { number }),
    ...(deltaOf === undefined ? {} : { deltaOf }),
    ...(scope === undefined ? {} : { scope: parseScope(scope.value, where) }),
    freshest: freshest === undefined ? [] : distributionPointUris(freshest.value, where),
    unknownCritical: [...extensions].flatMap(([oid, { critical }]) => (critical && !understood.has(oid) ? [oid] : [])),
    find: (serial) => find(entries, serial, where),
  };
};
