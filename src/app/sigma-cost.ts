/** How much Sigma rules cost: typical events that match none of them, timed through all rules and through each. */
import { anchorsOf } from '../detect/anchors.ts';
import type { Criterion } from '../detect/criterion.ts';
import { openDetector } from '../detect/detector.ts';
import { ownFields } from '../detect/event-view.ts';
import { ruleIdOf } from '../detect/incidents/detection.ts';
import type { DetectionRule, RuleSet } from '../detect/rule.ts';
import type { Event } from '../core/event.ts';

export interface SlowSigmaRule {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** For one event of its log source. */
  readonly microseconds: number;
  /** What in the rule costs; empty when nothing stands out. */
  readonly reasons: readonly string[];
}

export interface SigmaCost {
  /** With all rules, on one core. */
  readonly eventsPerSecond: number;
  /** The slowest, worst first. */
  readonly slow: readonly SlowSigmaRule[];
}

const typical: readonly string[] = [
  '/usr/bin/python3 -m http.server 8080 --bind 127.0.0.1',
  String.raw`C:\Windows\System32\svchost.exe -k netsvcs -p -s Schedule`,
  'registry.example/team/web-frontend:2026.03.1',
  'systemd-run --user --scope --unit=session-17.scope /usr/lib/jvm/bin/java -Xmx2g -jar /opt/app/server.jar --port 8443',
  'arn:aws:iam::123456789012:role/deployment-pipeline',
  'system:serviceaccount:kube-system:deployment-controller',
  '10.20.30.40',
  'GET /api/v1/namespaces/default/pods?limit=500&resourceVersion=0 HTTP/1.1',
];

const eventsOfSource = 32;
const fieldsOfSource = 200;
const slowest = 10;
/** So many times the middle of all, and a rule stands out. */
const outstanding = 8;
const largeProgram = 500;

const namesIn = (test: Criterion): readonly string[] => {
  if (test.kind === 'all' || test.kind === 'any') return test.of.flatMap(namesIn);
  if (test.kind === 'not') return namesIn(test.of);
  return [...(test.field ?? []), ...(test.kind === 'reference' ? (test.other ?? []) : [])];
};

/** `a.b.c` in maps of maps. Names of the rule are keys of plain data and nothing else. */
const put = (target: Map<string, unknown>, name: string, value: string): void => {
  const [first = '', ...rest] = name.split('.');
  if (rest.length === 0) {
    target.set(first, value);
    return;
  }
  const known = target.get(first);
  const inner = known instanceof Map ? (known as Map<string, unknown>) : new Map<string, unknown>();
  target.set(first, inner);
  put(inner, rest.join('.'), value);
};

const toPlain = (value: unknown): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([name, inner]) => [name as string, toPlain(inner)]))
    : value;

const sourceOf = ({ logsource }: DetectionRule): string => JSON.stringify(logsource);

/** Every field that a rule of the log source names holds something typical. */
const eventsFor = (rules: readonly DetectionRule[]): readonly Event[] => {
  const names = [...new Set(rules.flatMap(({ test }) => namesIn(test)))].slice(0, fieldsOfSource);
  const logsource = rules[0]?.logsource ?? {};
  return Array.from({ length: eventsOfSource }, (_, number) => {
    const own = new Map<string, unknown>();
    const fields: Record<string, string> = {};
    for (const [place, name] of names.entries()) {
      const value = typical[(number + place) % typical.length] ?? '';
      if (name.startsWith(ownFields)) put(own, name.slice(ownFields.length), value);
      else fields[name] = value;
    }
    return {
      place: {},
      ...(toPlain(own) as object),
      id: `${number}`,
      at: number,
      logsource,
      action: 'other' as const,
      fields,
    };
  });
};

const secondsOf = (work: () => void): number => {
  const start = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** The quickest of three: what else the machine does is no cost of the rule. */
const bestOf = (work: () => void): number => Math.min(secondsOf(work), secondsOf(work), secondsOf(work));

const programsIn = (test: Criterion): readonly number[] => {
  if (test.kind === 'all' || test.kind === 'any') return test.of.flatMap(programsIn);
  if (test.kind === 'not') return programsIn(test.of);
  return test.kind === 'regex' ? [test.regex.programSize()] : [];
};

const reasonsOf = ({ test }: DetectionRule): readonly string[] => {
  const program = Math.max(0, ...programsIn(test));
  return [
    ...(anchorsOf(test, () => 1) === undefined
      ? ['it requires no literal, so that it is asked of every event of its log source']
      : []),
    ...(program > largeProgram ? [`a regular expression of ${program} instructions: shorten what is repeated`] : []),
  ];
};

/** Undefined when there is nothing to measure. */
export const measureSigma = (set: RuleSet): SigmaCost | undefined => {
  const rules = set.rules.filter((rule) => rule.kind === 'detection');
  if (rules.length === 0) return undefined;
  const sources = [...Map.groupBy(rules, sourceOf).values()].map((of) => ({ of, events: eventsFor(of) }));
  const all = openDetector({ rules });
  const events = sources.flatMap((source) => source.events);
  const seconds = bestOf(() => {
    for (const event of events) all.push(event);
  });
  const costs = sources.flatMap(({ of, events: own }) =>
    of.map((rule) => {
      const alone = openDetector({ rules: [rule] });
      const spent = bestOf(() => {
        for (const event of own) alone.push(event);
      });
      return { rule, microseconds: (spent * 1e6) / own.length, reasons: reasonsOf(rule) };
    }),
  );
  const middle =
    costs.map(({ microseconds }) => microseconds).toSorted((one, other) => one - other)[costs.length >> 1] ?? 0;
  return {
    eventsPerSecond: Math.round(events.length / seconds),
    slow: costs
      .filter(({ microseconds, reasons }) => reasons.length > 0 || microseconds > middle * outstanding)
      .toSorted((one, other) => other.microseconds - one.microseconds)
      .slice(0, slowest)
      .map(({ rule: { head }, microseconds, reasons }) => ({
        id: ruleIdOf(head.file),
        file: head.file,
        line: head.line,
        microseconds: Math.round(microseconds * 10) / 10,
        reasons,
      })),
  };
};
