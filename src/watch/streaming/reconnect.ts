/** Connections that last as long as they can, one after the other, and what an answer says that is none of the kind that was asked for. */
import type { ByteStream } from '../../core/bytes.ts';
import { isFault, unavailable, type Fault } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { Intake } from '../../core/listener.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { pause } from '../../io/retry.ts';

const longestMs = 30_000;

/** Doubles, with jitter: those that failed together do not come back together. */
export const pauseAfterFailures = (failures: number, firstMs = 500, random = Math.random()): number =>
  Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20)) * (0.5 + random / 2);

/** An unwelcome status and the beginning of its words. Ends the answer. */
export const answerFaultOf = async (status: number, body: ByteStream, where: string): Promise<Fault> => {
  let words = '';
  for await (const chunk of body) {
    words = toPlainText(Buffer.from(chunk).toString('utf8'), 300);
    break;
  }
  return unavailable('ENGINE_ANSWER_INVALID', `status ${status} instead of events: ${words}`, where);
};

export interface Reconnection {
  readonly connect: () => AsyncIterable<Intake>;
  /** A gap that came with no bytes. */
  readonly tell: (gap: Gap) => Intake;
  readonly where: string;
  readonly signal: AbortSignal;
  readonly firstPauseMs?: number | undefined;
}

/**
 * Until the signal. One who is quiet is asked again after a while, which is nothing to tell; one who stays away is told once. @throws what
 * no waiting mends: misuse, and everything that is no Fault
 */
export async function* reconnecting({
  connect,
  tell,
  where,
  signal,
  firstPauseMs,
}: Reconnection): AsyncGenerator<Intake, void, undefined> {
  let failures = 0;
  let told = '';
  while (!signal.aborted) {
    let problem: Gap | undefined;
    try {
      for await (const intake of connect()) {
        if (intake.bytes.length > 0) {
          failures = 0;
          told = '';
        }
        yield intake;
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if (!isFault(thrown) || thrown.kind === 'misuse') throw thrown;
      problem = { where, code: thrown.code, reason: thrown.message, bytes: 0, kind: thrown.kind };
    }
    failures += 1;
    if (problem !== undefined && failures > 1 && told !== problem.code) {
      told = problem.code;
      yield tell(problem);
    }
    await pause(pauseAfterFailures(failures, firstPauseMs), signal).catch((thrown: unknown) => {
      if (!signal.aborted) throw thrown;
    });
  }
}
