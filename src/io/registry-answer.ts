/** An unwelcome answer of a registry → a Fault that says what it means. OCI distribution specification 1.1, "Error codes". */
import { unavailable, type Fault } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import { describeUrl } from './http-fault.ts';
import type { HttpResponse } from './http-client.ts';
import { collectDocument } from './response-body.ts';

/** What was asked for, in words and as the code when it is not there. */
export interface Wanted {
  readonly what: string;
  readonly unknownCode: 'MANIFEST_UNKNOWN' | 'BLOB_UNKNOWN' | 'REPOSITORY_UNKNOWN';
}

export const isWebPage = (response: HttpResponse): boolean =>
  /^\s*(?:text\/html|application\/xhtml)/i.test(response.header('content-type') ?? '');

/** `{"errors":[{"code","message"}]}` → `CODE: message`; '' for anything else. Ends the response. */
const readErrors = async (response: HttpResponse, timeoutMs: number): Promise<string> => {
  let text: string;
  try {
    const bytes = await collectDocument(response.body, { maximum: 64 * 1024, timeoutMs, where: '' });
    text = new TextDecoder().decode(bytes);
  } catch {
    // The status alone is the answer then.
    return '';
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return '';
  }
  const { errors } = (body ?? {}) as { readonly errors?: unknown };
  const words = (Array.isArray(errors) ? errors : []).slice(0, 3).flatMap((error: unknown) => {
    const { code, message } = (error ?? {}) as Readonly<Record<string, unknown>>;
    return [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ') || [];
  });
  return toPlainText(words.join('; '), 400);
};

/** Reads and ends the response. A 401 is the session's own matter. */
export const answerFault = async (response: HttpResponse, wanted: Wanted, timeoutMs: number): Promise<Fault> => {
  const { status, url } = response;
  const where = describeUrl(url);
  const page = isWebPage(response);
  const words = await readErrors(response, timeoutMs);
  const said = words === '' ? '' : ` (${words})`;
  if (page && status < 500)
    return unavailable(
      'CONTENT_TYPE_UNEXPECTED',
      `${url.host} answers with a web page (status ${status}): it is no registry, or something in between answers instead of it`,
      where,
    );
  switch (status) {
    case 401:
      return unavailable('REGISTRY_UNAUTHORIZED', `${url.host} refuses ${wanted.what} without a login${said}`, where);
    case 403:
      return unavailable('REGISTRY_FORBIDDEN', `${url.host} forbids access to ${wanted.what}${said}`, where);
    case 404:
      return unavailable(wanted.unknownCode, `${url.host} does not have ${wanted.what}${said}`, where);
    case 429: {
      const after = toPlainText(response.header('retry-after') ?? '', 40);
      const again = after === '' ? '' : `; it asks to wait for ${after}${/^\d+$/.test(after) ? ' seconds' : ''}`;
      return unavailable('REGISTRY_RATE_LIMITED', `${url.host} answers too many requests${again}${said}`, where);
    }
    default:
      return status >= 500
        ? unavailable('REGISTRY_FAILED', `${url.host} failed with status ${status}${said}`, where)
        : unavailable('REGISTRY_ANSWER_UNEXPECTED', `${url.host} answers with status ${status}${said}`, where);
  }
};
