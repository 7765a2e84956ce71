/** A Fault → what is told of it on standard error. */
import type { Fault } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';

const mostLines = 50;

/**
 * What a person must change may have several lines, one for each mistake in a file; all but the first are set in, so that none
 * passes for words of the program itself. Every other message comes from outside, and stays one line.
 */
export const complaintOf = ({ kind, code, message }: Fault): string => {
  const lines = kind === 'misuse' ? message.split('\n') : [message];
  if (lines.length === 1) return `tidewaiter: ${toPlainText(message)} (${code})`;
  const more = lines.length - mostLines;
  return [
    `tidewaiter: what must be changed (${code}):`,
    ...lines.slice(0, mostLines).map((line) => `  ${toPlainText(line)}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join('\n');
};
