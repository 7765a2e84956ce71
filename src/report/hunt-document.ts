/** What a hunt found → the object that `hunt --format json` writes, and what a person reads. */
import * as z from 'zod';
import type { EventImage } from '../core/event.ts';
import type { Hunted, KeptEvent } from '../core/follow-memory.ts';
import { toPlainText } from '../core/plain-text.ts';
import { toIncidentLine } from './follow-lines.ts';
import { incidentLineSchema } from './follow-schema.ts';
import { incidentText, type Emphasis } from './incident-text.ts';

const { type: _type, ...incident } = incidentLineSchema.shape;

export const huntSchema = z.strictObject({
  schema: z.literal('tidewaiter/hunt/v1'),
  asked: z.string(),
  kind: z.enum(['digest', 'machine-image', 'package', 'reference', 'container', 'feed']),
  images: z
    .array(
      z.strictObject({
        reference: z.string(),
        digests: z.array(z.string()),
        assessment: z.enum(['malicious', 'suspicious', 'clean', 'incomplete']),
        decision: z.enum(['allow', 'warn', 'deny']),
        because: z.array(z.string()),
        at: z.string(),
      }),
    )
    .describe('Judged images that are it, or hold it.'),
  events: z
    .array(
      z.strictObject({
        id: z.string(),
        at: z.string(),
        action: z.string(),
        actor: z.string().optional(),
        image: z.string().optional(),
        command: z.string().optional(),
        place: z.record(z.string(), z.string()),
      }),
    )
    .describe('Who did what with it, oldest first.'),
  more: z.int().nonnegative().describe('Events that are not listed.'),
  incidents: z.array(z.strictObject(incident)),
});

export type HuntDocument = z.infer<typeof huntSchema>;

const nameOf = (image: EventImage | undefined): string | undefined =>
  image === undefined || image.kind === 'unknown'
    ? undefined
    : image.kind === 'machine'
      ? (image.resolved ?? image.written)
      : (image.reference ?? image.written);

const iso = (at: number): string => new Date(at).toISOString();

export const toHuntDocument = (
  asked: string,
  kind: HuntDocument['kind'],
  { events, more, incidents, images }: Hunted,
): HuntDocument => ({
  schema: 'tidewaiter/hunt/v1',
  asked,
  kind,
  images: images.map(({ reference, digests, verdict, at }) => ({
    reference,
    digests: [...digests],
    assessment: verdict.assessment,
    decision: verdict.decision,
    because: [...verdict.because],
    at,
  })),
  events: events.map(({ id, at, action, actor, place, image, command }) => {
    const name = nameOf(image);
    return {
      id,
      at: iso(at),
      action,
      ...(actor === undefined || actor.name === '' ? {} : { actor: actor.name }),
      ...(name === undefined ? {} : { image: name }),
      ...(command === undefined ? {} : { command }),
      place: { ...place },
    };
  }),
  more,
  incidents: incidents.map((found) => {
    const { type: _line, ...rest } = toIncidentLine(found);
    return rest;
  }),
});

const whoOf = ({ actor, place }: KeptEvent): string =>
  [
    actor === undefined || actor.name === '' ? actor?.address : actor.name,
    [place.host, place.cluster, place.region].find((part) => part !== undefined),
    place.pod ?? place.container ?? place.containerId?.slice(0, 12) ?? place.instance,
  ]
    .filter((part) => part !== undefined)
    .map((part) => toPlainText(part, 120))
    .join('  ');

export const huntText = (asked: string, { events, more, incidents, images }: Hunted, emphasise: Emphasis): string => {
  const shown = toPlainText(asked, 200);
  if (events.length + incidents.length + images.length === 0)
    return `Nothing that is remembered here bears or holds ${shown}. That is no proof: only what was replayed with --keep, watched or scanned is remembered.\n`;
  return [
    ...images.map(
      ({ reference, verdict, at }) =>
        `${emphasise('bold', 'image')}  ${toPlainText(reference, 300)}  ${verdict.assessment}, ${verdict.decision} on ${at.slice(0, 10)}`,
    ),
    ...events.map(
      (event) =>
        `${iso(event.at).replace('T', ' ').slice(0, 19)}  ${emphasise('bold', event.action.padEnd(8))} ${whoOf(event)}  ${toPlainText(event.command ?? nameOf(event.image) ?? '', 200)}`,
    ),
    ...(more > 0 ? [`and ${more} more events`] : []),
    ...incidents.map((found) => incidentText(found, emphasise)),
    '',
  ].join('\n');
};
