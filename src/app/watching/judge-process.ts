/** The process that judges images for `watch`: started when there is something to judge, ended when it takes too long or is idle. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { JudgeAnswer, JudgeOrder } from './judge-words.ts';

export interface JudgeProcess extends Disposable {
  /** One at a time. Never throws: what does not come to an answer is `unread`. */
  judge(order: JudgeOrder, timeoutMs: number, signal: AbortSignal): Promise<JudgeAnswer>;
  /** Whatever is being judged is judged to its end; then the process is begun anew. */
  renew(): void;
}

const usualEntry = join(import.meta.dirname, `judge-worker${import.meta.filename.endsWith('.ts') ? '.ts' : '.js'}`);
/** Rules and caches take some hundred megabytes that nobody needs meanwhile. */
const idleMs = 60_000;

const unread = (reference: string, code: string, reason: string): JudgeAnswer => ({
  kind: 'unread',
  gap: { where: reference, code, reason, bytes: 0, kind: 'unavailable' },
});

/** `entry`: the module that the process runs. */
export const openJudgeProcess = (
  environment: Readonly<Record<string, string | undefined>>,
  entry = usualEntry,
): JudgeProcess => {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let busy = false;
  let stale = false;

  const end = (): void => {
    clearTimeout(idle);
    const ending = child;
    child = undefined;
    // Its own scanning processes end with it.
    ending?.kill('SIGKILL');
  };

  const start = (): ChildProcess => {
    const started = fork(entry, [], {
      env: { ...environment },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
    });
    // The watch ends when its listeners do, whatever is being judged.
    started.unref();
    started.channel?.unref();
    return started;
  };

  return {
    judge: (order, timeoutMs, signal) =>
      new Promise((resolve) => {
        clearTimeout(idle);
        busy = true;
        const used = (child ??= start());
        const seconds = Math.round(timeoutMs / 1000);
        const finish = (answer: JudgeAnswer, keep: boolean): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stopped);
          used.removeAllListeners();
          used.on('error', () => undefined);
          busy = false;
          const again = keep && !stale;
          stale = false;
          if (!again && child === used) end();
          if (again) {
            idle = setTimeout(end, idleMs);
            idle.unref();
          }
          resolve(answer);
        };
        const timer = setTimeout(
          () =>
            finish(
              unread(order.reference, 'JUDGE_TIMED_OUT', `not judged within ${seconds} seconds; see timeout-seconds`),
              false,
            ),
          timeoutMs,
        );
        const stopped = (): void => finish(unread(order.reference, 'JUDGE_FAILED', 'the watch ended'), false);
        const failed = (why: string): void =>
          finish(
            unread(order.reference, 'JUDGE_FAILED', `the process that judges ${why}; scan the image by hand`),
            false,
          );
        signal.addEventListener('abort', stopped, { once: true });
        used.once('message', (answer) => finish(answer as JudgeAnswer, true));
        used.once('error', ({ message }) => failed(`cannot be used (${message})`));
        used.once('exit', (status, by) => failed(`ended (${by ?? String(status)})`));
        if (signal.aborted) stopped();
        else used.send(order, (thrown) => thrown !== null && failed(`does not listen (${thrown.message})`));
      }),
    renew: () => {
      if (busy) stale = true;
      else end();
    },
    [Symbol.dispose]: end,
  };
};
