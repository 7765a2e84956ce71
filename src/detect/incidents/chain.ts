/** What belongs to one subject → its chain: the steps that a person reads, in the order in which they came about. */
import { chainStepKinds, type ChainStep, type ChainStepKind } from '../../core/incident.ts';
import type { Gathered, ToldMoment } from './assemble.ts';
import { compareMoments } from './node.ts';

const perStep = 5;
const chainSteps = 100;
/** An engine says that a container started once its first program runs. */
const startLagMs = 5000;
/** An engine asks for a manifest by its tag and then by its digest: that is one pull. */
const samePullMs = 10_000;

const withoutTag = (what: string): string => what.replace(/:[\w.-]+ \(sha256:/, ' (sha256:');

/** What one engine fetched at once is told once: by the sentence that says more, and of which a finding speaks. */
const withoutEchoes = (pulls: readonly ToldMoment[]): readonly ToldMoment[] => {
  const kept: ToldMoment[] = [];
  const sayingMore = pulls.toSorted(
    (one, other) =>
      Number(other.flagged) - Number(one.flagged) || other.what.length - one.what.length || compareMoments(one, other),
  );
  for (const pull of sayingMore)
    if (
      !kept.some(({ at, what }) => Math.abs(at - pull.at) <= samePullMs && withoutTag(what) === withoutTag(pull.what))
    )
      kept.push(pull);
  return kept.sort(compareMoments);
};

/** The time at which a step came about, as far as others tell: a container starts before anything is done in it. */
const begunAt = (moment: ToldMoment, moments: readonly ToldMoment[]): number =>
  moment.step !== 'start' || moment.whose === undefined
    ? moment.at
    : Math.min(
        moment.at,
        ...moments
          .filter(
            ({ step, whose, at }) =>
              (step === 'command' || step === 'drift' || step === 'egress') &&
              whose === moment.whose &&
              at >= moment.at - startLagMs,
          )
          .map(({ at }) => at),
      );

/** Of each kind the first ones, and all that findings name; the rest is counted at the last one of its kind. */
export const toChain = ({ moments, more }: Gathered): readonly ChainStep[] => {
  const kept: ToldMoment[] = [];
  const rest = new Map<ToldMoment['step'], number>(more);
  for (const step of chainStepKinds) {
    const all = moments.filter((moment) => moment.step === step);
    const own = step === 'pull' ? withoutEchoes(all) : all;
    const shown = own.filter((moment, position) => moment.flagged || position < perStep);
    kept.push(...shown);
    rest.set(step, (rest.get(step) ?? 0) + own.length - shown.length);
  }
  const begun = new Map(kept.map((moment) => [moment, begunAt(moment, kept)]));
  const chain = kept
    .sort(
      (one, other) =>
        (begun.get(one) ?? one.at) - (begun.get(other) ?? other.at) ||
        Number(other.step === 'start') - Number(one.step === 'start') ||
        compareMoments(one, other),
    )
    .slice(0, chainSteps);
  return chain.map(({ id, at, step, what }, position): ChainStep => {
    const last = chain.findLastIndex((other) => other.step === step) === position;
    const count = rest.get(step) ?? 0;
    return { step, at, event: id, what, ...(last && count > 0 ? { more: count } : {}) };
  });
};

const deeds: Readonly<Record<ChainStepKind, string>> = {
  search: 'looked for',
  build: 'built',
  push: 'pushed',
  pull: 'pulled',
  verdict: 'judged',
  create: 'created',
  launch: 'launched',
  'user-data': 'given a start-up script',
  start: 'started',
  command: 'ran commands',
  drift: 'ran programs that it did not bring',
  change: 'changed things',
  egress: 'connected out',
};

/** Of an incident that is worse than any of its findings: what makes it so. `Pulled, ran commands, connected out`. */
export const titleOfSteps = (steps: ReadonlySet<ChainStepKind>): string => {
  const words = chainStepKinds
    .filter((step) => steps.has(step))
    .map((step) => deeds[step])
    .join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};
