/** A record → one message of RFC 5424. Header and structured data hold what log servers sort by, the message the record as JSON in ASCII. */
import type { SinkRecord, SinkValue } from '../../core/sink.ts';
import { toJsonLine } from '../json-text.ts';
import { toDocuments } from '../delivery/record-text.ts';
import { objectAt, textAt } from '../delivery/value-reader.ts';

const facilityNames = [
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock',
  'local0 local1 local2 local3 local4 local5 local6 local7',
].flatMap((line) => line.split(' '));

/** Section 6.2.1, table 1: the code is the position. */
export const facilities: readonly [string, ...string[]] = ['kern', ...facilityNames.slice(1)];

/** Section 6.2.1, table 2: critical, error, warning, notice, informational. */
const severityCodes = new Map([
  ['critical', 2],
  ['high', 3],
  ['medium', 4],
  ['low', 5],
  ['info', 6],
]);
const verdictCodes = new Map([
  ['deny', 3],
  ['warn', 4],
  ['allow', 6],
]);

const severityOf = ({ type, value }: SinkRecord): number => {
  if (type === 'gap') return 5;
  if (type === 'verdict') return verdictCodes.get(textAt(value, 'decision', 20) ?? '') ?? 5;
  return severityCodes.get(textAt(value, 'severity', 20) ?? '') ?? 5;
};

/** PRINTUSASCII of section 6: what does not fit becomes `_`, and nothing becomes `-`. */
const toName = (text: string, maximum: number): string => text.replace(/[^!-~]/g, '_').slice(0, maximum) || '-';

/** Section 6.2.3: at most six digits of a second, and `Z`. */
const toTimestamp = (at: string): string => {
  const time = Date.parse(at);
  return Number.isNaN(time) ? '-' : new Date(time).toISOString();
};

const escapeValue = (text: string): string => text.replace(/["\\\]]/g, (character) => `\\${character}`);

const toAscii = (text: string): string =>
  text.replace(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * 32473 is the enterprise number for documentation (RFC 5612): the project has none of its own.
 * Values are plain text in UTF-8, as section 6.3.3 wants them.
 */
const toStructuredData = ({ type, id, value }: SinkRecord): string => {
  const subject: SinkValue = objectAt(value, 'subject');
  const parameters: readonly (readonly [string, string | undefined])[] = [
    ['record', id.slice(0, 256)],
    ['type', type],
    ['rule', textAt(value, 'rule', 200)],
    ['severity', textAt(value, 'severity', 20)],
    ['code', textAt(value, 'code', 100)],
    ['decision', textAt(value, 'decision', 20)],
    ['subject', textAt(subject, 'id', 300)],
    ['digest', textAt(value, 'digest', 200)],
  ];
  const written = parameters.flatMap(([name, text]) => (text === undefined ? [] : [`${name}="${escapeValue(text)}"`]));
  return `[tidewaiter@32473 ${written.join(' ')}]`;
};

export interface SyslogSource {
  readonly facility: string;
  readonly host: string;
  readonly processId: number;
  readonly format: string | undefined;
  /** A longer message tells what it is about and how much was left out. 0: any length. */
  readonly maximumBytes: number;
}

const leftOut = (record: SinkRecord, bytes: number): string => {
  const { type, id, at, value } = record;
  return toAscii(toJsonLine({ type, record: id, at, title: textAt(value, 'title', 200), leftOutBytes: bytes }));
};

/** One message for each document, each on one line. */
export const toSyslogMessages = (record: SinkRecord, source: SyslogSource): readonly Uint8Array[] => {
  const priority = Math.max(0, facilities.indexOf(source.facility)) * 8 + severityOf(record);
  const head = [
    `<${priority}>1`,
    toTimestamp(record.at),
    toName(source.host, 255),
    'tidewaiter',
    String(source.processId),
    record.type,
    toStructuredData(record),
  ].join(' ');
  return toDocuments(record, source.format).map((document) => {
    const text = toAscii(toJsonLine(document));
    const message = Buffer.from(`${head} ${text}`, 'utf8');
    if (source.maximumBytes === 0 || message.length <= source.maximumBytes) return message;
    return Buffer.from(`${head} ${leftOut(record, text.length)}`, 'utf8').subarray(0, source.maximumBytes);
  });
};
