/** Samples of Sigma rules: records as sensors receive them, and what is known besides → Events. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import type { Event } from '../../src/core/event.ts';
import { sensors } from '../../src/watch/sensors/index.ts';
import { readAll } from './sensed.ts';

/** What the flow knows besides the record, by the part of an event that it belongs to. Without names: a part of its own. */
export const enrichments: Readonly<Record<string, readonly string[]>> = {
  image: ['first_seen', 'assessment', 'decision', 'judged', 'lookalike', 'known_bad', 'own', 'age_hours'],
  process: ['drift', 'drift_where', 'first_behaviour'],
  connection: ['first_behaviour'],
  actor: ['first_seen'],
  place: ['instance', 'containerId', 'container', 'pod', 'namespace'],
  tags: [],
  user_data: [],
  enrichment: [],
};

type Values = Readonly<Record<string, unknown>>;

/** A record for the sensor that stands as its key. */
export type Step = Values & { readonly known?: Readonly<Record<string, unknown>> };

export interface SampleSide {
  readonly steps: readonly Step[];
  /** Other rules that say something of the same steps. */
  readonly also?: readonly string[];
}

export interface SigmaSample {
  readonly rule: string;
  readonly family: string;
  readonly fires: SampleSide;
  readonly silent: SampleSide;
}

/** The mark ¦ keeps samples inert and out of other scanners' way. */
const unmarked = (text: string): string => text.replaceAll('¦', '');

const ordinaryFile = 'ordinary-day.yaml';

const readSample = (folder: string, file: string): unknown =>
  parse(unmarked(readFileSync(join(folder, file), 'utf8')), { maxAliasCount: 0 });

export const sigmaSamples = (folder: string): readonly SigmaSample[] =>
  readdirSync(folder)
    .filter((file) => file !== ordinaryFile)
    .toSorted()
    .flatMap((file) => {
      const { samples } = readSample(folder, file) as { readonly samples: readonly Omit<SigmaSample, 'family'>[] };
      return samples.map((sample) => ({ ...sample, family: basename(file, '.yaml') }));
    });

/** Part of an ordinary day, and the names of all rules that say something of it. */
export interface OrdinaryHour {
  readonly what: string;
  readonly told: readonly string[];
  readonly steps: readonly Step[];
}

export const ordinaryDay = (folder: string): readonly OrdinaryHour[] =>
  (readSample(folder, ordinaryFile) as { readonly ordinary: readonly OrdinaryHour[] }).ordinary;

const enriched = (event: Event, known: NonNullable<Step['known']>): Event => {
  const more: Record<string, unknown> = { ...event };
  for (const [part, values] of Object.entries(known)) {
    const names = enrichments[part];
    assert.ok(names !== undefined, `${part} is declared`);
    if (names.length === 0) {
      more[part] = values;
      continue;
    }
    for (const name of Object.keys(values as Values)) assert.ok(names.includes(name), `${part}.${name} is declared`);
    // What is known of an image belongs to events that have one.
    if (part in event) more[part] = { ...(more[part] as Values), ...(values as Values) };
  }
  return more as unknown as Event;
};

/** Through the sensor's own reader; fails when it leaves a gap. */
export const stepEvents = (step: Step): readonly Event[] => {
  const [id = '', ...others] = Object.keys(step).filter((key) => key !== 'known');
  assert.deepEqual(others, [], 'a step has one sensor');
  const sensor = sensors.find((one) => one.id === id);
  assert.ok(sensor !== undefined, `${id} is a sensor`);
  const { events, gaps } = readAll(sensor, step[id]);
  assert.deepEqual(gaps, []);
  assert.ok(events.length > 0, `${id} gives an event`);
  return events.map((event) => enriched(event, step.known ?? {}));
};
