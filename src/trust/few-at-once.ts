/** A list and what is to be read for each item → the answers in the order of the list, read a few at once. */

/** What a registry is asked at the same time for one image. */
const width = 4;

export interface Reading<Item, Answer> {
  readonly item: Item;
  /** Throws what the reading threw: a failure is judged in its turn. */
  readonly answer: () => Answer;
}

const settle = async <Item, Answer>(
  item: Item,
  read: (item: Item) => Promise<Answer>,
): Promise<Reading<Item, Answer>> => {
  try {
    const value = await read(item);
    return { item, answer: () => value };
  } catch (thrown) {
    return {
      item,
      answer: () => {
        throw thrown;
      },
    };
  }
};

/**
 * Nothing is begun more than a few items ahead of whoever listens: where the listener stops, the rest is never read, and what was
 * begun ends unheard.
 */
export async function* fewAtOnce<Item, Answer>(
  items: readonly Item[],
  read: (item: Item) => Promise<Answer>,
): AsyncGenerator<Reading<Item, Answer>> {
  const begin = (from: number, to: number) => items.slice(from, to).map((item) => settle(item, read));
  const begun = begin(0, width);
  let next = width;
  for (let reading = begun.shift(); reading !== undefined; reading = begun.shift()) {
    const settled = await reading;
    begun.push(...begin(next, next + 1));
    next += 1;
    yield settled;
  }
}
