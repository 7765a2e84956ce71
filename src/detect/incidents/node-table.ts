/** All nodes by their keys: bounded, and two keys that turn out to name one thing become one node. */
import { BoundedMap } from './bounded-map.ts';
import type { ReadsAndWrites } from './dependencies.ts';
import type { DroppedJoins, IncidentLimits } from './limits.ts';
import { Node, type NodeKind } from './node.ts';

export class NodeTable {
  readonly #limits: IncidentLimits;
  readonly #dropped: DroppedJoins;
  readonly #nodes: BoundedMap<Node>;
  /** Key → key of the node that it became part of. */
  readonly #joined: BoundedMap<string>;
  readonly #traffic: ReadsAndWrites;

  constructor(limits: IncidentLimits, dropped: DroppedJoins, traffic: ReadsAndWrites) {
    this.#limits = limits;
    this.#dropped = dropped;
    this.#traffic = traffic;
    this.#nodes = new BoundedMap(limits.nodes, (key) => {
      dropped.nodes++;
      traffic.wrote(key);
    });
    this.#joined = new BoundedMap(limits.nodes, (key) => traffic.wrote(key));
  }

  get size(): number {
    return this.#nodes.size;
  }

  rootOf(key: string): string {
    let root = key;
    for (let step = 0; step < 64; step++) {
      this.#traffic.read(root);
      const next = this.#joined.get(root);
      if (next === undefined) return root;
      root = next;
    }
    return root;
  }

  get(key: string): Node | undefined {
    return this.#nodes.get(this.rootOf(key));
  }

  /** Made when absent; becomes the newest. Whoever uses a node may change what it knows. */
  use(key: string, kind: NodeKind, id: string, at: number): Node {
    const root = this.rootOf(key);
    const node = this.#nodes.get(root) ?? new Node(root, kind, id, at);
    this.#nodes.set(root, node);
    node.see(at);
    if (id.length > node.id.length && id.startsWith(node.id)) node.id = id;
    this.#traffic.wrote(root);
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
    this.#traffic.wrote(goes.key);
    this.#traffic.wrote(stays.key);
    return stays;
  }

  /** What the node itself knows was changed. */
  wrote(node: Node): void {
    this.#traffic.wrote(node.key);
  }
}
