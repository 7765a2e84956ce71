/** How long to wait for somebody who does not answer, and what an answer says that is none of the kind that was asked for. */
import type { ByteStream } from '../../core/bytes.ts';
import { unavailable, type Fault } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';

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
