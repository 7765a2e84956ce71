/** What an HTTP request says → the record as a file would hold it. CloudEvents, "HTTP Protocol Binding", 3.1: its attributes may stand in headers. */
import type { PushHeaders } from './authentic.ts';

const attributes = ['specversion', 'type', 'id', 'source', 'time', 'subject'] as const;

const headerOf = (headers: PushHeaders, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value.slice(0, 1024) : undefined;
};

/** The body as it is, but with the attributes of a binary CloudEvent around it. */
export const toRecordBytes = (headers: PushHeaders, body: Uint8Array): Uint8Array => {
  if (headerOf(headers, 'ce-specversion') === undefined || headerOf(headers, 'ce-type') === undefined) return body;
  const named = attributes.flatMap((name) => {
    const value = headerOf(headers, `ce-${name}`);
    // Values of headers are percent-encoded UTF-8; what is not validly so is taken as it came.
    if (value === undefined) return [];
    try {
      return [[name, decodeURIComponent(value)] as const];
    } catch (thrown) {
      if (thrown instanceof URIError) return [[name, value] as const];
      throw thrown;
    }
  });
  const text = Buffer.from(body).toString('utf8');
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    data = text;
  }
  return Buffer.from(JSON.stringify({ ...Object.fromEntries(named), data }));
};
