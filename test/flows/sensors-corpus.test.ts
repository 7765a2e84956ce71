/** Records that nobody here wrote, through the sensors for their kind; and what is left of them when they are damaged. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventActions } from '../../src/core/event-action.ts';
import type { Event, EventImage } from '../../src/core/event.ts';
import type { Sensor } from '../../src/core/sensor.ts';
import { auditd } from '../../src/watch/sensors/auditd.ts';
import { cloudtrail } from '../../src/watch/sensors/cloudtrail.ts';
import { sensors } from '../../src/watch/sensors/index.ts';
import { kubernetesAudit } from '../../src/watch/sensors/kubernetes-audit.ts';
import { tetragon } from '../../src/watch/sensors/tetragon.ts';
import { readAll } from '../builders/sensed.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const outside = join(import.meta.dirname, '..', '..', '..', 'shared', 'outside');
const present = existsSync(outside);
const when = { skip: present || required ? false : 'needs ../shared/outside' };

const filesOf = (folder: string): readonly string[] => (present ? readdirSync(join(outside, folder)).toSorted() : []);

const cache = new Map<string, ReturnType<typeof readAll>>();
const read = (sensor: Sensor, folder: string, file: string): ReturnType<typeof readAll> => {
  const path = join(outside, folder, file);
  const known = cache.get(path) ?? readAll(sensor, readFileSync(path), { where: file });
  cache.set(path, known);
  return known;
};

const eventsOf = (sensor: Sensor, folder: string, file: string): readonly Event[] => {
  const { events, gaps } = read(sensor, folder, file);
  assert.deepEqual(gaps, [], file);
  return events;
};

const referenceOf = (image: EventImage | undefined): string | undefined =>
  image?.kind === 'container' ? image.reference : image?.kind === 'machine' ? image.written : image?.kind;

/** What any Event must have, whatever its sensor. */
const assertWhole = (events: readonly Event[]): void => {
  const actions: readonly string[] = eventActions;
  for (const event of events) {
    assert.ok(actions.includes(event.action), event.action);
    assert.ok(event.id.length > 8 && event.id.length < 400, event.id);
    assert.ok(
      Number.isSafeInteger(event.at) && event.at > Date.UTC(2006, 0) && event.at < Date.UTC(2027, 0),
      `${event.at}`,
    );
    assert.ok(Object.keys(event.logsource).length > 0);
    assert.ok(Object.keys(event.fields).length > 0);
  }
};

test('CloudTrail: every record has an actor, a place and a deed; every id is its own', when, () => {
  const files = filesOf('cloudtrail');
  assert.ok(files.length >= 35);
  for (const file of files) {
    const events = eventsOf(cloudtrail, 'cloudtrail', file);
    const records = JSON.parse(readFileSync(join(outside, 'cloudtrail', file), 'utf8')) as readonly unknown[];
    assert.ok(events.length >= records.length, file);
    assertWhole(events);
    assert.equal(new Set(events.map(({ id }) => id)).size, events.length, file);
    for (const { actor, place } of events) {
      assert.ok(actor !== undefined && actor.name !== '' && actor.address !== undefined, file);
      assert.match(place.account ?? '', /^\d{12}$/);
      assert.ok(place.region !== undefined && place.cloud === 'aws');
    }
  }
});

const trail = (name: string): readonly Event[] => eventsOf(cloudtrail, 'cloudtrail', `aws.${name}.json`);
const doing = (events: readonly Event[], action: Event['action']): readonly Event[] =>
  events.filter((event) => event.action === action);

test('CloudTrail: what each technique is named for', when, () => {
  const [shared] = doing(trail('exfiltration.ec2-share-ami'), 'image-share');
  assert.match(referenceOf(shared?.image) ?? '', /^ami-/);
  assert.equal(shared?.rights?.sharedWith?.length, 1);
  assert.equal(doing(trail('exfiltration.ec2-share-ebs-snapshot'), 'image-share')[0]?.rights?.sharedWith?.length, 1);

  const unusual = doing(trail('execution.ec2-launch-unusual-instances'), 'launch');
  assert.deepEqual(
    unusual.map(({ outcome, target }) => [outcome, target]),
    [['denied', 'p2.xlarge']],
  );
  assert.match(referenceOf(unusual[0]?.image) ?? '', /^ami-/);

  // Stopped, its start-up script set, started: one machine, in that order.
  const script = trail('execution.ec2-user-data').filter(({ place }) => place.instance !== undefined);
  const steps = script.toSorted((one, other) => one.at - other.at);
  assert.deepEqual(
    steps.map(({ action, outcome }) => [action, outcome]),
    [
      ['stop', 'success'],
      ['user-data', 'success'],
      ['start', 'success'],
    ],
  );
  assert.equal(new Set(steps.map(({ place }) => place.instance)).size, 1);
  assert.equal(steps[2]?.image?.kind, 'unknown');

  const read = doing(trail('discovery.ec2-download-user-data'), 'user-data');
  assert.ok(read.length === 15 && read.every(({ outcome }) => outcome === 'denied'));
  assert.equal(doing(trail('execution.ssm-send-command'), 'exec').length, 3);
  assert.equal(doing(trail('execution.ssm-start-session'), 'attach').length, 3);
  assert.equal(doing(trail('lateral-movement.ec2-instance-connect'), 'login').length, 3);
  assert.equal(doing(trail('initial-access.console-login-without-mfa'), 'login').length, 1);
  assert.equal(doing(trail('persistence.iam-create-admin-user'), 'grant').length, 3);
  assert.equal(doing(trail('persistence.iam-backdoor-role'), 'grant').length, 1);
  assert.equal(doing(trail('persistence.lambda-overwrite-code'), 'change').length, 1);
  for (const name of ['cloudtrail-delete', 'vpc-remove-flow-logs', 'dns-delete-logs', 'organizations-leave'])
    assert.ok(doing(trail(`defense-evasion.${name}`), 'delete').length > 0, name);
});

/** Of the source it is said that what is no object of the kind must be refused, and that nothing may break on it. */
const refused = 'fal_01_003.json';

test('Kubernetes: every record has an actor, a deed and its object', when, () => {
  const files = filesOf('kubernetes-audit').filter((file) => file !== refused);
  assert.ok(files.length >= 46);
  for (const file of files) {
    const events = eventsOf(kubernetesAudit, 'kubernetes-audit', file);
    assert.ok(events.length > 0, file);
    assertWhole(events);
    for (const { actor, target, action, outcome } of events) {
      assert.ok(actor !== undefined && actor.address !== undefined, file);
      assert.ok(target !== undefined && action !== 'other', file);
      assert.equal(outcome, 'success');
    }
    const text = readFileSync(join(outside, 'kubernetes-audit', file), 'utf8');
    // Where a record shows containers, each has its image.
    if (/"containers":\[\{/.test(text))
      assert.ok(
        events.every(({ image }) => image?.kind === 'container'),
        file,
      );
  }
  const { events, gaps } = read(kubernetesAudit, 'kubernetes-audit', refused);
  assert.deepEqual([events.length, gaps.length, gaps[0]?.where], [0, 1, `${refused}: line 1`]);
});

const audited = (name: string): readonly Event[] => eventsOf(kubernetesAudit, 'kubernetes-audit', `${name}.json`);

test('Kubernetes: what each file is named for', when, () => {
  const nginx = 'docker.io/library/nginx:latest';
  const mysql = 'docker.io/library/mysql:latest';
  const pods = (name: string): unknown =>
    audited(name).map(({ action, image, rights }) => {
      const { pullPolicy: _, ...more } = rights ?? {};
      return [action, referenceOf(image), more];
    });
  assert.deepEqual(pods('create_nginx_pod_privileged'), [['create', nginx, { privileged: true }]]);
  assert.deepEqual(pods('create_nginx_pod_unprivileged'), [['create', nginx, {}]]);
  for (const name of [
    'create_nginx_pod_privileged_2nd_container',
    'create_nginx_pod_no_secctx_1st_container_privileged_2nd_container',
  ])
    assert.deepEqual(pods(name), [
      ['create', nginx, {}],
      ['create', mysql, { privileged: true }],
    ]);
  assert.deepEqual(pods('create_nginx_pod_hostnetwork'), [['create', nginx, { hostNetwork: true }]]);
  assert.deepEqual(pods('create_nginx_pod_nohostnetwork'), [['create', nginx, {}]]);
  assert.deepEqual(pods('create_nginx_pod_sensitive_mount'), [['create', nginx, { hostPaths: ['/etc'] }]]);
  assert.deepEqual(pods('create_nginx_pod_sensitive_mount_2nd_container'), [
    ['create', nginx, {}],
    ['create', mysql, { hostPaths: ['/etc'] }],
  ]);
  assert.deepEqual(pods('create_deployment'), [['create', nginx, {}]]);
  assert.equal(audited('create_pod_kube_system_namespace')[0]?.place.namespace, 'kube-system');
  assert.equal(audited('create_pod_kube_public_namespace')[0]?.place.namespace, 'kube-public');

  const [exec] = audited('exec_pod');
  assert.deepEqual(
    [exec?.action, exec?.process?.arguments, exec?.place.pod, exec?.place.container, exec?.image?.kind],
    ['exec', ['bash'], 'nginx-deployment-7998647bdf-phvq7', 'nginx1', 'unknown'],
  );
  assert.equal(audited('attach_pod')[0]?.action, 'attach');
  assert.equal(audited('anonymous_creates_namespace_foo')[0]?.actor?.kind, 'anonymous');
  assert.equal(audited('some-user_creates_namespace_foo')[0]?.actor?.name, 'some-user');
  assert.equal(audited('create_configmap_sensitive_values').length, 6);
  for (const name of filesOf('kubernetes-audit').map((file) => file.replace('.json', ''))) {
    if (/^create_cluster_?role|^attach_cluster|^modify_cluster/.test(name))
      assert.equal(audited(name)[0]?.action, 'grant', name);
    if (name.startsWith('delete_')) assert.equal(audited(name)[0]?.action, 'delete', name);
    if (/^create_(?:.*_)?secret$|^create_configmap/.test(name)) assert.equal(audited(name)[0]?.action, 'write', name);
  }
});

test('Kubernetes: every record through the wrappers of EKS and AKS gives the same Events', when, () => {
  for (const file of filesOf('kubernetes-audit').filter((name) => name !== refused)) {
    const plain = eventsOf(kubernetesAudit, 'kubernetes-audit', file);
    const lines = readFileSync(join(outside, 'kubernetes-audit', file), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const eks = {
      messageType: 'DATA_MESSAGE',
      owner: '1',
      logGroup: '/aws/eks/c/cluster',
      logEvents: lines.map((message) => ({ message })),
    };
    const aks = { records: lines.map((log) => ({ category: 'kube-audit', properties: { log } })) };
    for (const wrapped of [eks, aks]) {
      const { events, gaps } = readAll(kubernetesAudit, wrapped);
      assert.deepEqual(gaps, []);
      const bare = events.map(
        ({ place: { cloud: _cloud, account: _account, cluster: _cluster, ...place }, ...event }) => ({
          ...event,
          place,
        }),
      );
      assert.deepEqual(bare, plain, file);
    }
  }
});

test('auditd: every line of five systems', when, () => {
  const events = filesOf('auditd').flatMap((file) => {
    const found = eventsOf(auditd, 'auditd', file);
    const lines = readFileSync(join(outside, 'auditd', file), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    assert.equal(found.length, lines.length, file);
    return found;
  });
  assertWhole(events);
  const commands = events.filter(({ action }) => action === 'exec').map(({ process }) => process?.commandLine);
  for (const wanted of [
    'auditctl -a exit,always -F arch=b32 -S execve',
    'grep --color=auto -e [:alpha:] /etc/passwd',
    './metricbeat -c mb.dev.yml',
    '/usr/lib64/nagios/plugins/check_asterisk_sip_peers -p 107',
    'useradd -u 3005 -m trainer5',
  ])
    assert.ok(commands.includes(wanted), wanted);
  const refusedLogin = events.find(({ action, outcome }) => action === 'login' && outcome === 'failure');
  assert.deepEqual([refusedLogin?.actor?.name, refusedLogin?.actor?.address], ['(invalid user)', '179.38.151.221']);
  // A denied read, with the records that SELinux and the kernel wrote of it.
  const denied = eventsOf(auditd, 'auditd', 'test2.log').find(({ outcome }) => outcome === 'denied');
  assert.ok(denied !== undefined);
  const paths = events.map(({ process }) => process?.executable).filter((path) => path !== undefined);
  assert.ok(paths.includes('/usr/libexec/strongswan/charon (deleted)'));
});

test('Tetragon: processes, connections and files, with image and pod where the record has them', when, () => {
  const files = filesOf('tetragon');
  assert.ok(files.length >= 40);
  for (const file of files) {
    const events = eventsOf(tetragon, 'tetragon', file);
    assert.ok(events.length >= 1, file);
    assertWhole(events);
    const [event] = events;
    const text = readFileSync(join(outside, 'tetragon', file), 'utf8');
    assert.ok(
      event?.place.host !== undefined && event.actor !== undefined && event.process?.executable !== undefined,
      file,
    );
    const named = /"image"/.test(text.slice(0, text.indexOf('"parent"') < 0 ? undefined : text.indexOf('"parent"')));
    if (named) {
      assert.ok(
        event.image?.kind === 'container' && event.image.resolved !== undefined && event.image.reference !== undefined,
        file,
      );
      assert.ok(
        event.place.pod !== undefined && event.place.container !== undefined && event.place.containerId !== undefined,
      );
    } else assert.equal(event.image?.kind, event.place.containerId === undefined ? undefined : 'unknown', file);
    for (const [kind, action] of [
      ['process_exec', 'exec'],
      ['process_exit', 'exit'],
      ['process_connect', 'connect'],
      ['process_listen', 'listen'],
    ] as const)
      if (new RegExp(`^\\{\\s*"${kind}"`).test(text)) assert.equal(event.action, action, file);
  }
  const named = (part: string): Event => {
    const file = files.find((name) => name.includes(part)) ?? assert.fail(part);
    return eventsOf(tetragon, 'tetragon', file)[0] ?? assert.fail(part);
  };
  const shell = named('lifecycle_nc_process_connect');
  assert.deepEqual([shell.connection?.direction, shell.connection?.port], ['out', 443]);
  assert.match(shell.process?.commandLine ?? '', /^\/usr\/bin\/nc raiz3gjkgtfhkkc\.not-reverse-shell\.com 443$/);
  assert.deepEqual(
    [named('golden_signals_process_kprobe').action, named('golden_signals_process_kprobe').target],
    ['write', '/etc/passwd'],
  );
  assert.match(named('privileged-pod-nsenter').process?.commandLine ?? '', /nsenter -t 1 -m -u -n -i -p bash$/);
  assert.equal(referenceOf(named('privileged-pod-bash').image), 'docker.io/library/nginx:latest');
});

/** Same seed, same damage. */
const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

test('damaged records end in Events and Gaps with lines, for every sensor, and what follows is read', when, () => {
  const folders = ['cloudtrail', 'kubernetes-audit', 'auditd', 'tetragon'];
  const next = random(7);
  const samples = folders.flatMap((folder) =>
    filesOf(folder)
      .map((file) => readFileSync(join(outside, folder, file)))
      .filter(({ length }) => length < 6000),
  );
  assert.ok(samples.length > 60);
  for (const [index, sample] of samples.entries()) {
    const sensor = sensors[index % sensors.length] ?? auditd;
    const mutated = Buffer.from(sample);
    for (let count = 0; count < 8; count += 1) mutated[Math.trunc(next() * mutated.length)] = Math.trunc(next() * 256);
    const cut = sample.subarray(0, Math.trunc(next() * sample.length));
    for (const bytes of [mutated, cut, Buffer.concat([cut, Buffer.from('\n'), mutated, Buffer.from([0, 255, 10])])]) {
      const { events, gaps } = readAll(sensor, bytes, { where: 'x', step: 1 + Math.trunc(next() * 500) });
      assert.ok(events.every(({ id }) => id !== ''));
      assert.ok(
        gaps.every(({ where }) => /^x: lines? \d/.test(where)),
        JSON.stringify(gaps[0]),
      );
    }
  }
});

test('a line of one hundred megabytes, deep nesting and bytes of no text are gaps with their lines; the flow goes on', () => {
  const record = `${JSON.stringify({ Type: 'image', Action: 'pull', id: 'registry.example/a:1', timeNano: 1_767_323_045_000_000_000 })}\n`;
  const { docker } = Object.fromEntries(sensors.map((sensor) => [sensor.id, sensor]));
  assert.ok(docker !== undefined);
  const giant = Buffer.alloc(100 * 2 ** 20, 0x61);
  giant[giant.length - 1] = 10;
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}\n`;
  const noise = Buffer.from([0, 1, 2, 0xff, 0xfe, 10]);
  const whole = Buffer.concat([
    Buffer.from(record),
    giant,
    Buffer.from(record),
    Buffer.from(deep),
    noise,
    Buffer.from(record),
  ]);
  const { events, gaps } = readAll(docker, whole, { where: 'x' });
  assert.equal(events.length, 3);
  assert.deepEqual(
    gaps.map(({ where, kind }) => [where, kind]),
    [
      ['x: line 2', 'limit'],
      ['x: line 4', 'limit'],
      ['x: line 5', 'malformed'],
    ],
  );
});
