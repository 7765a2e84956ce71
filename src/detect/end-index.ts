/** Beginnings, or ends, of texts: all that a text has are found in one walk along it. */

interface Node {
  readonly next: Map<number, Node>;
  rules: readonly number[] | undefined;
}

const newNode = (): Node => ({ next: new Map(), rules: undefined });

export class EndIndex {
  readonly #root = newNode();
  readonly #backwards: boolean;

  /** `backwards`: the texts are ends. */
  constructor(backwards: boolean) {
    this.#backwards = backwards;
  }

  /** Each text once. */
  add(text: string, rules: readonly number[]): void {
    let node = this.#root;
    for (let step = 0; step < text.length; step++) {
      const code = text.charCodeAt(this.#backwards ? text.length - 1 - step : step);
      let next = node.next.get(code);
      if (next === undefined) node.next.set(code, (next = newNode()));
      node = next;
    }
    node.rules = rules;
  }

  find(text: string, found: (rules: readonly number[]) => void): void {
    let node: Node | undefined = this.#root;
    for (let step = 0; step < text.length; step++) {
      node = node.next.get(text.charCodeAt(this.#backwards ? text.length - 1 - step : step));
      if (node === undefined) return;
      if (node.rules !== undefined) found(node.rules);
    }
  }
}
