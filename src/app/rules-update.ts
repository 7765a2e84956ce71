/** `rules update`: signed feeds of the configuration → the user's rules folder, each whole or not at all, never back to an older version. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openVerifiedFiles } from '../archive/verified-files.ts';
import { collect } from '../core/collect.ts';
import type { ByteStream } from '../core/bytes.ts';
import type { Context } from '../core/context.ts';
import { isFault, misuse, unavailable, type Fault } from '../core/fault.ts';
import { openHttpClient, type HttpClient } from '../io/http-client.ts';
import {
  checkFeedStatement,
  envelopeBytes,
  parseFeedKey,
  readFeedStatement,
  type FeedStatement,
} from './feed-bundle.ts';
import { newIn, readFeedNames } from './follow/feed-names.ts';
import { huntUpdate, type FoundHere } from './follow/hunt-update.ts';
import { feedFolder, readFeedRecords, writeFeedRecord } from './installed-feeds.ts';
import { userRulesFolder } from './rule-locations.ts';
import { checkRulesAt } from './rules.ts';
import type { FeedSetting } from './settings.ts';

export interface FeedOutcome {
  readonly name: string;
  readonly outcome: 'updated' | 'current' | 'refused';
  readonly version?: number;
  readonly created?: string;
  readonly expires?: string;
  /** Why it was refused. What was accepted before stays in use. */
  readonly code?: string;
  readonly reason?: string;
  /** What it calls bad since this update and was here before. Absent: nothing. */
  readonly found?: readonly FoundHere[];
}

const openUrl = async (client: HttpClient, url: URL, signal: AbortSignal): Promise<ByteStream> => {
  const response = await client.request({ url, signal });
  if (response.status === 200) return response.body;
  response.discard();
  throw unavailable('FEED_UNAVAILABLE', `the server answers ${response.status} to ${url.pathname}`, url.href);
};

/** Beside the rules, not in them: a scan that runs meanwhile sees none of it. */
const stage = async (
  statement: FeedStatement,
  base: URL,
  client: HttpClient,
  folder: string,
  signal: AbortSignal,
): Promise<string> => {
  const files = await openVerifiedFiles(join(folder, 'fetched'), Number.MAX_SAFE_INTEGER);
  const staged = join(folder, 'staged');
  for (const file of statement.files) {
    const url = new URL(file.path, base);
    const fetched = await files.have(file, url.href, () => openUrl(client, url, signal));
    await mkdir(dirname(join(staged, file.path)), { recursive: true, mode: 0o700 });
    await copyFile(fetched, join(staged, file.path));
  }
  const check = await checkRulesAt([staged]);
  if (check.yara.accepted + check.sigma.accepted + check.hash.accepted + check.package.accepted === 0)
    throw unavailable(
      'FEED_UNUSABLE',
      'nothing in the feed is a rule or record that this version can use',
      statement.name,
    );
  return staged;
};

/** The new version is there before the old ones go: a scan meanwhile may know both, never neither. */
const put = async (staged: string, folder: string, version: number): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const place = join(folder, String(version));
  await rm(place, { recursive: true, force: true });
  await rename(staged, place);
  for (const other of await readdir(folder))
    if (other !== String(version)) await rm(join(folder, other), { recursive: true, force: true });
};

const updateFeed = async (feed: FeedSetting, context: Context): Promise<FeedOutcome> => {
  const { name, url, key } = feed;
  const { environment, signal } = context;
  const publicKey = parseFeedKey(key, name);
  const base = new URL(url);
  await using client = openHttpClient(context);
  const bytes = await collect(await openUrl(client, base, signal), envelopeBytes, url);
  const statement = readFeedStatement(bytes, publicKey, name);
  const known = (await readFeedRecords(environment)).get(name);
  // A key that a person pinned anew begins a new count.
  const last = known?.key === key ? known : undefined;
  checkFeedStatement(statement, name, last, context.now());
  const { version, created, expires, digest } = statement;
  const said = { name, version, created: new Date(created).toISOString(), expires: new Date(expires).toISOString() };
  const folder = feedFolder(environment, name);
  if (last?.version === version && existsSync(join(folder, String(version)))) return { ...said, outcome: 'current' };
  const older = await readFeedNames(folder);
  const staging = join(dirname(userRulesFolder(environment)), `feed-${randomBytes(6).toString('hex')}.new`);
  await mkdir(staging, { recursive: true, mode: 0o700 });
  try {
    const staged = await stage(statement, base, client, staging, signal);
    await writeFeedRecord(environment, name, { key, version, digest, created, expires });
    await put(staged, folder, version);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const found = await huntUpdate(newIn(await readFeedNames(folder), older), context);
  return { ...said, outcome: 'updated', ...(found.length === 0 ? {} : { found }) };
};

const refused = (name: string, { code, message }: Fault): FeedOutcome => ({
  name,
  outcome: 'refused',
  code,
  reason: message,
});

/** A disk that is full or a folder that is somebody else's is no bug. */
const toFault = (thrown: unknown): Fault => {
  if (isFault(thrown)) return thrown;
  const { syscall, message } = thrown as NodeJS.ErrnoException;
  if (syscall === undefined) throw thrown;
  return unavailable('FEED_UNWRITABLE', `cannot keep it: ${message}`, '', thrown);
};

/**
 * All feeds, or those named. One that is refused leaves what was accepted of it before, and the others, as they are.
 * @throws {Fault} misuse `FEEDS_MISSING`, `FEED_RECORD_INVALID`, `SETTING_INVALID`
 */
export const updateRules = async (
  feeds: readonly FeedSetting[],
  names: readonly string[],
  context: Context,
): Promise<readonly FeedOutcome[]> => {
  const unknown = names.filter((name) => !feeds.some((feed) => feed.name === name));
  if (feeds.length === 0 || unknown.length > 0)
    throw misuse(
      'FEEDS_MISSING',
      unknown.length > 0
        ? `no feed ${unknown.join(', ')} in the configuration; configured: ${feeds.map(({ name }) => name).join(', ')}`
        : 'no feed is configured: write "feeds: [{ name: …, url: …, key: … }]" into tidewaiter.yaml; docs/feeds.md explains it',
    );
  const outcomes: FeedOutcome[] = [];
  for (const feed of feeds) {
    if (names.length > 0 && !names.includes(feed.name)) continue;
    try {
      outcomes.push(await updateFeed(feed, context));
    } catch (thrown) {
      context.signal.throwIfAborted();
      const fault = toFault(thrown);
      if (fault.kind === 'misuse') throw fault;
      outcomes.push(refused(feed.name, fault));
    }
  }
  return outcomes;
};
