import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { staleSchemas } from '../../scripts/write-schemas.ts';
import { conditionTypes, conditionVariables } from './condition-types.ts';
import { parsePolicy } from './policy-file.ts';

const root = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

test('the published schemas are those in the source', () => {
  assert.deepEqual(staleSchemas(root, false), []);
});

test('an editor with the published schema accepts the default policy and refuses an unknown field', () => {
  const accepts = new Ajv.default({ strict: false }).compile(JSON.parse(read('schemas/policy.schema.json')) as object);
  const policy = parse(read('rules/policies/default.yaml')) as object;
  assert.ok(accepts(policy), JSON.stringify(accepts.errors));
  assert.ok(!accepts({ ...policy, exeptions: [] }));
});

const manual = read('docs/policy.md');

test('every policy in the manual is accepted', () => {
  const policies = [...manual.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => text);
  assert.ok(policies.length >= 2);
  for (const text of policies)
    parsePolicy(text.startsWith('version:') ? text : `version: 1\nname: manual\n${text}`, 'docs/policy.md');
});

test('the manual lists every type and field that conditions see', () => {
  for (const [name, fields] of Object.entries({ ...conditionTypes, '': conditionVariables }))
    for (const [field, type] of Object.entries(fields))
      assert.ok(manual.includes(`\`${field}\``), `${name}.${field}: ${type} is not in docs/policy.md`);
});
