/** Lines of JSON as sensors would hand them on: records as real sources write them, some of them made to match a rule. */
import type { Random } from '../../test/builders/random.ts';
import { linuxTools, windowsTools, type BenchRule, type Fields } from './rules.ts';

const hex = (random: Random, length: number): string =>
  Array.from({ length }, () => random.below(16).toString(16)).join('');

const windowsProcess = (random: Random): Fields => {
  const tool = random.pick(windowsTools);
  return {
    EventID: 1,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Provider_Name: 'Microsoft-Windows-Sysmon',
    Computer: `${random.word(3)}.example`,
    UtcTime: '2026-01-01 10:00:00.000',
    ProcessGuid: `{${hex(random, 8)}-${hex(random, 4)}-${hex(random, 12)}}`,
    ProcessId: random.below(30_000),
    Image: `C:\\Windows\\System32\\${tool}`,
    FileVersion: '10.0.20348.1 (WinBuild.160101.0800)',
    Description: `${random.word(3)} ${random.word(4)}`,
    Product: 'Microsoft® Windows® Operating System',
    Company: 'Microsoft Corporation',
    OriginalFileName: tool,
    CommandLine: `"C:\\Windows\\System32\\${tool}" -${random.word(2)} ${random.word(4)} "C:\\Program Files\\${random.word(3)}\\${random.word(4)}.dll" /${random.word(2)}:${random.word(3)} --${random.word(3)}=${random.below(1000)}`,
    CurrentDirectory: `C:\\Users\\${random.word(3)}\\`,
    User: `EXAMPLE\\${random.word(3)}`,
    LogonId: `0x${hex(random, 6)}`,
    IntegrityLevel: 'High',
    Hashes: `SHA256=${hex(random, 64)},IMPHASH=${hex(random, 32)}`,
    ParentProcessId: random.below(30_000),
    ParentImage: `C:\\Windows\\${random.pick(windowsTools)}`,
    ParentCommandLine: `C:\\Windows\\${random.word(4)}.exe -k ${random.word(3)}`,
  };
};

const linuxProcess = (random: Random): Fields => {
  const tool = random.pick(linuxTools);
  return {
    Image: `/usr/bin/${tool}`,
    CommandLine: `${tool} -${random.word(1)} /opt/${random.word(3)}/${random.word(4)} --${random.word(3)} ${random.word(5)} https://${random.word(3)}.example/${random.word(4)}?${random.word(2)}=${random.below(999)}`,
    CurrentDirectory: `/srv/${random.word(3)}`,
    User: random.word(2),
    LogonId: random.below(4_000_000),
    ProcessId: random.below(30_000),
    ParentImage: `/usr/bin/${random.pick(linuxTools)}`,
    ParentCommandLine: `${random.pick(linuxTools)} /opt/${random.word(4)}.sh`,
    container: {
      id: hex(random, 64),
      name: `${random.word(3)}-${random.word(2)}`,
      image: `registry.example/${random.word(3)}:${random.below(9)}`,
    },
    hash: hex(random, 64),
  };
};

const registry = (random: Random): Fields => ({
  EventID: 13,
  Channel: 'Microsoft-Windows-Sysmon/Operational',
  EventType: 'SetValue',
  Image: `C:\\Windows\\System32\\${random.pick(windowsTools)}`,
  TargetObject: `HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\${random.word(4)}\\${random.word(4)}`,
  Details: 'DWORD (0x00000000)',
  User: 'NT AUTHORITY\\SYSTEM',
});

const auditd = (random: Random): Fields => ({
  type: random.pick(['EXECVE', 'PATH', 'SYSCALL', 'PATH']),
  msg: `audit(1490995752.${random.below(999)}:${random.below(99_999)})`,
  argc: 3,
  a0: random.pick(linuxTools),
  a1: `-${random.word(2)}`,
  a2: `/opt/${random.word(4)}`,
  name: `/usr/lib/${random.word(4)}/${random.word(3)}.so`,
  exe: `/usr/bin/${random.pick(linuxTools)}`,
  key: '(null)',
});

const cloudtrail = (random: Random): Fields => ({
  eventVersion: '1.09',
  userIdentity: {
    type: 'AssumedRole',
    principalId: `AROA${hex(random, 16)}:${random.word(3)}`,
    arn: `arn:aws:sts::123456789012:assumed-role/${random.word(4)}/${random.word(3)}`,
    accountId: '123456789012',
    sessionContext: { attributes: { creationDate: '2026-01-01T10:00:00Z', mfaAuthenticated: 'false' } },
  },
  eventTime: '2026-01-01T10:00:00Z',
  eventSource: `${random.pick(['ec2', 'iam', 's3', 'sts', 'lambda', 'rds', 'kms', 'logs'])}.amazonaws.com`,
  eventName: random.pick(['DescribeInstances', 'GetObject', 'AssumeRole', 'ListBuckets', 'Decrypt', 'PutLogEvents']),
  awsRegion: 'eu-west-1',
  sourceIPAddress: `192.0.2.${random.below(255)}`,
  userAgent: `aws-sdk-go/1.44 (go1.20; linux; amd64) ${random.word(4)}`,
  requestParameters: { instancesSet: { items: [{ instanceId: `i-${hex(random, 17)}` }] }, filterSet: { items: [] } },
  responseElements: null,
  requestID: hex(random, 32),
  eventID: hex(random, 32),
  readOnly: true,
  resources: [{ ARN: `arn:aws:s3:::${random.word(5)}`, type: 'AWS::S3::Bucket' }],
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: '123456789012',
});

const azure = (random: Random): Fields => ({
  operationName: `Microsoft.Compute/virtualMachines/${random.word(4)}/read`,
  category: 'Administrative',
  resourceId: `/subscriptions/${hex(random, 32)}/resourceGroups/${random.word(4)}`,
  caller: `${random.word(3)}@example.org`,
  callerIpAddress: `198.51.100.${random.below(255)}`,
  properties: { statusCode: 'OK', message: `${random.word(4)} ${random.word(5)}` },
});

const kubernetes = (random: Random): Fields => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Request',
  auditID: hex(random, 32),
  stage: 'ResponseComplete',
  requestURI: `/api/v1/namespaces/${random.word(3)}/pods/${random.word(4)}`,
  verb: random.pick(['get', 'list', 'watch', 'create']),
  user: { username: `system:serviceaccount:${random.word(3)}:${random.word(3)}`, groups: ['system:authenticated'] },
  sourceIPs: [`192.0.2.${random.below(255)}`],
  objectRef: { resource: 'pods', namespace: random.word(3), name: random.word(5), apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 200 },
});

type Source = readonly [logsource: Readonly<Record<string, string>>, make: (random: Random) => Fields];

const sources: readonly Source[] = [
  [{ product: 'windows', category: 'process_creation', service: 'sysmon' }, windowsProcess],
  [{ product: 'linux', category: 'process_creation' }, linuxProcess],
  [{ product: 'windows', category: 'registry_set', service: 'sysmon' }, registry],
  [{ product: 'linux', service: 'auditd' }, auditd],
  [{ product: 'aws', service: 'cloudtrail' }, cloudtrail],
  [{ product: 'azure', service: 'activitylogs' }, azure],
  [{ product: 'kubernetes', service: 'audit' }, kubernetes],
];

const sourceFor = (rule: BenchRule): Source => {
  const found = sources.find(([logsource]) =>
    Object.entries(rule.logsource).every(([part, word]) => logsource[part] === word),
  );
  if (found === undefined) throw new Error('a rule has a log source without events');
  return found;
};

/** One event a line. `matching` of a hundred are in the likeness of one of the rules. */
export const makeLines = (
  random: Random,
  count: number,
  matching: number,
  rules: readonly BenchRule[],
): readonly string[] =>
  Array.from({ length: count }, (_, number) => {
    const rule = random.below(100) < matching ? random.pick(rules) : undefined;
    const [logsource, make] = rule === undefined ? random.pick(sources) : sourceFor(rule);
    return JSON.stringify({
      id: `event-${number}`,
      at: 1_767_000_000_000 + number,
      logsource,
      action: 'other',
      place: {},
      fields: { ...make(random), ...rule?.fires },
    });
  });
