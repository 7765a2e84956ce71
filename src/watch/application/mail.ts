/** Lines of mail boxes and of single mails → one record for each mail. All other lines go on as they came. */
import type { RecordAssembler, RecordPiece } from '../../core/sensor.ts';
import { looksLikeMail } from '../../formats/records/mime-message.ts';

/** Lines of one mail and their characters. What is longer becomes two records, so that nothing is left out. */
const lineLimit = 100_000;
const characterLimit = 4 * 2 ** 20;
/** Lines of a head: what has more is none. */
const headLimit = 1000;

/** Between the mails of a box (RFC 4155). */
const boxLine = /^From \S{1,320} +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[A-Z+-]\w{1,4} )?\d{4}/;
/** Any of these begins a file that is one mail. */
const headLine =
  /^(?:Return-Path|Received|Delivered-To|From|To|Date|Message-ID|MIME-Version|Subject|X-[\w-]{1,64}|DKIM-Signature|ARC-[\w-]{1,40}|Authentication-Results):[ \t]/i;

/** A header, or the rest of one. */
const headerOrRest = /^(?:[\w-]{1,76}:|[ \t]+\S)/;

/** A box ends its mail with the next one's line; a file, with its end. */
export const assembleMail = (): RecordAssembler => {
  let first: RecordPiece | undefined;
  let lines: string[] = [];
  let size = 0;
  let lastLine = 0;
  /** What only begins like a mail, until its head has shown that it is one. */
  let undecided: RecordPiece[] = [];
  /** By the first line that comes. In a log of another kind somebody else may have written a line that begins a mail: nothing hides behind it. */
  let isBox: boolean | undefined;
  /** It was none: its lines go on as they came. */
  const release = (): readonly RecordPiece[] => {
    const plain = undecided;
    isBox = false;
    first = undefined;
    lines = [];
    size = 0;
    undecided = [];
    return plain;
  };
  const close = (): readonly RecordPiece[] => {
    if (first === undefined) return [];
    if (undecided.length > 0 && !looksLikeMail(lines.join('\n'))) return release();
    undecided = [];
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
      isBox ??= boxLine.test(value);
      if (isBox && boxLine.test(value)) {
        const before = close();
        open(piece, undefined);
        undecided = [piece];
        return before;
      }
      if (first === undefined) {
        if (piece.line !== 1 || !headLine.test(value)) return [piece];
        open(piece, value);
        undecided = [piece];
        return [];
      }
      if (undecided.length > 0) {
        const headEnds = piece.line > lastLine + 1 || !headerOrRest.test(value);
        if (headEnds && !looksLikeMail(lines.join('\n'))) return [...release(), piece];
        if (headEnds) undecided = [];
        else if (undecided.length >= headLimit) return [...release(), piece];
        else undecided.push(piece);
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
