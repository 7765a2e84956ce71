/** One line of text → lines of a terminal, broken at spaces, with hanging indents. */

/** Terminal columns of a text without control characters: East Asian wide characters and emoji take two, combining marks none. */
export const columnsOf = (text: string): number => {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mn}|\p{Me}/u.test(character)) continue;
    const point = character.codePointAt(0) ?? 0;
    const wide =
      (point >= 0x1100 && point <= 0x115f) ||
      (point >= 0x2e80 && point <= 0xa4cf) ||
      (point >= 0xac00 && point <= 0xd7a3) ||
      (point >= 0xf900 && point <= 0xfaff) ||
      (point >= 0xff00 && point <= 0xff60) ||
      (point >= 0x1f300 && point <= 0x1faff) ||
      (point >= 0x20000 && point <= 0x3fffd);
    columns += wide ? 2 : 1;
  }
  return columns;
};

/** A word longer than a line stays whole: a path that was cut in two cannot be copied. `width` 0 never breaks. */
export const wrap = (text: string, width: number, first: string, rest: string): readonly string[] => {
  if (width <= 0) return [first + text];
  const lines: string[] = [];
  let line = first;
  let columns = columnsOf(first);
  let empty = true;
  for (const word of text.split(' ')) {
    const size = columnsOf(word);
    if (!empty && columns + 1 + size > width) {
      lines.push(line);
      line = rest;
      columns = columnsOf(rest);
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    columns += empty ? size : size + 1;
    empty = false;
  }
  return [...lines, line];
};
