/**
 * Events about machines and their images → what clouds say of them, which flows back as records. The flow never waits for a cloud. What
 * is asked is derived from events that are kept: whoever is killed asks again what was not answered, and the answers bear the same ids.
 */
import type { MachineFacts, MachineImageFacts } from '../../core/cloud-client.ts';
import type { Context } from '../../core/context.ts';
import type { Event } from '../../core/event.ts';
import { isFault, type Fault } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { Intake, OpenListener } from '../../core/listener.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';
import { pause } from '../../io/retry.ts';
import { toFactRecord, type CloudAnswers } from '../../watch/enrichment/fact-record.ts';
import { isCloudImage, questionOf, type CloudQuestion } from '../../watch/enrichment/question.ts';
import { accessKey, type CloudAccess, type CloudAccesses } from './enrich-access.ts';
import { accountOf, EnrichmentGaps, notAsked, permissionsOf } from './enrich-gaps.ts';
import { toStartUpStory } from './start-up-story.ts';

export interface EnrichmentParts {
  readonly accesses: CloudAccesses;
  readonly context: Pick<Context, 'signal' | 'now'>;
  /** Events that wait to be asked about. */
  readonly queue?: number;
  /** Pause after the first question that had no answer; doubles. */
  readonly againMs?: number;
}

interface Waiting {
  readonly event: Event;
  readonly question: CloudQuestion;
  readonly access: CloudAccess;
  /** How often it was asked in vain. */
  readonly failures: number;
}

const rememberedEvents = 100_000;
const rememberedImages = 10_000;
/** An image may be shared or taken back. */
const imageMs = 3_600_000;
/** What was refused is refused for so long without asking: rights are not granted every minute. */
const refusedMs = 600_000;
const refusal = 'CLOUD_REFUSED';
/** With all pauses half an hour. */
const attempts = 6;
const usualAgainMs = 60_000;
const atOnce = 4;
/** Results that nobody took yet: until they are, nothing new is begun. */
const resultsAhead = 64;

const unconfigured = 'No credentials for it stand below watch.enrichment.';

export class Enrichment {
  readonly #parts: EnrichmentParts;
  readonly #gaps: EnrichmentGaps;
  readonly #waiting: Waiting[] = [];
  /** Events that need no answer any more, or wait for one. */
  readonly #known = new BoundedMap<true>(rememberedEvents);
  readonly #images = new BoundedMap<{ readonly until: number; readonly facts: Promise<MachineImageFacts | undefined> }>(
    rememberedImages,
  );
  /** When the next question may be asked, by whom. */
  readonly #next = new Map<CloudAccess, number>();
  /** By whom and what: until when it counts as refused. */
  readonly #refused = new BoundedMap<{ readonly until: number; readonly fault: Fault }>(1000);
  /** Those that wait for another attempt. */
  readonly #later = new Set<() => void>();
  readonly #told = new BoundedMap<true>(1000);
  readonly #results: Intake[] = [];
  #woken = Promise.withResolvers<void>();
  #running = 0;
  #finishing = false;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(parts: EnrichmentParts) {
    this.#parts = parts;
    this.#gaps = new EnrichmentGaps((question) => this.#reasonAgainst(question));
  }

  #accessOf({ cloud, account }: CloudQuestion): CloudAccess | undefined {
    return this.#parts.accesses.get(accessKey(cloud, account));
  }

  #reasonAgainst(question: CloudQuestion): string | undefined {
    const access = this.#accessOf(question);
    if (access === undefined) return unconfigured;
    const { regions } = access;
    return regions === undefined || (question.region !== undefined && regions.includes(question.region))
      ? undefined
      : `The region ${question.region ?? 'of the record'} is not among those below watch.enrichment.`;
  }

  /** Whether an answer to what the event leaves open is on its way: rules that can wait for it do. */
  awaits(event: Event): boolean {
    const question = questionOf(event);
    return question !== undefined && this.#reasonAgainst(question) === undefined;
  }

  /** Cheap. Of events that an earlier process took too: among them are the answers that it was given. */
  see(event: Event): void {
    this.#gaps.see(event);
    if (event.action === 'learn') {
      if (event.learnt !== undefined) this.#known.set(event.learnt.event, true);
      return;
    }
    const question = questionOf(event);
    if (question === undefined || this.#known.get(event.id) === true) return;
    const reason = this.#reasonAgainst(question);
    const access = this.#accessOf(question);
    if (reason !== undefined || access === undefined) {
      const region = access === undefined ? '' : (question.region ?? '');
      this.#tell(notAsked(question, reason ?? unconfigured), `${question.cloud} ${question.account} ${region}`);
      return;
    }
    this.#known.set(event.id, true);
    if (this.#waiting.length >= (this.#parts.queue ?? 10_000)) {
      const gap = {
        where: accountOf(question),
        code: 'CLOUD_QUESTIONS_TOO_MANY',
        reason: 'more events about machines came than may be asked about: of some nothing more is known',
        bytes: 0,
        kind: 'limit',
      } as const;
      this.#give(event, { refused: gap });
      this.#tell(gap, `${gap.code} ${gap.where}`);
      return;
    }
    this.#waiting.push({ event, question, access, failures: 0 });
    this.#woken.resolve();
  }

  gapsOf(events: readonly string[]): readonly Gap[] {
    return this.#gaps.of(events);
  }

  /** No more events come: what waits is asked, and then it ends. */
  finish(): void {
    this.#finishing = true;
    for (const now of this.#later) now();
    this.#woken.resolve();
  }

  listener(): OpenListener {
    return {
      about: 'asking clouds about machines and their images',
      intakes: this.#intakes(),
      close: async () => undefined,
    };
  }

  async *#intakes(): AsyncGenerator<Intake, void, undefined> {
    const { signal } = this.#parts.context;
    const wake = (): void => this.#woken.resolve();
    signal.addEventListener('abort', wake, { once: true });
    try {
      while (!signal.aborted) {
        this.#woken = Promise.withResolvers();
        if (this.#failure !== undefined) throw this.#failure.thrown;
        this.#begin();
        const result = this.#results.shift();
        if (result !== undefined) {
          yield result;
          continue;
        }
        if (this.#finishing && this.#running + this.#waiting.length + this.#later.size === 0) return;
        await this.#woken.promise;
      }
    } finally {
      for (const now of this.#later) now();
      signal.removeEventListener('abort', wake);
    }
  }

  #begin(): void {
    while (this.#running < atOnce && this.#results.length < resultsAhead) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) return;
      this.#running += 1;
      void this.#run(waiting);
    }
  }

  async #run(waiting: Waiting): Promise<void> {
    const { signal } = this.#parts.context;
    try {
      const { answers, isTransient } = await this.#ask(waiting.question, waiting.access);
      if (isTransient && waiting.failures + 1 < attempts && !this.#finishing) this.#askLater(waiting);
      else this.#give(waiting.event, answers);
    } catch (thrown) {
      // Whoever comes next asks again.
      if (!signal.aborted) this.#failure = { thrown };
    } finally {
      this.#running -= 1;
      this.#woken.resolve();
    }
  }

  #askLater({ failures, ...waiting }: Waiting): void {
    const { againMs = usualAgainMs } = this.#parts;
    const now = (): void => {
      clearTimeout(timer);
      if (!this.#later.delete(now)) return;
      this.#waiting.push({ ...waiting, failures: failures + 1 });
      this.#woken.resolve();
    };
    const timer = setTimeout(now, againMs * 2 ** failures);
    this.#later.add(now);
  }

  /** Waits for this account's turn. */
  async #turn(access: CloudAccess): Promise<void> {
    const now = this.#parts.context.now().getTime();
    const at = Math.max(now, this.#next.get(access) ?? 0);
    this.#next.set(access, at + access.pauseMs);
    if (at > now) await pause(at - now, this.#parts.context.signal);
  }

  async #ask(
    question: CloudQuestion,
    access: CloudAccess,
  ): Promise<{ readonly answers: CloudAnswers; readonly isTransient: boolean }> {
    const { cloud, details, startUp } = question;
    const faults: Fault[] = [];
    const attempt = async <Facts>(what: string, work: () => Promise<Facts>): Promise<Facts | undefined> => {
      try {
        return await this.#unlessRefused(`${cloud} ${question.account} ${question.region ?? ''} ${what}`, work);
      } catch (thrown) {
        if (!isFault(thrown) || this.#parts.context.signal.aborted) throw thrown;
        faults.push(thrown);
        return undefined;
      }
    };
    // Each with a permission of its own: one that is missing hides nothing else.
    const parts =
      cloud === 'aws' && details && startUp
        ? [
            { details, startUp: false },
            { details: false, startUp },
          ]
        : [{ details, startUp }];
    let machine: MachineFacts | undefined;
    if (question.machine !== undefined)
      for (const part of parts) {
        const told = await attempt(`${part.details} ${part.startUp}`, () => this.#machine(question, access, part));
        machine = told === undefined ? machine : { ...machine, ...told };
      }
    const named =
      question.image ??
      (machine?.image !== undefined && isCloudImage(cloud, machine.image) ? machine.image : undefined);
    const image = named === undefined ? undefined : await attempt('image', () => this.#image(named, question, access));
    const { unfollowed, ...told } = toStartUpStory(machine?.startUp ?? []) ?? {};
    const [fault] = faults;
    const refused =
      fault !== undefined
        ? this.#refusal(question, fault)
        : unfollowed === undefined
          ? undefined
          : { code: 'START_UP_UNFOLLOWED', reason: `not all of the start-up script was followed: ${unfollowed}` };
    return {
      isTransient: faults.some(({ code, kind }) => kind === 'unavailable' && code !== refusal),
      answers: {
        ...(image === undefined ? {} : { image }),
        ...(machine === undefined ? {} : { machine }),
        ...told,
        ...(refused === undefined ? {} : { refused: { code: refused.code, reason: refused.reason } }),
      },
    };
  }

  async #unlessRefused<Facts>(what: string, work: () => Promise<Facts>): Promise<Facts> {
    const now = this.#parts.context.now().getTime();
    const known = this.#refused.get(what);
    if (known !== undefined && known.until > now) throw known.fault;
    try {
      return await work();
    } catch (thrown) {
      if (isFault(thrown) && thrown.code === refusal)
        this.#refused.set(what, { until: now + refusedMs, fault: thrown });
      throw thrown;
    }
  }

  async #machine(
    { machine = '', region }: CloudQuestion,
    access: CloudAccess,
    part: { readonly details: boolean; readonly startUp: boolean },
  ): Promise<MachineFacts | undefined> {
    await this.#turn(access);
    return access.client.machine(machine, region, part, this.#parts.context.signal);
  }

  /** Asked once in an hour, also when many ask at once. */
  #image(id: string, { cloud, region }: CloudQuestion, access: CloudAccess): Promise<MachineImageFacts | undefined> {
    const now = this.#parts.context.now().getTime();
    const key = `${cloud} ${region ?? ''} ${id}`;
    const known = this.#images.get(key);
    if (known !== undefined && known.until > now) return known.facts;
    const facts = this.#turn(access).then(() => access.client.image(id, region, this.#parts.context.signal));
    this.#images.set(key, { until: now + imageMs, facts });
    // A failure is nobody's answer for an hour.
    facts.catch(() => this.#images.delete(key));
    return facts;
  }

  #refusal(question: CloudQuestion, { code, message }: Fault): Gap {
    const gap: Gap = {
      where: accountOf(question),
      code,
      reason: code === refusal ? `${message}. Permissions: ${permissionsOf(question)}` : message,
      bytes: 0,
      kind: 'unavailable',
    };
    this.#tell(gap, `${code} ${gap.where} ${message}`);
    return gap;
  }

  #give(event: Event, answers: CloudAnswers): void {
    this.#put(Buffer.from(`${JSON.stringify(toFactRecord(event, answers))}\n`), `cloud-facts:${event.id}`, []);
  }

  /** A gap that belongs to no event: once. */
  #tell(gap: Gap, key: string): void {
    if (this.#told.get(key) === true) return;
    this.#told.set(key, true);
    this.#put(new Uint8Array(0), 'cloud-facts', [gap]);
  }

  #put(bytes: Uint8Array, log: string, gaps: readonly Gap[]): void {
    const from = { offset: 0, line: 1 };
    this.#results.push({ log, where: 'watch.enrichment', from, bytes, last: true, gaps, sensor: 'cloud-facts' });
    this.#woken.resolve();
  }
}
