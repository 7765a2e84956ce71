/** `snapshot.json` and `timestamp.json` of Notary v1 → which files belong together. The Update Framework specification 1.0, sections 4.4 and 4.6. */
import { overLimit } from '../../core/fault.ts';
import {
  notaryInvalid,
  objectIn,
  parseNotaryCommon,
  parseNotaryFile,
  type NotaryCommon,
  type NotaryEnvelope,
  type NotaryFile,
} from './notary-envelope.ts';

export interface NotaryListing extends NotaryCommon {
  /** Role → its file. */
  readonly files: ReadonlyMap<string, NotaryFile>;
}

const mostFiles = 4096;

/** The roles of `required` must be there with a sha256 digest, as Notary asks. */
const parseListing = (
  { signed }: NotaryEnvelope,
  type: string,
  required: readonly string[],
  where: string,
): NotaryListing => {
  const common = parseNotaryCommon(signed, type, where);
  const entries = Object.entries(objectIn(signed, 'meta', where));
  if (entries.length > mostFiles)
    throw overLimit('NOTARY_METADATA_TOO_LARGE', `it lists more than ${mostFiles} files`, where);
  const files = new Map(entries.map(([role, file]) => [role, parseNotaryFile(file, where)] as const));
  for (const role of required)
    if (files.get(role)?.sha256 === undefined) throw notaryInvalid(`it names no sha256 digest of ${role}`, where);
  return { ...common, files };
};

/** @throws {Fault} malformed `NOTARY_METADATA_INVALID`; limit `NOTARY_METADATA_TOO_LARGE` */
export const parseNotarySnapshot = (envelope: NotaryEnvelope, where: string): NotaryListing =>
  parseListing(envelope, 'Snapshot', ['root', 'targets'], where);

/** @throws {Fault} malformed `NOTARY_METADATA_INVALID`; limit `NOTARY_METADATA_TOO_LARGE` */
export const parseNotaryTimestamp = (envelope: NotaryEnvelope, where: string): NotaryListing =>
  parseListing(envelope, 'Timestamp', ['snapshot'], where);
