/** What `watch` itself says of an image that it judged or could not judge: part of the flow, so that rules and incidents know of it. */
import { isDigest } from '../../core/digest.ts';
import type { Sensor } from '../../core/sensor.ts';
import { textAt } from '../../formats/records/json-member.ts';
import { asRecord, containerImage, eventId, member, text, timeOr, unrecognised } from '../event-parts.ts';

const logsource = { product: 'tidewaiter', service: 'judgement' } as const;

export const judgement: Sensor = {
  id: 'judgement',
  about: 'judgements that watch made of images',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const [id, image, outcome] = ['id', 'image', 'outcome'].map((name) => textAt(fields, name));
    if (fields === undefined || id === undefined || image === undefined || textAt(fields, 'type') !== 'judgement')
      return unrecognised(origin, 'judgement');
    if (outcome !== 'success' && outcome !== 'failure') return unrecognised(origin, 'judgement');
    const said = containerImage({ written: image, resolved: textAt(fields, 'manifest'), id: textAt(fields, 'config') });
    const digest = textAt(fields, 'digest');
    return [
      {
        id: eventId('judgement', id),
        at: timeOr(origin, textAt(fields, 'at')),
        logsource,
        action: 'judge',
        outcome,
        place: { ...origin.place },
        image: {
          ...said,
          ...(said.kind !== 'container'
            ? {}
            : member('digest', digest !== undefined && isDigest(digest) ? digest : said.digest)),
        },
        ...text('target', textAt(fields, 'said')),
        fields,
      },
    ];
  },
};
