/** What a batch led to → the records that sinks are sent. */
import { hash } from 'node:crypto';
import type { Gap } from '../../core/gap.ts';
import type { SinkRecord, SinkValue } from '../../core/sink.ts';
import { toFindingLine, toGapLine, toIncidentLine } from '../../report/follow-lines.ts';
import type { Followed } from '../follow/follower.ts';

const idOf = (kind: string, text: string): string => `${kind}:${hash('sha256', text).slice(0, 40)}`;

/** What cannot be reached today is another fact than what could not be reached yesterday; a line that cannot be read is the same. */
const gapId = ({ where, code, reason, kind }: Gap, at: string): string =>
  idOf('gap', [where, code, reason, kind === 'unavailable' ? at : ''].join('\n'));

/** `event`: id of the one that tells of the verdict; the same however often the image is judged because of one event. */
export const toVerdictRecord = (event: string, document: SinkValue, at: string): SinkRecord => ({
  type: 'verdict',
  id: idOf('verdict', event),
  at: typeof document['at'] === 'string' ? document['at'] : at,
  value: document,
});

const valueOf = (line: object): SinkValue => line as SinkValue;

/** `revision`: higher than that of every batch before. Incidents last: whoever reads them in order has their findings already. */
export const toSinkRecords = (
  { detections, gaps, incidents }: Followed,
  at: string,
  revision: number,
): readonly SinkRecord[] => [
  ...gaps.map((gap): SinkRecord => ({ type: 'gap', id: gapId(gap, at), at, value: valueOf(toGapLine(gap)) })),
  ...detections.map(({ detection, place }): SinkRecord => {
    const line = toFindingLine(detection, place);
    return { type: 'finding', id: idOf('finding', detection.id), at: line.at, value: valueOf(line) };
  }),
  ...incidents.map((incident): SinkRecord => {
    const line = toIncidentLine(incident);
    // A later state of one incident is another record: whoever drops doubles by the record's id must not drop it.
    return {
      type: 'incident',
      id: idOf('incident', JSON.stringify(line)),
      at: line.updated,
      value: valueOf(line),
      state: { of: idOf('incident-of', incident.id), revision },
    };
  }),
];
