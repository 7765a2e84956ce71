/**
 * Images that events name → verdicts, which flow back as events. What waits is derived from events that are kept: whoever is killed judges
 * again what was not answered, under the same ids. The flow never waits for a scan.
 */
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { Event } from '../../core/event.ts';
import { isFault } from '../../core/fault.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Gap } from '../../core/gap.ts';
import type { IncidentIdentity, IncidentVerdict } from '../../core/incident.ts';
import type { Intake, OpenListener } from '../../core/listener.ts';
import type { SinkValue } from '../../core/sink.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';
import { findInEngines, type ListenedEngine } from './engine-images.ts';
import { judgementIdOf, nameOfTarget, toJudgementRecord, type JudgeOutcome } from './judge-record.ts';
import { JudgeQueue } from './judge-queue.ts';
import type { JudgeSettings } from './judge-settings.ts';
import { toJudgeTarget, type JudgeTarget } from './judge-target.ts';
import { unjudgedGaps } from './unjudged-gaps.ts';
import type { JudgeAnswer, JudgeOrder } from './judge-words.ts';

export interface JudgeParts {
  readonly settings: JudgeSettings;
  readonly engines: readonly ListenedEngine[];
  readonly context: Context;
  /** What is kept of an image that was judged here. */
  judged(digest: Digest): KeptImage | undefined;
  /** Never throws. As many at once as the settings allow. */
  judge(order: Omit<JudgeOrder, 'settings'>): Promise<JudgeAnswer>;
}

export interface JudgeFigures {
  readonly waiting: number;
  readonly running: number;
  readonly judged: number;
  readonly failed: number;
  readonly dropped: number;
}

const rememberedKeys = 100_000;
/** What could not be had is tried again when it is seen again after so long. */
const againMs = 600_000;
/** Results that nobody took yet: until they are, nothing new is begun. */
const resultsAhead = 8;

/** Nothing of whoever runs the watch is shown to a registry: no login, no program that knows one, no certificate of the home folder. */
const nobody = {
  HOME: '',
  USERPROFILE: '',
  DOCKER_CONFIG: '',
  REGISTRY_AUTH_FILE: '',
  XDG_CONFIG_HOME: '',
  XDG_RUNTIME_DIR: '',
  DOCKER_AUTH_CONFIG: '',
} as const;

const gapOf = (where: string, thrown: unknown): Gap => {
  if (!isFault(thrown)) throw thrown;
  return { where, code: thrown.code, reason: thrown.message, bytes: 0, kind: 'unavailable' };
};

const uniqueDigests = (digests: readonly Digest[]): readonly Digest[] => [...new Set(digests)];

export class Judge {
  readonly #parts: JudgeParts;
  readonly #queue: JudgeQueue;
  /** Key → until when it needs no answer, in milliseconds since 1970. */
  readonly #answered = new BoundedMap<number>(rememberedKeys);
  readonly #failures = new BoundedMap<Gap>(rememberedKeys);
  /** By the id of the judgement, until what follows is kept. */
  readonly #images = new Map<string, KeptImage>();
  readonly #documents = new Map<string, SinkValue>();
  readonly #toldRegistries = new BoundedMap<true>(1000);
  readonly #results: Intake[] = [];
  #woken = Promise.withResolvers<void>();
  #running = 0;
  #judged = 0;
  #failed = 0;
  #finishing = false;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
    this.#queue = new JudgeQueue(parts.settings.queue);
  }

  /** Cheap for what is known. Of events that an earlier process took too: among them are the answers that it gave. */
  see(event: Event): void {
    if (event.action === 'judge') {
      if (event.fields['type'] === 'hunted') this.#again(event);
      else this.#learn(event);
      return;
    }
    const target = toJudgeTarget(event);
    if (target === undefined || this.#queue.has(target)) return;
    const now = this.#parts.context.now().getTime();
    if (!target.anew && target.keys.some((key) => (this.#answered.get(key) ?? 0) > now)) return;
    if (target.digests.some((digest) => this.#parts.judged(digest) !== undefined)) {
      this.#answer(target.keys, Number.POSITIVE_INFINITY);
      return;
    }
    if (!this.#hasEngine(target) && !this.#hasRegistry(target)) {
      this.#answer(target.keys, Number.POSITIVE_INFINITY);
      this.#tellUnlisted(target);
      return;
    }
    if (!this.#queue.add(target))
      for (const key of target.keys)
        this.#failures.set(key, {
          where: nameOfTarget(target),
          code: 'JUDGE_QUEUE_FULL',
          reason: 'too many images were waiting to be judged; it is judged when it is seen again, or scan it',
          bytes: 0,
          kind: 'limit',
        });
    this.#woken.resolve();
  }

  /** The image that an event of ours says was judged, until it is kept. */
  imageOf(event: Event): KeptImage | undefined {
    return this.#images.get(event.id.replace(/^judgement:/, ''));
  }

  /** The verdict that an event of ours tells of, until it is kept: absent for an image that was known already. */
  documentOf(event: Event): SinkValue | undefined {
    return this.#documents.get(event.id.replace(/^judgement:/, ''));
  }

  gapsOf(identity: IncidentIdentity, verdict: IncidentVerdict | undefined): readonly Gap[] {
    if (verdict !== undefined) return [];
    const names = [...identity.digests, ...identity.references.flatMap((name) => [`docker ${name}`, `podman ${name}`])];
    // An answer is on its way.
    if (this.#queue.has({ keys: names })) return [];
    const failures = names.map((name) => this.#failures.get(name)).filter((gap) => gap !== undefined);
    const { settings } = this.#parts;
    return failures.length > 0 || !settings.asked ? [...new Set(failures)] : unjudgedGaps(identity, settings);
  }

  figures(): JudgeFigures {
    const { waiting, dropped } = this.#queue;
    return { waiting, running: this.#running, judged: this.#judged, failed: this.#failed, dropped };
  }

  /** No more events come: what waits is judged, and then it ends. */
  finish(): void {
    this.#finishing = true;
    this.#woken.resolve();
  }

  listener(): OpenListener {
    return { about: 'judging new images', intakes: this.#intakes(), close: async () => undefined };
  }

  async *#intakes(): AsyncGenerator<Intake, void, undefined> {
    const { signal } = this.#parts.context;
    signal.addEventListener('abort', () => this.#woken.resolve(), { once: true });
    while (!signal.aborted) {
      this.#woken = Promise.withResolvers();
      this.#begin();
      const result = this.#results.shift();
      if (result !== undefined) {
        yield result;
        continue;
      }
      if (this.#finishing && this.#running === 0 && this.#queue.waiting === 0) return;
      if (signal.aborted) return;
      await this.#woken.promise;
    }
  }

  #begin(): void {
    const { settings } = this.#parts;
    while (this.#running < settings.atOnce && this.#results.length < resultsAhead) {
      const target = this.#queue.take();
      if (target === undefined) break;
      this.#running += 1;
      void this.#run(target);
    }
    const dropped = this.#queue.takeDropped();
    if (dropped > 0)
      this.#tell({
        where: 'watch.judge',
        code: 'JUDGE_QUEUE_FULL',
        reason: `${dropped} images found no place among the ${settings.queue} that wait to be judged`,
        bytes: 0,
        kind: 'limit',
      });
  }

  async #run(target: JudgeTarget): Promise<void> {
    const { context } = this.#parts;
    const outcome = await this.#judge(target);
    this.#running -= 1;
    // Killed with us: judged again by whoever comes next.
    if (!context.signal.aborted) this.#give(target, outcome);
    this.#woken.resolve();
  }

  #give(target: JudgeTarget, outcome: JudgeOutcome): void {
    const id = judgementIdOf(target);
    if (outcome.kind === 'judged') {
      this.#judged += 1;
      this.#images.set(id, outcome.image);
      if (outcome.document !== undefined) this.#documents.set(id, outcome.document);
    } else this.#failed += 1;
    const record = toJudgementRecord(target, outcome, this.#parts.context.now());
    this.#results.push({
      log: `judgement:${id}`,
      where: 'watch.judge',
      from: { offset: 0, line: 1 },
      bytes: Buffer.from(`${JSON.stringify(record)}\n`),
      last: true,
      gaps: outcome.kind === 'unread' ? [outcome.gap] : [],
      sensor: 'judgement',
      settle: () => {
        this.#images.delete(id);
        this.#documents.delete(id);
        this.#queue.done(target);
      },
    });
  }

  /** A gap that belongs to no event. */
  #tell(gap: Gap): void {
    const from = { offset: 0, line: 1 };
    const bytes = new Uint8Array(0);
    this.#results.push({
      log: 'judgement',
      where: gap.where,
      from,
      bytes,
      last: true,
      gaps: [gap],
      sensor: 'judgement',
    });
    this.#woken.resolve();
  }

  #tellUnlisted({ registry, engine }: JudgeTarget): void {
    if (!this.#parts.settings.asked || registry === undefined || engine !== undefined) return;
    if (this.#parts.settings.registries.has(registry) || this.#toldRegistries.get(registry) === true) return;
    this.#toldRegistries.set(registry, true);
    this.#tell({
      where: registry,
      code: 'JUDGE_REGISTRY_UNLISTED',
      reason: `images of ${registry} are not judged: name it below watch.judge.registries, or scan them`,
      bytes: 0,
    });
  }

  /** A feed names the image, or what is in it: what was said of it before the feed came is out of date. */
  #again(event: Event): void {
    const target = toJudgeTarget({ ...event, action: 'pull' });
    if (target === undefined || !this.#hasRegistry(target) || !this.#queue.add(target)) return;
    this.#woken.resolve();
  }

  #learn({ fields, outcome, at, image }: Event): void {
    const listed = fields['keys'];
    const keys = (Array.isArray(listed) ? listed : []).filter((key) => typeof key === 'string').slice(0, 16);
    this.#queue.done({ keys });
    if (outcome === 'success') {
      for (const key of keys) this.#failures.delete(key);
      this.#answer(keys, Number.POSITIVE_INFINITY);
      return;
    }
    this.#answer(keys, at + againMs);
    const { code, reason } = fields;
    if (typeof code !== 'string' || typeof reason !== 'string') return;
    const where = image?.kind === 'container' ? image.written : (keys[0] ?? '');
    for (const key of keys) this.#failures.set(key, { where, code, reason, bytes: 0, kind: 'unavailable' });
  }

  #answer(keys: readonly string[], until: number): void {
    for (const key of keys) this.#answered.set(key, until);
  }

  #enginesOf({ engine }: JudgeTarget): readonly ListenedEngine[] {
    const { settings, engines } = this.#parts;
    return settings.engines ? engines.filter((listened) => listened.engine === engine) : [];
  }

  #hasEngine(target: JudgeTarget): boolean {
    return this.#enginesOf(target).length > 0;
  }

  #hasRegistry({ registry, manifest }: JudgeTarget): boolean {
    return registry !== undefined && manifest !== undefined && this.#parts.settings.registries.has(registry);
  }

  async #judge(target: JudgeTarget): Promise<JudgeOutcome> {
    const where = nameOfTarget(target);
    let refused: Gap | undefined;
    if (this.#hasEngine(target))
      try {
        const outcome = await this.#judgeInEngine(target);
        if (outcome.kind === 'judged') return outcome;
        refused = outcome.gap;
      } catch (thrown) {
        refused = gapOf(where, thrown);
      }
    if (!this.#hasRegistry(target))
      return { kind: 'unread', gap: { bytes: 0, code: 'JUDGE_FAILED', reason: '', ...refused, where } };
    const outcome = await this.#judgeInRegistry(target);
    return outcome.kind === 'judged' ? outcome : { kind: 'unread', gap: { ...outcome.gap, where } };
  }

  async #judgeInEngine(target: JudgeTarget): Promise<JudgeOutcome> {
    const { context } = this.#parts;
    const { name, registry, repository, manifest, digests } = target;
    const byDigest =
      registry === undefined || manifest === undefined ? [] : [`${registry}/${repository ?? ''}@${manifest}`];
    const names = digests.length > 0 ? [...byDigest, ...digests] : name === undefined ? [] : [name];
    const held = await findInEngines(this.#enginesOf(target), names, context);
    if (held === undefined)
      return {
        kind: 'unread',
        gap: {
          where: nameOfTarget(target),
          code: 'ENGINE_IMAGE_MISSING',
          reason: `no engine that is listened to holds it any more; scan it where it came from`,
          bytes: 0,
          kind: 'unavailable',
        },
      };
    const told = [held.id, ...held.digests];
    const digest = manifest ?? held.digests[0];
    const known = told.map((one) => this.#parts.judged(one)).find((image) => image !== undefined);
    const answer: JudgeAnswer =
      known === undefined
        ? await this.#parts.judge({ reference: `docker-daemon:${held.id}`, environment: held.environment })
        : { kind: 'judged', image: known };
    if (answer.kind === 'unread') return answer;
    // An engine packs what it gives anew: the manifest in it is nobody else's name for the image.
    return {
      kind: 'judged',
      image: { ...answer.image, digests: uniqueDigests([...answer.image.digests, ...told]) },
      config: held.id,
      ...(digest === undefined ? {} : { digest }),
    };
  }

  async #judgeInRegistry({ registry = '', repository = '', manifest }: JudgeTarget): Promise<JudgeOutcome> {
    const login = this.#parts.settings.registries.get(registry);
    const auths = login === undefined ? undefined : JSON.stringify({ auths: { [registry]: login } });
    const answer = await this.#parts.judge({
      reference: `docker://${registry}/${repository}@${manifest ?? ''}`,
      environment: { ...nobody, ...(auths === undefined ? {} : { DOCKER_AUTH_CONFIG: auths }) },
    });
    return answer.kind === 'unread' || manifest === undefined
      ? answer
      : {
          ...answer,
          image: { ...answer.image, digests: uniqueDigests([...answer.image.digests, manifest]) },
          digest: manifest,
        };
  }
}
