/** Containers that were made or started before their image was judged: what was said of them then is not all that is to be said. */
import type { Event } from '../../core/event.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';

const rememberedNames = 20_000;
/** Of one name; of a service with thousands of containers these say enough. */
const eventsOfName = 32;

const digestsOf = ({ image }: Event): readonly string[] =>
  image?.kind !== 'container' ? [] : [image.resolved, image.digest, image.id].filter((digest) => digest !== undefined);

const namesOf = (event: Event): readonly string[] => {
  const { image } = event;
  if (image?.kind !== 'container') return [];
  const name = image.reference?.replace(/@.*$/s, '') ?? image.written;
  return [...new Set([...digestsOf(event), ...(name === '' ? [] : [name])])];
};

/** Both say a digest, and one of them is the same. */
export const isSameImage = (one: Event, other: Event): boolean => {
  const known = new Set(digestsOf(other));
  return digestsOf(one).some((digest) => known.has(digest));
};

export class StartedBefore {
  readonly #byName = new BoundedMap<Event[]>(rememberedNames);

  /** With what was known of it. */
  note(event: Event): void {
    const { action, image } = event;
    if ((action !== 'create' && action !== 'start') || image?.kind !== 'container') return;
    if ((image as { readonly judged?: unknown }).judged === true) return;
    for (const name of namesOf(event)) {
      const events = this.#byName.get(name) ?? [];
      if (events.length < eventsOfName) this.#byName.set(name, [...events, event]);
    }
  }

  /** Those that bear a digest of the image, or its name: what the name led to is for others to say. */
  of(event: Event): readonly Event[] {
    return [...new Set(namesOf(event).flatMap((name) => this.#byName.get(name) ?? []))];
  }

  forget(event: Event): void {
    for (const name of namesOf(event)) {
      const rest = (this.#byName.get(name) ?? []).filter((known) => known.id !== event.id);
      if (rest.length === 0) this.#byName.delete(name);
      else this.#byName.set(name, rest);
    }
  }
}
