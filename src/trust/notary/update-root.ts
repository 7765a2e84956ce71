/** Which root is trusted, and how trust moves to a newer one. TUF 5.2 and 5.3; `client/tufclient.go` of theupdateframework/notary. */
import type { NotaryFile } from '../../formats/records/notary-envelope.ts';
import { notaryBaseRoles, type NotaryBaseRole } from '../../formats/records/notary-root.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { anchoredRoot, expiredRoot, readRoot, selfSigned, succeed, type TrustedRoot } from './root.ts';
import { fetchFile, note, readListed, type Draft, type Session } from './session.ts';

/** TUF 5.3.3, Y: roots that are walked in one update; the next update goes on from there. */
const mostRoots = 64;
/** How far back a pinned root is looked for. */
const mostOlderRoots = 32;

const fetchRoot = async (session: Session, name: string): Promise<Uint8Array | Refusal> => {
  const answer = await fetchFile(session, name, session.limits.signatureBytes);
  return answer === 'absent' ? refuse('absent', `${session.host} has no ${name} of ${session.gun}`) : answer;
};

const read = (session: Session, bytes: Uint8Array): TrustedRoot | Refusal =>
  readRoot(bytes, session.gun, session.limits);

const forget = ({ versions, files }: Draft, isMeant: (role: string) => boolean): void => {
  for (const kept of [versions, files]) for (const role of kept.keys()) if (isMeant(role)) kept.delete(role);
};

/** TUF 5.3.7, 5.3.8 and 5.3.11. */
const trust = (session: Session, next: TrustedRoot, previous?: TrustedRoot): void => {
  const { draft } = session;
  draft.root = next.bytes;
  if (previous === undefined) return;
  for (const role of notaryBaseRoles) {
    const now = new Set(next.root.roles[role].keyIds);
    for (const id of previous.root.roles[role].keyIds)
      if (now.has(id)) draft.retired.delete(`${role} ${id}`);
      else draft.retired.add(`${role} ${id}`);
  }
  // 5.3.11: whoever stole a role's keys may have run its versions up to the highest number there is. Those of other roles stay.
  const isRotated = (role: NotaryBaseRole): boolean =>
    previous.root.roles[role].keyIds.some((id) => draft.retired.has(`${role} ${id}`));
  if (isRotated('timestamp') || isRotated('snapshot'))
    forget(draft, (role) => role === 'timestamp' || role === 'snapshot');
  if (isRotated('targets')) forget(draft, (role) => role === 'targets' || role.startsWith('targets/'));
};

/** 5.3.2 to 5.3.9: one version after the other, from the trusted one to the one before `newest`. */
const walk = async (
  session: Session,
  from: TrustedRoot,
  newest: TrustedRoot,
  known: ReadonlyMap<number, Uint8Array> = new Map(),
): Promise<TrustedRoot | Refusal> => {
  let trusted = from;
  const end = newest.root.version;
  for (let version = from.root.version + 1; version < end; version += 1) {
    if (version - from.root.version > mostRoots)
      return refuse('limit', `the root was renewed more than ${mostRoots} times since version ${from.root.version}`);
    const bytes = known.get(version) ?? (await fetchRoot(session, `${version}.root`));
    if (isRefusal(bytes)) return bytes;
    const next = succeed(bytes, trusted, session.gun, session.limits);
    if (isRefusal(next)) return next;
    if (next.root.version !== version)
      return refuse('replayed', `${version}.root.json holds version ${next.root.version}`);
    trust(session, next, trusted);
    trusted = next;
  }
  const last = succeed(newest.bytes, trusted, session.gun, session.limits);
  if (!isRefusal(last)) trust(session, last, trusted);
  return last;
};

/** The pins name keys of an older root: it is looked for, newest first, and trust walks up from it. */
const anchorBelow = async (session: Session, newest: TrustedRoot, refusal: Refusal): Promise<TrustedRoot | Refusal> => {
  const { pins, now, gun, limits } = session;
  const known = new Map<number, Uint8Array>();
  const last = Math.max(1, newest.root.version - mostOlderRoots);
  for (let version = newest.root.version - 1; version >= last; version -= 1) {
    const bytes = await fetchRoot(session, `${version}.root`);
    if (isRefusal(bytes)) return bytes.refused === 'absent' ? refusal : bytes;
    known.set(version, bytes);
    const older = readRoot(bytes, gun, limits);
    if (isRefusal(older) || older.root.version !== version || anchoredRoot(older, pins, now) !== undefined) continue;
    trust(session, older);
    return walk(session, older, newest, known);
  }
  return refusal;
};

/** TUF 5.2: the remembered root; without one the server's, if it is pinned, or because it is the first. */
export const loadRoot = async (session: Session): Promise<TrustedRoot | Refusal> => {
  const { kept, pins, now } = session;
  if (kept !== undefined) {
    const root = read(session, kept.root);
    const refusal = isRefusal(root) ? root : selfSigned(root, root.keys);
    if (!isRefusal(root) && refusal === undefined) return root;
    return refuse('unsupported', `the remembered root of ${session.gun} is damaged`);
  }
  const bytes = await fetchRoot(session, 'root');
  if (isRefusal(bytes)) return bytes;
  const root = read(session, bytes);
  if (isRefusal(root)) return root;
  const refusal = anchoredRoot(root, pins, now);
  const anchored =
    refusal === undefined ? root : pins === undefined ? refusal : await anchorBelow(session, root, refusal);
  if (isRefusal(anchored)) return anchored;
  const expired = expiredRoot(anchored, now);
  if (expired !== undefined) return expired;
  trust(session, anchored);
  return anchored;
};

/**
 * TUF 5.3. As the Notary client: the newest root at once where the trusted keys signed it, else every version between.
 * `listed` is what a verified snapshot says of the root. Gives the same root where the server has no newer one.
 */
export const updateRoot = async (
  session: Session,
  trusted: TrustedRoot,
  listed: NotaryFile | undefined,
): Promise<TrustedRoot | Refusal> => {
  const bytes = listed === undefined ? await fetchRoot(session, 'root') : await readListed(session, 'root', listed);
  if (isRefusal(bytes)) return bytes;
  const newest = read(session, bytes);
  if (isRefusal(newest)) return newest;
  const from = trusted.root.version;
  if (newest.root.version < from)
    return refuse('replayed', `the root has version ${newest.root.version}, and version ${from} was seen before`);
  if (newest.root.version === from) {
    // 5.3.5: another content under the same number is no successor.
    if (newest.sha256 === trusted.sha256) return trusted;
    return refuse('untrusted-root', `there is another version ${from} of the root than the one that is trusted`);
  }
  const direct = succeed(bytes, trusted, session.gun, session.limits);
  if (!isRefusal(direct)) trust(session, direct, trusted);
  const root = isRefusal(direct) && direct.refused === 'untrusted-root' ? await walk(session, trusted, newest) : direct;
  if (isRefusal(root)) return isRefusal(direct) && root.refused === 'absent' ? direct : root;
  note(session, 'newer root', `version ${root.root.version}, signed by the keys of version ${from}`);
  return root;
};
