/** Actions of AWS's query interfaces (EC2 API Reference, "Query requests"; STS likewise): a signed form → the XML that answers it. */
import type { Context } from '../core/context.ts';
import { askCloud, type CloudAnswer } from './cloud-answer.ts';
import { signAwsRequest, awsForm, type AwsCredentials } from './aws-signature.ts';
import type { HttpClient } from './http-client.ts';

/** Those that hold now. */
export type AwsCredentialSource = (signal: AbortSignal) => Promise<AwsCredentials>;

export interface AwsQueryOptions {
  readonly credentials: AwsCredentialSource;
  /** Instead of `https://SERVICE.REGION.amazonaws.com`, for all regions. */
  readonly endpoint?: URL;
}

export interface AwsQuery {
  readonly service: 'ec2' | 'sts';
  readonly action: string;
  /** Judged by the caller: it becomes part of a host name. */
  readonly region: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const versions = { ec2: '2016-11-15', sts: '2011-06-15' } as const;

const endpointOf = (service: string, region: string): URL =>
  new URL(`https://${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`);

/** @throws {Fault} what `askCloud` throws */
export const askAws = async (
  client: HttpClient,
  { credentials, endpoint }: AwsQueryOptions,
  { service, action, region, parameters }: AwsQuery,
  context: Pick<Context, 'now'>,
  signal: AbortSignal,
): Promise<CloudAnswer> => {
  const url = endpoint ?? endpointOf(service, region);
  const body = awsForm({ ...parameters, Action: action, Version: versions[service] });
  const { authorization, ...headers } = signAwsRequest(
    { method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body },
    await credentials(signal),
    { region, service, at: context.now() },
  );
  return askCloud(client, {
    url,
    method: 'POST',
    headers,
    body,
    signal,
    ...(authorization === undefined ? {} : { authorization }),
  });
};
