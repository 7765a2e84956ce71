/** Which process runs in which container: as what started it is known to, by an audit log that knows no containers, or by an engine. */
import type { Event } from '../../core/event.ts';
import { BoundedMap } from './bounded-map.ts';
import { containerKey, containerOfRuntime, isMaker, isStarter, tenureOf } from './event-names.ts';

interface KnownProcess {
  readonly container: string;
  /** false: the runtime's own, which runs on the host and starts what is inside. */
  readonly inside: boolean;
  /** It makes a container: what it starts are its hooks, and what becomes the container's program. */
  readonly makes: boolean;
  /** An engine says that it is the first one of the container, whatever its parent is. */
  readonly first: boolean;
  readonly parent: number | undefined;
}

const keyOf = (event: Event, id: number | undefined): string | undefined =>
  id === undefined ? undefined : `${event.place.host ?? ''} ${id}`;

export class Processes {
  readonly #known: BoundedMap<KnownProcess>;
  /** Key of a container → that of its first process. */
  readonly #first: BoundedMap<string>;

  constructor(maximum: number) {
    this.#known = new BoundedMap(maximum);
    this.#first = new BoundedMap(maximum);
  }

  #of(key: string | undefined): KnownProcess | undefined {
    return key === undefined ? undefined : this.#known.get(key);
  }

  /** What the event itself says of its container. */
  #learn(event: Event, container: string): void {
    const { process, action } = event;
    const tenure = tenureOf(event);
    if (tenure === 'ended') {
      const first = this.#first.get(container);
      if (first !== undefined) this.#known.delete(first);
      this.#first.delete(container);
    }
    const own = keyOf(event, process?.id);
    if (own === undefined || (action !== 'exec' && tenure !== 'began')) return;
    const first = tenure === 'began';
    this.#known.set(own, { container, inside: true, makes: false, first, parent: process?.parentId });
    if (first) this.#first.set(container, own);
  }

  /**
   * Key of the container in which the event's process runs. A new program under a known id is another process, unless it has the same
   * parent. Who is inside stays there, whatever it calls itself.
   */
  containerOf(event: Event): string | undefined {
    const { process, place, action } = event;
    const told = place.containerId === undefined ? undefined : containerKey(place.containerId);
    if (told !== undefined) this.#learn(event, told);
    if (process === undefined || told !== undefined) return process === undefined ? undefined : told;
    const own = keyOf(event, process.id);
    const above = keyOf(event, process.parentId);
    const same = this.#of(own);
    const parent = this.#of(above);
    const stays = same !== undefined && (process.parentId === undefined || same.parent === process.parentId);
    const before = parent?.inside === true || same?.first !== true ? (parent ?? (stays ? same : undefined)) : same;
    const runtime = action === 'exec' && before?.inside !== true ? containerOfRuntime(event) : undefined;
    const container = runtime === undefined ? before?.container : containerKey(runtime);
    if (action === 'exec' && own !== undefined) this.#start(event, own, container, runtime !== undefined, same);
    // One shim has all containers of a pod: what it starts now is of the one that it was last told to start.
    if (runtime !== undefined && parent !== undefined && above !== undefined && isStarter(event))
      this.#known.set(above, { ...parent, container: containerKey(runtime) });
    // The runtime's own program runs on the host: what it starts is inside.
    return runtime === undefined ? container : undefined;
  }

  #start(
    event: Event,
    own: string,
    container: string | undefined,
    isRuntime: boolean,
    same: KnownProcess | undefined,
  ): void {
    if (container === undefined) this.#known.delete(own);
    else
      this.#known.set(own, {
        container,
        inside: !isRuntime,
        makes: isRuntime && isMaker(event),
        first: same?.first === true && same.container === container,
        parent: event.process?.parentId,
      });
  }

  /** What the runtime starts while it makes a container is nothing that somebody did: what a rule finds in it counts all the same. */
  isHook(event: Event): boolean {
    if (event.action !== 'exec' || event.place.containerId !== undefined) return false;
    return this.#of(keyOf(event, event.process?.parentId))?.makes === true;
  }
}
