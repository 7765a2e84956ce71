/**
 * What a machine is given to run when it starts (cloud-init, "user data formats"; EC2 for Windows) → its scripts, the files that it
 * writes, and what it fetches to run. Total and bounded: what cannot be read is named.
 */
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { listAt, textAt } from './json-member.ts';

export interface StartUpScript {
  /** The part that says so: `script`, `runcmd`, `bootcmd`, `boothook`. */
  readonly named: string;
  /** For a shell. */
  readonly text: string;
}

export interface UserData {
  /** The whole as a person reads it, part after part. */
  readonly text: string;
  readonly scripts: readonly StartUpScript[];
  /** Files that are written before the scripts run, by their absolute paths. */
  readonly files: ReadonlyMap<string, string>;
  /** Addresses whose content is run. */
  readonly includes: readonly string[];
  /** What is not understood: each one reason. */
  readonly unread: readonly string[];
}

/** Clouds take 16 KiB (AWS), 64 KiB (Azure) and 256 KiB (Google Cloud); packed it may become more. */
const maximumBytes = 1024 * 1024;
const maximumParts = 64;
const maximumFiles = 200;
const maximumCommands = 2000;
/** Of all parts together: readers of YAML take time with the square of what hostile people write. Honest ones have a tenth. */
const maximumConfig = 32 * 1024;

interface Reading {
  readonly texts: string[];
  readonly scripts: StartUpScript[];
  readonly files: Map<string, string>;
  readonly includes: string[];
  readonly unread: string[];
  left: number;
  configLeft: number;
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const unpacked = (bytes: Uint8Array, reading: Reading): Uint8Array | undefined => {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: maximumBytes });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    reading.unread.push('packed, and damaged or larger than 1 MiB');
    return undefined;
  }
};

/** Text without control characters, mostly: base64 of a text is one more wrapping that clouds and tools add. */
const isText = (text: string): boolean => !/[^\P{Cc}\t-\r]/u.test(text.slice(0, 4096));

const asText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, maximumBytes)).toString('utf8');

const decoded = (text: string): Uint8Array | undefined => {
  const bare = text.replaceAll(/\s/g, '');
  if (bare.length < 16 || bare.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(bare)) return undefined;
  return Buffer.from(bare, 'base64');
};

const contentOf = (entry: unknown, reading: Reading): string | undefined => {
  const content = textAt(entry, 'content');
  const encoding = (textAt(entry, 'encoding') ?? '').toLowerCase();
  if (content === undefined || encoding === '' || encoding === 'text/plain') return content;
  if (!/^(?:b64|base64|gz|gzip|gz\+b(?:ase)?64|gzip\+b(?:ase)?64)$/.test(encoding)) return content;
  const bytes = unpacked(Buffer.from(content, 'base64'), reading);
  reading.left -= bytes?.length ?? 0;
  return bytes === undefined || reading.left < 0 ? undefined : asText(bytes);
};

/** A command is a line for a shell, or words. */
const commandsOf = (document: unknown, name: string): string =>
  listAt(document, name)
    .slice(0, maximumCommands)
    .flatMap((command) => {
      if (typeof command === 'string') return [command];
      if (!Array.isArray(command)) return [];
      return [
        command
          .filter((word) => ['string', 'number'].includes(typeof word))
          .map((word) => quote(String(word)))
          .join(' '),
      ];
    })
    .join('\n');

const readCloudConfig = (text: string, reading: Reading): void => {
  reading.configLeft -= text.length;
  if (reading.configLeft < 0) {
    reading.unread.push('cloud-config of more than 32 KiB');
    return;
  }
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 0, logLevel: 'error', uniqueKeys: false });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    reading.unread.push('cloud-config that is no YAML');
    return;
  }
  for (const entry of listAt(document, 'write_files').slice(0, maximumFiles)) {
    const path = textAt(entry, 'path');
    const content = contentOf(entry, reading);
    if (path !== undefined && content !== undefined && reading.files.size < maximumFiles)
      reading.files.set(path, content);
  }
  for (const name of ['bootcmd', 'runcmd']) {
    const script = commandsOf(document, name);
    if (script !== '') reading.scripts.push({ named: name, text: script });
  }
};

const readIncludes = (text: string, reading: Reading): void => {
  for (const line of text.split('\n').slice(1, maximumParts))
    if (/^\s*(?:https?|gs):\/\//i.test(line)) reading.includes.push(line.trim().slice(0, 2048));
};

/** RFC 2046: only what cloud-init itself does with it. */
const readMultipart = (text: string, boundary: string, reading: Reading, depth: number): void => {
  const parts = text.split(`--${boundary}`).slice(1, maximumParts + 1);
  for (const part of parts) {
    if (part.startsWith('--')) return;
    const [, head = '', body = ''] = /^[^\n]{0,200}\n([\s\S]*?\n)?\r?\n([\s\S]*)$/.exec(part) ?? [];
    const isEncoded = /^content-transfer-encoding:[ \t]*base64/im.test(head);
    readPart(isEncoded ? Buffer.from(body, 'base64') : Buffer.from(body.replace(/\r?\n$/, '')), reading, depth + 1);
  }
};

const readText = (text: string, reading: Reading, depth: number): void => {
  const begin = text.replace(/^(?:\uFEFF|\s)+/, '').replace(/^##[ \t]*template:[^\n]{0,200}\n/i, '');
  const boundary =
    /^(?:[\w-]{1,80}:[^\n]{0,1000}\n(?:[ \t][^\n]{0,1000}\n){0,20}){0,20}?content-type:[ \t]*multipart\/[^\n]{0,200}?(?:\n[ \t][^\n]{0,200}?)?boundary="?([^"\s;]{1,100})/i.exec(
      begin,
    );
  if (boundary !== null) {
    readMultipart(begin, boundary[1] ?? '', reading, depth);
    return;
  }
  reading.texts.push(begin);
  if (begin.startsWith('#!')) reading.scripts.push({ named: 'script', text: begin });
  else if (begin.startsWith('#cloud-config')) readCloudConfig(begin, reading);
  else if (begin.startsWith('#cloud-boothook')) reading.scripts.push({ named: 'boothook', text: begin });
  else if (begin.startsWith('#include')) readIncludes(begin, reading);
  else if (/<(?:powershell|script)>/i.test(begin)) reading.unread.push('commands of Windows');
  else if (begin !== '') reading.unread.push('text that no start-up program is known to run');
};

const readPart = (packed: Uint8Array, reading: Reading, depth = 0): void => {
  if (depth > 4) {
    reading.unread.push('parts inside parts, deeper than anybody writes');
    return;
  }
  const bytes = unpacked(packed, reading);
  if (bytes === undefined) return;
  reading.left -= bytes.length;
  if (reading.left < 0) {
    reading.unread.push('longer than 1 MiB');
    return;
  }
  const text = asText(bytes);
  const inner = decoded(text);
  if (inner !== undefined) {
    readPart(inner, reading, depth + 1);
    return;
  }
  if (isText(text)) readText(text, reading, depth);
  else if (bytes.length > 0) reading.unread.push('bytes that are no text');
};

export const parseUserData = (bytes: Uint8Array): UserData => {
  const reading: Reading = {
    texts: [],
    scripts: [],
    files: new Map(),
    includes: [],
    unread: [],
    left: maximumBytes,
    configLeft: maximumConfig,
  };
  if (bytes.length > maximumBytes) reading.unread.push('longer than 1 MiB');
  else readPart(bytes, reading);
  const { texts, scripts, files, includes, unread } = reading;
  return { text: texts.join('\n'), scripts, files, includes, unread: [...new Set(unread)] };
};
