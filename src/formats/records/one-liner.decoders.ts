/** Functions of scripting languages that undo an encoding, by the last part of their name. */
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { joinItems, type ScriptValue, textValue, toItems, toText } from './one-liner.value.ts';
import { isKnown, maximumLength, replaceEvery } from './shell-values.value.ts';

const maximumOutput = maximumLength;

const fromBase64 = (text: string): string | undefined =>
  /^[A-Za-z0-9+/_=\s-]*$/.test(text) ? Buffer.from(text, 'base64').toString('latin1') : undefined;

const fromHex = (text: string): string | undefined => {
  const clean = text.replace(/[\s:]/g, '');
  return /^(?:[0-9a-fA-F]{2})*$/.test(clean) ? Buffer.from(clean, 'hex').toString('latin1') : undefined;
};

const inflate = (text: string): string | undefined => {
  const bytes = Buffer.from(text, 'latin1');
  const options = { maxOutputLength: maximumOutput };
  for (const decode of bytes[0] === 0x1f ? [gunzipSync] : [inflateSync, inflateRawSync])
    try {
      return decode(bytes, options).toString('latin1');
    } catch (thrown) {
      if (!(thrown instanceof Error)) throw thrown;
    }
  return undefined;
};

const fromBrotli = (text: string): string | undefined => {
  try {
    return brotliDecompressSync(Buffer.from(text, 'latin1'), { maxOutputLength: maximumOutput }).toString('latin1');
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return undefined;
  }
};

const rotate = (text: string): string =>
  text.replace(/[a-zA-Z]/g, (letter) => {
    const base = letter <= 'Z' ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });

/** One character for each byte: nothing to break apart. */
const reverse = (text: string): string => text.split('').toReversed().join('');

const fromPercent = (text: string): string =>
  text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

type Decode = (text: string) => string | undefined;

/** By encoding, as `codecs.decode(x, 'hex')` and `Buffer.from(x, 'base64')` name them. */
const byName: ReadonlyMap<string, readonly [string, Decode]> = new Map(
  Object.entries<readonly [string, Decode]>({
    base64: ['base64', fromBase64],
    base64url: ['base64', fromBase64],
    base_64: ['base64', fromBase64],
    hex: ['hex', fromHex],
    hex_codec: ['hex', fromHex],
    rot13: ['rot13', rotate],
    rot_13: ['rot13', rotate],
    zlib: ['zlib', inflate],
    zip: ['zlib', inflate],
  }),
);

const byFunction: ReadonlyMap<string, readonly [string, Decode]> = new Map(
  Object.entries<readonly [string, Decode]>({
    b64decode: ['base64', fromBase64],
    urlsafe_b64decode: ['base64', fromBase64],
    standard_b64decode: ['base64', fromBase64],
    decodebytes: ['base64', fromBase64],
    decodestring: ['base64', fromBase64],
    a2b_base64: ['base64', fromBase64],
    atob: ['base64', fromBase64],
    decode_base64: ['base64', fromBase64],
    base64_decode: ['base64', fromBase64],
    decode64: ['base64', fromBase64],
    strict_decode64: ['base64', fromBase64],
    urlsafe_decode64: ['base64', fromBase64],
    fromhex: ['hex', fromHex],
    unhexlify: ['hex', fromHex],
    a2b_hex: ['hex', fromHex],
    b16decode: ['hex', fromHex],
    hex2bin: ['hex', fromHex],
    decompress: ['zlib', inflate],
    inflateSync: ['zlib', inflate],
    inflateRawSync: ['zlib', inflate],
    gunzipSync: ['gzip', inflate],
    unzipSync: ['gzip', inflate],
    brotliDecompressSync: ['brotli', fromBrotli],
    gzinflate: ['zlib', inflate],
    gzuncompress: ['zlib', inflate],
    gzdecode: ['gzip', inflate],
    uncompress: ['zlib', inflate],
    str_rot13: ['rot13', rotate],
    strrev: ['reversed text', reverse],
    unquote: ['percent signs', fromPercent],
    unquote_plus: ['percent signs', fromPercent],
    unescape: ['percent signs', fromPercent],
    decodeURIComponent: ['percent signs', fromPercent],
    urldecode: ['percent signs', fromPercent],
    rawurldecode: ['percent signs', fromPercent],
    uri_unescape: ['percent signs', fromPercent],
  }),
);

export interface Decoded {
  readonly encoding: string;
  /** undefined where it could not be undone. */
  readonly text: string | undefined;
  readonly from: string;
}

/** undefined: the function undoes nothing. `pack` is Perl's, PHP's and Ruby's. */
export const decodeCall = (name: string, path: string, args: readonly ScriptValue[]): Decoded | undefined => {
  const first = toText(args[0]);
  const second = toText(args[1]);
  const apply = ([encoding, decode]: readonly [string, Decode], from: string): Decoded => ({
    encoding,
    text: isKnown(from) ? decode(from) : undefined,
    from,
  });
  if (name === 'decode' && /codecs/.test(path)) {
    const named = byName.get(second.toLowerCase().replace(/-/g, '_'));
    return named === undefined ? undefined : apply(named, first);
  }
  if (name === 'from' && /Buffer/.test(path)) {
    const named = byName.get(second.toLowerCase());
    if (named !== undefined) return apply(named, first);
    const items = args[0]?.items;
    if (items === undefined) return undefined;
    return { encoding: 'numbers', text: toCharacters(items), from: first };
  }
  if (name === 'pack' && /^[Hm]/.test(first))
    return apply(first.startsWith('H') ? (byName.get('hex') ?? ['hex', fromHex]) : ['base64', fromBase64], second);
  if (
    name === 'chr' ||
    name === 'fromCharCode' ||
    name === 'fromCodePoint' ||
    name === 'bytes' ||
    name === 'bytearray'
  ) {
    const items = args.flatMap(toItems);
    const text = toCharacters(items);
    return text === undefined || items.length === 0
      ? undefined
      : { encoding: 'numbers', text, from: joinItems(items.slice(0, 100), ',').slice(0, 200) };
  }
  const known = byFunction.get(name);
  return known === undefined ? undefined : apply(known, first);
};

const toCharacters = (items: readonly ScriptValue[]): string | undefined =>
  items.every(({ number }) => number !== undefined && number >= 0 && number < 256)
    ? items.map(({ number }) => String.fromCharCode(number ?? 0)).join('')
    : undefined;

/** Methods of texts. undefined: one that is not known. */
export const methodOf = (
  text: string,
  name: string,
  args: readonly ScriptValue[],
): Decoded | ScriptValue | undefined => {
  const first = toText(args[0]);
  switch (name) {
    case 'decode': {
      const named = byName.get(first.toLowerCase().replace(/-/g, '_'));
      if (named === undefined) return { text };
      return { encoding: named[0], text: isKnown(text) ? named[1](text) : undefined, from: text };
    }
    case 'unpack1':
    case 'unpack':
      return first.startsWith('m')
        ? { encoding: 'base64', text: isKnown(text) ? fromBase64(text) : undefined, from: text }
        : undefined;
    case 'encode':
    case 'toString':
    case 'to_s':
    case 'strip':
    case 'trim':
    case 'rstrip':
    case 'lstrip':
    case 'chomp':
    case 'read':
    case 'text':
    case 'body':
    case 'content':
    case 'getvalue':
    case 'then':
      return { text: /trim|strip|chomp/.test(name) ? text.trim() : text };
    case 'reverse':
      return { encoding: 'reversed text', text: isKnown(text) ? reverse(text) : undefined, from: text };
    case 'replace':
    case 'replaceAll':
    case 'gsub':
      return isKnown(text) && isKnown(first) && first !== '' && args[0]?.text !== undefined
        ? {
            encoding: 'replaced characters',
            text: replaceEvery(text, first, toText(args[1])),
            from: text,
          }
        : undefined;
    case 'join':
      return textValue(joinItems(toItems(args[0]), text));
    case 'split':
      return isKnown(text)
        ? {
            items: (args[0] === undefined ? text.split(/\s+/) : text.split(first))
              .slice(0, 4096)
              .map((piece) => ({ text: piece })),
          }
        : undefined;
    case 'lower':
    case 'toLowerCase':
      return { text: isKnown(text) ? text.toLowerCase() : text };
    case 'format':
      return { text: args.reduce<string>((whole, arg) => whole.replace(/\{\w*\}|%s/, () => toText(arg)), text) };
    default:
      return undefined;
  }
};
