import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { someDossier, someVerdict } from '../../test/builders/dossier.ts';
import { parseStatement } from '../formats/records/in-toto.ts';
import { parseVerdictPredicate, verdictPredicateType } from '../formats/records/verdict-predicate.ts';
import { toVerdictStatement } from './verdict-statement.ts';

const statementOf = (reference: string) =>
  toVerdictStatement(someVerdict({ dossier: someDossier({ reference }) }), '1.2.3');

test('a statement is about the manifest, and says what was decided, by what, and how much was seen', () => {
  const verdict = someVerdict({ dossier: someDossier() });
  const statement = toVerdictStatement(verdict, '1.2.3');
  assert.ok(statement !== undefined);
  const read = parseStatement(Buffer.from(JSON.stringify(statement)), 1e6, 'here');
  assert.deepEqual(
    read.subjects.map(({ name, digests }) => [name, digests]),
    [['registry.example/team/app', [verdict.dossier.identity.manifest]]],
  );
  assert.equal(read.predicateType, verdictPredicateType);
  const predicate = parseVerdictPredicate(read.predicate, 'here');
  assert.deepEqual(predicate, statement.predicate, 'its own reader takes all of it');
  const { assessment, decision, at, policy, dossier } = verdict;
  assert.deepEqual(
    { assessment: predicate.assessment, decision: predicate.decision, at: predicate.at, policy: predicate.policy },
    { assessment, decision, at, policy },
  );
  assert.deepEqual(predicate.coverage, dossier.coverage);
  assert.equal(predicate.rules.version, dossier.rules.version);
  assert.deepEqual([predicate.findings, predicate.gaps], [dossier.findings.length, dossier.gaps.length]);
  assert.deepEqual(predicate.scanner, { name: 'tidewaiter', version: '1.2.3' });
});

test('the name has neither tag nor digest, and no path of this machine', () => {
  const nameOf = (reference: string) => statementOf(reference)?.subject[0]?.name;
  const digest = `sha256:${'c'.repeat(64)}`;
  assert.equal(nameOf(`docker://registry.example:5000/app@${digest}`), 'registry.example:5000/app');
  assert.equal(nameOf(`docker://registry.example:5000/app:1.0@${digest}`), 'registry.example:5000/app');
  assert.equal(nameOf('docker://docker.io/library/nginx:1'), 'docker.io/library/nginx');
  assert.equal(nameOf('oci:/home/me/secret-project:1'), 'image');
});

test('an image without a manifest has no statement: nobody could find it', () => {
  const dossier = someDossier({ identity: { diffIds: [`sha256:${'e'.repeat(64)}`] } });
  assert.equal(toVerdictStatement(someVerdict({ dossier }), '1'), undefined);
});

test('the published schema takes the predicate, and none without what it was judged by', () => {
  const file = join(import.meta.dirname, '../../schemas/verdict-predicate.schema.json');
  const ajv = new Ajv.Ajv2020({ strict: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(JSON.parse(readFileSync(file, 'utf8')) as object);
  const predicate = toVerdictStatement(someVerdict(), '1')?.predicate;
  assert.ok(isValid(predicate), ajv.errorsText(isValid.errors));
  assert.ok(isValid({ ...predicate, later: 'members may be added' }));
  for (const name of ['assessment', 'decision', 'because', 'policy', 'rules', 'coverage', 'gaps', 'at'])
    assert.ok(!isValid({ ...predicate, [name]: undefined }), name);
});

test('sentences are bounded', () => {
  const verdict = someVerdict({ because: ['x'.repeat(5000), ...Array.from({ length: 100 }, () => 'y')] });
  const predicate = toVerdictStatement(verdict, '1')?.predicate;
  assert.ok(predicate !== undefined);
  assert.equal(predicate.because[0]?.length, 1000);
  assert.equal(predicate.because.length, 16);
  assert.deepEqual(parseVerdictPredicate(predicate, ''), predicate);
});
