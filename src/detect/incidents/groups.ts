/** Findings → groups with one subject each, as far as subjects are known; and which of them new events and findings concern. */
import type { Detection } from '../../core/incident.ts';
import type { Dependencies } from './dependencies.ts';
import type { Node } from './node.ts';

/** A finding, and the key of what it is about. */
export interface Held {
  readonly detection: Detection;
  readonly key: string;
  readonly order: number;
  /** The group that it is in, since it was last looked at. */
  group?: Group | undefined;
  /** Of the incident that it was last part of. */
  incident?: string;
}

/** Findings with one subject, and the incident that was last made of them. */
export interface Group {
  readonly node: Node;
  /** By their ids. */
  readonly held: Map<string, Held>;
  /** Of its incident, and how that was told last. */
  id?: string;
  told?: string;
}

export class Groups {
  readonly #dependencies: Dependencies<Held | Group>;
  readonly #subjectOf: (held: Held) => Node | undefined;
  readonly #groupOf = new Map<Node, Group>();
  readonly #groupOfId = new Map<string, Group>();
  /** Whose findings are others than when they were last taken. */
  readonly #altered = new Set<Group>();
  readonly #unplaced = new Set<Held>();

  /** `subjectOf` is asked again whenever something that it read was written. */
  constructor(dependencies: Dependencies<Held | Group>, subjectOf: (held: Held) => Node | undefined) {
    this.#dependencies = dependencies;
    this.#subjectOf = subjectOf;
  }

  add(held: Held): void {
    this.#unplaced.add(held);
  }

  forget(held: Held): void {
    this.#leave(held);
    this.#unplaced.delete(held);
    this.#dependencies.forget(held);
  }

  all(): Iterable<Group> {
    this.#place();
    return this.#groupOf.values();
  }

  /** Those that may make another incident than when they were last taken; with `anew` all. */
  takeAltered(anew: boolean): ReadonlySet<Group> {
    this.#place();
    const groups = new Set(anew ? this.#groupOf.values() : this.#altered);
    this.#altered.clear();
    return groups;
  }

  /**
   * An incident keeps its id when its subject becomes known by a stronger name: that of an earlier one with any of its findings, unless
   * others of them are still the incident of that name. Else `own`.
   */
  idOf(group: Group, own: string): string {
    const isFree = (id: string): boolean => (this.#groupOfId.get(id) ?? group) === group;
    const known = [...group.held.values()].map(({ incident }) => incident).filter((id) => id !== undefined);
    let id = group.id ?? [...known.sort(), own].find(isFree);
    for (let count = 2; id === undefined; count += 1) id = [`${own} ${count}`].find(isFree);
    group.id = id;
    this.#groupOfId.set(id, group);
    for (const held of group.held.values()) held.incident = id;
    return id;
  }

  /** Every finding to the group of its subject; groups without any are gone. */
  #place(): void {
    const moved = new Set(this.#unplaced);
    this.#unplaced.clear();
    for (const reader of this.#dependencies.takeStale())
      if ('detection' in reader) moved.add(reader);
      else this.#altered.add(reader);
    for (const held of moved) this.#regroup(held);
    for (const group of this.#altered) if (group.held.size === 0) this.#remove(group);
  }

  #regroup(held: Held): void {
    const node = this.#dependencies.track(held, () => this.#subjectOf(held));
    if (held.group !== undefined && held.group.node === node) return;
    this.#leave(held);
    if (node === undefined) return;
    const group = this.#groupOf.get(node) ?? { node, held: new Map<string, Held>() };
    this.#groupOf.set(node, group);
    group.held.set(held.detection.id, held);
    held.group = group;
    this.#altered.add(group);
  }

  #leave(held: Held): void {
    if (held.group === undefined) return;
    held.group.held.delete(held.detection.id);
    this.#altered.add(held.group);
    held.group = undefined;
  }

  #remove(group: Group): void {
    this.#altered.delete(group);
    this.#dependencies.forget(group);
    if (this.#groupOf.get(group.node) === group) this.#groupOf.delete(group.node);
    if (group.id !== undefined) this.#groupOfId.delete(group.id);
  }
}
