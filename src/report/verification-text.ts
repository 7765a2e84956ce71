/** Verifications → text for a terminal: the answer first, then what was looked for and where, then what else lies there. */
import { counted } from '../core/amount.ts';
import type { Attestation, TraceStep } from '../core/attestation.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { Companion, Discovery, Verification } from '../core/verification.ts';
import { Page } from './page.ts';
import type { RenderOptions } from './renderer.ts';
import {
  attestationWords,
  companionWords,
  demandWords,
  historyWords,
  outcomeMarks,
  outcomeStyles,
  traceStyles,
  traceWord,
  traceWords,
} from './trust-words.ts';

type TextOptions = Pick<RenderOptions, 'colour' | 'width' | 'verbose'>;

const shownSteps = 24;
const shownStatements = 8;
const shownCompanions = 12;

const addSteps = (page: Page, trace: readonly TraceStep[], verbose: boolean, indent: number): void => {
  const left = verbose ? 0 : trace.length - shownSteps;
  // The end says what came of it.
  for (const step of left > 0 ? trace.slice(left) : trace)
    page.item(traceWord(step.result), traceWords(step), indent, traceStyles[step.result]);
  if (left > 0) page.add(`and ${counted(left, 'step')} before these (--verbose)`, indent, 'dim');
};

const addAttestation = (page: Page, attestation: Attestation, verbose: boolean): void => {
  page.gap();
  const { outcome } = attestation;
  page.item(outcomeMarks[outcome], attestationWords(attestation), 0, 'bold', outcomeStyles[outcome]);
  if (verbose)
    for (const [name, value] of Object.entries(attestation.facts ?? {}))
      page.add(`${toPlainText(name, 100)}: ${toPlainText(String(value), 512)}`, 4, 'dim');
  addSteps(page, attestation.trace, verbose, 4);
};

/** How what was found would be checked. Said once for each world. */
const advice: Readonly<Partial<Record<NonNullable<Companion['verifier']>, string>>> = {
  cosign:
    'cosign: --key FILE, or --certificate-identity NAME --certificate-oidc-issuer URL, or a signer "cosign" in a trust file',
  verdict: 'verdicts: a signer "verdict" in a trust file',
  notation: 'Notation: --trust trustpolicy.json, or a signer "notation" in a trust file',
};

/** Worlds that keep nothing beside the image: that nothing lies there says nothing about them. */
const elsewhere =
  'GPG simple signing and Docker Content Trust keep theirs elsewhere, and are looked for where a trust file names a signer of theirs';

/** What was not reached is not nothing. */
const headingOf = (
  companions: readonly Companion[],
  others: readonly Companion[],
  trace: readonly TraceStep[],
): string => {
  if (others.length > 0) return 'Beside it lies, and was not checked';
  if (trace.some(({ result }) => result === 'unreachable')) return 'Not all that may lie beside it could be seen';
  const nothing = companions.length === 0 ? 'Nothing that looks like a signature' : 'Nothing else';
  return `${nothing} lies beside it, in ${counted(trace.length, 'place')}`;
};

/** What the verifiers that were asked have looked at is in their traces; the rest is what nobody was asked about. */
const addDiscovery = (
  page: Page,
  { companions, trace }: Discovery,
  asked: ReadonlySet<string>,
  verbose: boolean,
): void => {
  if (trace.length === 0) return;
  const others = companions.filter(({ verifier }) => verifier === undefined || !asked.has(verifier));
  const steps = verbose ? trace : trace.filter(({ result }) => result === 'unreachable');
  if (companions.length > 0 && others.length === 0 && steps.length === 0) return;
  page.gap();
  page.add(headingOf(companions, others, trace), 0, 'bold');
  const few = verbose ? others : others.slice(0, shownCompanions);
  for (const companion of few) page.item('-', companionWords(companion), 2);
  if (few.length < others.length) page.add(`and ${others.length - few.length} more (--verbose)`, 2);
  addSteps(page, steps, verbose, 4);
  const isAsked = asked.has('gpg') || asked.has('docker-content-trust');
  if (companions.length === 0 && !isAsked && !trace.some(({ result }) => result === 'unreachable'))
    page.add(elsewhere, 2);
  for (const world of new Set(others.flatMap(({ verifier }) => verifier ?? []))) {
    const how = advice[world];
    if (how !== undefined) page.add(`to have it checked, ${how}`, 2);
  }
};

const addVerification = (page: Page, verification: Verification, verbose: boolean): void => {
  const { reference, platform, trust, attestations, discovery, history, historyProblem, identity, digest } =
    verification;
  const word = page.style(
    trust.asked ? trust.outcome.toUpperCase() : 'NOT ASKED',
    'bold',
    outcomeStyles[trust.outcome],
  );
  page.raw(`${word}  ${toPlainText(reference)}${platform === '' ? '' : `  (${toPlainText(platform)})`}`);
  page.item('-', demandWords(trust), 2);
  if (identity.index !== undefined) page.item('-', `found through the index ${identity.index}`, 2);
  for (const attestation of attestations.filter(({ kind }) => kind === 'signature'))
    addAttestation(page, attestation, verbose);
  const statements = attestations.filter(({ kind }) => kind === 'statement');
  const few = verbose ? statements : statements.slice(0, shownStatements);
  for (const statement of few) addAttestation(page, statement, verbose);
  if (few.length < statements.length)
    page.add(`and ${counted(statements.length - few.length, 'more statement')} (--verbose)`, 0);
  if (discovery !== undefined)
    addDiscovery(page, discovery, new Set(attestations.map(({ verifier }) => verifier)), verbose);
  if (trust.outcome === 'inconclusive' && digest !== null && discovery?.trace.length === 0) {
    page.gap();
    page.add(
      'Nothing is kept beside images there. Ask the registry that it came from: tidewaiter verify docker://NAME@DIGEST',
    );
  }
  if (history === undefined && historyProblem === undefined) return;
  page.gap();
  page.add('Seen before', 0, 'bold');
  for (const words of history === undefined ? [] : historyWords(history)) page.item('-', words, 2);
  if (historyProblem !== undefined) page.item('-', `not known: ${toPlainText(historyProblem, 600)}`, 2);
};

export const verificationText = (verifications: readonly Verification[], options: TextOptions): string => {
  const page = new Page(options);
  verifications.forEach((verification, position) => {
    if (position > 0) {
      page.raw('');
      page.raw('');
    }
    addVerification(page, verification, options.verbose === true);
  });
  return page.toString();
};

/** What lies beside an image, where nobody was named who must have signed it. */
export const discoveryText = (reference: string, discovery: Discovery, options: TextOptions): string => {
  const page = new Page(options);
  page.raw(`${page.style('NOT ASKED', 'bold', 'yellow')}  ${toPlainText(reference)}`);
  addDiscovery(page, discovery, new Set(), options.verbose === true);
  return page.toString();
};
