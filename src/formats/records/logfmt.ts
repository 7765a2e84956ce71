/** `time="…" level=info msg="…"`: pairs as Go programs write them → names and values. */

const pairLimit = 256;
const lineLimit = 64 * 1024;
const pairPattern = /(?:^|\s)([\w.@/-]{1,128})=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g;

/** Escapes of Go's strconv.Quote that matter for text. */
const unquote = (text: string): string =>
  text.replaceAll(/\\(["\\nrt])/g, (_, character: string) =>
    character === 'n' ? '\n' : character === 'r' ? '\r' : character === 't' ? '\t' : character,
  );

/** undefined when the line is too long or not made of pairs: fewer than two, or without a message or level. */
export const parseLogfmt = (line: string): Readonly<Record<string, string>> | undefined => {
  if (line.length > lineLimit || !/(?:^|\s)(?:msg|level|lvl)=/.test(line)) return undefined;
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let count = 0;
  for (const [, name = '', quoted, bare] of line.matchAll(pairPattern)) {
    count += 1;
    if (count > pairLimit) break;
    fields[name] ??= quoted === undefined ? (bare ?? '') : unquote(quoted);
  }
  return count < 2 ? undefined : fields;
};
