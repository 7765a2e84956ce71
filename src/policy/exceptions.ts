/** The exceptions of a policy, held against one dossier at one time: what no longer counts, and which exceptions have run out. */
import type { Dossier } from '../core/dossier.ts';
import type { Finding } from '../core/finding.ts';
import type { Gap } from '../core/gap.ts';
import type { Excepted } from '../core/verdict.ts';
import { hasWildcard, isGlobMatch } from '../core/glob.ts';
import { isReferenceMatch } from '../core/reference-pattern.ts';
import type { Exception } from './policy.ts';

/** A day counts until its end, UTC. A date that cannot be read has passed. */
export const hasExpired = (expires: string, at: string): boolean => {
  const end = /^\d{4}-\d{2}-\d{2}$/.test(expires) ? Date.parse(expires) + 86_400_000 : Date.parse(expires);
  return !(Date.parse(at) < end);
};

const isImage = ({ match, digest }: Exception, { reference, identity, digest: own }: Dossier): boolean =>
  isReferenceMatch(match, reference) &&
  (digest === undefined || [own, identity.index, identity.manifest, identity.config].includes(digest as typeof own));

/**
 * With `path` or `sha256`, every proof that lies in a file must fit and there must be one; proofs that the cap left out cannot
 * be looked at, so such an exception never covers a finding that has `more`.
 */
const coversFinding = (exception: Exception, finding: Finding): boolean => {
  if (exception.rule === undefined || !isGlobMatch(exception.rule, finding.rule)) return false;
  const { path, sha256 } = exception;
  if (path === undefined && sha256 === undefined) return true;
  if ((finding.more ?? 0) > 0) return false;
  return finding.evidence.every(
    (proof) =>
      (proof.kind === 'file' || proof.kind === 'excerpt') &&
      (path === undefined || isGlobMatch(path, proof.path)) &&
      (sha256 === undefined || proof.sha256 === sha256),
  );
};

/** `layer 2 (sha256:…): usr/bin/x` → `usr/bin/x`. */
const pathOfGap = (where: string): string => /^layer \d+ \([^)]*\): (.*)$/s.exec(where)?.[1] ?? where;

/** A gap in a program is accepted one code at a time, and only by a line that says so. */
export const coversExecutable = (
  gap: Gap,
  line: { readonly code: string | undefined; readonly executable: boolean | undefined },
): boolean =>
  gap.executable !== true || (line.executable === true && line.code !== undefined && !hasWildcard(line.code));

const coversGap = (exception: Exception, gap: Gap): boolean =>
  exception.gap !== undefined &&
  isGlobMatch(exception.gap, gap.code) &&
  coversExecutable(gap, { code: exception.gap, executable: exception.executable }) &&
  (exception.path === undefined || isGlobMatch(exception.path, pathOfGap(gap.where)));

export interface Exempted {
  /** In the order of the dossier: findings, then gaps. */
  readonly excepted: readonly Excepted[];
  /** What is left to judge. */
  readonly findings: readonly Finding[];
  readonly gaps: readonly Gap[];
  /** Ids of the policy's own rules that do not apply. */
  readonly rules: ReadonlySet<string>;
  /** Exceptions that would have applied, had they not run out. */
  readonly expired: readonly Exception[];
}

export const applyExceptions = (exceptions: readonly Exception[], dossier: Dossier, at: string): Exempted => {
  const here = exceptions.filter((exception) => isImage(exception, dossier));
  const valid = here.filter(({ expires }) => !hasExpired(expires, at));
  const pick = <Item>(
    kind: Excepted['kind'],
    items: readonly Item[],
    covers: (exception: Exception, item: Item) => boolean,
  ): readonly Excepted[] =>
    items.flatMap((item, position) => {
      const exception = valid.find((candidate) => covers(candidate, item));
      return exception === undefined ? [] : [{ kind, position, reason: exception.reason, expires: exception.expires }];
    });
  const excepted = [...pick('finding', dossier.findings, coversFinding), ...pick('gap', dossier.gaps, coversGap)];
  const leftOf = <Item>(kind: Excepted['kind'], items: readonly Item[]): readonly Item[] => {
    const covered = new Set(excepted.filter((one) => one.kind === kind).map(({ position }) => position));
    return items.filter((_, position) => !covered.has(position));
  };
  const findings = leftOf('finding', dossier.findings);
  const gaps = leftOf('gap', dossier.gaps);
  const expired = here
    .filter(({ expires }) => hasExpired(expires, at))
    .filter(
      (exception) =>
        findings.some((finding) => coversFinding(exception, finding)) || gaps.some((gap) => coversGap(exception, gap)),
    );
  return { excepted, findings, gaps, rules: new Set(valid.flatMap(({ rule }) => rule ?? [])), expired };
};
