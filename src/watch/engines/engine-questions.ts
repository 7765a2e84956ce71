/**
 * Lines of an engine's events → the same lines with what the engine answers about the container or image that they name. Only ids and
 * references by the strict grammar are asked for, only of the engine that named them, and within bounds.
 */
import type { Context } from '../../core/context.ts';
import { isFault, unavailable } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import { askEngineJson } from '../../io/engine-client.ts';
import type { EngineEndpoint } from '../../io/engine-endpoints.ts';
import { objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { readReference, toTime } from '../event-parts.ts';
import { pickContainer, pickImage } from './asked.ts';

/** Questions about one piece of the stream; what is beyond is told. */
const maximumQuestions = 256;
const atOnce = 4;
const longestMs = 2000;
/** A tag of an older event may have moved since. */
const freshMs = 60_000;
/** Between the start that an event tells and that of which the engine knows: one more apart is another one. */
const sameStartMs = 5000;
const answerBytes = 4 * 2 ** 20;
const knownImages = 256;

const idPattern = /^[0-9a-f]{64}$/;
const worthAsking = /"(?:create|start|pull|connect)"/;

/** Containers that run when we come; what is beyond is told. */
const maximumRunning = 1000;

interface Subject {
  readonly kind: 'container' | 'image' | 'network';
  readonly name: string;
  readonly at: number;
  readonly starts: boolean;
}

const subjectOf = (line: string): Subject | undefined => {
  if (!worthAsking.test(line) || !line.endsWith('}')) return undefined;
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  const type = textAt(event, 'Type');
  const action = textAt(event, 'Action') ?? textAt(event, 'Status');
  const id = textAt(event, 'Actor', 'ID') ?? textAt(event, 'ID') ?? '';
  const at = toTime((event as JsonObject)['timeNano']) ?? toTime((event as JsonObject)['time']) ?? 0;
  if (type === 'container' && (action === 'create' || action === 'start') && idPattern.test(id))
    return { kind: 'container', name: id, at, starts: action === 'start' };
  if (type === 'network' && action === 'connect') {
    const container = textAt(event, 'Actor', 'Attributes', 'container') ?? '';
    return idPattern.test(container) ? { kind: 'network', name: container, at, starts: false } : undefined;
  }
  if (type !== 'image' || action !== 'pull') return undefined;
  const digest = id.replace(/^sha256:/, '');
  const name = idPattern.test(digest) ? `sha256:${digest}` : readReference(id)?.reference;
  return name === undefined ? undefined : { kind: 'image', name, at, starts: false };
};

const endPattern = /"(?:die|died)"/;
const idInLine = /"(?:id|ID)"\s*:\s*"([0-9a-f]{64})"/;

const encoded = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

export class EngineQuestions {
  readonly #endpoint: EngineEndpoint;
  readonly #context: Context;
  /** By the id of its config: what names an image by its content stays true. */
  readonly #images = new Map<string, JsonObject>();
  /** Containers that were seen to start or to run: a network joins them later, others while they start. */
  readonly #running = new Set<string>();

  constructor(endpoint: EngineEndpoint, context: Context) {
    this.#endpoint = endpoint;
    this.#context = {
      ...context,
      network: { ...context.network, timeoutMs: Math.min(longestMs, context.network.timeoutMs) },
      limits: { ...context.limits, record: answerBytes },
    };
  }

  async #ask(path: string): Promise<JsonObject> {
    const { status, answer } = await askEngineJson(this.#endpoint, path, this.#context);
    if (status === 200) return answer;
    throw unavailable(
      'ENGINE_FACTS_MISSING',
      status === 404 ? 'it was gone before it could be asked about' : `status ${status}`,
      this.#endpoint.label,
    );
  }

  /** How the engine's machine calls itself, as its audit log does. undefined: it does not say. */
  async host(): Promise<string | undefined> {
    try {
      return textAt(await this.#ask('/info'), 'Name');
    } catch (thrown) {
      if (isFault(thrown)) return undefined;
      throw thrown;
    }
  }

  async #image(name: string): Promise<JsonObject> {
    const known = this.#images.get(name);
    if (known !== undefined) return known;
    const image = pickImage(await this.#ask(`/images/${encoded(name)}/json`));
    if (name.startsWith('sha256:')) {
      if (this.#images.size >= knownImages) this.#images.clear();
      this.#images.set(name, image);
    }
    return image;
  }

  #runs(container: string): void {
    if (this.#running.size >= 4096) this.#running.clear();
    this.#running.add(container);
  }

  async #about({ kind, name, at, starts }: Subject): Promise<JsonObject | undefined> {
    const isFresh = Math.abs(this.#context.now().getTime() - at) < freshMs;
    if (kind === 'image') return isFresh || name.startsWith('sha256:') ? { image: await this.#image(name) } : undefined;
    if (kind === 'network' && !this.#running.has(name)) return undefined;
    const answer = await this.#ask(`/containers/${name}/json`);
    if (starts) this.#runs(name);
    const started = toTime(textAt(answer, 'State', 'StartedAt')) ?? 0;
    const inside = kind === 'network' ? isFresh : starts && Math.abs(started - at) < sameStartMs;
    return this.#withImage(pickContainer(answer, inside));
  }

  async #withImage(container: JsonObject): Promise<JsonObject> {
    const id = textAt(container, 'Image');
    const image = id?.startsWith('sha256:') === true ? await this.#image(id) : undefined;
    return { container, ...(image === undefined ? {} : { image }) };
  }

  #missing(missing: number, all: number, reason: string): readonly Gap[] {
    if (missing === 0) return [];
    const about = `what ${missing} of ${all} containers and images are and may do is not known: ${reason}`;
    return [
      { where: this.#endpoint.label, code: 'ENGINE_FACTS_MISSING', reason: about, bytes: 0, kind: 'unavailable' },
    ];
  }

  /**
   * Containers that run and were not seen to start, as lines of a kind that no engine writes (`Action` is `running`): what they do from
   * now on is joined to them. At most one Gap.
   * @throws {Fault} unavailable `ENGINE_UNREACHABLE`, `ENGINE_UNTRUSTED`
   */
  async survey(): Promise<{ readonly lines: readonly string[]; readonly gaps: readonly Gap[] }> {
    const lines: string[] = [];
    let listed: readonly unknown[] = [];
    let missing = 0;
    let reason = '';
    const failed = (thrown: unknown, count: number): void => {
      if (!isFault(thrown) || thrown.code === 'ENGINE_UNREACHABLE' || thrown.code === 'ENGINE_UNTRUSTED') throw thrown;
      missing += count;
      reason = thrown.message;
    };
    try {
      const { status, answer } = await askEngineJson(this.#endpoint, '/containers/json', this.#context);
      if (status !== 200 || !Array.isArray(answer))
        throw unavailable('ENGINE_ANSWER_INVALID', `status ${status} instead of containers`, this.#endpoint.label);
      listed = answer as readonly unknown[];
    } catch (thrown) {
      failed(thrown, 1);
    }
    const running = listed.flatMap((one) => {
      const id = textAt(one, 'Id') ?? '';
      return idPattern.test(id) && !this.#running.has(id) ? [{ one, id }] : [];
    });
    if (running.length > maximumRunning) {
      missing += running.length - maximumRunning;
      reason = 'more run than are asked about';
    }
    const waiting = running.slice(0, maximumRunning);
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        try {
          const { one, id } = next;
          const asked = await this.#withImage(pickContainer(await this.#ask(`/containers/${id}/json`), true));
          this.#runs(id);
          const image = textAt(one, 'Image') ?? '';
          const name = (textsAt(one, 'Names')[0] ?? '').replace(/^\//, '');
          const now = this.#context.now().getTime();
          const actor = { ID: id, Attributes: { ...objectAt(one, 'Labels'), image, name } };
          const head = { Type: 'container', Action: 'running', from: image, Actor: actor };
          const text = JSON.stringify({ ...head, time: Math.trunc(now / 1000), asked });
          lines.push(`${text.slice(0, -1)},"timeNano":${now}000000}`);
        } catch (thrown) {
          failed(thrown, 1);
        }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return { lines: lines.sort(), gaps: this.#missing(missing, Math.max(running.length, missing), reason) };
  }

  /** Lines are as many as before, and in their order. At most one Gap: what could not be found out. */
  async answer(
    lines: readonly string[],
  ): Promise<{ readonly lines: readonly string[]; readonly gaps: readonly Gap[] }> {
    for (const line of lines) {
      const ended = endPattern.test(line) ? idInLine.exec(line)?.[1] : undefined;
      if (ended !== undefined) this.#running.delete(ended);
    }
    const subjects = lines.map(subjectOf);
    const asked = subjects.flatMap((subject, position) => (subject === undefined ? [] : [{ subject, position }]));
    if (asked.length === 0) return { lines, gaps: [] };
    const answered = [...lines];
    const waiting = asked.slice(0, maximumQuestions);
    let missing = asked.length - waiting.length;
    let reason = missing > 0 ? 'more happened at once than is asked about' : '';
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        try {
          const said = await this.#about(next.subject);
          const line = lines[next.position] ?? '';
          if (said !== undefined) answered[next.position] = `${line.slice(0, -1)},"asked":${JSON.stringify(said)}}`;
        } catch (thrown) {
          if (!isFault(thrown)) throw thrown;
          missing += 1;
          reason = thrown.message;
          // One that does not answer is not asked again and again while events wait.
          if (thrown.code === 'ENGINE_UNREACHABLE') missing += waiting.splice(0).length;
        }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return { lines: answered, gaps: this.#missing(missing, asked.length, reason) };
  }
}
