/** Events, incidents and checkpoints of the second flow ↔ one SQLite file in the user's state folder, shared by all processes. */
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type { Event } from '../../core/event.ts';
import {
  huntNamesOf,
  type FollowMemory,
  type HuntMemory,
  type KeptEvent,
  type KeptImage,
} from '../../core/follow-memory.ts';
import type { Incident } from '../../core/incident.ts';
import { againWhileBusy } from '../sqlite-file.ts';
import { openStateFile, withState } from '../state-file.ts';

export interface IncidentStoreOptions {
  /** The oldest events are forgotten beyond it. */
  readonly maximumEvents?: number;
  readonly maximumIncidents?: number;
  /** The longest unjudged are forgotten beyond it. */
  readonly maximumImages?: number;
  /** Events that were taken longer ago are forgotten. */
  readonly maximumAgeMs?: number;
  /** Whole records are kept for so long, for whoever goes on after a restart. */
  readonly recordsMs?: number;
  /** Default: the clock. */
  readonly now?: () => number;
  /** Leaves out what looks like a secret. */
  readonly redact?: (text: string) => string;
}

const what = 'what is remembered of events';
const schemaVersion = 1;
const schema = `
  CREATE TABLE event (id TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL, taken INTEGER NOT NULL, kept TEXT NOT NULL, record TEXT) WITHOUT ROWID;
  CREATE INDEX event_at ON event (at);
  CREATE INDEX event_taken ON event (taken);
  CREATE TABLE name (name TEXT NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (name, at, event)) WITHOUT ROWID;
  CREATE INDEX name_event ON name (event);
  CREATE TABLE incident (id TEXT PRIMARY KEY NOT NULL, updated INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX incident_updated ON incident (updated);
  CREATE TABLE incident_name (name TEXT NOT NULL, incident TEXT NOT NULL, PRIMARY KEY (name, incident)) WITHOUT ROWID;
  CREATE INDEX incident_name_incident ON incident_name (incident);
  CREATE TABLE image (id TEXT PRIMARY KEY NOT NULL, at INTEGER NOT NULL, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE image_name (name TEXT NOT NULL, image TEXT NOT NULL, PRIMARY KEY (name, image)) WITHOUT ROWID;
  CREATE INDEX image_name_image ON image_name (image);
  CREATE TABLE checkpoint (source TEXT PRIMARY KEY NOT NULL, position TEXT NOT NULL) WITHOUT ROWID;
`;

const day = 86_400_000;
const commandCharacters = 2048;
/** Clocks of others may be ahead by so much. */
const clockSkewMs = 300_000;
/** Bounds are looked after once in so many batches. */
const batchesBetween = 64;

const statementsOf = (database: Database.Database) => ({
  known: database.prepare<[string], number>('SELECT 1 FROM event WHERE id = ?').pluck(),
  seen: database.prepare<[string, string], number>('SELECT 1 FROM name WHERE name = ? AND event <> ? LIMIT 1').pluck(),
  insert: database.prepare('INSERT OR IGNORE INTO event (id, at, taken, kept, record) VALUES (?, ?, ?, ?, ?)'),
  name: database.prepare('INSERT OR IGNORE INTO name (name, at, event) VALUES (?, ?, ?)'),
  incident: database.prepare('INSERT OR REPLACE INTO incident (id, updated, value) VALUES (?, ?, ?)'),
  incidentName: database.prepare('INSERT OR IGNORE INTO incident_name (name, incident) VALUES (?, ?)'),
  forgetImageNames: database.prepare('DELETE FROM image_name WHERE image = ?'),
  image: database.prepare('INSERT OR REPLACE INTO image (id, at, value) VALUES (?, ?, ?)'),
  imageName: database.prepare('INSERT OR IGNORE INTO image_name (name, image) VALUES (?, ?)'),
  imagesOf: database.prepare<[string], string>('SELECT image FROM image_name WHERE name = ? LIMIT 10000').pluck(),
  imageValue: database.prepare<[string], string>('SELECT value FROM image WHERE id = ?').pluck(),
  knownName: database
    .prepare<[string, string], number>(
      'SELECT 1 WHERE EXISTS (SELECT 1 FROM name WHERE name = ?) OR EXISTS (SELECT 1 FROM image_name WHERE name = ?)',
    )
    .pluck(),
  namesWith: database
    .prepare<[string, string, number], string>(
      'SELECT DISTINCT name FROM image_name WHERE name >= ? AND name < ? ORDER BY name LIMIT ?',
    )
    .pluck(),
  put: database.prepare('INSERT OR REPLACE INTO checkpoint (source, position) VALUES (?, ?)'),
  position: database.prepare<[string], string>('SELECT position FROM checkpoint WHERE source = ?').pluck(),
  newest: database.prepare<[number], number | null>('SELECT max(at) FROM event WHERE at <= ?').pluck(),
  recent: database
    .prepare<[number, number, number], string>(`SELECT record FROM (
         SELECT * FROM (SELECT id, at, record FROM event WHERE at BETWEEN ? AND ? AND record IS NOT NULL ORDER BY at DESC, id DESC LIMIT 100000)
         UNION ALL
         SELECT * FROM (SELECT id, at, record FROM event WHERE at > ? AND record IS NOT NULL ORDER BY at, id LIMIT 1000))
       ORDER BY at, id`)
    .pluck(),
  eventsOf: database.prepare<[string, number], { readonly event: string; readonly at: number }>(
    'SELECT event, at FROM name WHERE name = ? ORDER BY at, event LIMIT ?',
  ),
  countOf: database.prepare<[string], number>('SELECT count(*) FROM name WHERE name = ?').pluck(),
  kept: database.prepare<[string], string>('SELECT kept FROM event WHERE id = ?').pluck(),
  incidentsOf: database
    .prepare<[string], string>('SELECT incident FROM incident_name WHERE name = ? LIMIT 1000')
    .pluck(),
  valueOf: database.prepare<[string], string>('SELECT value FROM incident WHERE id = ?').pluck(),
});

type Statements = ReturnType<typeof statementsOf>;

const toKept = (
  { id, at, action, actor, place, image, process }: Event,
  redact: (text: string) => string,
): KeptEvent => {
  const command = process?.commandLine ?? process?.executable;
  return {
    id,
    at,
    action,
    ...(actor === undefined ? {} : { actor }),
    place,
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command: redact(command).slice(0, commandCharacters) }),
  };
};

const namesOfIncident = ({ subject, identity, findings }: Incident): readonly string[] => [
  ...new Set([
    subject.id,
    ...(identity?.digests ?? []),
    ...(identity?.references ?? []),
    ...(identity?.containers ?? []).map((id) => id.toLowerCase().slice(0, 12)),
    ...(identity?.instances ?? []),
    ...(identity?.ami === undefined ? [] : [identity.ami]),
    ...findings.map(({ rule }) => rule),
  ]),
];

/** Times that no clock can tell are those of records that lie: they are kept as the nearest that can be. */
const toInstant = (at: number): number => Math.trunc(Math.max(-8.64e15, Math.min(8.64e15, Number.isNaN(at) ? 0 : at)));

export interface IncidentStore extends FollowMemory, HuntMemory {
  close(): void;
}

/** Opened when it is first asked. Every method throws a Fault `STATE_UNUSABLE` where it cannot be used. */
export const openIncidentStore = (folder: string, options: IncidentStoreOptions = {}): IncidentStore => {
  const {
    maximumEvents = 1_000_000,
    maximumIncidents = 20_000,
    maximumImages = 20_000,
    maximumAgeMs = 90 * day,
    recordsMs = 2 * day,
  } = options;
  const now = options.now ?? Date.now;
  const redact = options.redact ?? ((text: string) => text);
  const file = join(folder, 'events.sqlite');
  let opened: { readonly database: Database.Database; readonly ask: Statements } | undefined;
  let batches = 0;

  const open = (): { readonly database: Database.Database; readonly ask: Statements } => {
    if (opened !== undefined) return opened;
    const database = openStateFile(file, { what, schema, schemaVersion, check: statementsOf });
    opened = { database, ask: statementsOf(database) };
    return opened;
  };
  const using = <Result>(work: (ask: Statements, database: Database.Database) => Result): Result =>
    withState(file, what, () => againWhileBusy(() => work(open().ask, open().database)));

  /** By when we took them: a record that claims to be from the far future must not make all others old. */
  const prune = (database: Database.Database, taken: number): void => {
    const over = database
      .prepare<[number], number>('SELECT taken FROM event ORDER BY taken DESC LIMIT 1 OFFSET ?')
      .pluck()
      .get(maximumEvents);
    const oldest = Math.max(taken - maximumAgeMs, over === undefined ? 0 : over + 1);
    database.prepare('DELETE FROM name WHERE event IN (SELECT id FROM event WHERE taken < ?)').run(oldest);
    database.prepare('DELETE FROM event WHERE taken < ?').run(oldest);
    database.prepare('UPDATE event SET record = NULL WHERE taken < ? AND record IS NOT NULL').run(taken - recordsMs);
    database
      .prepare('DELETE FROM incident WHERE id IN (SELECT id FROM incident ORDER BY updated DESC LIMIT -1 OFFSET ?)')
      .run(maximumIncidents);
    database.prepare('DELETE FROM incident_name WHERE incident NOT IN (SELECT id FROM incident)').run();
  };

  const imagesNamed = (ask: Statements, names: readonly string[]): readonly KeptImage[] =>
    [...new Set(names.flatMap((name) => ask.imagesOf.all(name)))].toSorted().flatMap((id) => {
      const text = ask.imageValue.get(id);
      return text === undefined ? [] : [JSON.parse(text) as KeptImage];
    });

  const keepImages = (ask: Statements, database: Database.Database, images: readonly KeptImage[]): void => {
    for (const image of images) {
      const [id] = image.digests;
      if (id === undefined) continue;
      ask.forgetImageNames.run(id);
      ask.image.run(id, toInstant(Date.parse(image.at)), JSON.stringify(image));
      for (const name of [...image.digests, ...image.layers, ...image.packages, ...image.files])
        ask.imageName.run(name, id);
    }
    if (images.length === 0) return;
    database
      .prepare('DELETE FROM image WHERE id IN (SELECT id FROM image ORDER BY at DESC LIMIT -1 OFFSET ?)')
      .run(maximumImages);
    database.prepare('DELETE FROM image_name WHERE image NOT IN (SELECT id FROM image)').run();
  };

  return {
    keepImage: (image) => {
      using((ask, database) => {
        database.transaction(() => keepImages(ask, database, [image])).immediate();
      });
    },
    known: (names) => using((ask) => names.filter((name) => ask.knownName.get(name, name) !== undefined)),
    namesWith: (beginning, maximum) => using((ask) => ask.namesWith.all(beginning, `${beginning}\u{10ffff}`, maximum)),
    judged: (digest) => using((ask) => imagesNamed(ask, [digest]).find(({ digests }) => digests.includes(digest))),
    seenBefore: (name, event) => using((ask) => ask.seen.get(name, event) !== undefined),
    unknownOf: (events) =>
      using((ask) => new Set(events.filter(({ id }) => ask.known.get(id) === undefined).map(({ id }) => id))),
    keep: ({ events, incidents, placed, images = [] }, checkpoint) => {
      using((ask, database) => {
        database
          .transaction(() => {
            const taken = now();
            for (const event of events) {
              const at = toInstant(event.at);
              const known = placed?.get(event.id) ?? event;
              ask.insert.run(event.id, at, taken, JSON.stringify(toKept(known, redact)), JSON.stringify(event));
              for (const name of new Set([...huntNamesOf(event), ...huntNamesOf(known)]))
                ask.name.run(name, at, event.id);
            }
            for (const incident of incidents) {
              ask.incident.run(incident.id, toInstant(incident.updated), JSON.stringify(incident));
              for (const name of namesOfIncident(incident)) ask.incidentName.run(name, incident.id);
            }
            keepImages(ask, database, images);
            if (checkpoint !== undefined) ask.put.run(checkpoint.source, checkpoint.position);
            if (events.length > 0 && batches++ % batchesBetween === 0) prune(database, now());
          })
          .immediate();
      });
    },
    checkpoint: (source) => using((ask) => ask.position.get(source)),
    recent: (reachMs) =>
      using((ask) => {
        // What claims to be from the future takes no other's place.
        const ceiling = now() + clockSkewMs;
        return ask.recent.all((ask.newest.get(ceiling) ?? 0) - reachMs, ceiling, ceiling);
      }).map((text) => JSON.parse(text) as Event),
    hunt: (sought, maximum) =>
      using((ask) => {
        const images = imagesNamed(ask, sought);
        const names = [...new Set([...sought, ...images.flatMap(({ digests }) => digests)])];
        const found = new Map<string, number>();
        let all = 0;
        for (const name of names) {
          all += ask.countOf.get(name) ?? 0;
          for (const { event, at } of ask.eventsOf.all(name, maximum)) found.set(event, at);
        }
        const events = [...found]
          .toSorted(([one, at], [other, later]) => at - later || (one < other ? -1 : 1))
          .slice(0, maximum)
          .flatMap(([id]) => {
            const text = ask.kept.get(id);
            return text === undefined ? [] : [JSON.parse(text) as KeptEvent];
          });
        const ids = new Set(names.flatMap((name) => ask.incidentsOf.all(name)));
        const incidents = [...ids].toSorted().flatMap((id) => {
          const text = ask.valueOf.get(id);
          return text === undefined ? [] : [JSON.parse(text) as Incident];
        });
        return { events, more: Math.max(0, all > maximum ? all - events.length : 0), incidents, images };
      }),
    close: () => {
      opened?.database.close();
      opened = undefined;
    },
  };
};
