/** Lines of mail boxes and of single mails → one record for each mail. All other lines go on as they came. */
import type { RecordAssembler, RecordPiece } from '../../core/sensor.ts';

/** Lines of one mail and their characters. What is longer becomes two records, so that nothing is left out. */
const lineLimit = 100_000;
const characterLimit = 4 * 2 ** 20;

/** Between the mails of a box (RFC 4155). */
const boxLine = /^From \S{1,320} +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[A-Z+-]\w{1,4} )?\d{4}/;
/** Any of these begins a file that is one mail. */
const headLine =
  /^(?:Return-Path|Received|Delivered-To|From|To|Date|Message-ID|MIME-Version|Subject|X-[\w-]{1,64}|DKIM-Signature|ARC-[\w-]{1,40}|Authentication-Results):[ \t]/i;

/** A box ends its mail with the next one's line; a file, with its end. */
export const assembleMail = (): RecordAssembler => {
  let first: RecordPiece | undefined;
  let lines: string[] = [];
  let size = 0;
  let lastLine = 0;
  const close = (): readonly RecordPiece[] => {
    if (first === undefined) return [];
    const whole = { ...first, value: lines, bytes: size };
    first = undefined;
    lines = [];
    size = 0;
    return [whole];
  };
  const open = (piece: RecordPiece, line: string | undefined): void => {
    first = piece;
    lines = line === undefined ? [] : [line];
    size = line?.length ?? 0;
    lastLine = piece.line;
  };
  return {
    push: (piece) => {
      const { value } = piece;
      if (typeof value !== 'string') return first === undefined ? [piece] : [...close(), piece];
      if (boxLine.test(value)) {
        const before = close();
        open(piece, undefined);
        return before;
      }
      if (first === undefined) {
        if (piece.line !== 1 || !headLine.test(value)) return [piece];
        open(piece, value);
        return [];
      }
      const before = lines.length >= lineLimit || size + value.length > characterLimit ? close() : [];
      if (before.length > 0) open(piece, value);
      else {
        // Lines that are empty never come here, and one of them ends the head.
        if (piece.line > lastLine + 1) lines.push('');
        lines.push(value);
        size += value.length + 1;
        lastLine = piece.line;
      }
      return before;
    },
    finish: close,
    oldest: () => first,
  };
};
