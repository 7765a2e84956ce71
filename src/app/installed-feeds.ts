/** What of signed feeds is in use, and which version of each was accepted last: `feeds.json` beside the user's rules. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RulesUsed } from '../core/dossier.ts';
import { misuse } from '../core/fault.ts';
import { userRulesFolder } from './rule-locations.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Kept for as long as the user's configuration is: a lost version lets an older one in. */
export interface FeedRecord {
  readonly key: string;
  readonly version: number;
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly expires: number;
}

const isRecord = (value: unknown): value is FeedRecord => {
  const { key, version, digest, created, expires } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const areTexts = typeof key === 'string' && typeof digest === 'string';
  return areTexts && [version, created, expires].every((number) => Number.isSafeInteger(number));
};

const recordsFile = (environment: Environment): string => join(dirname(userRulesFolder(environment)), 'feeds.json');

/** @throws {Fault} misuse `FEED_RECORD_INVALID` */
export const readFeedRecords = async (environment: Environment): Promise<ReadonlyMap<string, FeedRecord>> => {
  const file = recordsFile(environment);
  const refuse = (reason: string): never => {
    throw misuse(
      'FEED_RECORD_INVALID',
      `${file}: ${reason}: which versions of feeds were accepted is not known any more`,
    );
  };
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    return refuse((thrown as Error).message);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('no list of feeds');
  const records = new Map<string, FeedRecord>();
  for (const [name, record] of Object.entries(value))
    records.set(name, isRecord(record) ? record : refuse('a feed without version or digest'));
  return records;
};

/** On the disk when it returns: a crash later leaves a version that is fetched again, never one that may go back. */
export const writeFeedRecord = async (environment: Environment, name: string, record: FeedRecord): Promise<void> => {
  const file = recordsFile(environment);
  const records = new Map(await readFeedRecords(environment)).set(name, record);
  const making = `${file}.${randomBytes(6).toString('hex')}.new`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(making, 'wx', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(Object.fromEntries(records), undefined, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(making, file);
};

export const feedFolder = (environment: Environment, name: string): string =>
  join(userRulesFolder(environment), 'feeds', name);

export interface InstalledFeed {
  readonly name: string;
  readonly version: number;
  readonly created: string;
  readonly expires: string;
  readonly expired: boolean;
}

/** Feeds in use, by name. @throws {Fault} misuse `FEED_RECORD_INVALID` */
export const installedFeeds = async (environment: Environment, now: Date): Promise<readonly InstalledFeed[]> =>
  [...(await readFeedRecords(environment))]
    .filter(([name, { version }]) => existsSync(join(feedFolder(environment, name), String(version))))
    .map(([name, { version, created, expires }]) => ({
      name,
      version,
      created: new Date(created).toISOString(),
      expires: new Date(expires).toISOString(),
      expired: expires <= now.getTime(),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));

/** Reports show how old each feed is, beside the built-in knowledge. */
export const withFeedAges = (rules: RulesUsed, feeds: readonly InstalledFeed[]): RulesUsed =>
  feeds.length === 0
    ? rules
    : {
        ...rules,
        newest: {
          ...rules.newest,
          ...Object.fromEntries(feeds.map(({ name, created }) => [`feed ${name}`, created.slice(0, 10)])),
        },
      };

/** Where an installed feed lies; undefined: none of that name is in use. @throws {Fault} misuse `FEED_RECORD_INVALID` */
export const installedFeedFolder = async (environment: Environment, name: string): Promise<string | undefined> => {
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(name)) return undefined;
  const record = (await readFeedRecords(environment)).get(name);
  const folder = record === undefined ? undefined : join(feedFolder(environment, name), String(record.version));
  return folder !== undefined && existsSync(folder) ? folder : undefined;
};
