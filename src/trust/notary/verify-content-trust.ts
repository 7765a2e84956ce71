/**
 * Who signed one digest in Docker Content Trust: the whole question, from the trust file's words to one Attestation.
 *
 *  1. The server and the GUN: `cli/trust` of docker/cli (`Server`); the GUN is the full name of the repository.
 *  2. What is remembered of this GUN is recalled (TUF 5.2).
 *  3. The root, its successors (5.3), timestamp (5.4), snapshot (5.5), targets (5.6): update.ts.
 *  4. The roles that count, with those above them (5.6.7, section 4.5): find-target.ts.
 *  5. The tag's digest is compared (5.7.1): judge-target.ts.
 *  6. What was proven is kept, also where the answer is no (5.3.8, 5.4.5, 5.5.7, 5.6.6). If another process was first, all of
 *     it is decided anew: no process moves a version back.
 */
import type { Attestation, AttestationFacts, TraceStep } from '../../core/attestation.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { DockerContentTrust, SignatureSubject, TrustContext } from '../../core/trust.ts';
import { isNotaryDelegation } from '../../formats/records/notary-targets.ts';
import type { HttpOptions } from '../../io/http-client.ts';
import { readRoles, type FoundTarget } from './find-target.ts';
import { judgeTarget } from './judge-target.ts';
import { recallKept, type Recalled } from './kept.ts';
import { parsePins, type Pins } from './pins.ts';
import { isRefusal, outcomeOf, refusalOf, refuse, shown, type Refusal } from './refusal.ts';
import { retirement } from './retirement.ts';
import { notaryAddress, openNotaryServer, type NotaryAddress, type NotaryServer } from './server.ts';
import { keptOf, note, openSession, type Session } from './session.ts';
import { updateNotary, type NotaryView } from './update.ts';

/** As the docker client: releases first, then the publisher's own role, and no other delegation. */
const defaultRoles = ['targets/releases', 'targets'] as const;
const mostRoles = 64;
/** Decisions that other processes overtook. */
const mostAttempts = 5;

const rolesOf = ({ roles = defaultRoles }: DockerContentTrust): readonly string[] => {
  if (roles.length === 0 || roles.length > mostRoles)
    throw misuse('NOTARY_TRUST_INVALID', `docker-content-trust needs between 1 and ${mostRoles} roles`);
  for (const role of roles)
    if (role !== 'targets' && !isNotaryDelegation(role))
      throw misuse('NOTARY_TRUST_INVALID', `${shown(role, 80)} is no role: write targets, or targets/NAME`);
  return roles;
};

interface Question {
  readonly subject: SignatureSubject;
  readonly context: TrustContext;
  readonly address: NotaryAddress;
  readonly pins: Pins | undefined;
  readonly roles: readonly string[];
}

/** Believed until the first of its files ends. */
const endOf = (view: NotaryView, { role }: FoundTarget): string =>
  [view.root.root, view.timestamp, view.snapshot, view.targets.meta, role.meta]
    .map(({ expires }) => expires)
    .toSorted()[0] ?? '';

const factsOf = ({ gun, pins, kept, draft }: Session, view: NotaryView, found?: FoundTarget): AttestationFacts => ({
  gun: shown(gun),
  rootKeys: shown(view.root.keys.map(({ canonicalId }) => canonicalId).join(' ')),
  rootVersion: view.root.root.version,
  timestampVersion: view.timestamp.version,
  pinned: pins === undefined ? 'first-use' : 'configured',
  firstUse: pins === undefined && kept === undefined,
  pinnedAt: draft.pinnedAt,
  ...(found === undefined
    ? {}
    : { role: found.role.name, tag: shown(found.tag, 200), roleVersion: found.role.meta.version }),
  legacy: true,
  migration: retirement,
});

const attest = (
  { digest }: SignatureSubject,
  refusal: Refusal,
  trace: readonly TraceStep[],
  facts?: AttestationFacts,
): Attestation => ({
  verifier: 'docker-content-trust',
  kind: 'signature',
  digest,
  outcome: outcomeOf(refusal),
  code: refusal.refused,
  reason: refusal.reason,
  ...(facts === undefined ? {} : { facts }),
  trace,
});

const answer = async (session: Session, { subject, context, roles }: Question): Promise<Attestation> => {
  const view = await updateNotary(session);
  const { trace } = session;
  if (isRefusal(view)) return attest(subject, view, trace);
  const read = await readRoles(session, view, roles);
  if (isRefusal(read)) return attest(subject, read, trace, factsOf(session, view));
  const found = await judgeTarget(subject, read, context);
  const what = subject.reference?.tag === undefined ? 'digest' : `tag ${subject.reference.tag}`;
  if (isRefusal(found)) {
    note(session, what, found);
    return attest(subject, found, trace, factsOf(session, view));
  }
  const [signer] = found.role.signers;
  const who = `the key ${signer?.canonicalId ?? '?'} for ${found.role.name}`;
  note(session, what, `sha256:${found.file.sha256 ?? '?'} by ${who}`);
  trace.push({ lookedFor: 'whether Docker Content Trust will stay', result: 'found', detail: retirement });
  return {
    verifier: 'docker-content-trust',
    kind: 'signature',
    digest: subject.digest,
    outcome: 'trusted',
    code: 'trusted',
    ...(signer === undefined ? {} : { identity: `sha256:${signer.canonicalId}` }),
    expires: endOf(view, found),
    reason: shown(`signed as ${session.gun}:${found.tag} by ${who}`),
    facts: factsOf(session, view, found),
    trace,
  };
};

/** What is remembered cannot be read or written: no first use, and no answer. */
const unremembered = (subject: SignatureSubject, thrown: unknown): Attestation => {
  if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
  const refusal = refusalOf(thrown, 'network');
  const detail = refusal.reason;
  return attest(subject, refusal, [
    { lookedFor: 'pinned roots and versions seen before', result: 'unreachable', detail },
  ]);
};

const keyOf = ({ base, gun }: NotaryAddress, pins: Pins | undefined): string =>
  [base.href, gun, ...(pins === undefined ? [] : [pins.fingerprint])].join(' ');

/** Decides and remembers; undefined when another process remembered something else in the meantime. */
const attempt = async (question: Question, server: NotaryServer | undefined): Promise<Attestation | undefined> => {
  const { subject, context, address, pins } = question;
  let recalled: Recalled;
  try {
    recalled = recallKept(context.trustMemory, keyOf(address, pins));
  } catch (thrown) {
    return unremembered(subject, thrown);
  }
  const session = openSession({
    gun: address.gun,
    host: address.base.host,
    ...(server === undefined ? {} : { server }),
    ...(pins === undefined ? {} : { pins }),
    ...(recalled.kept === undefined ? {} : { kept: recalled.kept }),
    now: context.now(),
    limits: context.trustLimits,
  });
  const attestation = await answer(session, question);
  const after = keptOf(session.draft);
  if (after === undefined) return attestation;
  try {
    return recalled.replace(after) ? attestation : undefined;
  } catch (thrown) {
    return unremembered(subject, thrown);
  }
};

/** @throws {Fault} misuse `NOTARY_TRUST_INVALID`, and those of the files that hold logins */
export const verifyContentTrust = async (
  subject: SignatureSubject,
  trust: DockerContentTrust,
  context: TrustContext,
  options: HttpOptions = {},
): Promise<Attestation> => {
  const pins = trust.roots === undefined ? undefined : parsePins(trust.roots);
  const roles = rolesOf(trust);
  const repository = subject.reference?.repository ?? subject.repository?.name;
  if (repository === undefined || subject.repository === undefined) {
    const reason = 'the image comes from no registry, and Docker Content Trust signs tags of registries';
    const detail = { lookedFor: 'the name of the repository', result: 'absent', detail: reason } as const;
    return attest(subject, refuse('unsupported', reason), [detail]);
  }
  const address = notaryAddress(repository, trust, context);
  const question: Question = { subject, context, address, pins, roles };
  // While offline only what is remembered counts, also where the server is on this machine.
  await using server = context.network.offline ? undefined : openNotaryServer(address, context, options);
  for (let attempts = 0; attempts < mostAttempts; attempts += 1) {
    const attestation = await attempt(question, server);
    if (attestation !== undefined) return attestation;
  }
  const reason = 'other processes kept changing what is remembered of this repository; ask again';
  return attest(subject, refuse('unreachable', reason), [
    { lookedFor: 'pinned roots and versions seen before', result: 'unreachable', detail: reason },
  ]);
};
