/** One thing that events are about (an image, a container, a machine, an address, a person), and what happened to it. */
import type { ChainStepKind } from '../../core/incident.ts';
import type { StepText } from './describe-step.ts';
import type { DroppedJoins, IncidentLimits } from './limits.ts';

export type NodeKind = 'digest' | 'name' | 'workload' | 'pod' | 'instance' | 'machine-image' | 'address' | 'principal';

/** A step as it is kept. */
export interface Moment {
  readonly id: string;
  readonly at: number;
  step: ChainStepKind;
  what: StepText;
  flagged: boolean;
}

/** From the first to the last time that it was told. */
export interface Period {
  from: number;
  until: number;
}

const namesOfNode = 64;
const tenures = 64;

export const compareMoments = (one: Pick<Moment, 'at' | 'id'>, other: Pick<Moment, 'at' | 'id'>): number =>
  one.at - other.at || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

/** Adds within the bound; says whether it is in. */
export const addName = (names: Set<string>, name: string): boolean => {
  if (names.has(name)) return true;
  if (names.size >= namesOfNode) return false;
  names.add(name);
  return true;
};

export class Node {
  readonly key: string;
  readonly kind: NodeKind;
  /** How people know it: the longest id that was seen, a name. */
  id: string;
  from: number;
  until: number;
  /** The same thing by other names: aliases of a digest, ids of instances that one request launched, names of a container. */
  readonly aliases = new Set<string>();
  /** Of a container: references by which its image was named. Of an image: where it was seen. */
  readonly names = new Set<string>();
  /** Of an image: those of its digests that are of a manifest or an index. */
  readonly manifests = new Set<string>();
  /** Keys: of a container its images' digests, of an image its containers. */
  readonly images = new Set<string>();
  readonly workloads = new Set<string>();
  readonly pods = new Set<string>();
  /** Of a container: how events call it. */
  readonly labels = new Set<string>();
  /** Of a container: when it began and ceased to have its addresses, in the order of time. */
  readonly began: number[] = [];
  readonly ended: number[] = [];
  readonly principals = new Set<string>();
  readonly addresses = new Map<string, Period>();
  readonly machineImages = new Set<string>();
  readonly moments = new Map<ChainStepKind, Moment[]>();
  /** Steps that are counted and not kept. */
  readonly more = new Map<ChainStepKind, number>();

  constructor(key: string, kind: NodeKind, id: string, at: number) {
    this.key = key;
    this.kind = kind;
    this.id = id;
    this.from = at;
    this.until = at;
  }

  see(at: number): void {
    if (at < this.from) this.from = at;
    if (at > this.until) this.until = at;
  }

  /** The latest ones are kept. */
  tell(tenure: 'began' | 'ended', at: number): void {
    const times = this[tenure];
    if (times.includes(at)) return;
    times.push(at);
    times.sort((one, other) => one - other);
    if (times.length > tenures) times.shift();
  }

  /**
   * How far the time is from one at which this had the address; 0: it had it. From when on, as far as is known. undefined: it never had
   * it. `whole`: the same container by its whole id, of which beginnings and ends are told.
   */
  tenure(address: string, at: number, whole: Node): { readonly distance: number; readonly from: number } | undefined {
    const period = this.addresses.get(address);
    if (period === undefined) return undefined;
    const released = whole.ended.findLast((time) => time < period.from) ?? Number.NEGATIVE_INFINITY;
    const from = whole.began.find((time) => time > released && time <= period.from) ?? period.from;
    const until = whole.ended.find((time) => time >= period.until) ?? Number.POSITIVE_INFINITY;
    return { distance: at < from ? from - at : at > until ? at - until : 0, from };
  }

  /** Keeps the earliest of each kind and what findings name, whatever the order in which they come. */
  add(moment: Moment, limits: IncidentLimits, dropped: DroppedJoins): void {
    const kept = this.moments.get(moment.step) ?? [];
    if (kept.some(({ id }) => id === moment.id)) return;
    kept.push(moment);
    kept.sort(compareMoments);
    this.moments.set(moment.step, kept);
    this.#bound(kept, moment.step, limits, dropped);
  }

  /** What it says is another step than it was taken for. */
  change(moment: Moment, step: ChainStepKind, what: StepText, limits: IncidentLimits, dropped: DroppedJoins): void {
    const kept = this.moments.get(moment.step) ?? [];
    const place = kept.indexOf(moment);
    if (place >= 0) kept.splice(place, 1);
    moment.step = step;
    moment.what = what;
    this.add(moment, limits, dropped);
  }

  #bound(kept: Moment[], step: ChainStepKind, limits: IncidentLimits, dropped: DroppedJoins): void {
    const remove = (flagged: boolean, maximum: number): void => {
      if (kept.reduce((sum, moment) => sum + Number(moment.flagged === flagged), 0) <= maximum) return;
      const last = kept.findLastIndex((moment) => moment.flagged === flagged);
      kept.splice(last, 1);
      this.more.set(step, (this.more.get(step) ?? 0) + 1);
      if (flagged) dropped.moments++;
    };
    remove(false, limits.momentsOfStep);
    remove(true, limits.flaggedMoments);
  }

  /** What was known of the other one is known of this one. */
  absorb(other: Node, limits: IncidentLimits, dropped: DroppedJoins): void {
    this.see(other.from);
    this.see(other.until);
    if (other.id.length > this.id.length && other.id.startsWith(this.id)) this.id = other.id;
    for (const group of [
      'aliases',
      'names',
      'manifests',
      'images',
      'workloads',
      'pods',
      'labels',
      'principals',
      'machineImages',
    ] as const)
      for (const name of other[group]) if (!addName(this[group], name)) dropped.names++;
    addName(this.aliases, other.key);
    for (const tenure of ['began', 'ended'] as const) for (const at of other[tenure]) this.tell(tenure, at);
    for (const [address, period] of other.addresses) {
      const known = this.addresses.get(address);
      this.addresses.set(
        address,
        known === undefined
          ? period
          : { from: Math.min(known.from, period.from), until: Math.max(known.until, period.until) },
      );
    }
    for (const moments of other.moments.values()) for (const moment of moments) this.add(moment, limits, dropped);
    for (const [step, count] of other.more) this.more.set(step, (this.more.get(step) ?? 0) + count);
  }
}
