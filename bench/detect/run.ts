/** What the detection engine costs: events a second through 500 and 3,000 rules, on one core, from JSON text. Prints, asserts nothing. */
import { compileRules } from '../../src/detect/compile-rules.ts';
import { openDetector, type Detector } from '../../src/detect/detector.ts';
import type { Event } from '../../src/core/event.ts';
import { toTable } from '../table.ts';
import { makeLines } from './events.ts';
import { openRandom } from '../../test/builders/random.ts';
import { makeRules } from './rules.ts';

const events = 100_000;
const rounds = 5;
const matching = 5;

const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[numbers.length >> 1] ?? 0;

const seconds = (work: () => void): number => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

interface Measured {
  readonly detector: Detector;
  readonly lines: readonly string[];
  readonly times: number[];
  readonly compileSeconds: number;
  readonly bytes: number;
  readonly rules: number;
}

const pushAll = ({ detector, lines }: Measured): void => {
  for (const line of lines) detector.push(JSON.parse(line) as Event);
};

const prepare = (count: number): Measured => {
  const rules = makeRules(openRandom(count), count);
  const lines = makeLines(openRandom(17), events, matching, rules);
  const texts = rules.map(({ text }, number) => ({ file: `${number}.yml`, text }));
  const before = heap();
  let detector: Detector | undefined;
  const compileSeconds = seconds(() => {
    const compiled = compileRules(texts);
    for (const { file, reason } of compiled.refused) console.log(`refused: ${file}: ${reason}`);
    detector = openDetector(compiled.rules);
  });
  if (detector === undefined) throw new Error('unreachable');
  const measured = { detector, lines, times: [], compileSeconds, rules: count };
  // The first events make the indexes of their log sources.
  pushAll({ ...measured, bytes: 0 });
  return { ...measured, bytes: heap() - before };
};

const main = (): void => {
  const measured = [500, 3000].map(prepare);
  const parses: number[] = [];
  // In turns, so that whatever else the machine does meets all alike.
  for (let round = 0; round < rounds; round++) {
    parses.push(
      seconds(() => {
        for (const line of measured[0]?.lines ?? []) JSON.parse(line);
      }),
    );
    for (const one of measured) one.times.push(seconds(() => pushAll(one)));
  }
  const parse = median(parses);
  const bytesOfLine = (measured[0]?.lines ?? []).reduce((sum, line) => sum + line.length, 0) / events;
  console.log(
    `${events.toLocaleString('en')} events of ${bytesOfLine.toFixed(0)} characters, median of ${rounds} rounds; parsing alone: ${((parse / events) * 1e6).toFixed(1)} µs an event\n`,
  );
  console.log(
    toTable(
      ['rules', 'events/s', 'µs an event', 'rules asked', 'matching', 'compiled in', 'memory'],
      measured.map(({ rules, times, detector, compileSeconds, bytes }) => {
        const time = median(times);
        const figures = detector.figures();
        return [
          String(rules),
          Math.round(events / time).toLocaleString('en'),
          ((time / events) * 1e6).toFixed(1),
          (figures.asked / figures.events).toFixed(2),
          `${((100 * figures.matches) / figures.events).toFixed(1)} %`,
          `${(compileSeconds * 1000).toFixed(0)} ms`,
          `${(bytes / 1e6).toFixed(1)} MB`,
        ];
      }),
    ),
  );
  const [few, many] = measured.map(({ times }) => median(times));
  console.log(`\nsix times the rules: ${((many ?? 0) / (few ?? 1)).toFixed(2)} times the time`);
};

main();
