/** Credentials of one account → those of a role in another one (AWS Security Token Service, AssumeRole), kept for as long as they hold. */
import type { Context } from '../../core/context.ts';
import { malformed, unavailable } from '../../core/fault.ts';
import { elementAt, parseFlatXml, xmlTextAt } from '../../formats/records/flat-xml.ts';
import { askAws, type AwsCredentialSource, type AwsQueryOptions } from '../../io/aws-query.ts';
import type { AwsCredentials } from '../../io/aws-signature.ts';
import { refuse } from '../../io/cloud-answer.ts';
import type { HttpClient } from '../../io/http-client.ts';
import { toTime } from '../event-parts.ts';

export interface AwsRole {
  /** `arn:aws:iam::ACCOUNT:role/NAME`. */
  readonly arn: string;
  readonly externalId?: string;
  /** Whose STS is asked. */
  readonly region: string;
}

/** New ones are asked for while the old ones still hold. */
const earlyMs = 300_000;
const longestMs = 3_600_000;

export const assumeRole = (
  http: HttpClient,
  options: AwsQueryOptions,
  { arn, externalId, region }: AwsRole,
  context: Pick<Context, 'now'>,
): AwsCredentialSource => {
  let known: { readonly until: number; readonly credentials: Promise<AwsCredentials> } | undefined;

  const ask = async (signal: AbortSignal): Promise<AwsCredentials & { readonly until: number }> => {
    const parameters = {
      RoleArn: arn,
      RoleSessionName: 'tidewaiter',
      DurationSeconds: String(longestMs / 1000),
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    };
    const query = { service: 'sts', action: 'AssumeRole', region, parameters } as const;
    const { status, body, where } = await askAws(http, options, query, context, signal);
    if (status >= 500 || status === 429) throw unavailable('CLOUD_STALLED', `STS is busy (status ${status})`, where);
    const root = parseFlatXml(body, where);
    if (status !== 200)
      return refuse(where, `sts:AssumeRole is refused: ${xmlTextAt(root, 'Error', 'Code') ?? `status ${status}`}`);
    const given = elementAt(root, 'AssumeRoleResult', 'Credentials');
    const [id, secret, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) =>
      xmlTextAt(given, name),
    );
    // They become headers.
    if ([id, secret, sessionToken].some((one) => one === undefined || !/^[\x21-\x7e]{1,8192}$/.test(one)))
      throw malformed('CLOUD_ANSWER_MALFORMED', 'the answer to AssumeRole holds no credentials', where);
    const now = context.now().getTime();
    const until = Math.min(toTime(xmlTextAt(given, 'Expiration')) ?? now, now + longestMs) - earlyMs;
    return { id: id ?? '', secret: secret ?? '', sessionToken: sessionToken ?? '', until };
  };

  return async (signal) => {
    const now = context.now().getTime();
    if (known !== undefined && known.until > now) return known.credentials;
    const answer = ask(signal);
    // Many ask at once; one that fails is asked again by the next.
    const asked = { until: now + earlyMs, credentials: answer };
    known = asked;
    try {
      const { until } = await answer;
      known = { until, credentials: answer };
    } catch (thrown) {
      if (known === asked) known = undefined;
      throw thrown;
    }
    return answer;
  };
};
