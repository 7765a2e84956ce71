import assert from 'node:assert/strict';
import { test } from 'node:test';
import Ajv from 'ajv';
import type { Log, Result, Run } from 'sarif';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import type { Finding } from '../../core/finding.ts';
import type { Verdict } from '../../core/verdict.ts';
import { sarif } from './sarif.ts';

const options = { colour: false, width: 80, toolVersion: '0.1.0', single: true };
const logOf = (...verdicts: readonly Verdict[]): Log => JSON.parse(sarif.render(verdicts, options)) as Log;
const runOf = (...verdicts: readonly Verdict[]): Run => {
  const [run] = logOf(...verdicts).runs;
  assert.ok(run);
  return run;
};
const withFindings = (...findings: readonly Finding[]): Verdict => someVerdict({ dossier: someDossier({ findings }) });
const onlyResult = (finding: Finding): Result => {
  const [result] = runOf(withFindings(finding)).results ?? [];
  assert.ok(result);
  return result;
};
const uriOf = (result: Result): string => result.locations?.[0]?.physicalLocation?.artifactLocation?.uri ?? '';

test('a result points to line 1 of a relative path made of image and file', () => {
  const result = onlyResult(someFinding());
  assert.equal(uriOf(result), 'registry.example/team/app/opt/.cache/config.json');
  assert.equal(result.locations?.[0]?.physicalLocation?.region?.startLine, 1);
  assert.equal(result.ruleId, 'yara/miners/pool-config');
  assert.equal(result.level, 'error');
});

test('layer and path in the image are logical locations', () => {
  assert.deepEqual(
    onlyResult(someFinding()).locations?.[0]?.logicalLocations?.map(({ kind, name }) => [kind, name]),
    [
      ['layer', 'layer 1 sha256:111111111111'],
      ['member', 'opt/.cache/config.json'],
    ],
  );
});

test('every uri is relative, encoded, without dot segments, whatever the image says', () => {
  for (const run of logOf(hostileVerdict()).runs)
    for (const result of run.results ?? [])
      for (const location of [...(result.locations ?? []), ...(result.relatedLocations ?? [])]) {
        const uri = location.physicalLocation?.artifactLocation?.uri ?? '';
        assert.match(uri, /^[\w%.~/-]+$/);
        const resolved = new URL(uri, 'https://host.example/root/');
        assert.ok(resolved.href.startsWith('https://host.example/root/'), uri);
        assert.doesNotMatch(`/${uri}/`, /\/\.{0,2}\//);
      }
});

test('the fingerprint outlives a new digest and a moved tag, and tells paths and rules apart', () => {
  const print = (verdict: Verdict): string | undefined =>
    runOf(verdict).results?.[0]?.partialFingerprints?.['tidewaiterFinding/v1'];
  const finding = someFinding();
  const moved = someDossier({ findings: [finding], reference: 'docker://registry.example/team/app:2.0', digest: null });
  assert.equal(print(withFindings(finding)), print(someVerdict({ dossier: moved })));
  assert.notEqual(print(withFindings(finding)), print(withFindings(someFinding({ rule: 'yara/a/b' }))));
  const elsewhere = someFinding({ evidence: [{ kind: 'file', path: 'usr/x' }] });
  assert.notEqual(print(withFindings(finding)), print(withFindings(elsewhere)));
});

test('two findings that look alike are two alerts', () => {
  const prints = runOf(withFindings(someFinding(), someFinding())).results?.map(
    ({ partialFingerprints }) => partialFingerprints?.['primaryLocationLineHash'],
  );
  assert.equal(new Set(prints).size, 2);
});

test('a rule carries the worst severity of its findings, in the bands of code scanning', () => {
  const rule = runOf(withFindings(someFinding({ severity: 'low' }), someFinding({ severity: 'critical' }))).tool.driver
    .rules?.[0];
  assert.equal(rule?.properties?.['security-severity'], '9.5');
  assert.equal(rule?.defaultConfiguration?.level, 'error');
  assert.deepEqual(rule?.properties?.tags, ['security', 'miner', 'T1496.001']);
  const info = runOf(withFindings(someFinding({ severity: 'info' }))).tool.driver.rules?.[0];
  assert.equal(info?.properties?.['security-severity'], undefined);
});

test('every result names a rule that is there; no rule has more than ten tags', () => {
  for (const run of logOf(
    hostileVerdict(),
    withFindings(someFinding({ techniques: Array.from({ length: 30 }, (_, n) => `T${n}`) })),
  ).runs) {
    const rules = run.tool.driver.rules ?? [];
    const ids = rules.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    for (const { ruleId } of run.results ?? []) assert.ok(ids.includes(ruleId ?? ''), ruleId);
    for (const { properties } of rules) assert.ok((properties?.tags ?? []).length <= 10);
  }
});

test('gaps are notifications; an incomplete image is an unsuccessful run', () => {
  const dossier = someDossier({ gaps: [someGap()] });
  const [invocation] = runOf(someVerdict({ dossier, assessment: 'incomplete', decision: 'deny' })).invocations ?? [];
  assert.equal(invocation?.executionSuccessful, false);
  const gap = invocation?.toolExecutionNotifications?.find(
    ({ descriptor }) => descriptor?.id === 'ZIP_MEMBER_ENCRYPTED',
  );
  assert.equal(gap?.level, 'error');
  assert.match(gap?.message.text ?? '', /usr\/share\/data\.zip: the archive is encrypted/);
  assert.equal(runOf(someVerdict()).invocations?.[0]?.executionSuccessful, true);
});

test('no text of an image becomes a link or a placeholder', () => {
  const text = '[click](https://evil.example) {0}';
  const result = onlyResult(someFinding({ title: text, advice: text }));
  assert.doesNotMatch(result.message.text ?? '', /\]\(/);
  assert.match(result.message.text ?? '', /\{\{0\}\}/);
  const help = runOf(withFindings(someFinding({ title: text, advice: text }))).tool.driver.rules?.[0]?.help;
  assert.match(help?.markdown ?? '', /\\\[click\\\]\\\(/);
});

test('one run an image, each with a category of its own, and never more than 20 runs', () => {
  const log = logOf(someVerdict(), someVerdict(), someVerdict({ dossier: someDossier({ platform: 'linux/arm64' }) }));
  const ids = log.runs.map(({ automationDetails }) => automationDetails?.id ?? '');
  assert.deepEqual(ids, [
    'tidewaiter/registry.example/team/app/1.0/linux-amd64/',
    'tidewaiter/registry.example/team/app/1.0/linux-amd64/2/',
    'tidewaiter/registry.example/team/app/1.0/linux-arm64/',
  ]);
  const many = Array.from({ length: 21 }, () => withFindings(someFinding()));
  const [run, ...others] = logOf(...many).runs;
  assert.equal(others.length, 0);
  assert.equal(run?.results?.length, 21);
});

test('of more than 5,000 results the worst are kept, and the file says how many are not', () => {
  const low = Array.from({ length: 5000 }, () => someFinding({ severity: 'low' }));
  const run = runOf(withFindings(...low, someFinding({ severity: 'critical' })));
  assert.equal(run.results?.length, 5000);
  assert.equal(run.results?.[0]?.level, 'error');
  const words = run.invocations?.[0]?.toolExecutionNotifications?.map(({ message }) => message.text).join('\n');
  assert.match(words ?? '', /1 results of least severity/);
});

test('an excepted finding is suppressed with its reason', () => {
  const verdict = {
    ...withFindings(someFinding()),
    excepted: [{ kind: 'finding' as const, position: 0, reason: 'known', expires: '2027-01-01' }],
  };
  assert.deepEqual(runOf(verdict).results?.[0]?.suppressions, [
    { kind: 'external', status: 'accepted', justification: 'known (until 2027-01-01)' },
  ]);
});

const text = { type: 'string', minLength: 1 } as const;
const closed = (properties: object, required: readonly string[] = []): object => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const list = (items: object, more: object = {}): object => ({ type: 'array', items, ...more });
const message = closed({ text, markdown: text }, ['text']);
const level = { enum: ['none', 'note', 'warning', 'error'] };
const location = closed(
  {
    physicalLocation: closed(
      {
        artifactLocation: closed({ uri: text }, ['uri']),
        region: closed(
          Object.fromEntries(
            ['startLine', 'startColumn', 'endLine', 'endColumn'].map((name) => [name, { type: 'integer', minimum: 1 }]),
          ),
        ),
      },
      ['artifactLocation'],
    ),
    logicalLocations: list(closed({ name: { type: 'string' }, fullyQualifiedName: { type: 'string' }, kind: text })),
    message,
  },
  ['physicalLocation'],
);
const bag = { type: 'object' };
/** The part of the SARIF 2.1.0 schema that we write, closed: a misspelt member would otherwise pass unseen. */
const sarifPart = closed(
  {
    $schema: text,
    version: { const: '2.1.0' },
    runs: list(
      closed(
        {
          tool: closed(
            {
              driver: closed(
                {
                  name: { const: 'Tidewaiter' },
                  semanticVersion: text,
                  rules: list(
                    closed(
                      {
                        id: text,
                        name: text,
                        shortDescription: message,
                        fullDescription: message,
                        help: message,
                        defaultConfiguration: closed({ level }),
                        properties: {
                          type: 'object',
                          properties: {
                            tags: list(text, { uniqueItems: true, maxItems: 10 }),
                            precision: { enum: ['low', 'medium', 'high'] },
                          },
                          required: ['tags'],
                        },
                      },
                      ['id'],
                    ),
                    { uniqueItems: true },
                  ),
                },
                ['name'],
              ),
            },
            ['driver'],
          ),
          automationDetails: closed({ id: { type: 'string', pattern: '/$' } }, ['id']),
          invocations: list(
            closed(
              {
                executionSuccessful: { type: 'boolean' },
                toolExecutionNotifications: list(
                  closed({ level, descriptor: closed({ id: text }, ['id']), message, properties: bag }, ['message']),
                ),
              },
              ['executionSuccessful'],
            ),
          ),
          columnKind: { const: 'utf16CodeUnits' },
          results: list(
            closed(
              {
                ruleId: text,
                level,
                kind: { const: 'fail' },
                message,
                locations: list(location, { minItems: 1, maxItems: 1 }),
                relatedLocations: list(location),
                partialFingerprints: { type: 'object', additionalProperties: text },
                suppressions: list(
                  closed({ kind: { const: 'external' }, status: { const: 'accepted' }, justification: text }, ['kind']),
                ),
                properties: bag,
              },
              ['message', 'ruleId', 'locations', 'partialFingerprints'],
            ),
          ),
        },
        ['tool', 'results'],
      ),
      { maxItems: 20 },
    ),
  },
  ['version', 'runs'],
);

test('every member is one of SARIF 2.1.0, with its type, whatever the image says', () => {
  const accepts = new Ajv.Ajv({ strict: false, allErrors: true }).compile(sarifPart);
  const dossier = someDossier({ findings: [someFinding()], gaps: [someGap()] });
  for (const verdicts of [[], [someVerdict()], [someVerdict({ dossier })], [hostileVerdict(), someVerdict()]])
    assert.ok(accepts(logOf(...verdicts)), JSON.stringify(accepts.errors?.slice(0, 3)));
});

test('the fingerprint goes by the proof as it is, zero bytes and all', () => {
  const print = (zeros: number): string | undefined => {
    const [proof] = someFinding().evidence;
    assert.ok(proof?.kind === 'excerpt');
    const finding = someFinding({ evidence: [{ ...proof, text: `${'\0'.repeat(zeros)}pool` }] });
    return onlyResult(finding).partialFingerprints?.['tidewaiterFinding/v1'];
  };
  assert.notEqual(print(4), print(9));
  assert.equal(print(4), print(4));
});
