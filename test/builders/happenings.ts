/** Events and findings, as sensors and rules would make them: what a test says nothing about is left out. */
import type { Digest } from '../../src/core/digest.ts';
import type { Event, EventImage } from '../../src/core/event.ts';
import type { EventAction } from '../../src/core/event-action.ts';
import type { Severity } from '../../src/core/finding.ts';
import type { Detection } from '../../src/core/incident.ts';

export const digestOf = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
export const containerId = (letter: string): string => letter.repeat(64);

/** Minutes after a beginning that means nothing. */
export const minute = (count: number): number => Date.parse('2026-03-01T00:00:00Z') + count * 60_000;

export const happening = (id: string, at: number, action: EventAction, more: Partial<Event> = {}): Event => ({
  id,
  at: minute(at),
  logsource: {},
  action,
  place: {},
  fields: {},
  ...more,
});

export const named = (reference: string, digest?: Digest): EventImage => ({
  kind: 'container',
  written: reference,
  reference,
  ...(digest === undefined ? {} : { resolved: digest }),
});

export const found = (event: Event, rule: string, severity: Severity, more: Partial<Detection> = {}): Detection => ({
  id: `${rule} ${event.id}`,
  rule: `sigma/${rule}`,
  title: `Title of ${rule}`,
  severity,
  confidence: 'medium',
  intent: 'dual-use',
  techniques: [],
  advice: '',
  evidence: [{ kind: 'event', field: 'action', value: event.action }],
  events: [event.id],
  from: event.at,
  at: event.at,
  ...more,
});
