/** When images, their tags and their signatures were seen ↔ one SQLite file in the user's state folder. Nothing of it is believed of an image: all times are ours, or proven. */
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Digest } from '../../core/digest.ts';
import type {
  HistoryMemory,
  ImageHistory,
  ProvenSignature,
  SameTagElsewhere,
  Sighting,
} from '../../core/image-history.ts';
import { againWhileBusy } from '../sqlite-file.ts';
import { openStateFile, withState } from '../state-file.ts';

export interface SignatureHistoryOptions {
  /** Of each table; the longest unseen are forgotten beyond it. */
  readonly maximumRows?: number;
}

const what = 'the history of images and signatures';
const schemaVersion = 1;
const schema = `
  CREATE TABLE sighting (
    place TEXT NOT NULL, path TEXT NOT NULL, tag TEXT NOT NULL, root TEXT NOT NULL, digest TEXT NOT NULL,
    first INTEGER NOT NULL, since INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (place, tag, root, digest)
  ) WITHOUT ROWID;
  CREATE INDEX sighting_digest ON sighting (digest);
  CREATE INDEX sighting_path ON sighting (path, tag);
  CREATE TABLE signature (
    place TEXT NOT NULL, root TEXT NOT NULL, digest TEXT NOT NULL, verifier TEXT NOT NULL, identity TEXT NOT NULL,
    proven INTEGER, last INTEGER NOT NULL,
    PRIMARY KEY (place, root, digest, verifier, identity)
  ) WITHOUT ROWID;
  CREATE INDEX signature_digest ON signature (digest);
`;

const named = 16;
const maximumText = 512;

interface SightingRow {
  readonly place: string;
  readonly root: Digest;
  readonly digest: Digest;
  readonly since: number;
}

/** What a release is signed by stays the same from one tag to the next: a workflow without the ref that it ran for. */
const signerOf = ({ verifier, identity }: Pick<ProvenSignature, 'verifier' | 'identity'>): string =>
  `${verifier} ${(identity.startsWith('https://') ? identity.replace(/@refs\/.*$/s, '') : identity).slice(0, maximumText)}`;

/** `docker.io/library/nginx` is `nginx` elsewhere. */
const pathOf = (repository: string): string => repository.slice(repository.indexOf('/') + 1).replace(/^library\//, '');

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const statementsOf = (database: Database.Database) => ({
  first: database.prepare<[string], number | null>('SELECT min(first) FROM sighting WHERE digest = ?').pluck(),
  latestOfTag: database.prepare<[string, string], SightingRow>(
    'SELECT place, root, digest, since FROM sighting WHERE place = ? AND tag = ? ORDER BY last DESC, since DESC LIMIT 1',
  ),
  // An index that was seen to list this manifest is no other image, through whichever of its manifests it was seen.
  otherOfTag: database.prepare<[string, string, string, string, string], SightingRow>(
    `SELECT place, root, digest, since FROM sighting
     WHERE place = ? AND tag = ? AND root <> ? AND digest <> ? AND root NOT IN (SELECT root FROM sighting WHERE digest = ?)
     ORDER BY last DESC, since DESC LIMIT 1`,
  ),
  elsewhere: database.prepare<[string, string, string], SightingRow>(
    'SELECT place, root, digest, max(last) AS since FROM sighting WHERE path = ? AND tag = ? AND place <> ? GROUP BY place ORDER BY place',
  ),
  signers: database.prepare<[string], { readonly verifier: string; readonly identity: string }>(
    'SELECT verifier, identity FROM signature WHERE place = ? GROUP BY verifier, identity ORDER BY max(last) DESC LIMIT 1000',
  ),
  isSigned: database
    .prepare<[string, string, string, string], number>(
      'SELECT count(*) FROM signature WHERE place = ? AND (root = ? OR digest = ?) AND verifier IN (SELECT value FROM json_each(?))',
    )
    .pluck(),
  proven: database.prepare<[string], number | null>('SELECT min(proven) FROM signature WHERE digest = ?').pluck(),
  see: database.prepare(
    `INSERT INTO sighting (place, path, tag, root, digest, first, since, last) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET since = excluded.since, last = max(last, excluded.last)`,
  ),
  sign: database.prepare(
    `INSERT INTO signature (place, root, digest, verifier, identity, proven, last) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET last = max(last, excluded.last), proven = coalesce(min(proven, excluded.proven), proven, excluded.proven)`,
  ),
});

type Statements = ReturnType<typeof statementsOf>;

/** The same content has the same index or the same manifest, whatever it is called. */
const isSame = (row: Pick<SightingRow, 'root' | 'digest'>, root: Digest, digest: Digest): boolean =>
  row.root === root || row.digest === digest;

const tagFacts = (ask: Statements, place: string, tag: string, root: Digest, digest: Digest, now: number) => {
  if (place === '' || tag === '') return { since: now, before: undefined };
  const latest = ask.latestOfTag.get(place, tag);
  return {
    since: latest !== undefined && isSame(latest, root, digest) ? latest.since : now,
    before: ask.otherOfTag.get(place, tag, root, digest, digest),
  };
};

const elsewhereOf = (
  ask: Statements,
  place: string,
  tag: string,
  root: Digest,
  digest: Digest,
): readonly SameTagElsewhere[] =>
  place === '' || tag === ''
    ? []
    : ask.elsewhere
        .all(pathOf(place), tag, place)
        .filter((row) => !isSame(row, root, digest))
        .slice(0, named)
        .map((row) => ({ repository: row.place, digest: row.root }));

const provenTime = ({ signedAt }: ProvenSignature): number | null => {
  const time = Date.parse(signedAt ?? '');
  return Number.isNaN(time) ? null : time;
};

/** Opened when it is first asked. */
export const openSignatureHistory = (
  folder: string,
  { maximumRows = 100_000 }: SignatureHistoryOptions = {},
): HistoryMemory => {
  const file = join(folder, 'signature-history.sqlite');
  let opened: { readonly database: Database.Database; readonly ask: Statements } | undefined;
  const open = () => {
    if (opened !== undefined) return opened;
    const database = openStateFile(file, { what, schema, schemaVersion, check: statementsOf });
    opened = { database, ask: statementsOf(database) };
    return opened;
  };

  const observe = (
    ask: Statements,
    { repository: place = '', tag = '', digest, index: root = digest, at }: Sighting,
    missing: readonly string[],
    signatures: readonly ProvenSignature[],
  ): ImageHistory => {
    const now = at.getTime();
    const first = ask.first.get(digest) ?? undefined;
    const { since, before } = tagFacts(ask, place, tag, root, digest, now);
    const known = ask.signers.all(place);
    const signers = [...new Set(known.map(signerOf))];
    // Who signs in a world that was not asked may well have signed this one too.
    const worlds = new Set(signatures.map(({ verifier }) => verifier));
    const comparable = known.filter(({ verifier }) => worlds.has(verifier)).map(signerOf);
    const wasSigned = (one: Pick<SightingRow, 'root' | 'digest'>): boolean =>
      (ask.isSigned.get(place, one.root, one.digest, JSON.stringify(missing)) ?? 0) > 0;
    const signatureLost =
      missing.length > 0 && (wasSigned({ root, digest }) || (before !== undefined && wasSigned(before)));
    const present = signatures.slice(0, named).map(signerOf);
    ask.see.run(place, pathOf(place), tag, root, digest, now, since, now);
    for (const one of signatures.slice(0, named))
      ask.sign.run(place, root, digest, one.verifier, one.identity.slice(0, maximumText), provenTime(one), now);
    const proven = ask.proven.get(digest) ?? undefined;
    const firstSeen = Math.min(first ?? now, now);
    return {
      firstSeen: iso(firstSeen),
      seenBefore: first !== undefined,
      since: iso(Math.min(firstSeen, proven ?? firstSeen)),
      ...(proven === undefined ? {} : { loggedAt: iso(proven) }),
      tagMoved: before !== undefined,
      ...(before === undefined ? {} : { tagBefore: before.root, tagMovedAt: iso(since) }),
      signersBefore: signers.slice(0, named),
      signatureLost,
      signerChanged:
        place !== '' && comparable.length > 0 && present.length > 0 && !present.some((one) => comparable.includes(one)),
      elsewhere: elsewhereOf(ask, place, tag, root, digest),
    };
  };

  const prune = (database: Database.Database): void => {
    for (const table of ['sighting', 'signature']) {
      const rows = database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
      if (rows <= maximumRows) continue;
      const oldest = database
        .prepare<[number], number>(`SELECT last FROM ${table} ORDER BY last DESC LIMIT 1 OFFSET ?`)
        .pluck()
        .get(maximumRows);
      database.prepare(`DELETE FROM ${table} WHERE last <= ?`).run(oldest ?? 0);
    }
  };

  return {
    observe: (sighting, missing, signatures) =>
      withState(file, what, () => {
        const { database, ask } = open();
        const work = database.transaction(() => observe(ask, sighting, missing, signatures));
        return againWhileBusy(() => work.immediate());
      }),
    check: () => void open(),
    close: () => {
      const { database } = opened ?? {};
      opened = undefined;
      if (database === undefined) return;
      try {
        withState(file, what, () => prune(database));
      } finally {
        database.close();
      }
    },
  };
};
