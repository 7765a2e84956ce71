/** Who signed an image, what was looked for, and what was seen of it before → the words of a report. Text from outside is made plain here. */
import type { Attestation, AttestationOutcome, TraceResult, TraceStep } from '../core/attestation.ts';
import type { ImageHistory } from '../core/image-history.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { TrustSummary } from '../core/trust-summary.ts';
import type { Companion } from '../core/verification.ts';
import { shortDigest, shortDigests } from './amounts.ts';
import type { Style } from './page.ts';

const shown = (text: string, maximum = 600): string => toPlainText(text, maximum);

export const outcomeStyles: Readonly<Record<AttestationOutcome, Style>> = {
  trusted: 'green',
  untrusted: 'red',
  inconclusive: 'yellow',
};

export const outcomeMarks: Readonly<Record<AttestationOutcome, string>> = {
  trusted: '✓',
  untrusted: '✗',
  inconclusive: '?',
};

export const traceStyles: Readonly<Record<TraceResult, Style>> = {
  found: 'cyan',
  verified: 'green',
  absent: 'dim',
  refused: 'red',
  unreachable: 'yellow',
};

/** `signed by release, as rule "ours" asks for 1 signer (trust.yaml)`. */
export const demandWords = ({ reason, rule, configuration }: TrustSummary): string =>
  `${shown(reason)}${configuration.name === rule ? '' : ` (${shown(configuration.name, 200)})`}`;

/** The same, with the outcome before it. */
export const trustWords = (trust: TrustSummary): string =>
  `${trust.asked ? trust.outcome : 'not asked'}: ${demandWords(trust)}`;

/** Digests in text, and tags that are made of one, by their first digits: a full one fills the line, and the JSON has it. */
const shortNames = (text: string): string =>
  shortDigests(text).replaceAll(/\b(sha256-[0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');

/** One answer of one verifier: who was looked for, what came of it, and who signed. */
export const attestationWords = (attestation: Attestation): string => {
  const { verifier, signer, kind, outcome, code, reason, identity, signedAt } = attestation;
  const who = signer === undefined ? verifier : `${shown(signer, 100)} (${shown(verifier, 60)})`;
  const what = kind === 'statement' ? `, statement${predicateOf(attestation)}` : '';
  const by = identity === undefined || reason.includes(identity) ? '' : `; signed by ${shown(identity, 300)}`;
  const when = signedAt === undefined ? '' : `, proven at ${shown(signedAt, 40)}`;
  return `${who}${what}: ${outcome}${code === outcome ? '' : ` (${shown(code, 60)})`}: ${shown(reason)}${by}${when}`;
};

const predicateOf = ({ facts }: Attestation): string => {
  const predicate = facts?.['predicateType'];
  return typeof predicate === 'string' ? ` ${shown(predicate, 200)}` : '';
};

export const traceWords = ({ lookedFor, detail }: TraceStep): string =>
  `${shortNames(shown(lookedFor))}${detail === undefined ? '' : `: ${shortNames(shown(detail))}`}`;

export const companionWords = ({ what, place, digest }: Companion): string =>
  `${shown(what, 300)}: ${shortNames(shown(place, 300))} (${shown(shortDigest(digest))})`;

export const traceWord = (result: TraceResult): string => result.padEnd('unreachable'.length);

/** What was seen of the image before; what would make one look twice comes first. */
export const historyWords = (history: ImageHistory): readonly string[] => {
  const { tagBefore, tagMovedAt, signersBefore, elsewhere, loggedAt, firstSeen, seenBefore } = history;
  return [
    ...(history.signatureLost ? ['it was signed before, and no signature that is trusted is found now'] : []),
    ...(history.signerChanged
      ? [
          `signed by somebody else than images of this repository before: ${signersBefore.map((one) => shown(one, 200)).join(', ')}`,
        ]
      : []),
    ...(tagBefore === undefined
      ? []
      : [`the tag named ${shown(shortDigest(tagBefore))} before, and this image since ${shown(tagMovedAt ?? '')}`]),
    ...elsewhere.map(
      ({ repository, digest }) =>
        `${shown(repository, 300)} was last seen with other content under this tag: ${shown(shortDigest(digest))}`,
    ),
    seenBefore ? `first seen here on ${shown(firstSeen, 40)}` : 'never seen here before',
    ...(loggedAt === undefined ? [] : [`proven to be there since ${shown(loggedAt, 40)}`]),
  ];
};
