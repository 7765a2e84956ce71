/** Commands that only turn text into text: what they print, where what they read is known. */
import { gunzipSync, inflateSync } from 'node:zlib';
import { baseName, parentOf } from '../../core/path.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { type Call, gives, type Handler, type Machine, type Result } from './shell-values.machine.ts';
import { cutFields, editStream, reverseLines, translate } from './shell-values.text.ts';
import { formatPrintf, unescapeEcho } from './shell-values.printf.ts';
import { isKnown, mapValue, mark, toReadable, toValue, trimEnd, type Value } from './shell-values.value.ts';

const maximumDecoded = 1 << 20;

/** What a command reads: its operands' content, or its input. */
export const inputOf = (call: Call, operands: readonly string[], machine: Machine): Value => {
  const files = operands.filter((name) => name !== '-');
  if (files.length === 0) return call.input ?? [mark('the input')];
  const contents = files.map((name) => contentOf(name, machine));
  return contents.length === 1 ? (contents[0] ?? ['']) : [contents.map((value) => value[0] ?? '').join('')];
};

/** What a path holds, as far as the script or the image tells. */
export const contentOf = (name: string, machine: Machine): Value => {
  const path = machine.path(name);
  const file = machine.files.get(path);
  if (file?.content !== undefined) return file.content;
  if (file !== undefined && file.origins.length > 0) return [machine.markFrom(`content of ${path}`, file.origins)];
  const content = isKnown(path) ? machine.readFile(path) : undefined;
  return [content ?? mark(`content of ${path}`)];
};

/** What is decoded, for people: its beginning, or its size where it is no text. */
const shownInput = (text: string): string => {
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0e-\x1f\x7f-\x9f]/.test(text.slice(0, 200))) return `${text.length} bytes`;
  const trimmed = text.trim();
  return trimmed.length > 200 ? `${trimmed.slice(0, 200)}…` : trimmed;
};

/** Applies a decoding to each alternative; what cannot be decoded stays a mark with its origins. */
const decoded = (
  value: Value,
  encoding: string,
  decode: (text: string) => string | undefined,
  machine: Machine,
): Value =>
  mapValue(value, (text) => {
    const result = isKnown(text) ? decode(text) : undefined;
    const from = shownInput(text);
    if (result === undefined) {
      const origins = [...machine.originsOf(text), { kind: 'decode', from: encoding } as const];
      machine.act('decode', encoding, { from, origins: machine.originsOf(text) });
      return machine.markFrom(`${encoding} decoded from ${from}`, origins);
    }
    machine.act('decode', encoding, { from, text: toReadable(result.slice(0, 400)) });
    machine.noteDecoded(result, encoding);
    return result;
  });

/** Applies a harmless change of text; what is unknown keeps its origins. */
const changed = (
  call: Call,
  value: Value,
  change: (text: string) => string | undefined,
  machine: Machine,
  encoding?: string,
): Result =>
  gives(
    mapValue(value, (text) => {
      const result = isKnown(text) ? change(text) : undefined;
      if (result === undefined)
        return machine.markFrom(`output of ${call.program}, given ${text}`, machine.originsOf(text));
      if (encoding !== undefined && result !== text) machine.noteDecoded(result, encoding);
      return result;
    }),
  );

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
  const toOutput = names.length === 0 || hasOption(parsed, 'c', 'stdout', 'to-stdout') || /cat$/.test(call.program);
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

const echo: Handler = (call, machine) => {
  const args = [...call.args];
  let newline = true;
  let escapes = false;
  for (; /^-[neE]+$/.test(args[0] ?? ''); args.shift()) {
    if (args[0]?.includes('n') === true) newline = false;
    if (args[0]?.includes('e') === true) escapes = true;
  }
  const text = args.join(' ');
  const shown = escapes ? unescapeEcho(text) : text;
  if (escapes && /\\(?:x|0|[1-7])/.test(text)) machine.noteDecoded(shown, 'escaped characters');
  return gives([newline ? `${shown}\n` : shown], 'true');
};

const printf: Handler = (call, machine) => {
  const args = call.args[0] === '--' ? call.args.slice(1) : call.args;
  const target = args[0] === '-v' ? args[1] : undefined;
  const [format = '', ...values] = target === undefined ? args : args.slice(2);
  const text = formatPrintf(format, values);
  if (/\\(?:x|[0-7])/.test(format) || (/%b/.test(format) && values.some((value) => /\\(?:x|0)/.test(value))))
    machine.noteDecoded(text, 'escaped characters');
  if (target === undefined) return gives([text], 'true');
  machine.state.variables.set(target, [text]);
  return gives([''], 'true');
};

const cat: Handler = (call, machine) => gives(inputOf(call, parseArguments(call.args, '').operands, machine));

const lines = (text: string): readonly string[] => text.replace(/\n$/, '').split('\n');

const headOrTail =
  (isHead: boolean): Handler =>
  (call, machine) => {
    const args = call.args.map((arg) => (/^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg));
    const parsed = parseArguments(args, 'n c lines bytes');
    const count = optionOf(parsed, 'n', 'lines') ?? '10';
    const bytes = optionOf(parsed, 'c', 'bytes');
    return changed(
      call,
      inputOf(call, parsed.operands, machine),
      (text) => {
        const amount = Number((bytes ?? count).replace(/^\+/, ''));
        if (!Number.isInteger(amount)) return undefined;
        const pieces: readonly string[] = bytes === undefined ? lines(text).map((line) => `${line}\n`) : [...text];
        const fromStart = (bytes ?? count).startsWith('+');
        if (isHead) return pieces.slice(0, amount).join('');
        return (fromStart ? pieces.slice(amount - 1) : amount === 0 ? [] : pieces.slice(-amount)).join('');
      },
      machine,
    );
  };

const tr: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, '');
  const [from = '', to] = parsed.operands;
  const mode = {
    deletes: hasOption(parsed, 'd'),
    complements: hasOption(parsed, 'c', 'C'),
    squeezes: hasOption(parsed, 's'),
  };
  return changed(
    call,
    call.input ?? [mark('the input')],
    (text) => translate(text, from, to, mode),
    machine,
    'exchanged characters',
  );
};

const cut: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'd f c b');
  return changed(
    call,
    inputOf(call, parsed.operands, machine),
    (text) => cutFields(lines(text), optionOf(parsed, 'd') ?? '\t', optionOf(parsed, 'f'), optionOf(parsed, 'c', 'b')),
    machine,
    'cut characters',
  );
};

const sed: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'e f');
  if (hasOption(parsed, 'i', 'in-place')) return undefined;
  const scripts = parsed.options.get('e') ?? parsed.operands.slice(0, 1);
  const names = parsed.options.has('e') ? parsed.operands : parsed.operands.slice(1);
  return changed(
    call,
    inputOf(call, names, machine),
    (text) => editStream(text, scripts, hasOption(parsed, 'n')),
    machine,
    'edited text',
  );
};

const tee: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, '');
  const content = call.input ?? [mark('the input')];
  for (const name of parsed.operands) machine.write(name, content, hasOption(parsed, 'a', 'append'));
  return gives(content);
};

const simple =
  (change: (text: string) => string | undefined, encoding?: string): Handler =>
  (call, machine) =>
    changed(call, inputOf(call, parseArguments(call.args, '').operands, machine), change, machine, encoding);

/** Commands whose answer hangs on the running system; what they read goes through them. */
const passes: Handler = (call, machine) => {
  const text = (call.input ?? [''])[0] ?? '';
  const shown = [call.program, ...call.args].join(' ');
  return gives([machine.markFrom(`output of ${shown}`, machine.originsOf(text))], 'unknown');
};

const names: Handler = (call) => {
  const [path = '', suffix = ''] = parseArguments(call.args, 's').operands;
  if (!isKnown(path)) return gives([mark(`${call.program} of ${path}`)]);
  const trimmed = trimEnd(path, '/') || '/';
  if (call.program.endsWith('dirname'))
    return gives([`${trimmed.includes('/') ? trimEnd(parentOf(trimmed), '/') || '/' : '.'}\n`]);
  const base = baseName(trimmed);
  return gives([
    `${suffix !== '' && base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base}\n`,
  ]);
};

const seq: Handler = (call) => {
  const numbers = parseArguments(call.args, 's f').operands.map(Number);
  const [first = 1, second = 1, third] =
    numbers.length === 1 ? [1, 1, numbers[0]] : numbers.length === 2 ? [numbers[0], 1, numbers[1]] : numbers;
  if (
    third === undefined ||
    ![first, second, third].every(Number.isInteger) ||
    second === 0 ||
    Math.abs((third - first) / second) > 1000
  )
    return gives([mark('a range of numbers')]);
  const values: number[] = [];
  for (let at = first; second > 0 ? at <= third : at >= third; at += second) values.push(at);
  return gives(toValue([values.map((value) => `${value}\n`).join('')]));
};

export const filters: Readonly<Record<string, Handler>> = {
  echo,
  printf,
  cat,
  tac: simple((text) => reverseLines(text)),
  rev: simple(
    (text) =>
      lines(text)
        .map((line) => `${[...line].toReversed().join('')}\n`)
        .join(''),
    'reversed text',
  ),
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
  head: headOrTail(true),
  tail: headOrTail(false),
  tr,
  cut,
  sed,
  tee,
  mktemp: () => gives([`/tmp/${mark('a new name')}\n`]),
  basename: names,
  dirname: names,
  seq,
  ...Object.fromEntries(
    'grep egrep fgrep awk gawk mawk sort uniq wc comm join paste fold fmt nl od hexdump strings jq yq column expand shuf find ls stat df du ps pgrep pidof id whoami hostname uname date nproc free lscpu lsb_release getent dig host nslookup which readlink realpath getconf arch cksum md5sum sha1sum sha256sum sha512sum dpkg-query dpkg-architecture ip ifconfig netstat ss lsof tty stty logname groups uptime diff cmp file expr bc dc envsubst ldd'
      .split(' ')
      .map((name) => [name, passes]),
  ),
};
