/**
 * What a GUN's publishers say now: root, timestamp, snapshot and targets, each vouched for by those before. The Update
 * Framework specification 1.0, section 5, in the order in which the Notary client goes (`client/tufclient.go`): the newest
 * timestamp first; a new root only when something does not fit the trusted one, and then everything once more.
 *
 * Notary's timestamps and snapshots name no versions of other files (5.4.3.2, 5.5.4, 5.5.5, 5.6.4 ask for them); digests bind
 * the files together instead, and the highest version of each is remembered. Publishers may remove a delegation, so that files
 * may vanish from a snapshot.
 */
import type { NotaryCommon } from '../../formats/records/notary-envelope.ts';
import { type NotaryTargets, parseNotaryTargets } from '../../formats/records/notary-targets.ts';
import {
  parseNotarySnapshot,
  parseNotaryTimestamp,
  type NotaryListing,
} from '../../formats/records/notary-snapshot.ts';
import type { NotaryBaseRole } from '../../formats/records/notary-root.ts';
import { openRoleKeys } from './key.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { expiredRoot, type TrustedRoot } from './root.ts';
import {
  checkRole,
  fetchFile,
  keep,
  note,
  readListed,
  type RoleCheck,
  type Session,
  type Verified,
} from './session.ts';
import { loadRoot, updateRoot } from './update-root.ts';

export interface NotaryView {
  readonly root: TrustedRoot;
  readonly timestamp: NotaryListing;
  readonly snapshot: NotaryListing;
  readonly targets: Verified<NotaryTargets>;
}

/** Notary's own bound. */
const mostTimestampBytes = 2 ** 20;

const baseCheck = <Meta>(
  { limits }: Session,
  { root }: TrustedRoot,
  role: NotaryBaseRole,
  parse: RoleCheck<Meta>['parse'],
): RoleCheck<Meta> => ({
  role,
  keys: openRoleKeys(root.roles[role], root.keys, limits.certificates),
  threshold: root.roles[role].threshold,
  parse,
});

/** TUF 5.4. */
const updateTimestamp = async (session: Session, root: TrustedRoot): Promise<NotaryListing | Refusal> => {
  const { draft, limits, gun, host } = session;
  const check = baseCheck(session, root, 'timestamp', parseNotaryTimestamp);
  const known = draft.files.get('timestamp');
  // 5.4.1: always the server's; only while offline, which the user chose, does the remembered one do.
  const answer =
    session.server === undefined && known !== undefined
      ? known
      : await fetchFile(session, 'timestamp', Math.min(mostTimestampBytes, limits.signatureBytes));
  if (answer === 'absent') return refuse('absent', `${host} has no timestamp of ${gun}`);
  if (isRefusal(answer)) return answer;
  const found = checkRole(session, check, answer);
  if (isRefusal(found)) return found;
  // 5.4.3.1: an equal version is the one that is trusted already, whatever the server now puts under that number.
  const isSeen = found.meta.version === draft.versions.get('timestamp') && known !== undefined;
  const trusted = isSeen ? checkRole(session, check, known) : found;
  if (isRefusal(trusted)) return trusted;
  keep(session, 'timestamp', trusted.meta.version, isSeen ? known : answer);
  return trusted.meta;
};

/** TUF 5.5 and 5.6: a file whose digest is signed elsewhere. */
const updateListed = async <Meta extends NotaryListing | NotaryTargets>(
  session: Session,
  check: RoleCheck<Meta>,
  listing: NotaryListing,
): Promise<Verified<Meta> | Refusal> => {
  const file = listing.files.get(check.role);
  if (file === undefined) return refuse('malformed', `no digest of ${check.role} is signed`);
  const bytes = await readListed(session, check.role, file);
  if (isRefusal(bytes)) return bytes;
  const found = checkRole(session, check, bytes);
  if (!isRefusal(found)) keep(session, check.role, found.meta.version, bytes);
  return found;
};

interface Stumble {
  readonly at: 'root' | 'timestamp' | 'snapshot' | 'targets';
  readonly refusal: Refusal;
  /** Verified, where it got that far. */
  readonly snapshot?: NotaryListing;
}

const because = ({ pins, kept, draft }: Session): string => {
  if (pins !== undefined) return 'pinned by the trust file';
  if (kept === undefined) return 'trusted and pinned because it is the first that was seen';
  return `pinned on first use, ${draft.pinnedAt}`;
};

const until = ({ version, expires }: NotaryCommon): string => `version ${version} until ${expires}`;

const refresh = async (session: Session, root: TrustedRoot): Promise<NotaryView | Stumble> => {
  const stumble = (at: Stumble['at'], refusal: Refusal, snapshot?: NotaryListing): Stumble => {
    note(session, at, refusal);
    return { at, refusal, ...(snapshot === undefined ? {} : { snapshot }) };
  };
  const expired = expiredRoot(root, session.now);
  if (expired !== undefined) return stumble('root', expired);
  note(session, 'root', `${until(root.root)}, ${because(session)}`);
  const timestamp = await updateTimestamp(session, root);
  if (isRefusal(timestamp)) return stumble('timestamp', timestamp);
  note(session, 'timestamp', until(timestamp));
  const snapshot = await updateListed(session, baseCheck(session, root, 'snapshot', parseNotarySnapshot), timestamp);
  if (isRefusal(snapshot)) return stumble('snapshot', snapshot);
  // Notary: root and snapshot belong together, or the root is not the newest.
  const listed = snapshot.meta.files.get('root')?.sha256;
  if (listed !== root.sha256)
    return stumble('root', refuse('untrusted-root', `the snapshot names another root, ${listed}`), snapshot.meta);
  note(session, 'snapshot', until(snapshot.meta));
  const check = baseCheck(session, root, 'targets', (envelope, where) =>
    parseNotaryTargets(envelope, 'targets', where),
  );
  const targets = await updateListed(session, check, snapshot.meta);
  if (isRefusal(targets)) return stumble('targets', targets, snapshot.meta);
  note(session, 'targets', until(targets.meta));
  return { root, timestamp, snapshot: snapshot.meta, targets };
};

const isStumble = (value: NotaryView | Stumble): value is Stumble => 'refusal' in value;

/** What a newer root cannot mend: a server that does not answer or knows nothing, and what is old whoever signed it. */
const isFinal = ({ at, refusal: { refused } }: Stumble): boolean =>
  ['absent', 'limit', 'unreachable', 'unsupported'].includes(refused) ||
  (at !== 'root' && ['expired', 'replayed'].includes(refused));

export const updateNotary = async (session: Session): Promise<NotaryView | Refusal> => {
  const loaded = await loadRoot(session);
  if (isRefusal(loaded)) {
    note(session, 'root', loaded);
    return loaded;
  }
  let view = await refresh(session, loaded);
  if (isStumble(view) && !isFinal(view)) {
    const root = await updateRoot(session, loaded, view.snapshot?.files.get('root'));
    if (isRefusal(root)) {
      note(session, 'newer root', root);
      return root.refused === 'absent' ? view.refusal : root;
    }
    if (root !== loaded) view = await refresh(session, root);
  }
  return isStumble(view) ? view.refusal : view;
};
