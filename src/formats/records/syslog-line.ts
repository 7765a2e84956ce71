/** One line that went through syslog → its head and its message: RFC 5424, RFC 3164 as daemons really write it, and journalctl's short forms. */

export interface SyslogLine {
  /** Absent where the line has no year, or no time at all. */
  readonly at?: string;
  /** Month, day and time without a year, as RFC 3164 has it. */
  readonly yearless?: string;
  readonly priority?: number;
  readonly host?: string;
  readonly program?: string;
  readonly processId?: number;
  readonly messageId?: string;
  /** Parameters of structured data, `ID.NAME` → value. */
  readonly data: Readonly<Record<string, string>>;
  readonly message: string;
}

const priorityPattern = /^<(\d{1,3})>/;
const structuredHead = /^1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const isoHead = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?) (\S{1,255}) /;
const oldHead = /^([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)(?:\.\d{1,9})? (?:(\d{4}) )?(\S{1,255}) /;
const tagPattern = /^([^\s:[\]]{1,255})(?:\[(\d{1,10})\])?: ?/;

const present = (word: string | undefined): string | undefined => (word === '-' || word === '' ? undefined : word);

/** RFC 5424, 6.3: elements in brackets; gives what stands behind them. */
const readStructuredData = (text: string, data: Record<string, string>): string => {
  if (text.startsWith('-')) return text.slice(1).trimStart();
  let position = 0;
  while (text[position] === '[') {
    const id = /^\[([^\s\]="]{1,64})/.exec(text.slice(position, position + 66));
    if (id === null) break;
    position += id[0].length;
    const parameter = / ([^\s\]="]{1,64})="((?:[^"\\\]]|\\.){0,8192})"/y;
    for (;;) {
      parameter.lastIndex = position;
      const found = parameter.exec(text);
      if (found === null) break;
      data[`${id[1]}.${found[1]}`] = (found[2] ?? '').replaceAll(/\\(["\\\]])/g, '$1');
      position = parameter.lastIndex;
    }
    if (text[position] !== ']') break;
    position += 1;
  }
  return text.slice(position).trimStart();
};

/** undefined when the line has no head that any of the forms knows: it is then a message without one. */
export const parseSyslogLine = (line: string): SyslogLine | undefined => {
  const priority = priorityPattern.exec(line);
  let rest = priority === null ? line : line.slice(priority[0].length);
  const data: Record<string, string> = Object.create(null) as Record<string, string>;
  const first = priority === null ? {} : { priority: Number(priority[1]) };
  const structured = priority === null ? null : structuredHead.exec(rest);
  if (structured !== null) {
    const [head, at, host, program, processId, messageId] = structured;
    const message = readStructuredData(rest.slice(head.length), data).replace(/^\ufeff/, '');
    const number = Number(processId);
    return {
      ...first,
      ...(present(at) === undefined ? {} : { at: at ?? '' }),
      ...(present(host) === undefined ? {} : { host: host ?? '' }),
      ...(present(program) === undefined ? {} : { program: program ?? '' }),
      ...(Number.isSafeInteger(number) && number > 0 ? { processId: number } : {}),
      ...(present(messageId) === undefined ? {} : { messageId: messageId ?? '' }),
      data,
      message,
    };
  }
  const iso = isoHead.exec(rest);
  const old = iso === null ? oldHead.exec(rest) : null;
  const head = iso ?? old;
  if (head === null) return undefined;
  rest = rest.slice(head[0].length);
  const tag = tagPattern.exec(rest);
  return {
    ...first,
    ...(iso === null
      ? old?.[2] === undefined
        ? { yearless: head[1] ?? '' }
        : { at: `${head[1] ?? ''} ${old[2]}` }
      : { at: (head[1] ?? '').replace(',', '.') }),
    host: (iso === null ? old?.[3] : iso[2]) ?? '',
    ...(tag === null ? {} : { program: tag[1] ?? '' }),
    ...(tag?.[2] === undefined ? {} : { processId: Number(tag[2]) }),
    data,
    message: tag === null ? rest : rest.slice(tag[0].length),
  };
};
