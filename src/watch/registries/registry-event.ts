/** What all notifications of registries come to: one deed, one manifest, its names. */
import type { EventAction } from '../../core/event-action.ts';
import type { Event, EventImage } from '../../core/event.ts';
import type { RecordOrigin } from '../../core/sensor.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { containerImage, eventId, text, unknownImage } from '../event-parts.ts';

export interface RegistryDeed {
  readonly dialect: string;
  readonly action: EventAction;
  readonly at: number;
  /** Of the notification itself; absent where it has none. */
  readonly id?: string | undefined;
  readonly registry?: string | undefined;
  readonly repository?: string | undefined;
  readonly tag?: string | undefined;
  readonly digest?: string | undefined;
  /** The whole name, where the registry says it. */
  readonly name?: string | undefined;
  readonly actor?: string | undefined;
  readonly address?: string | undefined;
  readonly agent?: string | undefined;
  readonly account?: string | undefined;
  readonly target?: string | undefined;
  readonly failed?: boolean;
  /** It is about a layer, whose digest is none of an image. */
  readonly layer?: boolean;
}

export const hostOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : /^(?:[a-z]+:\/\/)?([^/\s@]{1,255})(?:\/|$)/i.exec(url)?.[1]?.toLowerCase();

const nameOf = ({ name, registry, repository, tag, digest }: RegistryDeed): string | undefined => {
  const base =
    name ?? (repository === undefined ? undefined : `${registry === undefined ? '' : `${registry}/`}${repository}`);
  if (base === undefined) return undefined;
  const last = base.slice(base.lastIndexOf('/') + 1);
  const tagged = tag !== undefined && tag !== '' && !/[:@]/.test(last) ? `${base}:${tag}` : base;
  return digest !== undefined && /^sha(?:256|512):/.test(digest) && !tagged.includes('@')
    ? `${tagged}@${digest}`
    : tagged;
};

const imageOf = (deed: RegistryDeed, written: string | undefined): EventImage =>
  written === undefined
    ? unknownImage('the registry names no image')
    : containerImage({
        written,
        resolved: deed.digest,
        homeless: deed.registry === undefined && deed.name === undefined,
      });

export const registryEvent = (
  deed: RegistryDeed,
  fields: JsonObject,
  origin: RecordOrigin,
  logsource: Event['logsource'],
): Event => {
  const written = nameOf(deed);
  return {
    id: eventId('registry', deed.dialect, deed.id ?? origin.fingerprint()),
    at: deed.at,
    logsource,
    action: deed.action,
    ...(deed.failed === true ? { outcome: 'failure' as const } : {}),
    ...(deed.actor === undefined && deed.address === undefined
      ? {}
      : {
          actor: {
            name: (deed.actor ?? '').slice(0, 512),
            ...(deed.actor === undefined ? { kind: 'anonymous' as const } : {}),
            ...text('address', deed.address),
            ...text('agent', deed.agent),
            ...text('account', deed.account),
          },
        }),
    place: { ...origin.place, ...text('registry', deed.registry ?? hostOf(written)), ...text('account', deed.account) },
    ...(deed.layer === true ? {} : { image: imageOf(deed, written) }),
    ...text('target', deed.target),
    fields,
  };
};
