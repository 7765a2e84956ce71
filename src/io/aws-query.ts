/** Actions of AWS's query interfaces (EC2 API Reference, "Query requests"): a signed form → the XML that answers it. */
import type { Context } from '../core/context.ts';
import { askCloud, type CloudAnswer } from './cloud-answer.ts';
import { signAwsRequest, awsForm, type AwsCredentials } from './aws-signature.ts';
import type { HttpClient } from './http-client.ts';

export interface AwsQueryOptions {
  readonly credentials: AwsCredentials;
  /** Instead of `https://ec2.REGION.amazonaws.com`, for all regions. */
  readonly endpoint?: URL;
}

export interface AwsQuery {
  readonly action: string;
  /** Judged by the caller: it becomes part of a host name. */
  readonly region: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const version = '2016-11-15';

const endpointOf = (region: string): URL =>
  new URL(`https://ec2.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`);

/** @throws {Fault} what `askCloud` throws */
export const askAws = (
  client: HttpClient,
  { credentials, endpoint }: AwsQueryOptions,
  { action, region, parameters }: AwsQuery,
  context: Pick<Context, 'now'>,
  signal: AbortSignal,
): Promise<CloudAnswer> => {
  const url = endpoint ?? endpointOf(region);
  const body = awsForm({ ...parameters, Action: action, Version: version });
  const { authorization, ...headers } = signAwsRequest(
    { method: 'POST', url, headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, body },
    credentials,
    { region, service: 'ec2', at: context.now() },
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
