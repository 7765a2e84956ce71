import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launchFiles, startingConfig } from '../../../test/builders/launch-files.ts';
import { loadedBeforehand } from './loaded-beforehand.ts';
import { readLaunchPath } from './read-launch-path.ts';

const loaded = (command: readonly string[], environment: readonly string[], program?: string): readonly string[] => {
  const config = startingConfig({ command, environment });
  const actions = readLaunchPath(config, launchFiles({})).flatMap((part) => part.actions);
  return loadedBeforehand(actions, config, () => program);
};

test('what NODE_OPTIONS requires is loaded by Node, and by nothing else', () => {
  const environment = ['NODE_OPTIONS=--max-old-space-size=512 --require /opt/early --import=./late.mjs'];
  const found = loaded(['node', '/srv/main.js'], environment);
  assert.ok(found.includes('/opt/early.js'));
  assert.ok(found.includes('./late.mjs'));
  assert.deepEqual(loaded(['/opt/x'], environment), []);
});

test('a package that NODE_OPTIONS names is none of the image’s files by its path', () => {
  assert.deepEqual(loaded(['node', '/srv/main.js'], ['NODE_OPTIONS=-r dotenv/config --inspect /opt/early']), []);
});

test('what RUBYOPT requires is loaded by Ruby', () => {
  assert.deepEqual(loaded(['ruby', '/a.rb'], ['RUBYOPT=-W0 -r/opt/early']), ['/opt/early', '/opt/early.rb']);
  assert.deepEqual(loaded(['ruby', '/a.rb'], ['RUBYOPT=-W0 -rset']), []);
});

test('Python imports its site modules from PYTHONPATH and from its own library', () => {
  assert.deepEqual(loaded(['python3', '/a.py'], ['PYTHONPATH=/opt/p:relative']), [
    '/opt/p/sitecustomize.py',
    '/opt/p/usercustomize.py',
  ]);
  const own = loaded(['python3', '/a.py'], [], 'usr/local/bin/python3.12');
  assert.ok(own.includes('/usr/local/lib/python3.12/site-packages/sitecustomize.py'));
  assert.deepEqual(loaded(['/opt/x'], ['PYTHONPATH=/opt/p'], 'usr/local/bin/python3.12'), []);
});

test('thousands of names cost what a few do', () => {
  const many = loaded(['node', '/a.js'], [`NODE_OPTIONS=${'-r /opt/x '.repeat(5000)}`]);
  assert.ok(many.length <= 100);
});
