/** One update of one GUN: where bytes come from, what is proven so far, and the checks that every role's file goes through. */
import type { TraceStep } from '../../core/attestation.ts';
import { isFault } from '../../core/fault.ts';
import type { TrustLimits } from '../../core/trust.ts';
import {
  isNotaryFile,
  parseNotaryEnvelope,
  type NotaryCommon,
  type NotaryEnvelope,
  type NotaryFile,
} from '../../formats/records/notary-envelope.ts';
import type { Kept } from './kept.ts';
import { countSignatures, type OpenKey } from './key.ts';
import type { Pins } from './pins.ts';
import { isRefusal, refusalOf, refuse, shown, type Refusal } from './refusal.ts';
import type { NotaryAnswer, NotaryServer } from './server.ts';

export interface UpdateQuestion {
  readonly gun: string;
  /** For people: the server's host. */
  readonly host: string;
  /** Absent while offline: then only what is remembered counts. */
  readonly server?: NotaryServer;
  readonly pins?: Pins;
  readonly kept?: Kept;
  /** TUF 5.1: one time for the whole update. */
  readonly now: Date;
  readonly limits: TrustLimits;
}

/** What is proven so far; kept whatever comes of the rest, so that nobody gets behind it again. */
export interface Draft {
  root: Uint8Array | undefined;
  pinnedAt: string;
  readonly versions: Map<string, number>;
  readonly files: Map<string, Uint8Array>;
  readonly retired: Set<string>;
}

export interface Session extends UpdateQuestion {
  readonly draft: Draft;
  readonly trace: TraceStep[];
}

export const openSession = (question: UpdateQuestion): Session => {
  const { kept } = question;
  const draft: Draft = {
    root: kept?.root,
    pinnedAt: kept?.pinnedAt ?? question.now.toISOString(),
    versions: new Map(kept?.versions),
    files: new Map(kept?.files),
    retired: new Set(kept?.retired),
  };
  return { ...question, draft, trace: [] };
};

export const keptOf = ({ root, pinnedAt, versions, files, retired }: Draft): Kept | undefined =>
  root === undefined ? undefined : { root, pinnedAt, versions, files, retired: [...retired] };

const results = { absent: 'absent', unreachable: 'unreachable' } as const;

/** One line of the trace for one file or check. */
export const note = (session: Session, what: string, outcome: Refusal | string): void => {
  const lookedFor = shown(`${what} of ${session.gun} on ${session.host}`);
  if (typeof outcome === 'string') session.trace.push({ lookedFor, result: 'verified', detail: shown(outcome) });
  else
    session.trace.push({
      lookedFor,
      result: results[outcome.refused as keyof typeof results] ?? 'refused',
      detail: outcome.reason,
    });
};

/** From the server, under a name of its own. @returns a Refusal also where there is none */
export const fetchFile = async (session: Session, name: string, maximumBytes: number): Promise<NotaryAnswer> =>
  session.server === undefined
    ? refuse('unreachable', `${session.host} is not contacted while offline, and ${name} is not remembered`)
    : session.server.read(name, maximumBytes);

/** TUF 5.5.1 and 5.5.2, 5.6.1 and 5.6.2: by its digest, up to its length; what is remembered counts if it is this very content. */
export const readListed = async (session: Session, role: string, file: NotaryFile): Promise<Uint8Array | Refusal> => {
  const known = session.draft.files.get(role);
  if (known !== undefined && isNotaryFile(known, file)) return known;
  const { signatureBytes } = session.limits;
  if (file.length > signatureBytes)
    return refuse('limit', `${role} has ${file.length} bytes, more than ${signatureBytes}`);
  const answer = await fetchFile(session, `${role}.${file.sha256}`, file.length);
  if (answer === 'absent') return refuse('unreachable', `${session.host} does not have the ${role} that it lists`);
  if (isRefusal(answer) && answer.refused !== 'limit') return answer;
  if (isRefusal(answer) || !isNotaryFile(answer, file))
    return refuse('malformed', `${role} is not the content whose digest is signed: it is cut off or was changed`);
  return answer;
};

export interface RoleCheck<Meta> {
  readonly role: string;
  readonly keys: readonly OpenKey[];
  readonly threshold: number;
  parse(envelope: NotaryEnvelope, where: string): Meta;
}

export interface Verified<Meta> {
  readonly meta: Meta;
  readonly signers: readonly OpenKey[];
}

const missingSignature = (
  { draft }: Session,
  { role, keys, threshold }: RoleCheck<unknown>,
  { signatures }: NotaryEnvelope,
): Refusal => {
  const revoked = signatures.find(({ keyId }) => draft.retired.has(`${role} ${keyId}`));
  if (revoked !== undefined)
    return refuse('revoked', `${role} is signed by the key ${revoked.keyId}, which a newer root took from this role`);
  const others = signatures.slice(0, 3).map(({ keyId }) => shown(keyId, 64));
  const by = others.length === 0 ? 'by nobody' : `by ${others.join(', ')}`;
  return refuse(
    'other-signer',
    `${role} needs ${threshold} valid signature${threshold === 1 ? '' : 's'} of its ${keys.length} key${keys.length === 1 ? '' : 's'}; it is signed ${by}`,
  );
};

/** Signature, then meaning, then version, then date: TUF 5.4.2 to 5.4.4, 5.5.3 to 5.5.6, 5.6.3 to 5.6.5. */
export const checkRole = <Meta extends NotaryCommon>(
  session: Session,
  check: RoleCheck<Meta>,
  bytes: Uint8Array,
): Verified<Meta> | Refusal => {
  const { role, keys, threshold } = check;
  const where = `${role} of ${session.gun}`;
  let envelope: NotaryEnvelope;
  let meta: Meta;
  let signers: readonly OpenKey[];
  try {
    envelope = parseNotaryEnvelope(bytes, session.limits.signatureBytes, where);
    const count = countSignatures(envelope, keys, threshold);
    if (!count.isEnough) return missingSignature(session, check, envelope);
    ({ signers } = count);
    meta = check.parse(envelope, where);
  } catch (thrown) {
    if (isFault(thrown)) return refusalOf(thrown, 'bytes');
    throw thrown;
  }
  const seen = session.draft.versions.get(role) ?? 0;
  if (meta.version < seen)
    return refuse('replayed', `${role} has version ${meta.version}, and version ${seen} was seen before`);
  if (Date.parse(meta.expires) <= session.now.getTime())
    return refuse('expired', `version ${meta.version} of ${role} ended ${meta.expires}`);
  return { meta, signers };
};

/** From here on nothing older is believed. */
export const keep = (session: Session, role: string, version: number, bytes: Uint8Array): void => {
  session.draft.versions.set(role, version);
  session.draft.files.set(role, bytes);
};
