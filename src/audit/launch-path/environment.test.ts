import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noConfig } from '../../core/image.ts';
import { nodeOptionsOf, nodePreloads, variableOf } from './environment.ts';

const withEnvironment = (...environment: readonly string[]) => ({ ...noConfig, environment });

test('a variable is found by its whole name, the first one counts', () => {
  const config = withEnvironment('MYPATH=/x', 'PATH=/a:/b', 'PATH=/c', 'EMPTY=');
  assert.equal(variableOf(config, 'PATH='), '/a:/b');
  assert.equal(variableOf(config, 'EMPTY='), '');
  assert.equal(variableOf(config, 'NONE='), undefined);
});

test('what node loads beforehand, in every spelling, and no names of packages', () => {
  const config = withEnvironment(
    `NODE_OPTIONS=--max-old-space-size=99 -r /a.js "--require=./b" --import file:///c.mjs --loader=../d.mjs -r dotenv`,
  );
  assert.deepEqual(nodePreloads(nodeOptionsOf(config)), ['/a.js', './b', '/c.mjs', '../d.mjs']);
  assert.deepEqual(nodePreloads(['/a.js', '-r']), []);
  assert.deepEqual(nodePreloads(['-r', `/${'x'.repeat(500)}`]), []);
  assert.deepEqual(nodePreloads(nodeOptionsOf(withEnvironment())), []);
});
