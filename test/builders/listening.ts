/** A listener in a test: what it hands out, read, and remembered as a process would. */
import type { Event } from '../../src/core/event.ts';
import type { Gap } from '../../src/core/gap.ts';
import type { Intake, Listener, ListenerContext, OpenListener } from '../../src/core/listener.ts';
import type { Sensor } from '../../src/core/sensor.ts';
import { IntakeReader } from '../../src/watch/framing/intake-reader.ts';
import { fakeContext, type FakeContextOptions } from '../fakes/context.ts';

export interface Heard {
  readonly events: Event[];
  readonly gaps: Gap[];
}

/** What outlives a process that listens. */
export type Positions = Map<string, string>;

export const listenerContext = (positions: Positions, options: FakeContextOptions = {}): ListenerContext => ({
  ...fakeContext(options),
  positionOf: (source) => positions.get(source),
});

export interface Listening extends AsyncDisposable {
  readonly heard: Heard;
  readonly open: OpenListener;
  readonly done: Promise<void>;
  /** Waits until it holds, however slow the machine is. */
  until(holds: (heard: Heard) => boolean): Promise<void>;
}

/** Runs until disposed. `forget`: positions are not remembered, as if the process died before it kept anything. */
export const listen = async <Settings>(
  listener: Listener<Settings>,
  settings: Settings,
  sensors: Sensor | ((id: string | undefined) => Sensor),
  positions: Positions = new Map(),
  options: { readonly forget?: boolean; readonly onIntake?: (intake: Intake) => boolean } & FakeContextOptions = {},
): Promise<Listening> => {
  const stop = new AbortController();
  const context = listenerContext(positions, { ...options, signal: stop.signal });
  const open = await listener.open(settings, context);
  const heard: Heard = { events: [], gaps: [] };
  const reader = new IntakeReader(typeof sensors === 'function' ? sensors : () => sensors, () => 0);
  const run = async (): Promise<void> => {
    for await (const intake of open.intakes) {
      const { events, gaps, position } = reader.take(intake);
      heard.events.push(...events);
      heard.gaps.push(...gaps);
      if (position !== undefined && options.forget !== true) positions.set(position.source, position.position);
      intake.settle?.(options.onIntake?.(intake) ?? true);
    }
  };
  const done = run();
  return {
    heard,
    open,
    done,
    until: async (holds) => {
      const deadline = Date.now() + 60_000;
      while (!holds(heard)) {
        if (Date.now() > deadline)
          throw new Error(`it never came: ${heard.events.length} events, ${JSON.stringify(heard.gaps).slice(0, 2000)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort(new Error('the test is over'));
      await done;
      await open.close();
    },
  };
};
