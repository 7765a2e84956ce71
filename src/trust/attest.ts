/** One image and those whose signatures are demanded → what each verifier says: side by side, within a time, each answer held to the interface. */
import type { Attestation, AttestationCode, AttestationFacts, TraceStep } from '../core/attestation.ts';
import { isFault, type Fault } from '../core/fault.ts';
import type { SignatureSubject, Trust, TrustContext, TrustVerifier } from '../core/trust.ts';
import type { TrustDemand, TrustSigner } from './demand.ts';

export interface AttestOptions {
  readonly verifiers: readonly TrustVerifier[];
  /** For all signers together; what is not answered by then is `inconclusive`. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;
const sideBySide = 8;
const maximumText = 512;
const maximumSteps = 200;
const maximumFacts = 64;

const bounded = (text: string): string => (text.length > maximumText ? `${text.slice(0, maximumText - 1)}…` : text);

const boundedFacts = (facts: AttestationFacts): AttestationFacts =>
  Object.fromEntries(
    Object.entries(facts)
      .slice(0, maximumFacts)
      .map(([name, value]) => [bounded(name), typeof value === 'string' ? bounded(value) : value]),
  );

const boundedStep = ({ lookedFor, result, detail }: TraceStep): TraceStep => ({
  lookedFor: bounded(lookedFor),
  result,
  ...(detail === undefined ? {} : { detail: bounded(detail) }),
});

/** A trace that is too long keeps its end: there it says what came of it. */
const boundedTrace = (trace: readonly TraceStep[]): readonly TraceStep[] => {
  const left = trace.length - maximumSteps;
  const steps = left > 0 ? [...trace.slice(0, maximumSteps / 2), ...trace.slice(-maximumSteps / 2)] : trace;
  return steps.map(boundedStep);
};

/**
 * A manifest that was asked for by its own digest shows no index, and no registry says which index lists it. Its answer stays untrusted:
 * what was asked for was looked for everywhere, and an index that was not asked for vouches for nothing here. Inconclusive would mean that
 * nobody could ever be told that a pinned manifest is not signed. But whoever signed the index is told how to ask.
 */
const indexStep = (
  { digest, index, reference }: SignatureSubject,
  { kind, outcome }: Attestation,
): readonly TraceStep[] =>
  kind === 'signature' && outcome === 'untrusted' && index === undefined && reference?.digest === digest
    ? [
        {
          lookedFor: `an index that lists ${digest}`,
          result: 'absent',
          detail:
            'none was asked for: if its index is signed, ask for the tag or the digest of the index, with --platform',
        },
      ]
    : [];

/** What a verifier says comes from a registry in the end: it is bounded before anybody keeps it. */
const stamped = (subject: SignatureSubject, attestation: Attestation, signer: TrustSigner): Attestation => ({
  ...attestation,
  signer: signer.name,
  reason: bounded(attestation.reason),
  ...(attestation.identity === undefined ? {} : { identity: bounded(attestation.identity) }),
  ...(attestation.facts === undefined ? {} : { facts: boundedFacts(attestation.facts) }),
  trace: [...boundedTrace(attestation.trace), ...indexStep(subject, attestation)],
});

const codes: Readonly<Record<Exclude<Fault['kind'], 'misuse'>, AttestationCode>> = {
  unavailable: 'unreachable',
  limit: 'limit',
  malformed: 'malformed',
};

/** A verifier that could not go on says nothing about the signature. */
const undecided = (
  subject: SignatureSubject,
  { trust }: TrustSigner,
  kind: keyof typeof codes,
  why: string,
): Attestation => ({
  verifier: trust.verifier,
  kind: trust.verifier === 'verdict' ? 'statement' : 'signature',
  digest: subject.digest,
  outcome: 'inconclusive',
  code: codes[kind],
  reason: why,
  trace: [{ lookedFor: `what ${trust.verifier} needs`, result: 'unreachable', detail: why }],
});

/** The interface of verifiers, held: one signature, about the digest that was asked for. */
const requireContract = (subject: SignatureSubject, trust: Trust, said: readonly Attestation[]): void => {
  const signatures = said.filter(({ kind }) => kind === 'signature');
  if (signatures.length !== (trust.verifier === 'verdict' ? 0 : 1))
    throw new Error(`${trust.verifier} gave ${signatures.length} answers about the signature`);
  if (said.some(({ digest, verifier }) => digest !== subject.digest || verifier !== trust.verifier))
    throw new Error(`${trust.verifier} answered about something else`);
};

/** Ends with the signal, also where what runs does not listen to it. */
const untilAborted = async <Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> => {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

const verifierOf = (verifiers: readonly TrustVerifier[], trust: Trust): TrustVerifier => {
  const found = verifiers.find(({ id }) => id === trust.verifier);
  if (found === undefined) throw new Error(`there is no verifier ${trust.verifier}`);
  return found;
};

/**
 * In the order of the demand's signers, each Attestation with its signer's name. Empty when no signatures are asked for.
 * A Fault of a verifier becomes an `inconclusive` Attestation; anything else that it throws is a bug and is thrown on.
 * @throws {Fault} misuse: some trust cannot work
 */
export const attest = async (
  subject: SignatureSubject,
  demand: TrustDemand,
  context: TrustContext,
  { verifiers, timeoutMs = defaultTimeoutMs }: AttestOptions,
): Promise<readonly Attestation[]> => {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([context.signal, deadline]);
  const within: TrustContext = { ...context, signal };

  const refuse = (signer: TrustSigner, kind: keyof typeof codes, why: string): Attestation =>
    stamped(subject, undecided(subject, signer, kind, why), signer);

  const ask = async (signer: TrustSigner): Promise<readonly Attestation[]> => {
    const { trust } = signer;
    const step = { id: `signature ${signer.name}`, label: `signature of ${signer.name}`, done: 0, total: 0 };
    context.progress({ ...step, state: 'running' });
    try {
      const said = await untilAborted(verifierOf(verifiers, trust).verify(subject, trust, within), signal);
      requireContract(subject, trust, said);
      context.progress({ ...step, state: 'done' });
      return said.map((attestation) => stamped(subject, attestation, signer));
    } catch (thrown) {
      context.progress({ ...step, state: 'failed' });
      // Whatever is thrown while one is stopped is about the stop.
      context.signal.throwIfAborted();
      if (deadline.aborted) return [refuse(signer, 'unavailable', `not answered within ${timeoutMs / 1000} seconds`)];
      if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
      const where = thrown.where === '' ? '' : ` (${thrown.where})`;
      return [refuse(signer, thrown.kind, `${thrown.message}${where}`)];
    }
  };

  const answers: (readonly Attestation[])[] = demand.signers.map(() => []);
  const waiting = [...demand.signers.entries()];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) answers[next[0]] = await ask(next[1]);
  };
  const ended = await Promise.allSettled(Array.from({ length: sideBySide }, work));
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return answers.flat();
};
