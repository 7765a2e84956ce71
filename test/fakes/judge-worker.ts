/** A process that judges, as it can be and as it fails: what it does stands in the reference. For tests only. */
import type { JudgeAnswer, JudgeOrder } from '../../src/app/watching/judge-words.ts';

process.on('disconnect', () => process.exit(0));
process.on('message', ({ reference }: JudgeOrder) => {
  if (reference === 'dies') process.exit(3);
  if (reference === 'hangs') return;
  const answer: JudgeAnswer = {
    kind: 'unread',
    gap: { where: reference, code: 'X', reason: String(process.pid), bytes: 0 },
  };
  process.send?.(answer);
});
