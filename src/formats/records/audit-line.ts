/** One line of the Linux audit log → its type, serial and fields (audit-documentation, "Audit Event Parsing"; auditd.conf(5)). */

export interface AuditLine {
  readonly type: string;
  /** Seconds and milliseconds since 1970. */
  readonly atMs: number;
  /** Records of one event share it, together with the time. */
  readonly serial: number;
  /** Absent in what daemons forward without a name. */
  readonly node?: string;
  /** As written, without quotes; hexadecimal values are not decoded, since only their name tells whether they are any. */
  readonly fields: Readonly<Record<string, string>>;
  /** Names of fields whose value stood in double quotes: such a value is never hexadecimal. */
  readonly quoted: ReadonlySet<string>;
}

const fieldLimit = 4096;

/** The kernel writes at most 8,970 characters, and auditd about as many more when it enriches them. */
const lineLimit = 64 * 1024;

const headPattern = /^(?:node=(\S+) )?type=(\S+) msg=(?:audit\((\d+)\.(\d{1,9}):(\d+)\):?|\?)\s*/;
/** What auditd itself prints to syslog or to the console. */
const kernelPattern = /(?:^|\s)audit(?:\[\d+\])?: (?:type=(\d+) )?audit\((\d+)\.(\d{1,9}):(\d+)\):\s*/;

/** Names that the kernel prints as numbers when it logs by itself (linux/audit.h). */
const namesByNumber: Readonly<Record<string, string>> = {
  1300: 'SYSCALL',
  1302: 'PATH',
  1306: 'SOCKADDR',
  1307: 'CWD',
  1309: 'EXECVE',
  1326: 'SECCOMP',
  1327: 'PROCTITLE',
  1400: 'AVC',
};

const isNameStart = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;

/** A name is at most that long; a longer word before an equals sign belongs to a sentence. */
const nameLimit = 72;

const doubleQuote = 34;
const singleQuote = 39;

/** `name=value`, `name="va lue"`, `msg='…'`; words between them are a sentence, and pass. */
const addPairs = (text: string, fields: Record<string, string>, quoted: Set<string>, inner: boolean): void => {
  let at = 0;
  for (let count = 0; count < fieldLimit; count += 1) {
    const equals = text.indexOf('=', at);
    if (equals < 0) return;
    let start = Math.max(text.lastIndexOf(' ', equals) + 1, at);
    while (start < equals && !isNameStart(text.charCodeAt(start))) start += 1;
    const name = text.slice(start, equals);
    const opening = text.charCodeAt(equals + 1);
    const isQuoted = opening === doubleQuote || opening === singleQuote;
    const close = isQuoted
      ? text.indexOf(opening === doubleQuote ? '"' : "'", equals + 2)
      : text.indexOf(' ', equals + 1);
    // What is never closed goes to the end: the line was cut off.
    const end = close < 0 ? text.length : close;
    const value = text.slice(equals + (isQuoted ? 2 : 1), end);
    at = isQuoted ? end + 1 : end;
    if (name === '' || name.length > nameLimit) continue;
    if (!inner && name === 'msg' && opening === singleQuote) {
      addPairs(value, fields, quoted, true);
      fields['message'] = value;
      continue;
    }
    // The first counts: what a user wrote into a message cannot replace what the kernel said.
    if (fields[name] !== undefined) continue;
    // Inside a message trailing punctuation belongs to the sentence.
    fields[name] = inner && opening !== doubleQuote ? value.replace(/[,)]{1,4}$/, '') : value;
    if (opening === doubleQuote) quoted.add(name);
  }
};

/** undefined when the line is none of the audit log. A record without time, as `UNKNOWN[1329] msg=?`, has time and serial 0. */
export const parseAuditLine = (line: string): AuditLine | undefined => {
  if (line.length > lineLimit) return undefined;
  const head = headPattern.exec(line);
  const kernel = head === null ? kernelPattern.exec(line) : null;
  const found = head ?? kernel;
  if (found === null) return undefined;
  const [type = '', seconds = '0', fraction = '0', serial = '0'] =
    head === null ? [namesByNumber[found[1] ?? ''] ?? found[1] ?? '', found[2], found[3], found[4]] : found.slice(2);
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  const quoted = new Set<string>();
  // Behind the group separator stands what auditd found out itself (log_format = ENRICHED): upper-case names.
  const body = line.slice(found.index + found[0].length).replace('\u001d', ' ');
  addPairs(body, fields, quoted, false);
  return {
    type,
    atMs: Number(seconds) * 1000 + Math.trunc(Number(`0.${fraction}`) * 1000),
    serial: Number(serial),
    ...(head?.[1] === undefined ? {} : { node: head[1] }),
    fields,
    quoted,
  };
};

const hexPattern = /^(?:[0-9A-Fa-f]{2})+$/;

/** A field that the kernel writes in hexadecimal when it holds blanks, quotes or control characters (audit_log_untrustedstring). */
export const auditText = (record: AuditLine, name: string): string | undefined => {
  const value = record.fields[name];
  if (value === undefined || value === '(null)' || value === '?' || value === '(none)') return undefined;
  if (record.quoted.has(name) || !hexPattern.test(value)) return value;
  return Buffer.from(value, 'hex').toString('utf8');
};

/**
 * Arguments of an `EXECVE` record and those that continue it. A long argument is split: `a1_len=… a1[0]=… a1[1]=…`, all
 * parts in hexadecimal or all quoted. `missing`: how many of the `argc` arguments no record has.
 */
export const auditArguments = (
  records: readonly AuditLine[],
): { readonly arguments: readonly string[]; readonly missing: number } => {
  const parts = new Map<number, Map<number, string>>();
  let count = 0;
  for (const record of records) {
    if (record.fields['argc'] !== undefined) count = Number(record.fields['argc']);
    for (const name of Object.keys(record.fields)) {
      const match = /^a(\d{1,6})(?:\[(\d{1,6})\])?$/.exec(name);
      const value = match === null ? undefined : auditText(record, name);
      if (match === null) continue;
      const index = Number(match[1]);
      const part = parts.get(index) ?? new Map<number, string>();
      part.set(Number(match[2] ?? 0), value ?? '');
      parts.set(index, part);
    }
  }
  const ordered = [...parts].sort(([one], [other]) => one - other);
  const texts = ordered.map(([, pieces]) =>
    [...pieces]
      .sort(([one], [other]) => one - other)
      .map(([, piece]) => piece)
      .join(''),
  );
  return { arguments: texts, missing: Math.max(0, Number.isFinite(count) ? count - texts.length : 0) };
};
