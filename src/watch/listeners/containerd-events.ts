/**
 * `Events.Subscribe` of containerd, for as long as it goes on, in all its namespaces. containerd keeps nothing of what happened before: what
 * it said while nobody listened is lost, and that is told.
 */
import { isFault, misuse } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { Intake, Listener, ListenerContext } from '../../core/listener.ts';
import { isNamespace, namespaceHeader, type RemoteProcedure } from '../../formats/records/containerd-api.ts';
import {
  getContainer,
  getImageDigest,
  parseContainerdEvent,
  subscribeEvents,
  type ContainerdEvent,
} from '../../formats/records/containerd-events.ts';
import { containerdSockets } from '../../io/engine-sockets.ts';
import { openGrpc, type GrpcConnection, type GrpcEndpoint } from '../../io/grpc-client.ts';
import { reconnecting } from '../streaming/reconnect.ts';

export interface ContainerdEventsSettings {
  /** `unix:///run/containerd/containerd.sock`. Absent: where `ctr` looks, else the usual one. */
  readonly address?: string;
  readonly firstPauseMs?: number;
}

const longestMs = 2000;

const findEndpoint = ({ address }: ContainerdEventsSettings, { environment }: ListenerContext): GrpcEndpoint => {
  if (address !== undefined && !address.startsWith('unix://'))
    throw misuse('LISTENER_INVALID', `engine: "${address.slice(0, 100)}" is no unix:// address`);
  if (address !== undefined) return { label: address, socketPath: address.slice('unix://'.length) };
  const [first] = containerdSockets(environment);
  if (first === undefined) throw misuse('LISTENER_INVALID', 'there is no address of containerd to listen to');
  return first;
};

class ContainerdStream {
  readonly #settings: ContainerdEventsSettings;
  readonly #context: ListenerContext;
  readonly #endpoint: GrpcEndpoint;
  readonly #source: string;
  /** Of the last event, as containerd wrote it. */
  #last: string | undefined;
  /** The one after which something may have been missed, once that was told. */
  #lost: string | undefined;

  constructor(settings: ContainerdEventsSettings, context: ListenerContext, endpoint: GrpcEndpoint) {
    this.#settings = settings;
    this.#context = context;
    this.#endpoint = endpoint;
    this.#source = `containerd:${endpoint.label}`;
    this.#last = context.positionOf(this.#source);
  }

  #gap(code: string, reason: string, kind: NonNullable<Gap['kind']>, bytes = 0): Gap {
    return { where: this.#endpoint.label, code, reason, bytes, kind };
  }

  intakes(): AsyncGenerator<Intake, void, undefined> {
    return reconnecting({
      connect: () => this.#connection(),
      tell: (gap) => this.#intake('', [gap]),
      where: this.#endpoint.label,
      signal: this.#context.signal,
      firstPauseMs: this.#settings.firstPauseMs,
    });
  }

  async *#connection(): AsyncGenerator<Intake, void, undefined> {
    const { network } = this.#context;
    await using connection = await openGrpc(this.#endpoint, {
      ...this.#context,
      network: { ...network, timeoutMs: Math.min(longestMs, network.timeoutMs) },
    });
    // Nothing that it keeps could be asked for: only that something may have been missed is known.
    if (this.#last !== undefined && this.#last !== this.#lost) {
      this.#lost = this.#last;
      yield this.#intake('', [
        this.#gap('ENGINE_EVENTS_LOST', `nobody listened to what containerd said after ${this.#last}`, 'unavailable'),
      ]);
    }
    for await (const envelope of connection.stream(subscribeEvents, undefined, {}, true)) {
      const gaps: Gap[] = [];
      let line = '';
      try {
        const event = parseContainerdEvent(envelope, this.#endpoint.label);
        if (event !== undefined) {
          line = `${JSON.stringify(await this.#told(connection, event, gaps))}\n`;
          if (event.timestamp !== '') this.#last = event.timestamp;
        }
      } catch (thrown) {
        if (!isFault(thrown) || thrown.kind === 'unavailable' || thrown.kind === 'misuse') throw thrown;
        gaps.push(this.#gap('RECORD_DAMAGED', thrown.message, thrown.kind, envelope.length));
      }
      if (line !== '' || gaps.length > 0) yield this.#intake(line, gaps);
    }
  }

  /** With the digest of an image that came or of which a container is made, and what the container is to run, in which pod. */
  async #told(connection: GrpcConnection, event: ContainerdEvent, gaps: Gap[]): Promise<ContainerdEvent> {
    const { namespace, topic, event: own } = event;
    if (!isNamespace(namespace)) return event;
    const headers = { [namespaceHeader]: namespace };
    const ask = async <Reply>(procedure: RemoteProcedure<string, Reply>, name: string): Promise<Reply | undefined> => {
      if (name === '' || name.length > 1024) return undefined;
      const answer = await connection.call(procedure, name, headers);
      if ('reply' in answer) return answer.reply;
      gaps.push(this.#gap('ENGINE_FACTS_MISSING', `${topic} ${name}: ${answer.message}`, 'unavailable'));
      return undefined;
    };
    const digestOf = async (name: string): Promise<object> => {
      const digest = await ask(getImageDigest, name);
      return digest === undefined ? {} : { target: { digest } };
    };
    const text = (name: string): string => (typeof own[name] === 'string' ? own[name] : '');
    if (topic === '/images/create' || topic === '/images/update')
      return { ...event, event: { ...own, ...(await digestOf(text('name'))) } };
    if (topic !== '/containers/create') return event;
    const made = await ask(getContainer, text('id'));
    const pod = [...(made?.labels ?? [])].filter(([name]) => name.startsWith('io.kubernetes.')).slice(0, 16);
    return {
      ...event,
      event: {
        ...own,
        ...(await digestOf(text('image'))),
        ...(made === undefined || made.args.length === 0 ? {} : { args: made.args }),
        ...(pod.length === 0 ? {} : { labels: Object.fromEntries(pod) }),
      },
    };
  }

  #intake(line: string, gaps: readonly Gap[]): Intake {
    const position = this.#last;
    return {
      log: this.#source,
      where: this.#endpoint.label,
      from: { offset: 0, line: 1 },
      bytes: Buffer.from(line),
      last: false,
      gaps,
      ...(position === undefined ? {} : { position: () => ({ source: this.#source, position }) }),
    };
  }
}

export const containerdEvents: Listener<ContainerdEventsSettings> = {
  id: 'containerd-events',
  about: 'the event stream of containerd, in all its namespaces',
  async open(settings, context) {
    const endpoint = findEndpoint(settings, context);
    const stream = new ContainerdStream(settings, context, endpoint);
    return {
      about: `listening to containerd at ${endpoint.label}`,
      intakes: stream.intakes(),
      close: async () => {
        // The signal ends the connection.
      },
    };
  },
};
