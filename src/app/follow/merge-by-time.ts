/** Several logs → one sequence of events in the order of time, as far as each log is in order itself. */

export interface Timed<Item> {
  readonly at: number;
  readonly item: Item;
}

/** Next, or undefined at the end. */
type Head<Item> = { readonly index: number; readonly source: AsyncIterator<Timed<Item>>; readonly next: Timed<Item> };

/** Of equal times, the earlier source comes first. What comes out does not depend on how quickly each source answers. */
export async function* mergeByTime<Item>(
  sources: readonly AsyncIterable<Timed<Item>>[],
): AsyncGenerator<Item, void, undefined> {
  const heads: Head<Item>[] = [];
  const pull = async (index: number, source: AsyncIterator<Timed<Item>>): Promise<void> => {
    const { done, value } = await source.next();
    if (done === true) return;
    const head = { index, source, next: value };
    let [low, high] = [0, heads.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = heads[middle] as Head<Item>;
      if (other.next.at < head.next.at || (other.next.at === head.next.at && other.index < index)) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, head);
  };
  for (const [index, source] of sources.entries()) await pull(index, source[Symbol.asyncIterator]());
  for (;;) {
    const first = heads.shift();
    if (first === undefined) return;
    yield first.next.item;
    await pull(first.index, first.source);
  }
}
