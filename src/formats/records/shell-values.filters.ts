/** Commands that only turn text into text: what they print, where what they read is known. */
import { baseName, parentOf } from '../../core/path.ts';
import { changed, inputOf } from './shell-values.input.ts';
import { gives, type Handler } from './shell-values.machine.ts';
import { awk } from './shell-values.network.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { formatPrintf, unescapeEcho } from './shell-values.printf.ts';
import { cutFields, editStream, reverseLines, translate } from './shell-values.text.ts';
import { isKnown, mark, toValue, trimEnd } from './shell-values.value.ts';

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
        const pieces: readonly string[] = bytes === undefined ? lines(text).map((line) => `${line}\n`) : text.split('');
        const fromStart = (bytes ?? count).startsWith('+');
        if (isHead) return pieces.slice(0, amount).join('');
        return (fromStart ? pieces.slice(amount - 1) : amount === 0 ? [] : pieces.slice(-amount)).join('');
      },
      machine,
    );
  };

/** `tr A-Za-z N-ZA-Mn-za-m` and the like: what becomes of `a` and `n` tells. */
const isRotation = (from: string, to: string | undefined): boolean =>
  to !== undefined && translate('an', from, to, { deletes: false, complements: false, squeezes: false }) === 'na';

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
    isRotation(from, to) ? 'rot13' : 'exchanged characters',
  );
};

const cut: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'd f c b');
  return changed(
    call,
    inputOf(call, parsed.operands, machine),
    (text) => {
      const [fields, characters] = [optionOf(parsed, 'f'), optionOf(parsed, 'c', 'b')];
      machine.spendMatch(fields ?? characters ?? '', text);
      return cutFields(lines(text), optionOf(parsed, 'd') ?? '\t', fields, characters);
    },
    machine,
    'cut characters',
  );
};

const sort: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'k t o S T');
  return changed(
    call,
    inputOf(call, parsed.operands, machine),
    (text) => {
      const sorted = lines(text).toSorted();
      const ordered = hasOption(parsed, 'r') ? sorted.toReversed() : sorted;
      const kept = hasOption(parsed, 'u') ? [...new Set(ordered)] : ordered;
      return kept.map((line) => `${line}\n`).join('');
    },
    machine,
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
    (text) => {
      // Each of its commands goes over the whole text.
      for (const script of scripts) machine.spendMatch(script, text);
      return editStream(text, scripts, hasOption(parsed, 'n'));
    },
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
        .map((line) => `${line.split('').toReversed().join('')}\n`)
        .join(''),
    'reversed text',
  ),
  head: headOrTail(true),
  tail: headOrTail(false),
  tr,
  cut,
  sort,
  sed,
  tee,
  awk: (call, machine) => awk(call, machine) ?? passes(call, machine),
  gawk: (call, machine) => awk(call, machine) ?? passes(call, machine),
  mktemp: () => gives([`/tmp/${mark('a new name')}\n`]),
  basename: names,
  dirname: names,
  seq,
  ...Object.fromEntries(
    'grep egrep fgrep mawk uniq wc comm join paste fold fmt nl od hexdump strings jq yq column expand shuf ls stat df du ps pgrep pidof id whoami hostname uname date nproc free lscpu lsb_release getent dig host nslookup which readlink realpath getconf arch cksum md5sum sha1sum sha256sum sha512sum dpkg-query dpkg-architecture ip ifconfig netstat ss lsof tty stty logname groups uptime diff cmp file expr bc dc envsubst ldd'
      .split(' ')
      .map((name) => [name, passes]),
  ),
};
