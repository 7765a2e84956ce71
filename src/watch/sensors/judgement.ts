/** What `watch` itself says of images: that it judged one or could not, or that a feed names one that was here. So rules and incidents know of it. */
import { isDigest, type Digest } from '../../core/digest.ts';
import type { Event, EventImage } from '../../core/event.ts';
import type { Sensor } from '../../core/sensor.ts';
import { textAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { asRecord, containerImage, eventId, member, text, timeOr, unknownImage, unrecognised } from '../event-parts.ts';

const logsource = { product: 'tidewaiter', service: 'judgement' } as const;

const digestOf = (fields: JsonObject): Digest | undefined => {
  const digest = textAt(fields, 'digest');
  return digest !== undefined && isDigest(digest) ? digest : undefined;
};

const imageOf = (fields: JsonObject): EventImage => {
  const written = textAt(fields, 'image');
  const [machine, cloud] = [textAt(fields, 'machine'), textAt(fields, 'cloud')];
  if (machine !== undefined && (cloud === 'aws' || cloud === 'gcp' || cloud === 'azure'))
    return { kind: 'machine', cloud, written: machine.slice(0, 512) };
  if (written === undefined) return unknownImage('only a place is known');
  const said = containerImage({
    written,
    resolved: textAt(fields, 'manifest'),
    id: textAt(fields, 'config'),
  });
  return said.kind === 'container' ? { ...said, ...member('digest', digestOf(fields) ?? said.digest) } : said;
};

/** What a feed says stands in the record: the flow's own lists need not hold what an image only has inside. */
const withFeed = (fields: JsonObject, image: EventImage): Event['image'] =>
  textAt(fields, 'type') === 'hunted' ? ({ ...image, known_bad: true } as unknown as EventImage) : image;

export const judgement: Sensor = {
  id: 'judgement',
  about: 'judgements that watch made of images, and images that feeds name later',
  logsource,
  framing: 'json',
  parse: (record, origin) => {
    const fields = asRecord(record);
    const [type, id] = [textAt(fields, 'type'), textAt(fields, 'id')];
    const outcome = type === 'hunted' ? 'success' : textAt(fields, 'outcome');
    if (fields === undefined || id === undefined || (type !== 'judgement' && type !== 'hunted'))
      return unrecognised(origin, 'judgement');
    if (outcome !== 'success' && outcome !== 'failure') return unrecognised(origin, 'judgement');
    return [
      {
        id: eventId('judgement', ...(type === 'hunted' ? ['feed', id] : [id])),
        at: timeOr(origin, textAt(fields, 'at')),
        logsource,
        action: 'judge',
        outcome,
        place: {
          ...origin.place,
          ...text('host', textAt(fields, 'host')),
          ...text('containerId', textAt(fields, 'containerId')),
        },
        image: withFeed(fields, imageOf(fields)) ?? unknownImage('none is named'),
        ...text('target', textAt(fields, 'said')),
        fields,
      },
    ];
  },
};
