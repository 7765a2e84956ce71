/** A registry that notifies nobody: its tags are walked now and then, and what is new is told as its notification would be. */
import { hash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';
import { isFault, misuse } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import { hasWildcard, isGlobMatch } from '../../core/glob.ts';
import type { Intake, Listener, ListenerContext } from '../../core/listener.ts';
import { openRegistryClient, type RegistryClient } from '../../io/registry-client.ts';
import { isRepository } from '../../io/registry-names.ts';
import { pause } from '../../io/retry.ts';

export interface RegistrySweepSettings {
  /** Host, with port where it is not the usual one. */
  readonly registry: string;
  /** Names, or patterns (`team/*`, `**`) that the registry's list of repositories is held against. Absent: all of them. */
  readonly repositories?: readonly string[];
  readonly everyMs?: number;
}

const usualEveryMs = 300_000;
/** Of one repository; of more the rest is a Gap. */
const tagLimit = 5000;
/** Of one registry; of more the rest is a Gap. */
const repositoryLimit = 10_000;

/** Tag → the first characters of its digest. */
type Known = Readonly<Record<string, string>>;

const short = (digest: string): string => digest.slice(0, 40);

const parseKnown = (text: string | undefined): Map<string, string> | undefined => {
  if (text === undefined) return undefined;
  try {
    return new Map(Object.entries(JSON.parse(text) as Known));
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
};

class Sweep {
  readonly #settings: RegistrySweepSettings;
  readonly #context: ListenerContext;
  readonly #client: RegistryClient;
  readonly #known = new Map<string, Map<string, string>>();
  readonly #names: readonly string[];
  readonly #patterns: readonly string[];
  /** As the registry listed them last. */
  #listed: readonly string[] = [];
  /** The list was walked whole before, and every repository in it: what has no known tags is new. */
  #complete: boolean;

  constructor(settings: RegistrySweepSettings, context: ListenerContext, client: RegistryClient) {
    this.#settings = settings;
    this.#context = context;
    this.#client = client;
    const { repositories = ['**'] } = settings;
    this.#names = repositories.filter((one) => !hasWildcard(one));
    this.#patterns = repositories.filter(hasWildcard);
    this.#complete = context.positionOf(this.#catalogue) !== undefined;
  }

  get #catalogue(): string {
    return `sweep:${this.#settings.registry}/`;
  }

  async *intakes(): AsyncGenerator<Intake, void, undefined> {
    const { signal } = this.#context;
    while (!signal.aborted) {
      yield* this.#round();
      await pause(this.#settings.everyMs ?? usualEveryMs, signal).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    }
  }

  async *#round(): AsyncGenerator<Intake, void, undefined> {
    const { signal } = this.#context;
    let gap: Gap | undefined;
    if (this.#patterns.length > 0) {
      gap = await this.#list();
      if (gap !== undefined) yield this.#intake('', '', [gap]);
    }
    let failed = gap !== undefined;
    for (const repository of new Set([...this.#names, ...this.#listed])) {
      if (signal.aborted) return;
      const intake = await this.#sweep(repository);
      if (intake !== undefined) yield intake;
      failed ||= (intake?.gaps ?? []).length > 0;
    }
    if (this.#patterns.length === 0 || failed || this.#complete || signal.aborted) return;
    this.#complete = true;
    const source = this.#catalogue;
    yield { ...this.#intake('', '', []), position: () => ({ source, position: 'walked' }) };
  }

  /** A registry that does not list its repositories is a Gap; those that it listed before are still looked at. */
  async #list(): Promise<Gap | undefined> {
    try {
      const all = await this.#client.readRepositories(this.#context);
      const wanted = all.filter((name) => this.#patterns.some((pattern) => isGlobMatch(pattern, name)));
      this.#listed = wanted.slice(0, repositoryLimit);
      const reason = `${wanted.length} repositories; ${repositoryLimit} are looked at`;
      return wanted.length > repositoryLimit
        ? this.#gap('', 'SWEEP_REPOSITORIES_TOO_MANY', reason, 'limit')
        : undefined;
    } catch (thrown) {
      if (this.#context.signal.aborted) return undefined;
      if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
      return this.#gap('', thrown.code, thrown.message, 'unavailable');
    }
  }

  async #sweep(repository: string): Promise<Intake | undefined> {
    const source = `sweep:${this.#settings.registry}/${repository}`;
    const isNew = this.#complete && !this.#names.includes(repository);
    const before =
      this.#known.get(repository) ??
      parseKnown(this.#context.positionOf(source)) ??
      (isNew ? new Map<string, string>() : undefined);
    const now = new Map<string, string>();
    const records: string[] = [];
    const gaps: Gap[] = [];
    try {
      const tags = await this.#client.readTags(repository, this.#context);
      if (tags.length > tagLimit)
        gaps.push(
          this.#gap(repository, 'SWEEP_TAGS_TOO_MANY', `${tags.length} tags; ${tagLimit} are looked at`, 'limit'),
        );
      for (const tag of new Set(tags.slice(0, tagLimit))) {
        const digest = await this.#digestOf(repository, tag);
        now.set(tag, short(digest));
        // The first sweep learns what is there: it says nothing of when that came.
        if (before !== undefined && before.get(tag) !== short(digest))
          records.push(this.#record(repository, tag, digest));
      }
    } catch (thrown) {
      if (this.#context.signal.aborted) return undefined;
      if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
      // What was found until then is told; the tags that were not reached stay as they were known, and are compared by the next sweep.
      for (const [tag, digest] of before ?? []) if (!now.has(tag)) now.set(tag, digest);
      gaps.push(this.#gap(repository, thrown.code, thrown.message, 'unavailable'));
      if (before === undefined) return this.#intake(repository, '', gaps);
    }
    this.#known.set(repository, now);
    const position = JSON.stringify(Object.fromEntries(now));
    return { ...this.#intake(repository, records.join(''), gaps), position: () => ({ source, position }) };
  }

  /** A question without an answer's bytes where the registry tells the digest: what is told is verified by whoever reads the image. */
  async #digestOf(repository: string, tag: string): Promise<Digest> {
    return (
      (await this.#client.headManifest(repository, tag, this.#context)) ??
      (await this.#client.readManifest(repository, tag, this.#context)).digest
    );
  }

  /** As CNCF Distribution would tell it. The time is ours: a registry says of no tag when it came. */
  #record(repository: string, tag: string, digest: string): string {
    const { registry } = this.#settings;
    const event = {
      id: `sweep:${hash('sha256', `${registry}/${repository}:${tag}@${digest}`).slice(0, 32)}`,
      timestamp: this.#context.now().toISOString(),
      action: 'push',
      target: { repository, tag, digest },
      request: { host: registry },
    };
    return `${JSON.stringify(event)}\n`;
  }

  #intake(repository: string, text: string, gaps: readonly Gap[]): Intake {
    const where = `${this.#settings.registry}/${repository}`;
    return {
      log: `sweep:${where}:${this.#context.now().getTime()}`,
      where,
      from: { offset: 0, line: 1 },
      bytes: Buffer.from(text),
      last: true,
      gaps,
    };
  }

  #gap(repository: string, code: string, reason: string, kind: 'limit' | 'unavailable'): Gap {
    return { where: `${this.#settings.registry}/${repository}`, code, reason, bytes: 0, kind };
  }
}

export const registrySweep: Listener<RegistrySweepSettings> = {
  id: 'registry-sweep',
  about: 'tags of a registry that notifies nobody, walked now and then',
  async open(settings, context) {
    const { repositories = ['**'] } = settings;
    const wrong = repositories.find((name) => !isRepository(name.replaceAll(/[*?]+/g, 'x')));
    if (repositories.length === 0 || wrong !== undefined)
      throw misuse('LISTENER_INVALID', `repositories: "${(wrong ?? '').slice(0, 100)}" is no name of a repository`);
    const client = openRegistryClient(settings.registry, context);
    const sweep = new Sweep(settings, context, client);
    return {
      about: `listening to tags of ${settings.registry}`,
      intakes: sweep.intakes(),
      close: async () => {
        await client[Symbol.asyncDispose]();
      },
    };
  },
};
