/** A signed `Release` text → what it says of its age and of the indexes' digests. Debian's repository format. Pure. */
import { malformed, unavailable } from '../core/fault.ts';
import type { ArchiveSource } from './distribution.ts';

export interface IndexFile {
  readonly sha256: string;
  readonly size: number;
}

export interface Release {
  readonly suite: string;
  readonly codename: string;
  /** Milliseconds since 1970. */
  readonly date: number;
  readonly validUntil?: number;
  readonly byHash: boolean;
  /** By path below `dists/SUITE/`. */
  readonly indexes: ReadonlyMap<string, IndexFile>;
}

const mostIndexes = 100_000;
/** Clocks differ; a day is more than they do. */
const clockMs = 86_400_000;

/** @throws {Fault} malformed `ARCHIVE_RELEASE_INVALID` */
export const parseRelease = (text: string, where: string): Release => {
  const fields = new Map<string, string>();
  const indexes = new Map<string, IndexFile>();
  let field = '';
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^([A-Za-z0-9-]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) {
      field = name.toLowerCase();
      if (fields.has(field)) throw malformed('ARCHIVE_RELEASE_INVALID', `the field ${name} occurs twice`, where);
      fields.set(field, value);
      continue;
    }
    if (field !== 'sha256') continue;
    const [, sha256, size, path] = /^ +([0-9a-f]{64}) +(\d{1,12}) (\S+)\s*$/.exec(line) ?? [];
    if (sha256 === undefined || path === undefined) continue;
    if (indexes.size >= mostIndexes) throw malformed('ARCHIVE_RELEASE_INVALID', 'it names too many indexes', where);
    indexes.set(path, { sha256, size: Number(size) });
  }
  const date = Date.parse(fields.get('date') ?? '');
  const until = fields.get('valid-until');
  const validUntil = until === undefined ? undefined : Date.parse(until);
  if (Number.isNaN(date) || Number.isNaN(validUntil ?? 0) || indexes.size === 0)
    throw malformed('ARCHIVE_RELEASE_INVALID', 'it has no date, or names no index by SHA-256', where);
  return {
    suite: fields.get('suite') ?? '',
    codename: fields.get('codename') ?? '',
    date,
    ...(validUntil === undefined ? {} : { validUntil }),
    byHash: fields.get('acquire-by-hash') === 'yes',
    indexes,
  };
};

const day = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * Whoever stands between may show another suite's text, or an old one with holes that are known, both with good signatures.
 * `seen`: the date of the newest that was accepted before.
 * @throws {Fault} malformed `ARCHIVE_RELEASE_INVALID`; unavailable `ARCHIVE_NOT_FRESH`
 */
export const checkRelease = (release: Release, source: ArchiveSource, now: Date, seen: number, where: string): void => {
  const { suite, codename, date, validUntil } = release;
  if (source.suite !== suite && source.suite !== codename)
    throw malformed(
      'ARCHIVE_RELEASE_INVALID',
      `the archive answers with the suite ${codename.slice(0, 80)} instead of ${source.suite}`,
      where,
    );
  if (source.frozen) return;
  const refuse = (reason: string): never => {
    throw unavailable('ARCHIVE_NOT_FRESH', reason, where);
  };
  if (validUntil !== undefined && validUntil < now.getTime())
    refuse(`what the archive signed was valid until ${day(validUntil)}`);
  if (date > now.getTime() + clockMs) refuse(`the archive says that it is from ${day(date)}, which is to come`);
  if (date < seen) refuse(`the archive went back from ${day(seen)} to ${day(date)}`);
};
