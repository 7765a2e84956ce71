import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import { ocsfProblems } from '../../../test/contracts/ocsf-schema.ts';
import type { Verdict } from '../../core/verdict.ts';
import { ocsf } from './ocsf.ts';

interface Event {
  readonly severity_id: number;
  readonly time: number;
  readonly is_alert: boolean;
  readonly message: string;
  readonly finding_info: {
    readonly uid: string;
    readonly analytic: { readonly uid: string };
    readonly attacks?: readonly unknown[];
  };
  readonly resources: readonly { readonly uid?: string; readonly name?: string }[];
  readonly evidences?: readonly { readonly file?: { readonly path: string; readonly hashes: readonly unknown[] } }[];
}

const render = (...verdicts: readonly Verdict[]): readonly Event[] =>
  JSON.parse(
    ocsf.render(verdicts, { colour: false, width: 0, toolVersion: '0.1.0', single: true }),
  ) as readonly Event[];

const denied = someVerdict({
  assessment: 'malicious',
  decision: 'deny',
  dossier: someDossier({ findings: [someFinding({ techniques: ['T1496.001', 'T1496'] })], gaps: [someGap()] }),
});

test('a verdict, its findings and its gaps are events that keep to the published schema', () => {
  const events = render(denied);
  assert.equal(events.length, 3);
  assert.deepEqual(
    events.flatMap((event) => ocsfProblems(event)),
    [],
  );
});

test('so they do when everything in the image is hostile, and when there is nothing', () => {
  assert.deepEqual(
    render(hostileVerdict(), someVerdict(), someVerdict({ at: 'no time' })).flatMap((event) => ocsfProblems(event)),
    [],
  );
});

test('the check of the schema finds what is wrong', () => {
  const [event] = render(denied);
  assert.ok(event !== undefined);
  const { finding_info: _, ...without } = event;
  assert.deepEqual(ocsfProblems(without), ['event.finding_info is missing']);
  assert.deepEqual(ocsfProblems({ ...event, severity_id: 7 }), [
    'event.severity_id is none of 0, 1, 2, 3, 4, 5, 6, 99',
  ]);
  assert.deepEqual(ocsfProblems({ ...event, verdict: 'x' }), ['event.verdict is unknown']);
  assert.deepEqual(ocsfProblems({ ...event, time: 'now' }), ['event.time is no integer']);
});

test('severity, technique, image, path and hash are where others look for them', () => {
  const [verdict, finding] = render(denied);
  assert.equal(verdict?.severity_id, 5);
  assert.equal(verdict.is_alert, true);
  assert.equal(finding?.severity_id, 4);
  assert.equal(finding.time, Date.parse(denied.at));
  assert.equal(finding.resources[0]?.uid, denied.dossier.digest);
  assert.deepEqual(finding.finding_info.attacks, [
    { technique: { uid: 'T1496' }, sub_technique: { uid: 'T1496.001' } },
    { technique: { uid: 'T1496' } },
  ]);
  assert.equal(finding.evidences?.[0]?.file?.path, 'opt/.cache/config.json');
  assert.equal(finding.evidences[0].file.hashes.length, 1);
});

test('a clean image makes one event that is no alert', () => {
  const events = render(someVerdict());
  assert.equal(events.length, 1);
  assert.equal(events[0]?.is_alert, false);
  assert.equal(events[0].severity_id, 1);
});

test('ids are the same for the same fact, and others for another', () => {
  const ids = (verdict: Verdict): readonly string[] => render(verdict).map(({ finding_info: { uid } }) => uid);
  assert.deepEqual(ids(denied), ids(denied));
  assert.equal(new Set(ids(denied)).size, 3);
  assert.notDeepEqual(ids(denied), ids({ ...denied, at: '2026-07-01T00:00:00.000Z' }));
});
