/** The name under which we speak to servers: `tidewaiter/VERSION`. */
import { readFileSync } from 'node:fs';

const readVersion = (): string => {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
};

let known: string | undefined;

export const userAgent = (): string => (known ??= `tidewaiter/${readVersion()}`);
