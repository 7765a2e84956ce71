/** What a proven statement says → whether it speaks for this image, now. Pure. */
import type { AttestationCode, AttestationFacts } from '../../core/attestation.ts';
import type { Digest } from '../../core/digest.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { InTotoStatement } from '../../formats/records/in-toto.ts';
import { verdictPredicateType, type VerdictPredicate } from '../../formats/records/verdict-predicate.ts';

const dayMs = 86_400_000;
/** Clocks differ; a day is more than they do. */
const clockMs = dayMs;

export interface StatementQuestion {
  readonly digest: Digest;
  readonly maximumRuleAgeDays: number;
  readonly now: Date;
}

export interface StatementJudgement {
  readonly code: AttestationCode;
  readonly reason: string;
  /** ISO 8601, UTC. */
  readonly expires?: string;
}

/** Of all that the scan knew; undefined: it does not say how old its rules were. */
const newestDay = ({ rules }: VerdictPredicate): string | undefined =>
  Object.values(rules.newest ?? {})
    .toSorted()
    .at(-1);

/**
 * The subject is the one digest that was asked about: a verdict on one platform says nothing about the others, so one on an index
 * covers no manifest of it. Rules are as old as the newest of them, counted from the end of its day.
 */
export const judgeStatement = (
  { subjects }: InTotoStatement,
  predicate: VerdictPredicate,
  { digest, maximumRuleAgeDays, now }: StatementQuestion,
): StatementJudgement => {
  if (!subjects.some(({ digests }) => digests.includes(digest)))
    return { code: 'other-digest', reason: 'a true verdict, on another image' };
  const at = Date.parse(predicate.at);
  if (at > now.getTime() + clockMs)
    return { code: 'not-yet-valid', reason: `it says that it was made at ${predicate.at}, which is still to come` };
  const newest = newestDay(predicate);
  if (newest === undefined)
    return { code: 'expired', reason: 'it does not say how old the rules were that it was made with' };
  const learnt = Date.parse(`${newest}T00:00:00Z`);
  if (Number.isNaN(learnt) || learnt > at + clockMs)
    return {
      code: 'malformed',
      reason: `it was made at ${predicate.at}, with rules of ${newest}: one of the two is untrue`,
    };
  const end = new Date(learnt + dayMs + maximumRuleAgeDays * dayMs);
  const expires = Number.isNaN(end.getTime()) ? undefined : end.toISOString();
  const until = expires === undefined ? {} : { expires };
  if (end <= now)
    return {
      code: 'expired',
      reason: `its newest rules are of ${newest}, older than the ${maximumRuleAgeDays} days within which they are believed`,
      ...until,
    };
  const { decision, assessment, because } = predicate;
  if (decision === 'deny')
    return { code: 'denied', reason: `it denies the image: ${toPlainText(because[0] ?? assessment, 300)}`, ...until };
  return { code: 'trusted', reason: `a signed verdict: ${assessment}, ${decision}, with rules of ${newest}`, ...until };
};

/** For policy. */
export const factsOfVerdict = (predicate: VerdictPredicate): AttestationFacts => {
  const { assessment, decision, policy, rules, coverage, findings, gaps, platform, scanner, at } = predicate;
  const newest = newestDay(predicate);
  return {
    predicateType: verdictPredicateType,
    assessment,
    decision,
    because: toPlainText(predicate.because[0] ?? '', 500),
    policy: toPlainText(policy.name, 200),
    policyVersion: toPlainText(policy.version, 200),
    rulesVersion: toPlainText(rules.version, 200),
    ...(newest === undefined ? {} : { rulesNewest: newest }),
    rules: Object.values(rules.counts).reduce((sum, count) => sum + count, 0),
    filesSeen: coverage.files.seen,
    filesExamined: coverage.files.examined,
    filesSkipped: coverage.files.skipped,
    filesUnreadable: coverage.files.unreadable,
    bytesSeen: coverage.bytes.seen,
    bytesExamined: coverage.bytes.examined,
    bytesSkipped: coverage.bytes.skipped,
    bytesUnreadable: coverage.bytes.unreadable,
    findings,
    gaps,
    platform: toPlainText(platform, 100),
    scanner: toPlainText(scanner.name, 100),
    scannerVersion: toPlainText(scanner.version, 100),
    at,
  };
};
