/**
 * A fake of three clouds on one loopback port: EC2's query interface, Compute Engine with Google's token service, Azure's resources with
 * its own. It refuses what is not signed: signatures are recomputed here from what was received, by the documents of each cloud.
 */
import { createHash, createHmac, generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeImage {
  readonly id: string;
  readonly name: string;
  readonly owner: string;
  readonly alias?: string;
  readonly created: string;
  readonly public?: boolean;
}

export interface FakeMachine {
  readonly id: string;
  readonly image: string;
  readonly userData?: string | Uint8Array;
  readonly tags?: Readonly<Record<string, string>>;
  readonly address?: string;
  readonly hostName?: string;
}

export interface FakeCloud extends AsyncDisposable {
  readonly url: string;
  /** What was asked and answered well: `DescribeImages ami-…`, `GET /compute/v1/…`, `token`. */
  readonly asked: readonly string[];
  readonly images: Map<string, FakeImage>;
  readonly machines: Map<string, FakeMachine>;
  /** Documents of Google Cloud and Azure by path. */
  readonly documents: Map<string, object>;
  /** Actions and permissions that are refused. */
  readonly denied: Set<string>;
  /** Takes the place of answers: for what no honest cloud sends. */
  hostile?: (response: ServerResponse) => void;
  /** How often it refused. */
  refusals: number;
  /** So many answers say first that too much is asked. */
  throttles: number;
  readonly google: { readonly key: string; readonly email: string };
  readonly azure: { readonly tenant: string; readonly client: string; readonly secret: string };
}

export const fakeAwsCredentials = {
  id: 'AKIDEXAMPLE',
  secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  token: undefined,
} as const;

/** What whoever takes a role gets. */
const fakeRoleCredentials = {
  id: 'ASIDEXAMPLE',
  secret: 'a-secret-of-the-role',
  token: 'a-token-of-the-role',
} as const;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
  return body;
};

/** What an honest EC2 checks: every header that is named was received as it was signed, for this day, region and service. */
const isSigned = (request: IncomingMessage, body: string, wanted: string): boolean => {
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (found === null) return false;
  const [, id, day = '', region = '', service = '', names = '', signature] = found;
  const credentials = [fakeAwsCredentials, fakeRoleCredentials].find((one) => one.id === id);
  const time = String(request.headers['x-amz-date']);
  const token = request.headers['x-amz-security-token'];
  if (credentials === undefined || service !== wanted || !time.startsWith(day) || token !== credentials.token)
    return false;
  if (!['host', 'x-amz-date'].every((name) => names.split(';').includes(name))) return false;
  const lines = names.split(';').map((name) => `${name}:${String(request.headers[name])}\n`);
  const canonical = `${request.method}\n${request.url}\n\n${lines.join('')}\n${names}\n${sha256(body)}`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/${service}/aws4_request\n${sha256(canonical)}`;
  let key = hmac(`AWS4${credentials.secret}`, day);
  for (const word of [region, service, 'aws4_request']) key = hmac(key, word);
  return hmac(key, toSign).toString('hex') === signature;
};

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const xml = (response: ServerResponse, status: number, text: string): void => {
  response.writeHead(status, { 'content-type': 'text/xml;charset=UTF-8' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
};

const failure = (response: ServerResponse, status: number, code: string): void =>
  xml(
    response,
    status,
    `<Response><Errors><Error><Code>${code}</Code><Message>-</Message></Error></Errors></Response>`,
  );

const json = (response: ServerResponse, status: number, value: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
};

const imageXml = ({ id, name, owner, alias, created, public: open = true }: FakeImage): string =>
  `<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><imagesSet><item>
    <imageId>${id}</imageId><imageOwnerId>${owner}</imageOwnerId>${alias === undefined ? '' : `<imageOwnerAlias>${alias}</imageOwnerAlias>`}
    <name>${escape(name)}</name><isPublic>${open}</isPublic><creationDate>${created}</creationDate></item></imagesSet></DescribeImagesResponse>`;

const machineXml = ({ id, image, tags = {}, address = '192.0.2.77', hostName = '' }: FakeMachine): string =>
  `<DescribeInstancesResponse><reservationSet><item><instancesSet><item><instanceId>${id}</instanceId><imageId>${image}</imageId>
    <privateDnsName>${hostName}</privateDnsName><privateIpAddress>${address}</privateIpAddress><tagSet>${Object.entries(
      tags,
    )
      .map(([key, value]) => `<item><key>${escape(key)}</key><value>${escape(value)}</value></item>`)
      .join('')}</tagSet></item></instancesSet></item></reservationSet></DescribeInstancesResponse>`;

const roleXml = (until: Date): string =>
  `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>${fakeRoleCredentials.id}</AccessKeyId>
    <SecretAccessKey>${fakeRoleCredentials.secret}</SecretAccessKey><SessionToken>${fakeRoleCredentials.token}</SessionToken>
    <Expiration>${until.toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

const dataXml = ({ id, userData }: FakeMachine): string =>
  `<DescribeInstanceAttributeResponse><instanceId>${id}</instanceId>${
    userData === undefined
      ? '<userData/>'
      : `<userData><value>${Buffer.from(userData).toString('base64')}</value></userData>`
  }</DescribeInstanceAttributeResponse>`;

export const startFakeCloud = async (): Promise<FakeCloud> => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const email = 'reader@project.iam.gserviceaccount.example';
  const azure = { tenant: '00000000-0000-4000-8000-00000000000a', client: 'app', secret: 'not-a-secret' };
  const asked: string[] = [];

  const answerAws = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const form = new URLSearchParams(body);
    const action = form.get('Action') ?? '';
    if (!isSigned(request, body, action === 'AssumeRole' ? 'sts' : 'ec2'))
      return failure(response, 403, 'SignatureDoesNotMatch');
    if (cloud.denied.has(action)) {
      cloud.refusals += 1;
      if (action === 'AssumeRole')
        return xml(response, 403, '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>');
      return failure(response, 403, 'UnauthorizedOperation');
    }
    asked.push(
      `${action} ${form.get('ImageId.1') ?? form.get('InstanceId.1') ?? form.get('InstanceId') ?? form.get('RoleArn') ?? ''}`,
    );
    if (action === 'AssumeRole') return xml(response, 200, roleXml(new Date(Date.now() + 3_600_000)));
    if (action === 'DescribeImages') {
      const image = cloud.images.get(form.get('ImageId.1') ?? '');
      return image === undefined
        ? failure(response, 400, 'InvalidAMIID.NotFound')
        : xml(response, 200, imageXml(image));
    }
    const machine = cloud.machines.get(form.get('InstanceId.1') ?? form.get('InstanceId') ?? '');
    if (machine === undefined) return failure(response, 400, 'InvalidInstanceID.NotFound');
    return xml(response, 200, action === 'DescribeInstances' ? machineXml(machine) : dataXml(machine));
  };

  /** RFC 7515 and RFC 7523. */
  const isAssertion = (assertion: string): boolean => {
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const decode = (part: string): Record<string, unknown> =>
      JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    const { iss, aud, scope, iat, exp } = decode(claims);
    return (
      decode(head)['alg'] === 'RS256' &&
      iss === email &&
      aud === `${cloud.url}/token` &&
      scope === 'https://www.googleapis.com/auth/compute.readonly' &&
      Number(exp) - Number(iat) <= 3600 &&
      verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))
    );
  };

  const answerToken = (response: ServerResponse, isRight: boolean): void => {
    if (!isRight) return json(response, 400, { error: 'invalid_grant' });
    asked.push('token');
    return json(response, 200, { access_token: `t${asked.length}`, expires_in: 3599, token_type: 'Bearer' });
  };

  const answerDocument = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '', cloud.url);
    if (!/^Bearer t\d+$/.test(request.headers.authorization ?? '')) return json(response, 401, {});
    if ([...cloud.denied].some((one) => url.pathname.includes(one))) return json(response, 403, {});
    const document = cloud.documents.get(url.pathname.toLowerCase());
    if (document === undefined) return json(response, 404, {});
    asked.push(`${request.method} ${url.pathname}${url.search}`);
    return json(response, 200, document);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    if (cloud.throttles > 0) {
      cloud.throttles -= 1;
      failure(response, 503, 'RequestLimitExceeded');
    } else if (cloud.hostile !== undefined) cloud.hostile(response);
    else if (request.url === '/') answerAws(request, response, body);
    else if (request.url === '/token')
      answerToken(response, isAssertion(new URLSearchParams(body).get('assertion') ?? ''));
    else if (request.url === `/${azure.tenant}/oauth2/v2.0/token`) {
      const form = new URLSearchParams(body);
      answerToken(
        response,
        form.get('grant_type') === 'client_credentials' &&
          form.get('client_id') === azure.client &&
          form.get('client_secret') === azure.secret &&
          form.get('scope') === 'https://management.azure.com/.default',
      );
    } else answerDocument(request, response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cloud: FakeCloud = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    images: new Map(),
    machines: new Map(),
    documents: new Map(),
    denied: new Set(),
    throttles: 0,
    refusals: 0,
    google: {
      email,
      key: JSON.stringify({
        type: 'service_account',
        client_email: email,
        private_key_id: 'k1',
        private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      }),
    },
    azure,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return cloud;
};
