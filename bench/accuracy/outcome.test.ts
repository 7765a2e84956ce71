import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence, Finding } from '../../src/core/finding.ts';
import { columnOf } from './outcome.ts';

const finding = (rule: string, proof: Evidence): Finding => ({
  rule,
  title: 'a finding',
  severity: 'high',
  confidence: 'high',
  intent: 'miner',
  techniques: [],
  advice: '',
  evidence: [proof],
});

test('a finding belongs to the column of the part that found it, or else of its proof', () => {
  const file: Evidence = { kind: 'file', path: 'a' };
  const config: Evidence = { kind: 'config', field: 'Cmd', value: 'x' };
  assert.equal(columnOf(finding('yara/miner/x', file)), 'static');
  assert.equal(columnOf(finding('launch-path/fetch-and-run', file)), 'launch-path');
  assert.equal(columnOf(finding('miner/config', config)), 'launch-path');
  assert.equal(columnOf(finding('lookalike/namespace', { kind: 'name', field: 'reference', value: 'x' })), 'name');
  assert.equal(columnOf(finding('claim/product', config)), 'name');
});
