/** Rules and events in a few words, for tests of the detection engine. */
import assert from 'node:assert/strict';
import type { Event } from '../../src/core/event.ts';
import { compileRules, type RuleOptions } from '../../src/detect/compile-rules.ts';
import { openDetector, type Detector, type Match } from '../../src/detect/detector.ts';
import type { DetectorLimits } from '../../src/detect/correlation/state.ts';

const indent = (text: string, by: number): string =>
  text
    .trim()
    .split('\n')
    .map((line) => ' '.repeat(by) + line)
    .join('\n');

/** A whole rule around what stands under `detection`. */
export const ruleOf = (detection: string, head = 'title: T'): string =>
  `${head}\nlogsource:\n  product: test\ndetection:\n${indent(detection, 2)}\n`;

/** A rule with one selection. */
export const selectionOf = (selection: string): string =>
  ruleOf(`selection:\n${indent(selection, 2)}\ncondition: selection`);

/** A rule that matches when the field `kind` has the name. */
export const namedRule = (name: string): string =>
  `title: Rule ${name}\nname: ${name}\nlogsource:\n  product: test\ndetection:\n  selection:\n    kind: ${name}\n  condition: selection\n`;

export const correlationOf = (name: string, body: string): string =>
  `title: Correlation ${name}\nname: ${name}\ncorrelation:\n${indent(body, 2)}\n`;

export const eventOf = (fields: Readonly<Record<string, unknown>>, at = 0, id = `at-${at}`): Event => ({
  id,
  at,
  logsource: { product: 'test' },
  action: 'other',
  place: {},
  fields,
});

const textsOf = (documents: readonly string[]): readonly { readonly file: string; readonly text: string }[] => [
  { file: 'rules.yml', text: documents.join('---\n') },
];

/** Fails when a rule is refused. */
export const detectorOf = (
  documents: readonly string[],
  limits: Partial<DetectorLimits> = {},
  options: RuleOptions = {},
): Detector => {
  const { rules, refused } = compileRules(textsOf(documents), options);
  assert.deepEqual(refused, []);
  return openDetector(rules, limits);
};

/** Why the document is refused, with its line; fails when it is not. */
export const refusalOf = (documents: readonly string[], options: RuleOptions = {}): string => {
  const { refused } = compileRules(textsOf(documents), options);
  const [first] = refused;
  assert.ok(first !== undefined, `not refused:\n${documents.join('---\n')}`);
  return `${first.line}: ${first.reason}`;
};

export const isMatch = (rule: string, fields: Readonly<Record<string, unknown>>, options: RuleOptions = {}): boolean =>
  detectorOf([rule], {}, options).push(eventOf(fields)).length > 0;

/** Matches as `rule@time` with what was measured and the ids of the events. */
export const toldBy = (matches: readonly Match[]): readonly string[] =>
  matches.map(
    ({ rule, at, value, events, more }) =>
      `${rule.id}@${at}${value === undefined ? '' : ` ${value}`} [${events.join(' ')}]${more === 0 ? '' : ` +${more}`}`,
  );
