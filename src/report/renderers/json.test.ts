import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { hostileVerdict } from '../../../test/builders/hostile-verdict.ts';
import { someDossier, someFinding, someGap, someVerdict } from '../../../test/builders/dossier.ts';
import { verdictSchema } from '../verdict-schema.ts';
import { json } from './json.ts';

const options = { colour: false, width: 80, toolVersion: '0', single: true };
const full = someVerdict({
  assessment: 'malicious',
  decision: 'deny',
  dossier: someDossier({ findings: [someFinding({ more: 3 })], gaps: [someGap({ kind: 'limit', executable: true })] }),
  excepted: [{ kind: 'gap', position: 0, reason: 'r', expires: '2027-01-01' }],
});

const parse = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

test('one object for one image, an array for several or when a list was asked for', () => {
  assert.equal(parse(json.render([full], options))['schema'], 'tidewaiter/verdict/v1');
  assert.ok(Array.isArray(parse(json.render([full], { ...options, single: false }))));
  assert.ok(Array.isArray(parse(json.render([full, full], options))));
  assert.ok(Array.isArray(parse(json.render([], options))));
});

test('the members are those of the contract, in its order', () => {
  assert.deepEqual(Object.keys(parse(json.render([full], options))), [
    'schema',
    'reference',
    'asked',
    'digest',
    'identity',
    'kind',
    'platform',
    'assessment',
    'decision',
    'because',
    'findings',
    'gaps',
    'excepted',
    'coverage',
    'layers',
    'attestations',
    'story',
    'packages',
    'rules',
    'policy',
    'at',
  ]);
});

test('what is written has exactly the shape of the schema, hostile strings too', () => {
  for (const verdict of [full, someVerdict()]) verdictSchema.parse(parse(json.render([verdict], options)));
  const { digest: _, ...hostile } = parse(json.render([hostileVerdict()], options));
  assert.ok(verdictSchema.omit({ digest: true, layers: true }).loose().safeParse(hostile).success);
});

test('the published schema accepts it, members that are added later too, and refuses another assessment', () => {
  const file = join(import.meta.dirname, '../../../schemas/verdict.schema.json');
  const accepts = new Ajv.default({ strict: false }).compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  const document = parse(json.render([full], options));
  assert.ok(accepts(document), JSON.stringify(accepts.errors));
  assert.ok(accepts([document, { ...document, later: 1 }]));
  assert.ok(!accepts({ ...document, assessment: 'fine' }));
});

test('escaping loses nothing: parsing gives every hostile string back', () => {
  const verdict = hostileVerdict();
  const document = verdictSchema.loose().parse({ ...parse(json.render([verdict], options)), layers: [] });
  assert.deepEqual(
    document.findings.map(({ title }) => title),
    verdict.dossier.findings.map(({ title }) => title),
  );
  assert.equal(document.asked, verdict.dossier.asked);
});

test('what an earlier scan knew does not show: a warm scan gives the same bytes', () => {
  const [layer] = someDossier().layers;
  assert.ok(layer);
  const recalled = (value: boolean): string =>
    json.render([someVerdict({ dossier: someDossier({ layers: [{ ...layer, recalled: value }] }) })], options);
  assert.equal(recalled(true), recalled(false));
});
