/** An event → the event as rules see it: with what we know besides the record, by our own clock and verdicts, never by what the record claims. */
import type { RuleLocations } from '../../core/analyzer.ts';
import type { Digest } from '../../core/digest.ts';
import type { Event, EventImage } from '../../core/event.ts';
import type { IncidentVerdict } from '../../core/incident.ts';
import { lookalike } from '../../audit/analyzers/lookalike.ts';
import { loadKnownBad } from './known-bad.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';

/** What rules may ask of an image beside what the sensor said: `tidewaiter.image.first_seen` and so on. */
interface ImageFacts {
  /** By no event before, and by no verdict. */
  readonly first_seen?: boolean;
  /** Absent where no digest is known: nobody can tell. */
  readonly judged?: boolean;
  readonly assessment?: string;
  readonly decision?: string;
  /** A feed or list names it. */
  readonly known_bad?: true;
  /** The name that it could be taken for, or what is odd about its own. */
  readonly lookalike?: string;
}

export interface KnownFactsOptions {
  readonly locations: RuleLocations;
  readonly verdictOf: (digests: readonly Digest[]) => IncidentVerdict | undefined;
  /** Whether it was seen before this run: what is kept of earlier ones. */
  readonly seenBefore: (name: string, event: string) => boolean;
}

const rememberedNames = 100_000;

const digestsOf = (image: EventImage & { readonly kind: 'container' }): readonly Digest[] =>
  [...new Set([image.resolved, image.digest, image.id])].filter((digest) => digest !== undefined);

/** A name that is worth remembering: the content where it is known, else where it was found. */
const namesToRemember = (image: EventImage): readonly string[] => {
  if (image.kind === 'unknown') return [];
  if (image.kind === 'machine') return [`${image.cloud} ${image.resolved ?? image.written}`];
  const digests = digestsOf(image);
  return digests.length > 0 ? digests : [image.reference ?? image.written];
};

export interface KnownFacts {
  /** In the order of events: what was seen before depends on it. */
  tell(event: Event): Event;
}

export const openKnownFacts = async ({ locations, verdictOf, seenBefore }: KnownFactsOptions): Promise<KnownFacts> => {
  const { data } = (await lookalike.load?.(locations)) ?? { data: undefined };
  const bad = await loadKnownBad(locations);
  const names = new BoundedMap<string>(rememberedNames);
  const seen = new BoundedMap<true>(rememberedNames);

  const resemblance = (reference: string): string => {
    const known = names.get(reference);
    if (known !== undefined) return known;
    const conclusion = lookalike.conclude(
      { reference: `docker://${reference}`, kind: 'container', identity: { diffIds: [] }, layers: [], inventory: [] },
      [],
      data,
    );
    const [finding] = Array.isArray(conclusion) ? conclusion : [];
    // What every second honest image has is no sign: names of one point are told as borrowed, not as imitated.
    const [proof] =
      finding === undefined || finding.severity === 'info' || finding.severity === 'low' ? [] : finding.evidence;
    const told = proof !== undefined && 'field' in proof ? proof.field.slice(0, 512) : '';
    names.set(reference, told);
    return told;
  };

  const isFirst = (name: string, event: string): boolean => {
    if (seen.get(name) === true) return false;
    seen.set(name, true);
    return !seenBefore(name, event);
  };

  const factsOf = (image: EventImage, event: string): ImageFacts => {
    const first = namesToRemember(image).map((name) => isFirst(name, event));
    const facts: ImageFacts = first.length === 0 ? {} : { first_seen: first.every(Boolean) };
    if (image.kind === 'machine' && bad.hasMachineImage(image.resolved ?? image.written))
      return { ...facts, known_bad: true };
    if (image.kind !== 'container') return facts;
    const digests = digestsOf(image);
    const verdict = digests.length === 0 ? undefined : verdictOf(digests);
    const resembles = image.reference === undefined ? '' : resemblance(image.reference);
    return {
      ...facts,
      ...(digests.length === 0
        ? {}
        : { judged: verdict !== undefined, ...(verdict === undefined ? {} : { first_seen: false }) }),
      ...(verdict === undefined ? {} : { assessment: verdict.assessment, decision: verdict.decision }),
      ...(bad.hasDigest(digests) ? { known_bad: true } : {}),
      ...(resembles === '' ? {} : { lookalike: resembles }),
    };
  };

  return {
    tell: (event) => {
      const { image, actor, action } = event;
      const known = {
        ...event,
        ...(image === undefined ? {} : { image: { ...image, ...factsOf(image, event.id) } }),
        ...(action === 'push' && actor !== undefined && actor.name !== ''
          ? { actor: { ...actor, first_seen: isFirst(`pusher ${actor.name}`, event.id) } }
          : {}),
      };
      return known;
    },
  };
};
