import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../app/package-root.ts';
import { namedAs, programName } from './program-name.ts';

test('a clone is started by its launcher, an installed program by its name', () => {
  assert.equal(programName('/x/program-name.ts', packageRoot), './tidewaiter');
  assert.equal(programName('/x/program-name.ts', join(packageRoot, 'docs')), join(packageRoot, 'tidewaiter'));
  assert.equal(programName('/x/program-name.js', packageRoot), 'tidewaiter');
});

test('commands in a help text get the name, words about the program do not', () => {
  const help = [
    'Usage: tidewaiter scan [options]',
    '  tidewaiter scan nginx   judge',
    '  docker save app | tidewaiter replay -',
    '  x > y && tidewaiter scan y',
    'a file of tidewaiter is read, such as /etc/tidewaiter/tidewaiter.yaml; tidewaiter.yaml',
  ].join('\n');
  assert.equal(
    namedAs('./tidewaiter', help),
    [
      'Usage: ./tidewaiter scan [options]',
      '  ./tidewaiter scan nginx   judge',
      '  docker save app | ./tidewaiter replay -',
      '  x > y && ./tidewaiter scan y',
      'a file of tidewaiter is read, such as /etc/tidewaiter/tidewaiter.yaml; tidewaiter.yaml',
    ].join('\n'),
  );
});
