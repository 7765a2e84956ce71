/** Events and what rules say of them → Incidents: everything about one subject joined, from the pull to the connection. */
import { isDigest, type Digest } from '../../core/digest.ts';
import type { Event, EventImage } from '../../core/event.ts';
import { compareFindings, severityRank } from '../../core/finding.ts';
import type { Gap } from '../../core/gap.ts';
import type {
  ChainStepKind,
  Detection,
  Incident,
  IncidentIdentity,
  IncidentVerdict,
  Suppression,
} from '../../core/incident.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { Assembly, toIdentity } from './assemble.ts';
import { titleOfSteps, toChain } from './chain.ts';
import { Dependencies } from './dependencies.ts';
import { Groups, type Group, type Held } from './groups.ts';
import { describeStep } from './describe-step.ts';
import { defaultIncidentLimits, nothingDropped, type DroppedJoins, type IncidentLimits } from './limits.ts';
import type { Node } from './node.ts';
import { Scene, type Seen } from './scene.ts';
import { isIncident, severityOf, stepsFound } from './severity.ts';

/** Somebody says that what a rule finds is nothing: everywhere, or about one subject or image. All that is given must agree. */
export interface SuppressionRule extends Suppression {
  readonly rule?: string;
  /** Id of a subject, a digest, or a reference. */
  readonly about?: string;
}

export interface IncidentOptions {
  readonly limits?: Partial<IncidentLimits>;
  readonly suppressions?: readonly SuppressionRule[];
  /** What is known of an image by one of its digests. */
  readonly verdictOf?: (digests: readonly Digest[]) => IncidentVerdict | undefined;
  /** What could not be found out about whatever bears these names. */
  readonly gapsOf?: (
    identity: IncidentIdentity,
    verdict: IncidentVerdict | undefined,
    /** Ids of its events. */
    events: readonly string[],
  ) => readonly Gap[];
  /** Leaves out what looks like a secret. */
  readonly redact?: (text: string) => string;
}

export interface IncidentFigures {
  readonly nodes: number;
  readonly findings: number;
  readonly dropped: Readonly<DroppedJoins>;
}

export interface IncidentJoin {
  /**
   * The event with what is known of its place and image from others: the container in which the process runs or that has the
   * address, and the image that it was made of. Rules are asked of this one; `take` may be given either.
   */
  place(event: Event, step?: ChainStepKind): Event;
  /** An event, with what rules say of it, or of those before that it completes. Gives the findings with their subjects, new ones only. */
  take(event: Event, findings: readonly Detection[], step?: ChainStepKind): readonly Detection[];
  /**
   * Those that are not as they were when last asked for. In the order in which they opened. Only what new events and findings concern is
   * looked at; with `anew` everything, since verdicts and gaps change by themselves.
   */
  changed(anew?: boolean): readonly Incident[];
  /** All, as they are. */
  all(): readonly Incident[];
  figures(): IncidentFigures;
}

const eventsOfIncident = 500;
const findingsOfIncident = 100;
const gapsOfIncident = 20;

const compareIncidents = (one: Incident, other: Incident): number =>
  one.opened - other.opened || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

class RunningJoin implements IncidentJoin {
  readonly #options: IncidentOptions;
  readonly #limits: IncidentLimits;
  readonly #dropped = nothingDropped();
  readonly #scene: Scene;
  readonly #assembly: Assembly;
  readonly #held = new Map<string, Held>();
  /** Ids of those that alone are no incident. */
  readonly #weak = new Set<string>();
  readonly #redact: (text: string) => string;
  readonly #dependencies = new Dependencies<Held | Group>();
  readonly #groups = new Groups(this.#dependencies, ({ key, detection }) => this.#subjectNode(key, detection.at));
  #order = 0;

  constructor(options: IncidentOptions) {
    this.#options = options;
    this.#limits = { ...defaultIncidentLimits, ...options.limits };
    this.#redact = options.redact ?? ((text) => text);
    this.#scene = new Scene(this.#limits, this.#dropped, this.#redact, this.#dependencies);
    this.#assembly = new Assembly(this.#scene);
  }

  #subjectNode(key: string, at: number): Node | undefined {
    const node = this.#scene.nodes.get(key);
    return node === undefined ? undefined : this.#assembly.subjectOf(node, at);
  }

  place(event: Event, step?: ChainStepKind): Event {
    const seen = this.#scene.take(event, step);
    const node = seen === undefined ? undefined : this.#scene.nodes.get(seen.key);
    const workload = node === undefined ? undefined : this.#assembly.workloadOf(node, event.at);
    const image = event.image?.kind === 'container' ? event.image : workload && this.#assembly.imageFor(workload);
    const containerId = workload === undefined ? undefined : this.#containerIdOf(event, workload);
    const instance = workload === undefined && node !== undefined ? this.#instanceIdOf(event, node) : undefined;
    return {
      ...event,
      place: {
        ...event.place,
        ...(containerId === undefined ? {} : { containerId }),
        ...(instance === undefined ? {} : { instance }),
      },
      ...(image === undefined ? {} : { image: this.#withDigest(image, node, event.at) }),
    };
  }

  /** Of the machine that is known to have the address or the name of the host. */
  #instanceIdOf({ place, at }: Event, node: Node): string | undefined {
    if (place.instance !== undefined || (node.kind !== 'instance' && node.kind !== 'address')) return undefined;
    const subject = this.#assembly.subjectOf(node, at);
    return subject.kind === 'instance' && subject !== node ? this.#assembly.toSubject(subject).id : undefined;
  }

  /** Where the event tells none, or only its beginning: correlations group by it. */
  #containerIdOf({ place }: Event, { key, id }: Node): string | undefined {
    if (!key.startsWith('container:')) return undefined;
    if (place.containerId === undefined) return place.pod === undefined ? id : undefined;
    return id.length > place.containerId.length && id.startsWith(place.containerId.toLowerCase()) ? id : undefined;
  }

  /** A name alone says nothing of what was judged: others saw what it led to. */
  #withDigest(image: EventImage, node: Node | undefined, at: number): EventImage {
    if (node === undefined || image.kind !== 'container' || (image.digest ?? image.resolved ?? image.id) !== undefined)
      return image;
    const subject = this.#assembly.toSubject(this.#assembly.subjectOf(node, at));
    return subject.kind === 'digest' && isDigest(subject.id) ? { ...image, resolved: subject.id } : image;
  }

  take(event: Event, findings: readonly Detection[], step?: ChainStepKind): readonly Detection[] {
    const seen = this.#scene.take(event, step);
    if (step !== undefined && seen !== undefined) this.#deepen(event, seen, step);
    const fresh: Detection[] = [];
    for (const finding of findings) {
      const name = finding.id;
      if (this.#held.has(name)) continue;
      for (const id of finding.events) this.#scene.flag(id);
      const node = seen === undefined ? undefined : this.#subjectNode(seen.key, event.at);
      if (node?.kind === 'address' && this.#scene.pulledFrom(node.id, event.at).length > 1) this.#dropped.ambiguous++;
      const detection = node === undefined ? finding : { ...finding, subject: this.#assembly.toSubject(node) };
      fresh.push(detection);
      if (seen === undefined) continue;
      const held: Held = { detection, key: seen.key, order: this.#order++ };
      this.#held.set(name, held);
      this.#groups.add(held);
      if (detection.severity === 'info' || detection.severity === 'low') this.#weak.add(name);
      if (this.#held.size > this.#limits.findings) this.#forgetOldest();
    }
    return fresh;
  }

  /** When the event was placed, nobody knew yet what its image says of it. */
  #deepen(event: Event, { key, moment }: Seen, step: ChainStepKind): void {
    if (moment === undefined || moment.step === step) return;
    const what = describeStep(event, step, this.#redact);
    const node = this.#scene.nodes.get(key);
    if (node === undefined) return;
    node.change(moment, step, what, this.#limits, this.#dropped);
    this.#scene.nodes.wrote(node);
  }

  /** What is weak alone goes first: a flood of it must not push out what somebody has to see. */
  #forgetOldest(): void {
    const [oldest] = this.#weak.size > 0 ? this.#weak : this.#held.keys();
    if (oldest === undefined) return;
    const held = this.#held.get(oldest);
    if (held !== undefined) this.#groups.forget(held);
    this.#weak.delete(oldest);
    this.#held.delete(oldest);
    this.#dropped.findings++;
  }

  #suppressionOf(finding: Detection, names: ReadonlySet<string>): Suppression | undefined {
    return this.#options.suppressions?.find(
      ({ rule, about, until }) =>
        finding.at < until &&
        (rule === undefined || rule === finding.rule || rule === finding.sigma) &&
        (about === undefined || names.has(about)),
    );
  }

  /** Of one rule only the latest, with how often it was there. */
  #toFindings(all: readonly Detection[]): readonly Detection[] {
    const byRule = new Map<string, { readonly last: Detection; readonly count: number }>();
    for (const finding of all) {
      const name = `${finding.rule} ${finding.sigma ?? finding.title}`;
      const known = byRule.get(name);
      const last = known === undefined || finding.at >= known.last.at ? finding : known.last;
      byRule.set(name, { last, count: (known?.count ?? 0) + 1 });
    }
    return [...byRule.values()]
      .map(({ last, count }): Detection => (count > 1 ? { ...last, more: count - 1 } : last))
      .sort(compareFindings)
      .slice(0, findingsOfIncident);
  }

  #reopenedAt(all: readonly Detection[], suppressed: readonly boolean[]): number | undefined {
    let reopened: number | undefined;
    for (const [position, { at }] of all.entries()) {
      const before = all[position - 1];
      if (before === undefined || suppressed[position] === true) continue;
      if (suppressed[position - 1] === true || at - before.at > this.#limits.quietMs) reopened = at;
    }
    return reopened;
  }

  #build(group: Group): Incident | undefined {
    const { node } = group;
    const held = [...group.held];
    // Most subjects are only remarked on: they cost nothing whenever somebody asks.
    if (held.every(([, { detection }]) => detection.severity === 'info')) return undefined;
    this.#dependencies.read(node.key);
    const gathered = this.#assembly.gather(node);
    const chain = toChain(gathered);
    const sorted = held.toSorted(
      ([, one], [, other]) => one.detection.at - other.detection.at || one.order - other.order,
    );
    const all = sorted.map(([, { detection }]) => detection);
    if (!isIncident(all, chain)) return undefined;
    const identity = toIdentity(node, gathered);
    const subject = this.#assembly.toSubject(node);
    const known = new Set([
      subject.id,
      ...identity.digests,
      ...identity.references,
      ...identity.containers,
      ...identity.pods,
      ...identity.instances,
    ]);
    const suppressions = all.map((finding) => this.#suppressionOf(finding, known));
    const suppression = suppressions.every((held) => held !== undefined) ? suppressions.at(-1) : undefined;
    const counted = suppression === undefined ? all.filter((_, position) => suppressions[position] === undefined) : all;
    const verdict = this.#options.verdictOf?.(identity.digests);
    const events = [...new Set([...chain.map(({ event }) => event), ...all.flatMap(({ events }) => events)])];
    const gaps = this.#options.gapsOf?.(identity, verdict, events).slice(0, gapsOfIncident) ?? [];
    const findings = this.#toFindings(all).map((finding) => ({ ...finding, subject }));
    const [worst] = this.#toFindings(counted);
    const times = [...chain.map(({ at }) => at), ...all.flatMap(({ from, at }) => [from, at])];
    const reopened = this.#reopenedAt(
      all,
      suppressions.map((held) => held !== undefined),
    );
    const severity = severityOf(counted, chain, verdict);
    const found = stepsFound(
      counted.filter(({ severity: own }) => own !== 'info'),
      chain,
    );
    // Where no finding says how bad it is together, what was found one after the other does.
    const isMore = found.size > 1 && severityRank(severity) >= severityRank('high');
    const says =
      isMore && severityRank(worst?.severity ?? 'high') < severityRank('high') ? titleOfSteps(found) : undefined;
    const name = identity.references[0] ?? identity.ami ?? subject.id;
    return {
      id: this.#groups.idOf(group, `${subject.kind}/${subject.id}`),
      title: toPlainText(`${says ?? worst?.title ?? 'Suspicious events'}: ${name}`, 300),
      severity,
      subject,
      identity,
      findings,
      events: events.slice(0, eventsOfIncident),
      chain,
      opened: times.reduce((one, other) => Math.min(one, other)),
      updated: times.reduce((one, other) => Math.max(one, other)),
      state: suppression === undefined ? 'open' : 'suppressed',
      ...(suppression === undefined ? {} : { suppression: { reason: suppression.reason, until: suppression.until } }),
      ...(reopened === undefined ? {} : { reopened }),
      ...(verdict === undefined ? {} : { verdict }),
      ...(gaps.length === 0 ? {} : { gaps }),
    };
  }

  all(): readonly Incident[] {
    return [...this.#groups.all()]
      .map((group) => this.#build(group))
      .filter((incident) => incident !== undefined)
      .sort(compareIncidents);
  }

  changed(anew = false): readonly Incident[] {
    const changed: Incident[] = [];
    for (const group of this.#groups.takeAltered(anew)) {
      const incident = this.#dependencies.track(group, () => this.#build(group));
      const told = incident === undefined ? undefined : JSON.stringify(incident);
      if (incident !== undefined && told !== group.told) changed.push(incident);
      if (told === undefined) delete group.told;
      else group.told = told;
    }
    return changed.sort(compareIncidents);
  }

  figures(): IncidentFigures {
    return { nodes: this.#scene.nodes.size, findings: this.#held.size, dropped: { ...this.#dropped } };
  }
}

/** Reads no clock: time is what events say. Equal events give equal incidents, in whatever order they come within the bounds. */
export const openIncidents = (options: IncidentOptions = {}): IncidentJoin => new RunningJoin(options);
