/** How a watch stands → the text that Prometheus reads (exposition format 0.0.4). */
import type { Incident } from '../../core/incident.ts';
import type { DeliveryState } from '../../report/delivery/deliver.ts';
import type { JudgeFigures } from './judge.ts';
import type { WatchCounts } from './watch-counts.ts';

export interface WatchFigures {
  readonly counts: Pick<
    WatchCounts,
    'sensors' | 'gaps' | 'findings' | 'waitingPieces' | 'waitingBytes' | 'problem' | 'ready'
  >;
  readonly incidents: readonly Pick<Incident, 'state' | 'severity'>[];
  /** By what was left out to stay within bounds. */
  readonly forgotten: Readonly<Record<string, number>>;
  readonly rules: { readonly used: number; readonly refused: number };
  readonly sinks: readonly { readonly name: string; readonly state: DeliveryState }[];
  readonly judge?: JudgeFigures;
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').slice(0, 200);

const labelled = (labels: Readonly<Record<string, string>>): string => {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return written.length === 0 ? '' : `{${written.join(',')}}`;
};

const family = (name: string, kind: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string =>
  [
    `# HELP tidewaiter_${name} ${help}`,
    `# TYPE tidewaiter_${name} ${kind}`,
    ...samples.map(([labels, value]) => `tidewaiter_${name}${labelled(labels)} ${value}`),
    '',
  ].join('\n');

const byName = (label: string, counts: ReadonlyMap<string, number>): readonly Sample[] =>
  [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([name, value]) => [{ [label]: name }, value]);

const one = (value: number): readonly Sample[] => [[{}, value]];

const incidentSamples = (incidents: WatchFigures['incidents']): readonly Sample[] => {
  const counts = new Map<string, { readonly labels: Readonly<Record<string, string>>; count: number }>();
  for (const { state, severity } of incidents) {
    const key = `${state} ${severity}`;
    const known = counts.get(key) ?? { labels: { state, severity }, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  return [...counts.values()].map(({ labels, count }) => [labels, count]);
};

const judgeFamilies = ({ waiting, running, judged, failed, dropped }: JudgeFigures): readonly string[] => [
  family('judge_waiting', 'gauge', 'New images that wait to be judged.', one(waiting)),
  family('judge_running', 'gauge', 'Images that are being judged.', one(running)),
  family('judge_judged_total', 'counter', 'Images that were judged.', one(judged)),
  family('judge_failed_total', 'counter', 'Images that could not be had.', one(failed)),
  family('judge_dropped_total', 'counter', 'Images that found no place in the queue.', one(dropped)),
];

export const toMetricsText = ({ counts, incidents, forgotten, rules, sinks, judge }: WatchFigures): string => {
  const sensors = [...counts.sensors].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const ofSensors = (value: (of: (typeof sensors)[number][1]) => number): readonly Sample[] =>
    sensors.map(([sensor, of]) => [{ sensor }, value(of)]);
  const ofSinks = (value: (state: DeliveryState) => number): readonly Sample[] =>
    sinks.map(({ name, state }) => [{ sink: name }, value(state)]);
  return [
    family(
      'ready',
      'gauge',
      '1 when everything listens and what is found can be kept.',
      one(Number(counts.ready && counts.problem === undefined)),
    ),
    family(
      'events_total',
      'counter',
      'Events by sensor.',
      ofSensors(({ events }) => events),
    ),
    family(
      'last_event_timestamp_seconds',
      'gauge',
      'When the last event of a sensor happened.',
      ofSensors(({ lastAt }) => lastAt / 1000),
    ),
    family(
      'lag_seconds',
      'gauge',
      'How long after it happened the last event of a sensor was taken.',
      ofSensors(({ lagMs }) => lagMs / 1000),
    ),
    family('gaps_total', 'counter', 'What could not be read or found out, by code.', byName('code', counts.gaps)),
    family('findings_total', 'counter', 'What rules said, by severity.', byName('severity', counts.findings)),
    family('incidents', 'gauge', 'Incidents that are remembered, by state and severity.', incidentSamples(incidents)),
    family('queue_pieces', 'gauge', 'Pieces of records that wait to be taken.', one(counts.waitingPieces)),
    family('queue_bytes', 'gauge', 'Their bytes.', one(counts.waitingBytes)),
    family(
      'dropped_total',
      'counter',
      'What was left out to stay within bounds.',
      Object.entries(forgotten).map(([what, count]) => [{ what }, count]),
    ),
    family('rules', 'gauge', 'Rules by whether they could be used.', [
      [{ state: 'used' }, rules.used],
      [{ state: 'refused' }, rules.refused],
    ]),
    family(
      'sink_spool_bytes',
      'gauge',
      'What waits for a sink.',
      ofSinks(({ waitingBytes }) => waitingBytes),
    ),
    family(
      'sink_delivered_total',
      'counter',
      'Records that a sink took.',
      ofSinks(({ delivered }) => delivered),
    ),
    family(
      'sink_refused_total',
      'counter',
      'Records that a sink refused for good.',
      ofSinks(({ refused }) => refused),
    ),
    family(
      'sink_dropped_total',
      'counter',
      'Records that found no room in the spool.',
      ofSinks(({ dropped }) => dropped),
    ),
    family(
      'sink_failures',
      'gauge',
      'Attempts in a row that failed.',
      ofSinks(({ failures }) => failures),
    ),
    ...(judge === undefined ? [] : judgeFamilies(judge)),
  ].join('');
};
