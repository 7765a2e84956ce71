/** Settings of the watch → the judge of new images, with the processes that it works with. */
import { availableParallelism } from 'node:os';
import type { Context } from '../../core/context.ts';
import type { Digest } from '../../core/digest.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Settings } from '../settings.ts';
import type { ListenedEngine } from './engine-images.ts';
import { openJudgeProcess, type JudgeProcess } from './judge-process.ts';
import type { SensorSetting } from './listener-settings.ts';
import type { JudgeSettings } from './judge-settings.ts';
import { Judge } from './judge.ts';

/** Engines whose sockets are listened to; whose events come from files may be on another machine. */
export const listenedEngines = (sensors: readonly SensorSetting[]): readonly ListenedEngine[] =>
  sensors.flatMap(({ sensor, files, input, engine }) =>
    (sensor !== 'docker' && sensor !== 'podman') || files !== undefined || input !== undefined
      ? []
      : [{ engine: sensor, ...(engine === undefined || engine === '' ? {} : { address: engine }) }],
  );

export interface OpenedJudge extends Disposable {
  readonly judge: Judge;
  /** The next image is judged by what rules and feeds say now. */
  renew(): void;
}

export interface JudgeSurroundings {
  readonly context: Context;
  readonly engines: readonly ListenedEngine[];
  readonly judged: (digest: Digest) => KeptImage | undefined;
}

export const openJudge = (
  settings: Settings,
  judging: JudgeSettings,
  { context, engines, judged }: JudgeSurroundings,
): OpenedJudge => {
  const free: JudgeProcess[] = Array.from({ length: judging.atOnce }, () => openJudgeProcess(context.environment));
  const all = [...free];
  // The machine has other things to do: what is watched comes first.
  const cores = settings.cores === 0 ? Math.max(1, Math.floor(availableParallelism() / 2)) : settings.cores;
  const own: Settings = { ...settings, cores, allPlatforms: false };
  const judge = new Judge({
    settings: judging,
    engines,
    context,
    judged,
    judge: async (order) => {
      const process = free.pop() ?? openJudgeProcess(context.environment);
      try {
        return await process.judge({ ...order, settings: own }, judging.timeoutMs, context.signal);
      } finally {
        free.push(process);
      }
    },
  });
  return {
    judge,
    renew: () => {
      for (const process of all) process.renew();
    },
    [Symbol.dispose]: () => {
      for (const process of all) process[Symbol.dispose]();
    },
  };
};
