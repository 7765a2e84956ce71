/** A record → one line of JSON: ours, OCSF or STIX. */
import type { SinkRecord, SinkSetting } from '../../core/sink.ts';
import { toJsonLine } from '../json-text.ts';
import { toBundle } from '../stix/objects.ts';
import { toStixObjects } from '../stix/record-objects.ts';
import { toOcsfEvents } from '../ocsf/record-event.ts';

/** The setting by which every sink that writes JSON chooses the form. */
export const formatSetting: SinkSetting = {
  name: 'format',
  kind: 'choice',
  values: ['json', 'ocsf', 'stix'],
  default: 'json',
  about:
    'json: as `replay` and `watch` print it; ocsf: events of the Open Cybersecurity Schema Framework; stix: a STIX 2.1 bundle for each',
};

/** `type` first, then what to tell doubles by, and the time; members of the value come last and never replace these. */
const ownDocument = ({ type, id, at, value, state }: SinkRecord): object => {
  const { type: _type, record: _record, at: _at, revision: _revision, ...rest } = value;
  return { type, record: id, at, ...(state === undefined ? {} : { revision: state.revision }), ...rest };
};

/** One document for each record; with `ocsf` one for each event that it makes, never none. */
export const toDocuments = (record: SinkRecord, format: string | undefined): readonly object[] => {
  if (format === 'ocsf') return toOcsfEvents(record);
  return format === 'stix' ? [toBundle(toStixObjects(record))] : [ownDocument(record)];
};

/** Each ends with a line end; nothing in it can end a line before. */
export const toLines = (records: readonly SinkRecord[], format: string | undefined): string =>
  records
    .flatMap((record) => toDocuments(record, format))
    .map((document) => `${toJsonLine(document)}\n`)
    .join('');
