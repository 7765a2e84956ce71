/** One observed connection or question for a name, whoever observed it → an Event. */
import type { Event, EventConnection, EventPlace } from '../../core/event.ts';
import type { RecordOrigin } from '../../core/sensor.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { boundedConnection, eventId } from '../event-parts.ts';

export interface Flow {
  /** `zeek`, `suricata`, `vpc`, `nsg`, `hubble`, … */
  readonly observer: string;
  readonly service: string;
  readonly action: 'connect' | 'resolve' | 'other';
  readonly at: number;
  /** Of the record; absent where it has none. */
  readonly id?: string | undefined;
  readonly refused?: boolean | undefined;
  readonly place?: EventPlace;
  readonly connection: EventConnection;
  readonly fields: JsonObject;
}

/** Sigma's own words for logs of this kind. */
const categories: Readonly<Record<Flow['action'], string | undefined>> = {
  connect: 'firewall',
  resolve: 'dns',
  other: undefined,
};

export const flowEvent = (flow: Flow, origin: RecordOrigin): Event => {
  const category = categories[flow.action];
  return {
    id: eventId('flow', flow.observer, flow.service, flow.id ?? origin.fingerprint()),
    at: flow.at,
    logsource: { product: flow.observer, service: flow.service, ...(category === undefined ? {} : { category }) },
    action: flow.action,
    ...(flow.refused === true ? { outcome: 'denied' as const } : {}),
    place: { ...origin.place, ...flow.place },
    connection: boundedConnection(flow.connection),
    fields: flow.fields,
  };
};

/** Names end in a dot where they are whole; nobody else writes it. */
export const plainName = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : name.replace(/\.$/, '').toLowerCase().slice(0, 512);

const protocols: Readonly<Record<string, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6', 132: 'sctp' };

/** Of IANA's numbers, or the word itself. */
export const protocolName = (written: string | number | undefined): string | undefined => {
  if (written === undefined || written === '' || written === '-') return undefined;
  const word = String(written).toLowerCase();
  return Object.hasOwn(protocols, word) ? protocols[word] : word.slice(0, 32);
};
