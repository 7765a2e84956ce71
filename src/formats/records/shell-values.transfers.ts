/** Programs that fetch: curl, wget and their kin → downloads, uploads, and what they print. */
import { baseName } from '../../core/path.ts';
import { done, type Call, gives, type Handler, type Machine, type Result } from './shell-values.machine.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { isKnown, mark, trimEnd } from './shell-values.value.ts';

const curlValued =
  'A b c C d D e E F H K m o P Q r t T u U w x X y Y z abstract-unix-socket cacert capath cert ciphers config connect-timeout connect-to continue-at cookie cookie-jar data data-binary data-raw data-urlencode dns-servers doh-url dump-header engine form form-string ftp-port header interface json keepalive-time key limit-rate local-port mail-from mail-rcpt max-filesize max-redirs max-time noproxy output output-dir pass pinnedpubkey proxy proxy-user quote range referer request request-target resolve retry retry-delay retry-max-time socks4 socks4a socks5 socks5-hostname speed-limit speed-time stderr unix-socket upload-file url user user-agent write-out';
const wgetValued =
  'a A B D e i I l o O P Q R t T U w X output-document output-file append-output directory-prefix user-agent header post-data post-file tries timeout wait referer user password http-user http-password input-file base cut-dirs level ca-certificate certificate private-key load-cookies save-cookies limit-rate quota method body-data body-file bind-address execute';

const isUrl = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(text);

/** The name a URL's file gets, without its query. */
const nameOf = (url: string): string => {
  const [path = ''] = url.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').split(/[?#]/, 1);
  return path.includes('/') ? baseName(path) || 'index.html' : 'index.html';
};

export const download = (call: Call, url: string, to: string | undefined, machine: Machine): Result => {
  const origins = [{ kind: 'download', from: url } as const];
  const details = { from: url, arguments: call.args, through: call.through };
  if (to === undefined) {
    machine.act('download', call.program, details);
    return gives([machine.markFrom(`download of ${url}`, origins)]);
  }
  const path = machine.path(to);
  machine.act('download', call.program, { ...details, to: path });
  // Another way of the script may have fetched it from elsewhere.
  machine.files.set(path, { origins: [...origins, ...(machine.files.get(path)?.origins ?? [])].slice(0, 10) });
  return done;
};

const all = (results: readonly Result[]): Result => {
  const outputs = results.map(({ output }) => output[0] ?? '').join('');
  return gives([outputs]);
};

const curl: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, curlValued);
  const urls = [...(parsed.options.get('url') ?? []), ...parsed.operands];
  const upload =
    optionOf(parsed, 'T', 'upload-file') ??
    [...(parsed.options.get('F') ?? []), ...(parsed.options.get('form') ?? [])].find((field) => field.includes('@')) ??
    [
      ...(parsed.options.get('d') ?? []),
      ...(parsed.options.get('data') ?? []),
      ...(parsed.options.get('data-binary') ?? []),
    ].find((data) => data.startsWith('@'));
  const socket = optionOf(parsed, 'unix-socket', 'abstract-unix-socket');
  if (socket !== undefined) {
    machine.act('connect', call.program, { to: socket, arguments: call.args, through: call.through });
    return gives([mark('output of curl')]);
  }
  if (upload !== undefined) {
    machine.act('upload', call.program, {
      from: upload,
      to: urls[0] ?? mark('an address'),
      arguments: call.args,
      through: call.through,
    });
    return gives([mark('output of curl')]);
  }
  if (hasOption(parsed, 'I', 'head') || urls.length === 0) return gives([mark('output of curl')]);
  const outputs = [...(parsed.options.get('o') ?? []), ...(parsed.options.get('output') ?? [])];
  const remote = hasOption(parsed, 'O', 'remote-name', 'remote-name-all', 'J');
  const folder = optionOf(parsed, 'output-dir');
  return all(
    urls.map((url, index) => {
      const name = outputs[index] ?? (remote ? nameOf(url) : undefined);
      const isDiscarded = name === '/dev/null';
      if (isDiscarded) {
        machine.act('connect', call.program, { to: url, arguments: call.args, through: call.through });
        return done;
      }
      const to = name === '-' || name === undefined ? undefined : folder === undefined ? name : `${folder}/${name}`;
      return download(call, isUrl(url) || !isKnown(url) ? url : `http://${url}`, to, machine);
    }),
  );
};

const wget: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, wgetValued);
  if (hasOption(parsed, 'spider')) {
    machine.act('connect', call.program, { to: parsed.operands[0] ?? '', arguments: call.args, through: call.through });
    return gives([''], 'unknown');
  }
  const output = optionOf(parsed, 'O', 'output-document');
  const folder = optionOf(parsed, 'P', 'directory-prefix');
  const post = optionOf(parsed, 'post-file', 'body-file');
  if (post !== undefined) {
    machine.act('upload', call.program, {
      from: post,
      to: parsed.operands[0] ?? '',
      arguments: call.args,
      through: call.through,
    });
    return gives([mark('output of wget')]);
  }
  if (parsed.operands.length === 0) {
    const list = optionOf(parsed, 'i', 'input-file');
    return list === undefined ? done : download(call, mark(`addresses in ${list}`), undefined, machine);
  }
  return all(
    parsed.operands.map((url) => {
      const full = isUrl(url) || !isKnown(url) ? url : `http://${url}`;
      const name = output ?? (folder === undefined ? nameOf(url) : `${trimEnd(folder, '/')}/${nameOf(url)}`);
      return download(call, full, name.startsWith('-') || name === '/dev/stdout' ? undefined : name, machine);
    }),
  );
};

/** The first operand is what is fetched; an option or the second operand says where to. */
const plain =
  (valued: string, ...target: readonly string[]): Handler =>
  (call, machine) => {
    const parsed = parseArguments(call.args, valued);
    const [url, second] = parsed.operands;
    if (url === undefined) return done;
    return download(call, url, optionOf(parsed, ...target) ?? second ?? nameOf(url), machine);
  };

const ftpget: Handler = (call, machine) => {
  const { operands } = parseArguments(call.args, 'u p P');
  const [host = '', local = '', remote] = operands;
  return download(call, `ftp://${host}/${remote ?? local}`, local, machine);
};

const tftp: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'l r b c');
  const [host = '', verb, file] = parsed.operands;
  const remote = optionOf(parsed, 'r') ?? (verb === 'get' ? file : optionOf(parsed, 'c')) ?? mark('a file');
  return download(call, `tftp://${host}/${remote}`, optionOf(parsed, 'l') ?? remote, machine);
};

/** `scp host:path local`, `rsync host::module local` and the other way round. */
const copyOver: Handler = (call, machine) => {
  const { operands } = parseArguments(call.args, 'i P F o S c l J e rsh port password-file exclude include files-from');
  const to = operands.at(-1) ?? '';
  const isRemote = (name: string): boolean => /^[^/]*:/.test(name);
  for (const from of operands.slice(0, -1)) {
    if (isRemote(from)) download(call, from, to.endsWith('/') ? to + nameOf(from) : to, machine);
    else if (isRemote(to))
      machine.act('upload', call.program, { from, to, arguments: call.args, through: call.through });
    else machine.act('copy', from, { from, to: machine.path(to), through: call.through });
  }
  return done;
};

const git: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'C c b branch depth o origin work-tree git-dir', true);
  const [verb, ...rest] = parsed.operands;
  if (verb !== 'clone')
    return verb === 'pull' || verb === 'fetch' ? done : gives([mark(`output of git ${verb ?? ''}`)]);
  const { operands } = parseArguments(rest, 'b branch depth o origin c config j jobs reference filter');
  const [url = '', folder] = operands;
  const name = folder ?? nameOf(url).replace(/\.git$/, '');
  const result = download(call, url, name, machine);
  // What lies below it came along.
  machine.files.set(`${machine.path(name)}/`, { origins: [{ kind: 'download', from: url }] });
  return result;
};

export const transfers: Readonly<Record<string, Handler>> = {
  curl,
  wget,
  wget2: wget,
  aria2c: plain('o d out dir x s', 'o', 'out'),
  axel: plain('o output n', 'o', 'output'),
  fetch: plain('o', 'o'),
  'lwp-download': plain(''),
  'lwp-request': (call, machine) =>
    download(call, parseArguments(call.args, 'm').operands[0] ?? '', undefined, machine),
  GET: (call, machine) => download(call, call.args[0] ?? '', undefined, machine),
  lynx: (call, machine) => download(call, call.args.find((arg) => !arg.startsWith('-')) ?? '', undefined, machine),
  ftpget,
  tftp,
  scp: copyOver,
  rsync: copyOver,
  git,
  ipfs: plain('o output', 'o', 'output'),
};
