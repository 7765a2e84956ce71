/** Against a fake API server: its answers have the form of `kubectl get --raw /api/v1/pods` of Kubernetes 1.30. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { inFolder } from '../../../test/contracts/image-source.contract.ts';
import { fakeAuthority } from '../../../test/fakes/certificate.ts';
import type { Context } from '../../core/context.ts';
import type { Survey } from '../finder.ts';
import { kubernetesApi } from './kubernetes-api.ts';

const authority = fakeAuthority();
const id = (digit: string): string => `sha256:${digit.repeat(64)}`;

const status = (name: string, imageID: string, more: object = {}) => ({
  name,
  image: 'registry.example/app:1',
  imageID,
  containerID: `containerd://${name}-id`,
  ready: true,
  state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  ...more,
});

const pod = (name: string, statuses: object) => ({
  metadata: { name, namespace: 'shop', uid: '1', labels: { app: 'web' } },
  spec: { nodeName: 'node-1', containers: [] },
  status: { phase: 'Running', ...statuses },
});

const pages = [
  {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '1', continue: 'next/1' },
    items: [
      pod('web-1', {
        initContainerStatuses: [status('init', id('a'), { state: { terminated: { exitCode: 0 } } })],
        containerStatuses: [
          status('web', `registry.example/app@${id('b')}`),
          status('old', `docker-pullable://registry.example/app@${id('c')}`),
          status('pulling', '', { state: { waiting: { reason: 'ContainerCreating' } }, containerID: '' }),
        ],
      }),
    ],
  },
  {
    kind: 'PodList',
    metadata: {},
    items: [pod('web-2', { containerStatuses: [status('two', `docker://${id('d')}`)] })],
  },
];

interface Given {
  readonly folder: string;
  readonly server: string;
  readonly asked: readonly string[];
  readonly find: (config: object | string, more?: Partial<Context>) => Promise<Survey>;
}

const withCluster = (
  run: (given: Given) => Promise<void>,
  { tls = false, code = 200 }: { readonly tls?: boolean; readonly code?: number } = {},
): Promise<void> =>
  inFolder(async (folder, plain) => {
    const asked: string[] = [];
    const answer = (request: IncomingMessage): string => {
      asked.push(`${request.url} ${request.headers.authorization ?? 'nobody'}`);
      if (code !== 200) return JSON.stringify({ kind: 'Status', message: 'pods is forbidden', code });
      return JSON.stringify(request.url?.includes('continue=next%2F1') ? pages[1] : pages[0]);
    };
    const server = tls
      ? createTlsServer(authority.issue(['127.0.0.1']), (request, response) =>
          response.writeHead(code).end(answer(request)),
        )
      : createServer((request, response) => response.writeHead(code).end(answer(request)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await run({
        folder,
        asked,
        server: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
        find: async (config, more) => {
          const file = join(folder, 'config');
          // JSON is YAML.
          await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
          return kubernetesApi.find({ root: folder }, { ...plain, environment: { KUBECONFIG: file }, ...more });
        },
      });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

const configOf = (cluster: object, user: object = {}) => ({
  'current-context': 'here',
  contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
  clusters: [{ name: 'c', cluster }],
  users: [{ name: 'u', user }],
});

const codesOf = ({ problems }: Survey): readonly string[] => problems.map(({ fault }) => fault.code);

test('pods of all pages, with every form of an image id that kubelets write', () =>
  withCluster(async ({ server, find, asked }) => {
    const { holdings, answered } = await find(configOf({ server: `${server}/cluster/` }, { token: 'secret-token' }));
    assert.deepEqual(answered, [`kubernetes at ${server}`]);
    assert.deepEqual(asked, [
      '/cluster/api/v1/pods?limit=500 Bearer secret-token',
      '/cluster/api/v1/pods?limit=500&continue=next%2F1 Bearer secret-token',
    ]);
    assert.deepEqual(
      holdings.map(({ exact, loose, uses }) => [
        exact,
        loose,
        uses[0]?.state,
        uses[0]?.container?.id,
        uses[0]?.pod?.name,
      ]),
      [
        [[id('a')], [], 'stopped', 'init-id', 'web-1'],
        [[], [id('b')], 'running', 'web-id', 'web-1'],
        [[], [id('c')], 'running', 'old-id', 'web-1'],
        [[id('d')], [], 'running', 'two-id', 'web-2'],
      ],
    );
    assert.deepEqual(holdings[0]?.uses[0]?.pod, { namespace: 'shop', name: 'web-1', node: 'node-1' });
  }));

test('TLS with the authority of the configuration; without it nobody is believed', () =>
  withCluster(
    async ({ server, find, folder }) => {
      const data = Buffer.from(authority.certificate).toString('base64');
      assert.equal((await find(configOf({ server, 'certificate-authority-data': data }))).holdings.length, 4);
      await writeFile(join(folder, 'ca.crt'), authority.certificate);
      assert.equal((await find(configOf({ server, 'certificate-authority': 'ca.crt' }))).holdings.length, 4);
      assert.deepEqual(codesOf(await find(configOf({ server }))), ['ENGINE_UNTRUSTED']);
      assert.deepEqual(codesOf(await find(configOf({ server, 'certificate-authority': 'none.crt' }))), [
        'KUBERNETES_CONFIG_INVALID',
      ]);
    },
    { tls: true },
  ));

test('a cluster that refuses is a problem with its words, and never shows the login', () =>
  withCluster(
    async ({ server, find }) => {
      const survey = await find(configOf({ server }, { token: 'secret-token' }));
      assert.deepEqual(codesOf(survey), ['KUBERNETES_REFUSES']);
      assert.match(survey.problems[0]?.fault.message ?? '', /status 403: pods is forbidden/);
      assert.doesNotMatch(JSON.stringify(survey), /secret-token/);
    },
    { code: 403 },
  ));

test('logins by programs and passwords are not done, and what to do instead is said', () =>
  withCluster(async ({ server, find, asked }) => {
    for (const user of [
      { exec: { command: 'login' } },
      { 'auth-provider': { name: 'x' } },
      { username: 'a', password: 'b' },
    ])
      assert.deepEqual(codesOf(await find(configOf({ server }, user))), ['KUBERNETES_LOGIN_UNSUPPORTED']);
    assert.deepEqual(asked, []);
  }));

test('a login is sent to nobody who could be anybody', () =>
  withCluster(async ({ find }) => {
    const token = { token: 'secret-token' };
    for (const cluster of [
      { server: 'http://192.0.2.1:8001' },
      { server: 'https://192.0.2.1', 'insecure-skip-tls-verify': true },
    ])
      assert.deepEqual(codesOf(await find(configOf(cluster, token))), ['KUBERNETES_UNPROTECTED']);
    assert.deepEqual(codesOf(await find(configOf({ server: 'https://127.0.0.1:1' }, { token: 'a\r\nX: b' }))), [
      'KUBERNETES_CONFIG_INVALID',
    ]);
  }));

test('offline, a cluster elsewhere is left out and that is said; nothing configured is an absence too', () =>
  withCluster(async ({ find, folder }) => {
    const network = {
      offline: true,
      insecureRegistries: [],
      certificateAuthorities: [],
      trustedHosts: [],
      timeoutMs: 500,
    };
    const offline = await find(configOf({ server: 'https://192.0.2.1' }), { network });
    assert.deepEqual([offline.problems, offline.absent.length], [[], 1]);
    for (const config of ['', '# nothing', {}]) {
      const { absent, problems } = await find(config);
      assert.deepEqual([absent, problems], [['kubernetes (nothing is configured)'], []]);
    }
    const none = await find('', { environment: { HOME: folder } });
    assert.deepEqual(none.absent, ['kubernetes (nothing is configured)']);
  }));

test('what is no configuration is a problem, not silence', () =>
  withCluster(async ({ find }) => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${['b', 'c', 'd', 'e', 'f', 'g'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdef'[at]}`).join(',')}]`).join('\n')}\n`;
    for (const config of ['[1, 2]', 'a: b: c', bomb, configOf({}), { 'current-context': 'none' }])
      assert.deepEqual(codesOf(await find(config)), ['KUBERNETES_CONFIG_INVALID']);
  }));

test('inside a pod, its service account is the login', () =>
  withCluster(
    async ({ server, find, folder, asked }) => {
      const account = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount');
      await mkdir(account, { recursive: true });
      await writeFile(join(account, 'token'), 'pod-token\n');
      await writeFile(join(account, 'ca.crt'), authority.certificate);
      const { hostname, port } = new URL(server);
      const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
      assert.equal((await find('', { environment })).holdings.length, 4);
      assert.match(asked[0] ?? '', /Bearer pod-token$/);
    },
    { tls: true },
  ));
