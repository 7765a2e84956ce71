/**
 * An event about a cloud's machine → the names under which the machine itself will speak: in audit logs and run-time sensors it has no
 * instance id. Such names are given again to other machines: like addresses, they are a machine's own for a time.
 */
import type { Event } from '../../core/event.ts';
import { valueAt } from './value-at.ts';

/** Stands among addresses, and is none. */
const prefix = 'host ';

export const hostKey = (name: string): string => `${prefix}${name.toLowerCase()}`;
export const hostOfKey = (key: string): string | undefined =>
  key.startsWith(prefix) ? key.slice(prefix.length) : undefined;

const isName = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= 253 &&
  /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value) &&
  value !== 'localhost';

/** EC2 API, `Instance`: `privateDnsName`; Compute Engine: the machine's name; whatever a cloud told when it was asked. */
export const hostNamesOf = ({ place, fields, learnt }: Event): readonly string[] => {
  if (place.instance === undefined || place.cloud === undefined) return [];
  const found: unknown[] = [...(learnt?.hostNames ?? [])];
  const items = valueAt(fields, 'responseElements', 'instancesSet', 'items');
  for (const item of Array.isArray(items) ? (items.slice(0, 64) as readonly unknown[]) : [])
    if (valueAt(item, 'instanceId') === place.instance) found.push(valueAt(item, 'privateDnsName'));
  const resource = place.cloud === 'gcp' ? valueAt(fields, 'protoPayload', 'resourceName') : undefined;
  if (typeof resource === 'string') found.push(/\/instances\/([^/]{1,63})$/.exec(resource)?.[1]);
  // The machine may say the whole name, or its first label.
  return [...new Set(found.filter(isName).flatMap((name) => [name, name.split('.')[0] ?? name]))];
};
