/** All nodes by their keys: bounded, and two keys that turn out to name one thing become one node. */
import { BoundedMap } from './bounded-map.ts';
import type { DroppedJoins, IncidentLimits } from './limits.ts';
import { Node, type NodeKind } from './node.ts';

export class NodeTable {
  readonly #limits: IncidentLimits;
  readonly #dropped: DroppedJoins;
  readonly #nodes: BoundedMap<Node>;
  /** Key → key of the node that it became part of. */
  readonly #joined: BoundedMap<string>;

  constructor(limits: IncidentLimits, dropped: DroppedJoins) {
    this.#limits = limits;
    this.#dropped = dropped;
    this.#nodes = new BoundedMap(limits.nodes, () => dropped.nodes++);
    this.#joined = new BoundedMap(limits.nodes);
  }

  get size(): number {
    return this.#nodes.size;
  }

  rootOf(key: string): string {
    let root = key;
    for (let step = 0; step < 64; step++) {
      const next = this.#joined.get(root);
      if (next === undefined) return root;
      root = next;
    }
    return root;
  }

  get(key: string): Node | undefined {
    return this.#nodes.get(this.rootOf(key));
  }

  /** Made when absent; becomes the newest. */
  use(key: string, kind: NodeKind, id: string, at: number): Node {
    const root = this.rootOf(key);
    const node = this.#nodes.get(root) ?? new Node(root, kind, id, at);
    this.#nodes.set(root, node);
    node.see(at);
    if (id.length > node.id.length && id.startsWith(node.id)) node.id = id;
    return node;
  }

  /** The key that is smaller by text stays, so that the outcome does not depend on the order of events. */
  unite(one: Node, other: Node): Node {
    if (one === other) return one;
    const [stays, goes] = one.key < other.key ? [one, other] : [other, one];
    stays.absorb(goes, this.#limits, this.#dropped);
    this.#nodes.delete(goes.key);
    this.#joined.set(goes.key, stays.key);
    this.#nodes.set(stays.key, stays);
    return stays;
  }
}
