/** An application's secret → tokens for Azure's interfaces (Microsoft identity platform, "client credentials flow"; RFC 6749, 4.4). */
import type { Context } from '../core/context.ts';
import { askCloud, cloudJson } from './cloud-answer.ts';
import type { HttpClient } from './http-client.ts';
import { keepToken, type TokenSource } from './oauth-token.ts';

export interface AzureApplication {
  readonly tenant: string;
  readonly client: string;
  readonly secret: string;
}

export const azureAuthority = new URL('https://login.microsoftonline.com/');
const scope = 'https://management.azure.com/.default';

export const openAzureTokens = (
  client: HttpClient,
  { tenant, client: id, secret }: AzureApplication,
  context: Pick<Context, 'now'>,
  authority: URL = azureAuthority,
): TokenSource =>
  keepToken(context, async (signal) => {
    const answer = await askCloud(client, {
      url: new URL(`${encodeURIComponent(tenant)}/oauth2/v2.0/token`, authority),
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: id,
        client_secret: secret,
        scope,
      }).toString(),
      signal,
    });
    return { json: cloudJson(answer), status: answer.status, where: answer.where };
  });
