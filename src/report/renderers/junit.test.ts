import assert from 'node:assert/strict';
import { test } from 'node:test';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { hostileTexts, hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Verdict } from '../../core/verdict.ts';
import { junit } from './junit.ts';

interface Suite {
  readonly name: string;
  readonly tests: string;
  readonly failures: string;
  readonly errors: string;
  readonly skipped: string;
  readonly testcase: readonly Readonly<Record<string, unknown>>[];
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  isArray: (name) => name === 'testcase' || name === 'testsuite',
});

const suitesOf = (...verdicts: readonly Verdict[]): readonly Suite[] => {
  const text = junit.render(verdicts, { colour: false, width: 80, toolVersion: '0', single: true });
  assert.equal(XMLValidator.validate(text), true);
  return (parser.parse(text) as { readonly testsuites: { readonly testsuite: readonly Suite[] } }).testsuites.testsuite;
};
const suiteOf = (verdict: Verdict): Suite => {
  const [suite] = suitesOf(verdict);
  assert.ok(suite);
  return suite;
};
const countsOf = ({ tests, failures, errors, skipped }: Suite): readonly number[] =>
  [tests, failures, errors, skipped].map(Number);

const dossier = someDossier({ findings: [someFinding(), someFinding({ severity: 'info' })], gaps: [someGap()] });

test('one suite an image, one case for the verdict and for each finding and gap', () => {
  const suites = suitesOf(someVerdict({ dossier, assessment: 'malicious', decision: 'deny' }), someVerdict());
  assert.equal(suites.length, 2);
  assert.deepEqual(
    suites.map(({ testcase }) => testcase.length),
    [4, 1],
  );
});

test('a suite fails exactly when the image is denied', () => {
  assert.deepEqual(
    countsOf(suiteOf(someVerdict({ dossier, assessment: 'malicious', decision: 'deny' }))),
    [4, 2, 0, 2],
  );
  assert.deepEqual(
    countsOf(suiteOf(someVerdict({ dossier, assessment: 'incomplete', decision: 'deny' }))),
    [4, 1, 2, 1],
  );
  assert.deepEqual(
    countsOf(suiteOf(someVerdict({ dossier, assessment: 'suspicious', decision: 'warn' }))),
    [4, 0, 0, 4],
  );
  assert.deepEqual(countsOf(suiteOf(someVerdict({ dossier, assessment: 'clean', decision: 'allow' }))), [4, 0, 0, 3]);
});

test('an excepted finding does not fail', () => {
  const verdict = someVerdict({ dossier, assessment: 'clean', decision: 'deny' });
  const excepted = [{ kind: 'finding' as const, position: 0, reason: 'known', expires: '2027-01-01' }];
  assert.equal(Number(suiteOf(verdict).failures), 2);
  assert.equal(Number(suiteOf({ ...verdict, excepted }).failures), 1);
});

test('a missing signature fails where it denies, and one of two that are not both demanded does not', () => {
  const answer = (outcome: 'trusted' | 'untrusted', signer: string) =>
    ({
      verifier: 'cosign',
      signer,
      kind: 'signature',
      digest: `sha256:${'c'.repeat(64)}`,
      outcome,
      code: outcome === 'trusted' ? 'trusted' : 'absent',
      reason: 'so it is',
      trace: [{ lookedFor: 'a tag', result: outcome === 'trusted' ? 'verified' : 'absent' }],
    }) as const;
  const attestations = [answer('trusted', 'one'), answer('untrusted', 'two')];
  const denied = suiteOf(someVerdict({ decision: 'deny', untrusted: 'deny', dossier: someDossier({ attestations }) }));
  assert.deepEqual(
    denied.testcase.map((one) => ['failure' in one, 'skipped' in one]),
    [
      [true, false],
      [false, false],
      [true, false],
    ],
  );
  const allowed = suiteOf(someVerdict({ dossier: someDossier({ attestations }) }));
  assert.equal(Number(allowed.failures), 0);
});

test('a denial for want of a signature is a failure, also where parts could not be read', () => {
  const suite = suiteOf(someVerdict({ assessment: 'incomplete', decision: 'deny', untrusted: 'deny' }));
  assert.ok(suite.testcase.some((one) => 'failure' in one));
});

test('hostile text adds no element: the counts in the attributes are the counts of the elements', () => {
  const suite = suiteOf(hostileVerdict());
  assert.equal(suite.testcase.length, 1 + 3 * (hostileTexts.length + 1));
  assert.equal(Number(suite.tests), suite.testcase.length);
  assert.equal(suite.testcase.filter((one) => 'failure' in one).length, Number(suite.failures));
  assert.equal(suite.testcase.filter((one) => 'skipped' in one).length, Number(suite.skipped));
});
