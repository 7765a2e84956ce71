/** The second flow: Events → Findings → Incidents. One for `replay`, and the same for what is live. */
import type { Digest } from '../../core/digest.ts';
import type { Event } from '../../core/event.ts';
import { eventActions } from '../../core/event-action.ts';
import type { Gap } from '../../core/gap.ts';
import type { ChainStepKind, Detection, Incident, IncidentVerdict } from '../../core/incident.ts';
import { noInventories, type ProgramInventories } from '../../core/program-inventory.ts';
import type { Checkpoint, FollowMemory, KeptEvent, KeptImage } from '../../core/follow-memory.ts';
import type { RuleLocations } from '../../core/analyzer.ts';
import { withoutSecrets } from '../../audit/secret/without-secrets.ts';
import { openDetector, type Detector, type DetectorFigures, type Match } from '../../detect/detector.ts';
import { toDetection } from '../../detect/incidents/detection.ts';
import {
  openIncidents,
  type IncidentFigures,
  type IncidentJoin,
  type IncidentOptions,
} from '../../detect/incidents/incidents.ts';
import { FreshVerdicts } from './fresh-verdicts.ts';
import { ForgottenTelling } from './forgotten.ts';
import type { RecordPlace } from './located-records.ts';
import { readLessons } from '../lessons.ts';
import type { Drift } from './drift.ts';
import { windowOf, withRunFacts, type RunFacts } from './drift-facts.ts';
import type { KnownBad } from './known-bad.ts';
import { openKnownFacts } from './known-facts.ts';
import { loadSigma, type LoadedSigma } from './sigma-rules.ts';
import { isSameImage, StartedBefore } from './started-before.ts';
import type { WatchSettings } from './watch-settings.ts';

export interface FollowedEvent {
  readonly event: Event;
  readonly place?: RecordPlace;
}

/** What a rule said, and where the record stood that completed it. */
export interface LocatedDetection {
  readonly detection: Detection;
  readonly place?: RecordPlace;
}

/** What one batch led to. */
export interface Followed {
  readonly detections: readonly LocatedDetection[];
  readonly gaps: readonly Gap[];
  /** As they are now: new ones and those that changed. */
  readonly incidents: readonly Incident[];
}

export interface FollowerOptions {
  readonly locations: RuleLocations;
  readonly watch: WatchSettings;
  /** What is known of an image by one of its digests. */
  readonly verdictOf: (digests: readonly Digest[]) => IncidentVerdict | undefined;
  readonly memory?: FollowMemory;
  /** What scanned images hold. Absent: nothing is known of it. */
  readonly inventories?: ProgramInventories;
  /** The latest time that an event may bear: for live events. */
  readonly ceiling?: () => number;
  /** Told of every event with what is known of it; first of those that an earlier process took. */
  readonly onEvent?: (event: Event) => void;
  /** The image of which the event says that it was judged, where it was judged here and the verdict is not kept yet. */
  readonly judgedBy?: (event: Event) => KeptImage | undefined;
  readonly gapsOf?: IncidentOptions['gapsOf'];
  /** Absent: what the locations hold when it is opened. */
  readonly knownBad?: KnownBad;
  /** Whether a cloud is asked about the event: rules that can wait for what it says do. */
  readonly awaits?: (event: Event) => boolean;
}

export interface FollowerFigures {
  readonly events: number;
  readonly findings: number;
  readonly gaps: number;
  readonly detector: DetectorFigures;
  readonly join: IncidentFigures;
}

export interface Follower {
  readonly rules: LoadedSigma;
  /**
   * Events that were taken before change nothing. What follows from the batch is kept together with the checkpoint before this returns.
   * `withIncidents`: false while nobody asks how incidents stand, which costs time.
   */
  take(
    batch: { readonly events: readonly FollowedEvent[]; readonly gaps: readonly Gap[] },
    checkpoint?: Checkpoint,
    withIncidents?: boolean,
  ): Followed;
  /**
   * What is kept of a time that nobody remembers any more: who did what, and what was found then. It is told again by no one, and the
   * incident of whatever follows has it.
   */
  recall(past: { readonly events: readonly KeptEvent[]; readonly incidents: readonly Incident[] }): void;
  /** All incidents as they are, in the order in which they opened. */
  incidents(): readonly Incident[];
  figures(): FollowerFigures;
}

/** Words for what ran and was not so in the image. */
const driftWords: ReadonlySet<unknown> = new Set<Drift>(['absent', 'moved', 'changed', 'not-executable']);

/** What a rule says of one event more than its action: a program that was not in the image. */
const stepOfFacts = (event: Event): ChainStepKind | undefined => {
  const { drift, drift_where: place } = (event.process ?? {}) as {
    readonly drift?: unknown;
    readonly drift_where?: unknown;
  };
  return event.action === 'exec' && driftWords.has(drift) && place !== 'engine' ? 'drift' : undefined;
};

/** How often verdicts and gaps of incidents are looked for that no event speaks of. */
const anewMs = 60_000;
/** Chains reach further back than correlations. */
const joinedMs = 86_400_000;

const toPastEvent = ({ command, action, ...kept }: KeptEvent): Event => ({
  ...kept,
  action: eventActions.find((known) => known === action) ?? 'other',
  logsource: {},
  ...(command === undefined ? {} : { process: { commandLine: command } }),
  fields: {},
});

class RunningFollower implements Follower {
  readonly rules: LoadedSigma;
  readonly #detector: Detector;
  readonly #join: IncidentJoin;
  readonly #facts: RunFacts;
  readonly #options: FollowerOptions;
  readonly #lessons = readLessons();
  readonly #forgotten = new ForgottenTelling();
  readonly #verdicts: FreshVerdicts;
  readonly #started = new StartedBefore();
  /** Of the batch that is being taken. */
  #placed = new Map<string, Event>();
  #events = 0;
  #findings = 0;
  #gaps = 0;
  #lookedAnew = Number.NEGATIVE_INFINITY;

  constructor(rules: LoadedSigma, facts: RunFacts, options: FollowerOptions, verdicts: FreshVerdicts) {
    this.rules = rules;
    this.#verdicts = verdicts;
    this.#facts = facts;
    this.#options = options;
    this.#detector = openDetector(rules.rules);
    this.#join = openIncidents({
      suppressions: options.watch.suppressions,
      verdictOf: (digests) => verdicts.find(digests),
      ...(options.gapsOf === undefined ? {} : { gapsOf: options.gapsOf }),
      redact: withoutSecrets,
    });
    // What an earlier process took is known again, and was told then.
    for (const event of options.memory?.recent(Math.max(this.#detector.reachMs, joinedMs)) ?? []) this.#follow(event);
    this.#join.changed();
  }

  #follow(event: Event): readonly Detection[] {
    const placed = this.#join.place(event);
    this.#placed.set(event.id, placed);
    const known = this.#facts.tell(placed);
    this.#options.onEvent?.(known);
    const found = this.#toDetections(this.#detector.push(known, this.#options.ceiling?.()), known);
    const step = stepOfFacts(known);
    const detections = step === undefined ? this.#join.take(event, found) : this.#join.take(known, found, step);
    const late = this.#tellLate(known);
    if (known.action === 'judge') return [...detections, ...late, ...this.#askAgain(known)];
    this.#started.note(known);
    return [...detections, ...late];
  }

  /** What an image says of a program may come after the program ran. */
  #tellLate(event: Event): readonly Detection[] {
    return this.#facts
      .late(event, (before) => this.#join.place(before))
      .flatMap((known) =>
        this.#join.take(known, this.#toDetections(this.#detector.ask(known), known), stepOfFacts(known)),
      );
  }

  #toDetections(matches: readonly Match[], event: Event): readonly Detection[] {
    return matches.map((match) => {
      const detection = toDetection(match, event, withoutSecrets);
      const lesson = this.#lessons.of(detection)?.id;
      return lesson === undefined ? detection : { ...detection, lesson };
    });
  }

  /** The verdict came after the container: rules that ask for it are asked of its start now. */
  #askAgain(judged: Event): readonly Detection[] {
    return this.#started.of(judged).flatMap((event) => {
      const placed = this.#join.place(event);
      if (!isSameImage(placed, judged)) return [];
      const known = this.#facts.tell(placed);
      this.#started.forget(event);
      return this.#join.take(event, this.#toDetections(this.#detector.ask(known), known));
    });
  }

  take(
    { events, gaps: given }: { readonly events: readonly FollowedEvent[]; readonly gaps: readonly Gap[] },
    checkpoint?: Checkpoint,
    withIncidents = true,
  ): Followed {
    const { memory } = this.#options;
    this.#placed = new Map();
    const unknown = memory?.unknownOf(events.map(({ event }) => event));
    const fresh = unknown === undefined ? events : events.filter(({ event }) => unknown.has(event.id));
    const images: KeptImage[] = [];
    const detections = fresh.flatMap(({ event, place }) => {
      const image = event.action === 'judge' ? this.#options.judgedBy?.(event) : undefined;
      if (image !== undefined) {
        images.push(image);
        this.#verdicts.add(image);
      }
      return this.#follow(event).map((detection): LocatedDetection => ({
        detection,
        // Of an earlier event that is asked of again nobody knows any more where its record stood.
        ...(place === undefined || detection.events.at(-1) !== event.id ? {} : { place }),
      }));
    });
    // A replay tells it in its summary.
    const gaps = this.#options.ceiling === undefined ? given : [...given, ...this.#forgotten.tell(this.figures())];
    this.#events += fresh.length;
    this.#findings += detections.length;
    this.#gaps += gaps.length;
    const isAnew = given.length > 0 || this.#isAnew(fresh.map(({ event }) => event));
    const followed: Followed = { detections, gaps, incidents: withIncidents ? this.#join.changed(isAnew) : [] };
    if (fresh.length > 0 || followed.incidents.length > 0 || checkpoint !== undefined)
      memory?.keep(
        { events: fresh.map(({ event }) => event), placed: this.#placed, incidents: followed.incidents, images },
        checkpoint,
      );
    return followed;
  }

  /** Verdicts and what could not be found out come with events that say so, or from elsewhere: those are looked for now and then. */
  #isAnew(events: readonly Event[]): boolean {
    const now = this.#options.ceiling?.();
    if (now === undefined) return true;
    if (now - this.#lookedAnew < anewMs && !events.some(({ action }) => action === 'judge' || action === 'learn'))
      return false;
    this.#lookedAnew = now;
    return true;
  }

  recall({
    events,
    incidents,
  }: {
    readonly events: readonly KeptEvent[];
    readonly incidents: readonly Incident[];
  }): void {
    const known = new Map(events.map((kept): readonly [string, Event] => [kept.id, toPastEvent(kept)]));
    for (const event of known.values()) this.#join.place(event);
    for (const finding of incidents.flatMap(({ findings }) => findings)) {
      const event = known.get(finding.events.at(-1) ?? '');
      if (event !== undefined) this.#join.take(event, [finding]);
    }
  }

  incidents(): readonly Incident[] {
    return this.#join.all();
  }

  figures(): FollowerFigures {
    return {
      events: this.#events,
      findings: this.#findings,
      gaps: this.#gaps,
      detector: this.#detector.figures(),
      join: this.#join.figures(),
    };
  }
}

/** @throws {Fault} misuse `RULES_NOT_FOUND`, unavailable `RULES_UNREADABLE` */
export const openFollower = async (options: FollowerOptions): Promise<Follower> => {
  const rules = loadSigma(options.locations, options.watch.parameters);
  const verdicts = new FreshVerdicts(options.verdictOf);
  const known = await openKnownFacts({
    locations: options.locations,
    verdictOf: (digests) => verdicts.find(digests),
    seenBefore: (name, event) => options.memory?.seenBefore(name, event) ?? false,
    ...(options.knownBad === undefined ? {} : { knownBad: options.knownBad }),
    ...(options.awaits === undefined ? {} : { awaits: options.awaits }),
  });
  const { inventories = noInventories } = options;
  const facts = withRunFacts(known, inventories, windowOf(rules.parameters));
  return new RunningFollower(rules, facts, options, verdicts);
};
