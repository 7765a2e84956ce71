import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { toConclusion, type Subject } from '../../core/analyzer.ts';
import type { PackageRecord } from '../../core/package-record.ts';
import { toLines } from '../known-packages/advisory-lines.ts';
import { parseAdvisory } from '../known-packages/advisory.ts';
import { knownPackages } from './known-packages.ts';

let builtIn: unknown;
before(async () => {
  const loaded = await knownPackages.load?.({ builtIn: join(import.meta.dirname, '../../../rules'), added: [] });
  builtIn = loaded?.data;
});

const subject = (packages: readonly PackageRecord[], reference = 'docker://registry.example/app:1'): Subject => ({
  reference,
  kind: 'container',
  identity: { diffIds: [] },
  layers: [],
  inventory: [],
  packages,
});
const judge = (packages: readonly PackageRecord[], data: unknown = builtIn, reference?: string) =>
  toConclusion(knownPackages.conclude(subject(packages, reference), [], data)).findings;

const deb = (name: string, version: string, source?: PackageRecord['source'], id = 'debian'): PackageRecord => ({
  ecosystem: 'deb',
  name,
  version,
  purl: `pkg:deb/${id}/${name}@${version}`,
  recordedIn: 'var/lib/dpkg/status',
  ...(source === undefined ? {} : { source }),
});
const npm = (name: string, version: string): PackageRecord => ({
  ecosystem: 'npm',
  name,
  version,
  purl: `pkg:npm/${name}@${version}`,
  recordedIn: `app/node_modules/${name}/package.json`,
});

test('the backdoored liblzma is certain, with who says so and since when', () => {
  const [finding] = judge([deb('liblzma5', '5.6.1-1', { name: 'xz-utils' })]);
  assert.equal(finding?.rule, 'known-packages/malicious-version');
  assert.deepEqual([finding.severity, finding.confidence], ['critical', 'high']);
  assert.deepEqual(finding.evidence[0], { kind: 'file', path: 'var/lib/dpkg/status' });
  const [, said] = finding.evidence;
  assert.equal(said?.kind === 'name' ? said.field : '', 'known since 2024-03-29');
});

test('the versions around it are honest, and so is another package of that version', () => {
  const source = { name: 'xz-utils' };
  for (const version of ['5.4.1-1', '5.6.1+really5.4.5-1', '5.8.1-1'])
    assert.deepEqual(judge([deb('liblzma5', version, source)]), [], version);
  assert.deepEqual(judge([deb('xzgv', '5.6.1-1')]), []);
});

test('malicious packages of programming languages', () => {
  const rules = (record: PackageRecord) => judge([record]).map(({ rule }) => rule);
  assert.deepEqual(rules(npm('ua-parser-js', '0.7.29')), ['known-packages/malicious-version']);
  assert.deepEqual(rules(npm('ua-parser-js', '0.7.30')), []);
  const pypi: PackageRecord = {
    ecosystem: 'pypi',
    name: 'LiteLLM',
    version: '1.82.7',
    purl: 'pkg:pypi/litellm@1.82.7',
  };
  assert.deepEqual(rules(pypi), ['known-packages/malicious-version']);
  assert.deepEqual(rules({ ...pypi, version: '1.82.6' }), []);
});

test('a record of one distribution is about that one', () => {
  const records = parseAdvisory({ id: 'MAL-1', affected: [{ package: { ecosystem: 'Debian:12', name: 'x' } }] }, false);
  const data = { parts: [toLines(records ?? [])] };
  assert.equal(judge([deb('x', '1')], data).length, 1);
  assert.equal(judge([deb('y', '1', { name: 'x' })], data).length, 1, 'by its source');
  assert.equal(judge([deb('x', '1', undefined, 'ubuntu')], data).length, 0);
});

test('repositories and machine images by their names', () => {
  const rules = (reference: string) => judge([], builtIn, reference).map(({ rule }) => rule);
  assert.deepEqual(rules('aquasec/trivy:0.69.4'), ['known-packages/malicious-image']);
  assert.deepEqual(rules('docker://ghcr.io/aquasecurity/trivy:0.69.5'), ['known-packages/malicious-image']);
  assert.deepEqual(rules('aquasec/trivy:0.70.0'), []);
  assert.deepEqual(rules('ami:ami-0011fd6bde84052e0'), ['known-packages/malicious-image']);
  assert.deepEqual(rules('ami:ami-0011fd6bde84052e1'), []);
});

test('without a list, or without packages, nothing is said', () => {
  const bad = [npm('ua-parser-js', '0.7.29')];
  assert.deepEqual(knownPackages.conclude(subject(bad), [], undefined), []);
  assert.deepEqual(judge(bad, { parts: [] }), []);
});
