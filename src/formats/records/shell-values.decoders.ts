/** base64, xxd, gunzip, openssl and their kin: what they give, where what they read is known. */
import { gunzipSync, inflateSync } from 'node:zlib';
import { baseName } from '../../core/path.ts';
import { changed, contentOf, decoded, inputOf } from './shell-values.input.ts';
import { gives, type Handler } from './shell-values.machine.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { mark, maximumLength } from './shell-values.value.ts';

const maximumDecoded = maximumLength;

const decodeBase64 = (text: string): string | undefined => {
  const clean = text.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(clean) ? Buffer.from(clean, 'base64').toString('latin1') : undefined;
};

const alphabet32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const decodeBase32 = (text: string): string | undefined => {
  const clean = text.replace(/[\s=]+/g, '').toUpperCase();
  if (!/^[A-Z2-7]*$/.test(clean)) return undefined;
  let bits = 0;
  let held = 0;
  let result = '';
  for (const character of clean) {
    held = ((held << 5) | alphabet32.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      result += String.fromCharCode((held >> bits) & 255);
    }
  }
  return result;
};

const decodeHex = (text: string): string | undefined => {
  const clean = text.replace(/\s+|0x|\\x/g, '');
  return /^(?:[0-9a-fA-F]{2})*$/.test(clean) ? Buffer.from(clean, 'hex').toString('latin1') : undefined;
};

const inflate = (text: string): string | undefined => {
  const bytes = Buffer.from(text, 'latin1');
  try {
    const options = { maxOutputLength: maximumDecoded };
    return (bytes[0] === 0x1f ? gunzipSync(bytes, options) : inflateSync(bytes, options)).toString('latin1');
  } catch {
    return undefined;
  }
};

const coder =
  (encoding: string, decode: (text: string) => string | undefined, encode: (text: string) => string): Handler =>
  (call, machine) => {
    const parsed = parseArguments(call.args, 'w i o wrap');
    const input = inputOf(call, parsed.operands, machine);
    return hasOption(parsed, 'd', 'D', 'decode')
      ? gives(decoded(input, encoding, decode, machine))
      : changed(call, input, encode, machine);
  };

const gunzip: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'S suffix');
  const decompresses =
    !/^(?:gzip|pigz|bzip2|xz|zstd|lzma)$/.test(baseName(call.program)) ||
    hasOption(parsed, 'd', 'decompress', 'uncompress');
  const names = parsed.operands.filter((name) => name !== '-');
  const toOutput = names.length === 0 || hasOption(parsed, 'c', 'stdout', 'to-stdout') || call.program.endsWith('cat');
  const encoding = baseName(call.program).replace(/^(?:gun|un|z)?(zip|gzip|xz|bzip2|zstd)?.*$/, (whole) =>
    /xz/.test(whole) ? 'xz' : /bz/.test(whole) ? 'bzip2' : /zst/.test(whole) ? 'zstd' : 'gzip',
  );
  if (!decompresses) return changed(call, inputOf(call, names, machine), () => undefined, machine);
  const decode = encoding === 'gzip' ? inflate : () => undefined;
  if (toOutput) return gives(decoded(inputOf(call, names, machine), encoding, decode, machine));
  for (const name of names) {
    const path = machine.path(name);
    const origins = machine.files.get(path)?.origins ?? [];
    const to = path.replace(/\.(?:t?gz|xz|bz2|zst|lzma)$/, '');
    machine.files.set(to, { content: decoded(contentOf(name, machine), encoding, decode, machine), origins });
  }
  return undefined;
};

const openssl: Handler = (call, machine) => {
  const [verb = '', ...rest] = call.args;
  const long = rest.map((arg) => (/^-[a-z]/.test(arg) ? `-${arg}` : arg));
  const parsed = parseArguments(long, 'in out k K iv S pass md');
  if (verb !== 'base64' && verb !== 'enc') return gives([mark(`output of openssl ${verb}`)]);
  const name = optionOf(parsed, 'in');
  const input = inputOf(call, name === undefined ? [] : [name], machine);
  const isPlain =
    verb === 'base64' ||
    (hasOption(parsed, 'base64', 'a') && !rest.some((arg) => /^-(?:aes|des|rc4|camellia|chacha)/.test(arg)));
  if (!hasOption(parsed, 'd')) return gives([mark('output of openssl')]);
  const output = decoded(
    input,
    isPlain ? 'base64' : 'an openssl cipher',
    isPlain ? decodeBase64 : () => undefined,
    machine,
  );
  const out = optionOf(parsed, 'out');
  if (out === undefined) return gives(output);
  machine.files.set(machine.path(out), { content: output, origins: [] });
  return gives(['']);
};

const xxd: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'c s l g');
  const input = inputOf(call, parsed.operands.slice(0, 1), machine);
  if (hasOption(parsed, 'r') && hasOption(parsed, 'p', 'ps')) return gives(decoded(input, 'hex', decodeHex, machine));
  if (hasOption(parsed, 'r')) return gives(decoded(input, 'a hex dump', () => undefined, machine));
  if (hasOption(parsed, 'p', 'ps'))
    return changed(call, input, (text) => `${Buffer.from(text, 'latin1').toString('hex')}\n`, machine);
  return changed(call, input, () => undefined, machine);
};

export const decoders: Readonly<Record<string, Handler>> = {
  base64: coder('base64', decodeBase64, (text) => `${Buffer.from(text, 'latin1').toString('base64')}\n`),
  base32: coder('base32', decodeBase32, () => mark('base32 text')),
  xxd,
  openssl,
  ...Object.fromEntries(
    'gunzip gzip zcat gzcat pigz unpigz xz unxz xzcat bzip2 bunzip2 bzcat zstd unzstd zstdcat lzma unlzma'
      .split(' ')
      .map((name) => [name, gunzip]),
  ),
  uudecode: (call, machine) =>
    gives(
      decoded(inputOf(call, parseArguments(call.args, 'o').operands, machine), 'uuencode', () => undefined, machine),
    ),
};
