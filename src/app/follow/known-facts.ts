/** An event → the event as rules see it: with what we know besides the record, by our own clock and verdicts, never by what the record claims. */
import type { RuleLocations } from '../../core/analyzer.ts';
import type { Digest } from '../../core/digest.ts';
import type { Event, EventImage } from '../../core/event.ts';
import { makerKindOf, makingDay } from '../../core/follow-memory.ts';
import type { IncidentVerdict } from '../../core/incident.ts';
import { lookalike } from '../../audit/analyzers/lookalike.ts';
import { loadMachineImagePublishers, machineImageResemblance } from '../../audit/lookalike/machine-image.ts';
import { loadKnownBad, type KnownBad } from './known-bad.ts';
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
  /** Of a machine image: it belongs to the account in which it is used. */
  readonly own?: boolean;
  /** Of a machine image: whole hours from when the cloud says that it came to be to the event. */
  readonly age_hours?: number;
}

export interface KnownFactsOptions {
  readonly locations: RuleLocations;
  readonly verdictOf: (digests: readonly Digest[]) => IncidentVerdict | undefined;
  /** Whether it was seen before this run: what is kept of earlier ones. */
  readonly seenBefore: (name: string, event: string) => boolean;
  /** Whether a cloud is asked about the event: what it says comes as another event. Absent: of none. */
  readonly awaits?: (event: Event) => boolean;
  /** Absent: what the locations hold now. */
  readonly knownBad?: KnownBad;
}

const rememberedNames = 100_000;
const hourMs = 3_600_000;
/** How far back it is looked for others who did the same. */
const learningDays = 30;

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

export const openKnownFacts = async ({
  locations,
  verdictOf,
  seenBefore,
  awaits = () => false,
  knownBad,
}: KnownFactsOptions): Promise<KnownFacts> => {
  const { data } = (await lookalike.load?.(locations)) ?? { data: undefined };
  const bad = knownBad ?? (await loadKnownBad(locations));
  const publishers = loadMachineImagePublishers(locations);
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

  const machineFacts = (
    image: EventImage & { readonly kind: 'machine' },
    { action, at, place, learnt }: Event,
  ): ImageFacts => {
    const { owner, created, resolved, written } = image;
    const own = owner === undefined ? undefined : owner === place.account?.toLowerCase() || image.ownerAlias === 'self';
    // A copy in one's own account imitates nobody, until others are let in.
    const resembles =
      own === true && (learnt?.about ?? action) !== 'image-share'
        ? undefined
        : machineImageResemblance(image, publishers);
    return {
      ...(own === undefined ? {} : { own }),
      ...(created === undefined ? {} : { age_hours: Math.floor((at - created) / hourMs) }),
      ...(resembles === undefined ? {} : { lookalike: resembles }),
      ...(bad.hasMachineImage({ id: resolved ?? written, ...(owner === undefined ? {} : { owner }) })
        ? { known_bad: true }
        : {}),
    };
  };

  const factsOf = (image: EventImage, event: Event): ImageFacts => {
    const first = namesToRemember(image).map((name) => isFirst(name, event.id));
    const facts: ImageFacts = first.length === 0 ? {} : { first_seen: first.every(Boolean) };
    if (image.kind === 'machine') return { ...facts, ...machineFacts(image, event) };
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
      // The name may lead to a clean image by now: it counts where nobody says to which.
      ...(bad.hasDigest(digests) ||
      (digests.length === 0 && image.reference !== undefined && bad.hasName(image.reference))
        ? { known_bad: true }
        : {}),
      ...(resembles === '' ? {} : { lookalike: resembles }),
    };
  };

  /** Of days that this run or an earlier one saw. */
  const knowsOthers = (kind: string, { at, id }: Event): boolean => {
    for (let days = 1; days <= learningDays; days += 1) {
      const day = makingDay(kind, at, days);
      if (seen.get(day) === true || seenBefore(day, id)) return true;
    }
    return false;
  };

  /** Where nobody is known who did it on an earlier day, everybody would be new: that is said of none. */
  const newness = (kind: string, name: string, event: Event): { readonly first_seen?: boolean } => {
    const first = isFirst(`${kind} ${name}`, event.id);
    seen.set(makingDay(kind, event.at), true);
    return first && !knowsOthers(kind, event) ? {} : { first_seen: first };
  };

  return {
    tell: (event) => {
      const { image, actor, action, learnt } = event;
      const maker = makerKindOf(action);
      const known = {
        ...event,
        ...(image === undefined ? {} : { image: { ...image, ...factsOf(image, event) } }),
        ...(maker !== undefined && actor !== undefined && actor.name !== ''
          ? { actor: { ...actor, ...newness(maker, actor.name, event) } }
          : {}),
        ...(learnt?.script === undefined ? {} : { user_data: learnt.script }),
        ...(learnt?.tags === undefined || learnt.tags.length === 0 ? {} : { tags: learnt.tags }),
        ...(awaits(event) ? { enrichment: 'awaited' } : {}),
      };
      return known;
    },
  };
};
