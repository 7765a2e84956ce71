/** Programs that ran before anybody knew what their image holds: logs come in no order, and a new image is judged while it runs. */
import type { Event } from '../../core/event.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';

const rememberedContainers = 2000;
const programsOfContainer = 32;
const containersOfImage = 256;

const containerOf = ({ place }: Event): string | undefined =>
  place.containerId === undefined
    ? place.pod === undefined
      ? undefined
      : `${place.cluster ?? ''}/${place.namespace ?? ''}/${place.pod}/${place.container ?? ''}`
    : place.containerId.toLowerCase().slice(0, 12);

export const digestsOfImage = ({ image }: Event): readonly string[] =>
  image?.kind !== 'container' ? [] : [image.resolved, image.digest, image.id].filter((digest) => digest !== undefined);

export class LatePrograms {
  readonly #programs = new BoundedMap<readonly Event[]>(rememberedContainers);
  readonly #containers = new BoundedMap<readonly string[]>(rememberedContainers);

  /** An event of a container whose files nobody knows. */
  note(event: Event): void {
    const container = containerOf(event);
    if (container === undefined) return;
    const known = this.#programs.get(container) ?? [];
    if (known.length >= programsOfContainer || known.some(({ id }) => id === event.id)) return;
    // What rules say of the record itself was said when it came.
    this.#programs.set(container, [...known, { ...event, fields: {} }]);
    for (const digest of digestsOfImage(event)) {
      const holders = this.#containers.get(digest) ?? [];
      if (!holders.includes(container) && holders.length < containersOfImage)
        this.#containers.set(digest, [...holders, container]);
    }
  }

  /** Taken out: those of a container that an event gives an image to, and of all containers of an image that was judged. */
  take(event: Event): readonly Event[] {
    if (event.action === 'exec') return [];
    const digests = digestsOfImage(event);
    if (digests.length === 0) return [];
    const own = containerOf(event);
    const judged = event.action === 'judge' ? digests.flatMap((digest) => this.#containers.get(digest) ?? []) : [];
    const found = [...new Set([...(own === undefined ? [] : [own]), ...judged])].flatMap((container) => {
      const programs = this.#programs.get(container) ?? [];
      this.#programs.delete(container);
      return programs;
    });
    if (event.action === 'judge') for (const digest of digests) this.#containers.delete(digest);
    return found;
  }
}
