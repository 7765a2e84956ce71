/**
 * Feeds that come to be known while the watch goes on, or came while none did → what they call bad and was here already, as records of the
 * flow. Each is told once: its id is of what is bad and of where it was.
 */
import { hash } from 'node:crypto';
import type { Context } from '../../core/context.ts';
import type { EventImage } from '../../core/event.ts';
import type { HuntMemory, KeptEvent, KeptImage } from '../../core/follow-memory.ts';
import type { Intake, ListenerContext, OpenListener } from '../../core/listener.ts';
import { isFault } from '../../core/fault.ts';
import { pause } from '../../io/retry.ts';
import { huntFeed, type FeedHit, type HeldPrograms } from '../follow/feed-hunt.ts';
import { readFeedNames } from '../follow/feed-names.ts';
import { installedFeedFolder, readFeedRecords } from '../installed-feeds.ts';

export interface FeedWatchParts {
  readonly context: Pick<Context, 'environment' | 'signal' | 'now' | 'log'>;
  readonly positionOf: ListenerContext['positionOf'];
  readonly memory: Pick<HuntMemory, 'hunt' | 'known' | 'namesWith'>;
  readonly programs: HeldPrograms;
  /** Before a feed is hunted that changed: what is known of bad images is read anew. */
  readonly changed: () => Promise<void>;
  /** What is kept of the time before, so that the incident that follows tells it too. */
  readonly recall?: (past: Pick<FeedHit, 'events' | 'incidents'>) => void;
  readonly everyMs?: number;
}

const source = 'feeds';
const usualEveryMs = 60_000;

/** Where a bad thing was, as an event names it. */
interface Whereabouts {
  readonly key: string;
  readonly record: object;
}

const ofImage = ({ reference, digests }: KeptImage): Whereabouts => {
  const [digest = ''] = digests;
  const name = reference.replace(/^docker:\/\//, '').replace(/@.*$/s, '');
  const isName = !/^[a-z-]+:/.test(name) || /^[^/]+:\d+\//.test(name);
  return { key: digest, record: { image: isName ? `${name}@${digest}` : digest, digest } };
};

const digestOf = (image: EventImage | undefined): string | undefined =>
  image?.kind === 'container' ? (image.resolved ?? image.digest ?? image.id) : undefined;

const ofEvent = ({ image, place }: KeptEvent): Whereabouts => {
  if (image?.kind === 'machine') {
    const machine = image.resolved ?? image.written;
    return { key: machine, record: { machine, cloud: image.cloud } };
  }
  const digest = digestOf(image);
  const { host, containerId } = place;
  if (image?.kind === 'container')
    return {
      key: digest ?? image.reference ?? image.written,
      record: { image: image.reference ?? image.written, ...(digest === undefined ? {} : { digest }) },
    };
  return { key: `${host ?? ''} ${containerId ?? ''}`, record: { host, containerId } };
};

/** Of images that were judged and bear it; else of what events named. */
const whereaboutsOf = ({ images, events }: FeedHit): readonly Whereabouts[] => {
  const known = new Set(images.flatMap(({ digests }) => digests as readonly string[]));
  const others = events.filter(({ image }) => {
    const digest = digestOf(image);
    return digest === undefined || !known.has(digest);
  });
  const found = new Map<string, Whereabouts>();
  for (const one of [...images.map(ofImage), ...(images.length > 0 ? [] : others.map(ofEvent))])
    if (!found.has(one.key)) found.set(one.key, one);
  return [...found.values()];
};

type Hunted = Readonly<Record<string, string>>;

const parseHunted = (text: string | undefined): Hunted => {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Hunted) : {};
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return {};
    throw thrown;
  }
};

export class FeedWatch {
  readonly #parts: FeedWatchParts;
  readonly #stop = new AbortController();
  /** Feed → digest of the statement by which it was hunted last. */
  #hunted: Hunted;
  #told = '';

  constructor(parts: FeedWatchParts) {
    this.#parts = parts;
    this.#hunted = parseHunted(parts.positionOf(source));
  }

  finish(): void {
    this.#stop.abort(new Error('nobody else listens any more'));
  }

  listener(): OpenListener {
    return { about: 'hunting what feeds name', intakes: this.#intakes(), close: async () => undefined };
  }

  async *#intakes(): AsyncGenerator<Intake, void, undefined> {
    const signal = AbortSignal.any([this.#parts.context.signal, this.#stop.signal]);
    while (!signal.aborted) {
      try {
        yield* this.#round(signal);
        this.#told = '';
      } catch (thrown) {
        if (signal.aborted) return;
        if (!isFault(thrown)) throw thrown;
        const { code, message } = thrown;
        if (this.#told !== code) yield this.#intake('', '', [{ where: 'feeds', code, reason: message, bytes: 0 }]);
        this.#told = code;
      }
      await pause(this.#parts.everyMs ?? usualEveryMs, signal).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    }
  }

  async *#round(signal: AbortSignal): AsyncGenerator<Intake, void, undefined> {
    const { environment } = this.#parts.context;
    const records = await readFeedRecords(environment);
    const fresh = [...records].filter(([name, { digest }]) => this.#hunted[name] !== digest);
    if (fresh.length === 0) return;
    await this.#parts.changed();
    for (const [name, { digest }] of fresh) {
      const folder = await installedFeedFolder(environment, name);
      if (folder === undefined) continue;
      for await (const hit of huntFeed(await readFeedNames(folder), this.#parts.memory, this.#parts.programs)) {
        if (signal.aborted) return;
        const text = whereaboutsOf(hit).map((where) => this.#record(name, hit, where));
        this.#parts.recall?.(hit);
        if (text.length > 0) yield this.#intake(`${name} ${hit.bad}`, text.join(''), []);
      }
      if (signal.aborted) return;
      this.#hunted = { ...this.#hunted, [name]: digest };
      const position = JSON.stringify(this.#hunted);
      // Behind everything that the feed led to: whoever is killed before it hunts again, and tells nothing twice.
      yield { ...this.#intake(name, '', []), position: () => ({ source, position }) };
    }
  }

  #record(feed: string, { bad }: FeedHit, { key, record }: Whereabouts): string {
    return `${JSON.stringify({
      type: 'hunted',
      id: hash('sha256', `${feed}\n${bad}\n${key}`).slice(0, 32),
      at: this.#parts.context.now().toISOString(),
      feed,
      said: `the feed ${feed} names ${bad}`,
      ...record,
    })}\n`;
  }

  #intake(about: string, text: string, gaps: Intake['gaps']): Intake {
    return {
      log: `feeds:${about}:${this.#parts.context.now().getTime()}`,
      where: 'feeds',
      from: { offset: 0, line: 1 },
      bytes: Buffer.from(text),
      last: true,
      gaps,
      sensor: 'judgement',
    };
  }
}
