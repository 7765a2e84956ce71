/** deploy/github-action: the step's script with a launcher that only tells its arguments, and what the action may not contain. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parse } from 'yaml';
import { formats } from '../src/app/settings.ts';

const folder = join(import.meta.dirname, '../deploy/github-action');

const runStep = (t: TestContext, inputs: Readonly<Record<string, string>>, status = 0) => {
  const clone = mkdtempSync(join(tmpdir(), 'tidewaiter-action-'));
  t.after(() => rmSync(clone, { recursive: true, force: true }));
  const action = join(clone, 'deploy/github-action');
  mkdirSync(action, { recursive: true });
  copyFileSync(join(folder, 'scan.sh'), join(action, 'scan.sh'));
  const launcher = join(clone, 'tidewaiter');
  writeFileSync(launcher, `#!/bin/sh\nprintf '%s\\n' "$@"\n: >report.sarif\nexit ${status}\n`);
  chmodSync(launcher, 0o755);
  const outputs = join(clone, 'outputs');
  writeFileSync(outputs, '');
  const variables = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`ACTION_${name}`, value]));
  const ran = spawnSync('sh', [join(action, 'scan.sh')], {
    encoding: 'utf8',
    cwd: clone,
    env: { PATH: process.env['PATH'], ACTION_PATH: action, GITHUB_OUTPUT: outputs, ...variables },
  });
  const words = ran.stdout.split('\n').slice(0, -1);
  return { status: ran.status, words, stderr: ran.stderr, outputs: readFileSync(outputs, 'utf8') };
};

test('inputs become arguments, one a line where there may be several', (t) => {
  const { status, words } = runStep(t, {
    REFERENCE: ' nginx:1.27 \n\noci:a folder\n',
    FAIL_ON: 'warn',
    RULES: 'one.yar\ntwo rules/\n',
    PLATFORM: 'linux/arm64',
  });
  assert.equal(status, 0);
  const head = ['scan', '--format', 'text', '--fail-on', 'warn', '--platform', 'linux/arm64'];
  assert.deepEqual(words, [...head, '--rules', 'one.yar', '--rules', 'two rules/', '--', 'nginx:1.27', 'oci:a folder']);
});

test('what looks like a command, a pattern or an option stays a word', (t) => {
  const { words } = runStep(t, { REFERENCE: '$(touch x);`id`\n*\n--output' });
  assert.deepEqual(words.slice(words.indexOf('--')), ['--', '$(touch x);`id`', '*', '--output']);
});

test('the report of a format for machines goes to a file, whose path and status are outputs', (t) => {
  const { status, words, outputs } = runStep(t, { REFERENCE: 'a', FORMAT: 'sarif', OUTPUT: 'report.sarif' }, 3);
  assert.equal(status, 3);
  assert.deepEqual(words.slice(0, 7), ['scan', '--format', 'sarif', '--fail-on', 'deny', '--output', 'report.sarif']);
  assert.equal(outputs, 'status=3\nreport=report.sarif\n');
  assert.ok(runStep(t, { REFERENCE: 'a', FORMAT: 'json' }).words.includes('tidewaiter-report.json'));
});

test('every format of the program is one of the action, and a trust file is handed on', (t) => {
  for (const format of formats) {
    const { status, words } = runStep(t, { REFERENCE: 'a', FORMAT: format, TRUST: 'trust.yaml' });
    assert.equal(status, 0, format);
    assert.equal(words[words.indexOf('--trust') + 1], 'trust.yaml');
  }
});

test('an output that would write further outputs, an unknown format and no reference are refused', (t) => {
  for (const inputs of [
    { REFERENCE: 'a', OUTPUT: 'x\nstatus=0' },
    { REFERENCE: 'a', FORMAT: 'pdf' },
    { REFERENCE: ' \n' },
  ]) {
    const { status, words, stderr } = runStep(t, inputs);
    assert.equal(status, 2);
    assert.deepEqual(words, []);
    assert.match(stderr, /^tidewaiter: the input "(?:output|format|reference)" .*\n$/);
  }
});

interface Action {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly runs: {
    readonly using: string;
    readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly env?: Record<string, string> }[];
  };
}

test('the action uses no other action, pastes no input into a script, and hands every input on', () => {
  const { inputs, runs } = parse(readFileSync(join(folder, 'action.yml'), 'utf8')) as Action;
  assert.equal(runs.using, 'composite');
  assert.deepEqual(
    runs.steps.filter((step) => step.uses !== undefined || step.run?.includes('${{')),
    [],
  );
  const handed = Object.values(runs.steps[0]?.env ?? {}).join();
  for (const name of Object.keys(inputs)) assert.ok(handed.includes(`inputs.${name} `), name);
});
