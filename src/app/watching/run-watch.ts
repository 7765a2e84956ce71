/** Settings → listeners, follower, memory and sinks, running until the signal; then everything that was taken is kept. */
import { join } from 'node:path';
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import { misuse } from '../../core/fault.ts';
import type { IncidentVerdict } from '../../core/incident.ts';
import type { ListenerContext, OpenListener } from '../../core/listener.ts';
import { openDeliveries } from '../../report/delivery/open-deliveries.ts';
import { containerdEvents } from '../../watch/listeners/containerd-events.ts';
import { engineEvents } from '../../watch/listeners/engine-events.ts';
import { httpPush } from '../../watch/listeners/http-push.ts';
import { input } from '../../watch/listeners/input.ts';
import { registrySweep } from '../../watch/listeners/registry-sweep.ts';
import { tail } from '../../watch/listeners/tail.ts';
import { eventFolderOf, openEventMemory } from '../follow/event-memory.ts';
import { openHeldPrograms } from '../follow/held-programs.ts';
import { openKnownBad } from '../follow/known-bad.ts';
import { forgottenOf } from '../follow/forgotten.ts';
import { openFollower, type Followed } from '../follow/follower.ts';
import { readWatchSettings } from '../follow/watch-settings.ts';
import { openInventories } from '../inventory.ts';
import { locateRules } from '../rule-locations.ts';
import type { Settings } from '../settings.ts';
import { FeedWatch } from './feed-watch.ts';
import { openHealthServer } from './health-server.ts';
import { holdMemory } from './held-memory.ts';
import { readListenerSettings, type ListenerSettings, type SensorSetting } from './listener-settings.ts';
import { openEnrichment } from './open-enrichment.ts';
import { listenedEngines, openJudge } from './open-judge.ts';
import type { WatchFigures } from './metrics-text.ts';
import { pumpAll, type PumpedListener } from './pump.ts';
import { WatchCounts } from './watch-counts.ts';

export interface WatchSurroundings {
  readonly context: Context;
  readonly standardInput: AsyncIterable<Uint8Array>;
  /** Where others ask how it is, in place of what the configuration says. */
  readonly listen?: string;
  /** Whole, to standard output. */
  print(text: string): Promise<void>;
  /** Where a listener listens, once it does. */
  ready(about: string): void;
  show(followed: Followed): Promise<void>;
}

/** Clocks of others may be ahead of ours by so much. */
const skewMs = 300_000;
/** What waits in spools when we end is sent by the next process; those that answer get a moment to take it. */
const drainMs = 5000;

const openSensor = (
  { sensor, files, from, input: name, engine, sweep }: SensorSetting,
  context: ListenerContext,
  stream: AsyncIterable<Uint8Array>,
): Promise<OpenListener> => {
  if (files !== undefined) return tail.open({ files, ...(from === undefined ? {} : { from }) }, context);
  if (name !== undefined) return input.open({ input: name, ...(name === '-' ? { stream } : {}) }, context);
  if (sweep !== undefined) {
    const seconds = sweep['every-seconds'];
    const { registry, repositories } = sweep;
    return registrySweep.open(
      {
        registry,
        ...(repositories === undefined ? {} : { repositories }),
        ...(seconds === undefined ? {} : { everyMs: seconds * 1000 }),
      },
      context,
    );
  }
  const address = engine === undefined || engine === '' ? {} : { address: engine };
  return sensor === 'containerd'
    ? containerdEvents.open(address, context)
    : engineEvents.open({ engine: sensor === 'podman' ? 'podman' : 'docker', ...address }, context);
};

const openListeners = async (
  settings: ListenerSettings,
  context: ListenerContext,
  stream: AsyncIterable<Uint8Array>,
  stack: AsyncDisposableStack,
): Promise<readonly PumpedListener[]> => {
  const opened: PumpedListener[] = [];
  const add = (listener: OpenListener, sensor?: string): void => {
    stack.defer(() => listener.close());
    opened.push({ listener, ...(sensor === undefined ? {} : { sensor }) });
  };
  for (const one of settings.sensors) add(await openSensor(one, context, stream), one.sensor);
  for (const one of settings.push) add(await httpPush.open(one, context));
  return opened;
};

/** @throws {Fault} misuse: settings that cannot work; unavailable: an address that is taken, a folder that cannot be written */
export const runWatch = async (settings: Settings, surroundings: WatchSurroundings): Promise<void> => {
  const stop = new AbortController();
  const context: Context = {
    ...surroundings.context,
    signal: AbortSignal.any([surroundings.context.signal, stop.signal]),
  };
  const { content, fileName = '' } = settings.watch ?? {};
  const wanted = readListenerSettings(content, fileName, context.environment);
  if (wanted.sensors.length + wanted.push.length === 0)
    throw misuse('LISTENER_INVALID', 'nothing is listened to: name sensors or push below watch: in tidewaiter.yaml');
  await using stack = new AsyncDisposableStack();
  const store = openEventMemory(context.environment);
  stack.defer(() => store.close());
  const memory = holdMemory(store);
  const inventories = stack.use(openInventories(context));
  const verdictOf = (digests: readonly Digest[]): IncidentVerdict | undefined => {
    for (const digest of digests) {
      const image = store.judged(digest);
      if (image !== undefined) return { ...image.verdict, at: image.at, digest };
    }
    return undefined;
  };
  const engines = listenedEngines(wanted.sensors);
  const judging =
    wanted.judge === undefined || (!wanted.judge.asked && engines.length === 0)
      ? undefined
      : openJudge(settings, wanted.judge, { context, engines, judged: (digest) => store.judged(digest) });
  if (judging !== undefined) stack.use(judging);
  const judge = judging?.judge;
  const { enrichment } = stack.use(await openEnrichment(wanted.enrichment, context));
  const locations = locateRules(settings, context.environment);
  const knownBad = await openKnownBad(locations);
  const follower = await openFollower({
    locations,
    knownBad,
    watch: readWatchSettings(content, fileName),
    verdictOf,
    memory,
    inventories,
    ceiling: () => context.now().getTime() + skewMs,
    onEvent: (event) => {
      judge?.see(event);
      enrichment.see(event);
    },
    awaits: (event) => enrichment.awaits(event),
    gapsOf: (identity, verdict, events) => [...(judge?.gapsOf(identity, verdict) ?? []), ...enrichment.gapsOf(events)],
    ...(judge === undefined ? {} : { judgedBy: (event) => judge.imageOf(event) }),
  });
  const deliveries = await openDeliveries(
    wanted.sinks,
    { folder: join(eventFolderOf(context.environment), 'sinks') },
    // Sinks go on until what was taken is theirs.
    { ...context, signal: new AbortController().signal, print: (text) => surroundings.print(text) },
  );
  stack.defer(async () => {
    await deliveries.drain(drainMs);
    await deliveries.close();
  });
  const counts = new WatchCounts();
  const listen = surroundings.listen ?? wanted.listen;
  if (listen !== undefined) {
    const { rules, refused, unreadable } = follower.rules;
    const figures = (): WatchFigures => ({
      counts,
      incidents: follower.incidents(),
      forgotten: forgottenOf(follower.figures()),
      rules: { used: rules.rules.length, refused: refused.length + unreadable.length },
      sinks: deliveries.all.map((delivery) => ({ name: delivery.name, state: delivery.state() })),
      ...(judge === undefined ? {} : { judge: judge.figures() }),
    });
    const health = await openHealthServer({ listen, figures, now: () => context.now().getTime() });
    stack.use(health);
    surroundings.ready(health.about);
  }
  const listening: ListenerContext = { ...context, positionOf: (source) => store.checkpoint(source) };
  const listeners = await openListeners(wanted, listening, surroundings.standardInput, stack);
  for (const { listener } of listeners) surroundings.ready(listener.about);
  const feeds = new FeedWatch({
    context,
    positionOf: (source) => store.checkpoint(source),
    memory: store,
    programs: stack.use(openHeldPrograms(context)),
    changed: async () => {
      await knownBad.renew();
      judging?.renew();
    },
    recall: (past) => follower.recall(past),
  });
  const companions = [...(judge === undefined ? [] : [judge]), enrichment, feeds].map((one) => ({
    listener: one.listener(),
    companion: true,
  }));
  counts.ready = true;
  await pumpAll(
    [...listeners, ...companions],
    {
      follower,
      memory,
      offer: (records) => deliveries.offer(records),
      ...(judge === undefined ? {} : { verdictOf: (event) => judge.documentOf(event) }),
      show: (followed) => surroundings.show(followed),
      counts,
      idle: () => {
        judge?.finish();
        enrichment.finish();
        feeds.finish();
      },
      now: () => context.now(),
      log: context.log,
      signal: context.signal,
    },
    () => stop.abort(new Error('the watch ends')),
  );
};
