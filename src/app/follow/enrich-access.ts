/** `enrichment` of `watch:` in `tidewaiter.yaml` → clients of clouds, each with the credentials that stand there and no others. */
import type * as z from 'zod';
import type { CloudClient } from '../../core/cloud-client.ts';
import type { Context } from '../../core/context.ts';
import { misuse } from '../../core/fault.ts';
import type { AwsCredentialSource } from '../../io/aws-query.ts';
import type { AwsCredentials } from '../../io/aws-signature.ts';
import { openAzureTokens } from '../../io/azure-token.ts';
import { openGoogleTokens, parseGoogleKey } from '../../io/google-token.ts';
import type { HttpClient } from '../../io/http-client.ts';
import { openAws } from '../../watch/enrichment/aws.ts';
import { assumeRole } from '../../watch/enrichment/aws-role.ts';
import { openAzure } from '../../watch/enrichment/azure.ts';
import { openGoogle } from '../../watch/enrichment/google.ts';
import { readSecret } from '../watching/read-secret.ts';
import type { cloudSecret, EnrichmentSetting } from './enrich-shape.ts';

/** One set of credentials, and what it may be asked. */
export interface CloudAccess {
  readonly client: CloudClient;
  /** Absent: any. */
  readonly regions?: readonly string[];
  /** Pause between two questions. */
  readonly pauseMs: number;
}

/** `CLOUD ACCOUNT` → who may be asked there. */
export type CloudAccesses = ReadonlyMap<string, CloudAccess>;

export const accessKey = (cloud: string, account: string): string => `${cloud} ${account.toLowerCase()}`;

const pauseOf = (perSecond = 5): number => 1000 / perSecond;

const urlOf = (text: string | undefined): URL | undefined => (text === undefined ? undefined : new URL(text));

/** `{ endpoint }`, where one is given. */
const at = (endpoint: string | undefined): { readonly endpoint?: URL } =>
  endpoint === undefined ? {} : { endpoint: new URL(endpoint) };

type AwsSetting = NonNullable<EnrichmentSetting['aws']>[number];

const credentialsOf = (
  { role, regions, account, 'external-id': externalId, 'sts-endpoint': endpoint }: AwsSetting,
  key: AwsCredentials,
  http: HttpClient,
  context: Pick<Context, 'now'>,
): AwsCredentialSource => {
  const own: AwsCredentialSource = async () => key;
  if (role === undefined) return own;
  if (!role.includes(`::${account}:`))
    throw misuse('SETTING_INVALID', `watch.enrichment.aws: the role ${role} is none of the account ${account}`);
  const [region = ''] = regions;
  const wanted = { arn: role, region, ...(externalId === undefined ? {} : { externalId }) };
  return assumeRole(http, { credentials: own, ...at(endpoint) }, wanted, context);
};

/** Contacts nobody. @throws {Fault} misuse `SETTING_INVALID`: secrets that are not there, or are none */
export const openCloudAccesses = async (
  { aws = [], google = [], azure = [] }: EnrichmentSetting,
  http: HttpClient,
  context: Pick<Context, 'environment' | 'now'>,
): Promise<CloudAccesses> => {
  const accesses = new Map<string, CloudAccess>();
  const add = (cloud: string, account: string, access: CloudAccess): void => {
    const key = accessKey(cloud, account);
    if (accesses.has(key)) throw misuse('SETTING_INVALID', `watch.enrichment.${cloud}: ${account} stands there twice`);
    accesses.set(key, access);
  };
  const read = (given: z.output<typeof cloudSecret>, where: string): string =>
    readSecret(given, context.environment, `watch.enrichment.${where}`);
  for (const one of aws) {
    const key = {
      id: read(one['access-key'], 'aws'),
      secret: read(one['secret-key'], 'aws'),
      ...(one['session-token'] === undefined ? {} : { sessionToken: read(one['session-token'], 'aws') }),
    };
    const client = openAws(http, { credentials: credentialsOf(one, key, http, context), ...at(one.endpoint) }, context);
    add('aws', one.account, { client, regions: one.regions, pauseMs: pauseOf(one['per-second']) });
  }
  for (const one of google) {
    const tokens = await openGoogleTokens(
      http,
      parseGoogleKey(read(one.key, 'google')),
      context,
      urlOf(one['token-endpoint']),
    );
    const client = openGoogle(http, tokens, urlOf(one.endpoint));
    for (const project of one.projects) add('gcp', project, { client, pauseMs: pauseOf(one['per-second']) });
  }
  for (const one of azure) {
    const application = { tenant: one.tenant, client: one.client, secret: read(one.secret, 'azure') };
    const client = openAzure(
      http,
      openAzureTokens(http, application, context, urlOf(one.authority)),
      urlOf(one.endpoint),
    );
    for (const subscription of one.subscriptions)
      add('azure', subscription, { client, pauseMs: pauseOf(one['per-second']) });
  }
  return accesses;
};
