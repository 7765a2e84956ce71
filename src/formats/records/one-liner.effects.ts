/** Functions of scripting languages that do something, by the last part of their name and, where that is common, by what stands before it. */
import type { ActionOrigin } from './action.ts';
import type { ScriptLanguage } from './one-liner.tokens.ts';
import { nothing, type ScriptValue, textValue, toItems, toText } from './one-liner.value.ts';
import type { Machine } from './shell-values.machine.ts';
import { isKnown, mark, marksOf } from './shell-values.value.ts';

export interface EffectContext {
  readonly language: ScriptLanguage;
  readonly machine: Machine;
  /** Reads a text as code of the same language. */
  readonly follow: (code: string) => void;
  /** Something was connected to or listened on: a shell started later may speak through it. */
  readonly connected: (kind: 'connect' | 'listen', to: string) => void;
  /** Something was fetched that code later in the text may run. */
  readonly downloaded: (from: string) => void;
  /** Something was run that came from there. */
  readonly ran: (origins: readonly ActionOrigin[]) => void;
}

/** undefined: a function that does nothing we know of. */
type Effect = (args: readonly ScriptValue[], context: EffectContext, path: string) => ScriptValue | undefined;

const positional = (args: readonly ScriptValue[]): readonly ScriptValue[] =>
  args.filter(({ named }) => named === undefined);
const byName = (args: readonly ScriptValue[], name: string): ScriptValue | undefined =>
  args.find(({ named }) => named === name);

/** A text runs in a shell; a list is a program with its arguments. */
const runs: Effect = (args, { machine, language, ran }) => {
  const [first, second] = positional(args);
  if (first === undefined) return undefined;
  const list =
    first.items ?? (language !== 'python' && second?.items !== undefined ? [first, ...second.items] : undefined);
  const several =
    list ??
    (positional(args).length > 1 && (language === 'perl' || language === 'ruby') ? positional(args) : undefined);
  if (several === undefined) {
    const text = toText(first);
    const origins = machine.originsOf(text);
    ran([...origins, ...(machine.files.get(machine.path(text.split(/\s/, 1)[0] ?? ''))?.origins ?? [])]);
    if (origins.length > 0 || !isKnown(text)) machine.act('run', 'sh', { arguments: ['-c'], origins, text });
    const { output } = machine.runText(text, { own: true, positional: [] });
    return textValue(output[0] ?? '');
  }
  const [program = '', ...rest] = several.map(toText);
  ran(machine.files.get(machine.path(program))?.origins ?? machine.originsOf(program));
  const { output } = machine.runCall({ program, args: rest, input: undefined, through: [] });
  return textValue(output[0] ?? '');
};

const runsCode: Effect = (args, { machine, follow, language, ran }) => {
  const [first] = positional(args);
  const code = toText(first);
  if (first?.text === undefined && first?.path === undefined) return undefined;
  const origins = machine.originsOf(code);
  ran(origins);
  if (origins.length > 0 || marksOf(code).length > 0) machine.act('run', `${language} code`, { origins, text: code });
  if (isKnown(code)) follow(code);
  return nothing;
};

const isWebAddress = (text: string): boolean => /^(?:https?|ftp):\/\//i.test(text) || !isKnown(text);

/** `{ hostname, port, path }`, as Node's clients take it. */
const namedUrl = (args: readonly ScriptValue[]): string => {
  const named = (name: string): string => toText(byName(args, name));
  const url = named('url') || named('uri');
  const host = named('hostname') || named('host');
  if (url !== '' || host === '') return url;
  const port = named('port');
  const isPlain = port === '80' || port === '8080';
  return `${isPlain ? 'http' : 'https'}://${host}${port === '' ? '' : `:${port}`}${named('path') || '/'}`;
};

const downloads: Effect = (args, { machine, language, downloaded }, path) => {
  const [first, second] = positional(args);
  const options = first?.items ?? [];
  const given = first?.text === undefined && first?.items === undefined ? namedUrl(args) : '';
  const url = given !== '' ? given : toText(first?.items === undefined ? first : (options[0] ?? nothing));
  if (url === '' || (!isWebAddress(url) && !/url|http|get/i.test(path))) return undefined;
  const origins = [{ kind: 'download', from: url } as const];
  downloaded(url);
  const to = /retrieve|getstore|mirror/i.test(path) && second !== undefined ? machine.path(toText(second)) : undefined;
  machine.act('download', path === '' ? language : path, { from: url, ...(to === undefined ? {} : { to }) });
  if (to !== undefined) machine.files.set(to, { origins });
  return textValue(machine.markFrom(`download of ${url}`, origins));
};

const addressOf = (args: readonly ScriptValue[]): string => {
  const named = (name: string): string | undefined => {
    const value = byName(args, name);
    return value === undefined ? undefined : toText(value);
  };
  const host = named('PeerAddr') ?? named('PeerHost') ?? named('host');
  const port = named('PeerPort') ?? named('port');
  if (host !== undefined) return port === undefined ? host : `${host}:${port}`;
  // A socket, a callback: names, not addresses.
  const plain = positional(args)
    .flatMap(toItems)
    .filter(({ text, number }) => text !== undefined || number !== undefined);
  const [first, second] = plain.map(toText);
  // `net.connect(port, host)`.
  if (first !== undefined && second !== undefined && /^\d+$/.test(first) && !/^\d+$/.test(second))
    return `${second}:${first}`;
  return second === undefined || !/^(?:\d+|‹[^›]*›)$/.test(second)
    ? (first ?? mark('an address'))
    : `${first}:${second}`;
};

const connects: Effect = (args, { connected }) => {
  const address = addressOf(args);
  connected('connect', address);
  return { path: `connection to ${address}` };
};

const writes: Effect = (args, { machine }) => {
  const [name, content] = positional(args);
  if (name?.text === undefined) return undefined;
  machine.write(name.text, [toText(content)], false);
  return nothing;
};

const onPath =
  (kind: 'delete' | 'make-executable'): Effect =>
  (args, { machine }) => {
    const [name, mode] = positional(args);
    if (name?.text === undefined) return undefined;
    const path = machine.path(name.text);
    const origins = machine.files.get(path)?.origins ?? [];
    machine.act(kind, path, {
      origins,
      ...(mode === undefined
        ? {}
        : { arguments: [mode.number === undefined ? toText(mode) : mode.number.toString(8)] }),
    });
    if (kind === 'delete') machine.files.delete(path);
    return nothing;
  };

const moves =
  (kind: 'rename' | 'copy'): Effect =>
  (args, { machine }) => {
    const [from, to] = positional(args).map(toText);
    if (from === undefined || to === undefined) return undefined;
    const state = machine.files.get(machine.path(from)) ?? { origins: [] };
    machine.act(kind, machine.path(from), { from: machine.path(from), to: machine.path(to), origins: state.origins });
    machine.files.set(machine.path(to), state);
    return nothing;
  };

/** PHP copies from addresses just as well. */
const copies: Effect = (args, context, path) => {
  const [from, to] = positional(args);
  if (from?.text === undefined || to?.text === undefined) return undefined;
  if (!/^(?:https?|ftp):\/\//i.test(from.text)) return moves('copy')(args, context, path);
  const { machine, downloaded } = context;
  const target = machine.path(to.text);
  machine.act('download', 'copy', { from: from.text, to: target });
  machine.files.set(target, { origins: [{ kind: 'download', from: from.text }] });
  downloaded(from.text);
  return nothing;
};

/** `open(path, 'w')`: a handle whose `write` matters; of a URL in Ruby a download; of a pipe in Perl a command. */
const opens: Effect = (args, context, path) => {
  const values = positional(args);
  const [first, second] = values;
  const name = toText(first);
  if (isWebAddress(name) && isKnown(name)) return downloads(args, context, path);
  if (context.language === 'perl') {
    const pipe = values.find(({ text }) => text !== undefined && (/^\s*\|/.test(text) || text.trim().endsWith('|')));
    return pipe === undefined
      ? undefined
      : runs([textValue(toText(pipe).replace(/^\s*\||\|\s*$/g, ''))], context, path);
  }
  const mode = second?.text ?? 'r';
  return first?.text === undefined
    ? undefined
    : { path: /[wax]/.test(mode) ? `file for writing ${name}` : `file ${name}` };
};

/** By the last part of the name; the pattern is what must stand before it. */
const effects: ReadonlyMap<string, readonly [RegExp, Effect]> = new Map(
  Object.entries<readonly [RegExp, Effect]>({
    system: [/^(?:os|Kernel|)$/, runs],
    popen: [/^(?:os|IO|)$/, runs],
    popen2: [/./, runs],
    Popen: [/^(?:subprocess|)$/, runs],
    call: [/^subprocess$/, runs],
    run: [/^subprocess$/, runs],
    check_call: [/^(?:subprocess|)$/, runs],
    check_output: [/^(?:subprocess|)$/, runs],
    getoutput: [/^(?:subprocess|commands|)$/, runs],
    getstatusoutput: [/^(?:subprocess|commands|)$/, runs],
    create_subprocess_shell: [/^(?:asyncio|)$/, runs],
    execSync: [/^(?:child_process|)$/, runs],
    spawn: [/^(?:child_process|pty|Kernel|)$/, runs],
    spawnSync: [/^(?:child_process|)$/, runs],
    execFile: [/^(?:child_process|)$/, runs],
    execFileSync: [/^(?:child_process|)$/, runs],
    shell_exec: [/^$/, runs],
    passthru: [/^$/, runs],
    proc_open: [/^$/, runs],
    pcntl_exec: [/^$/, runs],
    capture2: [/^Open3$/, runs],
    capture3: [/^Open3$/, runs],
    eval: [/^(?:builtins|__builtins__|)$/, runsCode],
    runInThisContext: [/./, runsCode],
    runInNewContext: [/./, runsCode],
    Function: [/^$/, runsCode],
    assert: [/^$/, runsCode],
    create_function: [/^$/, (args, context, path) => runsCode(args.slice(1), context, path)],
    instance_eval: [/./, runsCode],
    compile: [/^(?:builtins|)$/, (args) => positional(args)[0]],
    urlopen: [/./, downloads],
    urlretrieve: [/./, downloads],
    Request: [/^urllib/, (args) => positional(args)[0]],
    get: [/^(?:requests|httpx|http|https|axios|got|urllib3|LWP\.Simple|Net\.HTTP|)$/, downloads],
    get_response: [/^Net\.HTTP$/, downloads],
    getstore: [/^(?:LWP\.Simple|)$/, downloads],
    mirror: [/./, downloads],
    request: [/^(?:https?|urllib3)$/, downloads],
    fetch: [/^(?:node-fetch|globalThis|)$/, downloads],
    file_get_contents: [/^$/, downloads],
    curl_init: [/^$/, downloads],
    connect: [/^/, connects],
    create_connection: [/./, connects],
    createConnection: [/^net$/, connects],
    fsockopen: [/^$/, connects],
    pfsockopen: [/^$/, connects],
    stream_socket_client: [/^$/, connects],
    new: [/^(?:IO\.Socket(?:\.\w+)?|TCPSocket)$/, connects],
    writeFileSync: [/^fs/, writes],
    writeFile: [/^fs/, writes],
    file_put_contents: [/^$/, writes],
    write_text: [/./, writes],
    chmod: [/^(?:os|fs|File|FileUtils|)$/, onPath('make-executable')],
    chmodSync: [/^fs$/, onPath('make-executable')],
    remove: [/^os$/, onPath('delete')],
    unlink: [/^(?:os|fs|File|)$/, onPath('delete')],
    unlinkSync: [/^fs$/, onPath('delete')],
    rename: [/^(?:os|fs|File|)$/, moves('rename')],
    move: [/^shutil$/, moves('rename')],
    copy: [/^(?:shutil|)$/, copies],
    copyfile: [/^shutil$/, moves('copy')],
    open: [/^(?:io|codecs|URI|Kernel|File|fs|)$/, opens],
    fopen: [/^$/, opens],
  }),
);

/** `exec` is code in Python, a program everywhere else. */
export const effectOf = (name: string, before: string, language: ScriptLanguage): Effect | undefined => {
  if (name === 'exec') {
    if (language === 'python') return /^(?:builtins|__builtins__|)$/.test(before) ? runsCode : undefined;
    return /^(?:child_process|Kernel|)$/.test(before) ? runs : undefined;
  }
  if (/^(?:exec[lv]p?e?|posix_spawnp?)$/.test(name) && before === 'os')
    return (args, context, path) =>
      runs(
        [{ items: args.flatMap(toItems).filter((value, index) => index !== 1 || value.text !== args[0]?.text) }],
        context,
        path,
      );
  if (
    (name === 'eval' || name === 'assert') &&
    (language === 'php' ||
      language === 'perl' ||
      language === 'ruby' ||
      language === 'javascript' ||
      language === 'python')
  )
    return name === 'assert' && language !== 'php' ? undefined : runsCode;
  const known = effects.get(name);
  return known !== undefined && known[0].test(before) ? known[1] : undefined;
};
