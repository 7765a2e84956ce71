/**
 * `GET /events` of Docker and Podman, for as long as it goes on: after every break, and after a restart, from the last event on. What
 * comes twice has the same id. Containers and images that events name are asked about at once.
 */
import type { Context } from '../../core/context.ts';
import { misuse } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { Intake, Listener, ListenerContext } from '../../core/listener.ts';
import { askEngine } from '../../io/engine-client.ts';
import { dockerPlaces, podmanPlaces, type EngineEndpoint } from '../../io/engine-endpoints.ts';
import { EngineQuestions } from '../engines/engine-questions.ts';
import { answerFaultOf, reconnecting } from '../streaming/reconnect.ts';
import { wholeLines } from '../streaming/whole-lines.ts';

export interface EngineEventsSettings {
  readonly engine: 'docker' | 'podman';
  /** `unix:///run/docker.sock`. Absent: where the engine's own client looks. */
  readonly address?: string;
  /** Where this machine's root is mounted. */
  readonly root?: string;
  readonly firstPauseMs?: number;
}

const lineBytes = 4 * 2 ** 20;

/** `SECONDS.NANOSECONDS`, as `since` takes it. */
const toSince = (nanoseconds: bigint): string =>
  `${nanoseconds / 1_000_000_000n}.${(nanoseconds % 1_000_000_000n).toString().padStart(9, '0')}`;

/** Of one line. A number of nanoseconds is larger than JavaScript's numbers are exact: its digits are read. */
const nanosecondsOf = (line: string): bigint | undefined => {
  const exact = /"timeNano"\s*:\s*(\d{15,20})\b/.exec(line)?.[1];
  if (exact !== undefined) return BigInt(exact);
  const seconds = /"time"\s*:\s*(\d{9,11})\b/.exec(line)?.[1];
  return seconds === undefined ? undefined : BigInt(seconds) * 1_000_000_000n;
};

const findEndpoint = async (settings: EngineEventsSettings, context: Context): Promise<EngineEndpoint> => {
  const { engine, address, root = '/' } = settings;
  if (address !== undefined && !address.startsWith('unix://'))
    throw misuse(
      'LISTENER_INVALID',
      `engine: "${address.slice(0, 100)}" is no unix:// address; for an engine of another machine set DOCKER_HOST`,
    );
  if (address !== undefined) return { label: address, socketPath: address.slice('unix://'.length) };
  const places = await (engine === 'docker' ? dockerPlaces(context, root) : podmanPlaces(context, root));
  const [first] = places;
  if (first === undefined) throw misuse('LISTENER_INVALID', `there is no address of ${engine} to listen to`);
  return first.endpoint;
};

class EngineStream {
  readonly #settings: EngineEventsSettings;
  readonly #context: ListenerContext;
  readonly #endpoint: EngineEndpoint;
  readonly #source: string;
  readonly #questions: EngineQuestions;
  #host: string | undefined;
  /** Why it is not known what runs, as it was told last. */
  #missing: string | undefined;
  /** Of the last event; before the first one, when we began to listen. */
  #since: bigint;
  /** An event of that time was seen: it comes again, as long as the engine remembers it. */
  #seen: boolean;

  constructor(settings: EngineEventsSettings, context: ListenerContext, endpoint: EngineEndpoint) {
    this.#settings = settings;
    this.#context = context;
    this.#endpoint = endpoint;
    this.#questions = new EngineQuestions(endpoint, context);
    this.#source = `engine:${settings.engine}:${endpoint.label}`;
    const kept = context.positionOf(this.#source);
    this.#seen = kept !== undefined && /^\d{15,20}$/.test(kept);
    this.#since = this.#seen ? BigInt(kept ?? 0) : BigInt(context.now().getTime()) * 1_000_000n;
  }

  intakes(): AsyncGenerator<Intake, void, undefined> {
    return reconnecting({
      connect: () => this.#connection(),
      tell: (gap) => this.#intake(new Uint8Array(0), [gap]),
      where: this.#endpoint.label,
      signal: this.#context.signal,
      firstPauseMs: this.#settings.firstPauseMs,
    });
  }

  async *#connection(): AsyncGenerator<Intake, void, undefined> {
    const { status, body } = await askEngine(
      this.#endpoint,
      `/events?since=${toSince(this.#since)}`,
      this.#context,
      true,
    );
    if (status !== 200) throw await answerFaultOf(status, body, this.#endpoint.label);
    this.#host ??= await this.#questions.host();
    const { lines: running, gaps: missing } = await this.#questions.survey();
    const isTold = missing[0]?.reason === this.#missing;
    this.#missing = missing[0]?.reason;
    if (running.length > 0 || (missing.length > 0 && !isTold))
      yield this.#intake(Buffer.from(running.map((line) => `${line}\n`).join('')), isTold ? [] : missing);
    let isFirst = this.#seen && this.#settings.engine === 'docker';
    for await (const lines of wholeLines(body, lineBytes)) {
      const gaps: Gap[] = [];
      if (lines.tooLong > 0)
        gaps.push({
          where: this.#endpoint.label,
          code: 'RECORD_BEYOND_BOUNDS',
          reason: `longer than ${lineBytes} bytes`,
          bytes: lines.tooLong,
          kind: 'limit',
        });
      const plain = lines.bytes.toString('utf8').split('\n');
      for (const line of plain) {
        const at = nanosecondsOf(line);
        if (at === undefined) continue;
        // Docker remembers its last 256 events, and forgets them when it is restarted: the one that was seen last is among them, or some are missing.
        if (isFirst && at > this.#since)
          gaps.push({
            where: this.#endpoint.label,
            code: 'ENGINE_EVENTS_LOST',
            reason: `the engine no longer knows what happened from ${toSince(this.#since)} on; its next event is of ${toSince(at)}`,
            bytes: 0,
            kind: 'unavailable',
          });
        isFirst = false;
        this.#seen = true;
        if (at > this.#since) this.#since = at;
      }
      const answered = await this.#questions.answer(plain);
      gaps.push(...answered.gaps);
      yield this.#intake(answered.lines === plain ? lines.bytes : Buffer.from(answered.lines.join('\n')), gaps);
    }
  }

  #intake(bytes: Uint8Array, gaps: readonly Gap[]): Intake {
    const position = this.#since.toString();
    const seen = this.#seen;
    return {
      log: this.#source,
      where: this.#endpoint.label,
      from: { offset: 0, line: 1 },
      bytes,
      last: false,
      gaps,
      ...(this.#host === undefined ? {} : { place: { host: this.#host } }),
      ...(seen ? { position: () => ({ source: this.#source, position }) } : {}),
    };
  }
}

export const engineEvents: Listener<EngineEventsSettings> = {
  id: 'engine-events',
  about: 'the event stream of Docker or Podman, resumed after every break',
  async open(settings, context) {
    const endpoint = await findEndpoint(settings, context);
    const stream = new EngineStream(settings, context, endpoint);
    return {
      about: `listening to ${settings.engine} at ${endpoint.label}`,
      intakes: stream.intakes(),
      close: async () => {
        // The signal ends the connection.
      },
    };
  },
};
