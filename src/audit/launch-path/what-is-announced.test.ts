import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { evaluateShell } from '../../formats/records/shell-values.ts';
import { parseShell } from '../../formats/records/shell.ts';
import type { LaunchPart, LaunchTrigger } from './launch-part.ts';
import { whatIsAnnounced } from './what-is-announced.ts';

const part = (script: string, trigger: LaunchTrigger = 'start'): LaunchPart => ({
  trigger,
  named: 'Entrypoint',
  command: script,
  isConfig: true,
  ...evaluateShell(parseShell(Buffer.from(script), { dialect: 'bash' }), {
    environment: [],
    workingDirectory: '/',
    arguments: [],
    readFile: () => undefined,
    listFolder: () => [],
  }),
});

suite('what a start-up story announces', () => {
  test('programs by their names, with those that start them', () => {
    const { programs } = whatIsAnnounced([part('nohup /opt/app/server --port 80 &\n/usr/bin/env true')]);
    assert.ok(programs.includes('server') && programs.includes('nohup'), programs.join(' '));
    assert.ok(!programs.includes('--port') && !programs.includes('wget'));
  });

  test('shells and what every script uses, where a script is told, and only there', () => {
    const [scripted, plain] = ["sh -c '/opt/app/server'", '/opt/app/server'].map(
      (command) => whatIsAnnounced([part(command)]).programs,
    );
    for (const name of ['sh', 'sed', 'sleep', 'server']) assert.ok(scripted?.includes(name), name);
    assert.ok(!scripted?.includes('curl'));
    assert.deepEqual(plain, ['server']);
  });

  test('hosts of downloads and connections, without ports, users and paths', () => {
    const { hosts } = whatIsAnnounced([
      part('curl -o /tmp/a https://me@Files.example:8443/a/b?c\nnc 192.0.2.7 4444 </tmp/a'),
    ]);
    assert.deepEqual(hosts, ['files.example', '192.0.2.7']);
  });

  test('a host that the script does not know is none', () => {
    assert.deepEqual(whatIsAnnounced([part('curl "http://$MIRROR/x" -o /tmp/x')]).hosts, []);
  });

  test('what only builds on top do is not announced', () => {
    assert.deepEqual(whatIsAnnounced([part('curl -o /tmp/a http://files.example/a', 'build-on-top')]), {
      programs: [],
      hosts: [],
    });
  });
});
