/** Programs that open connections by hand: nc, socat, ssh, telnet, and the shell's own /dev/tcp. */
import { type Call, gives, type Handler, type Machine, type Result } from './shell-values.machine.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { mark } from './shell-values.value.ts';

const interpreters =
  /(?:^|[/\s"'=:])(?:ba|da|a|z|k|c|tc|fi)?sh(?=$|[\s"',])|(?:^|[/\s])(?:python[\d.]*|perl|busybox)(?=$|[\s"',])/;

/** Whether the text names a shell, as `nc -e` and `EXEC:` take one. */
export const namesInterpreter = (text: string): boolean => interpreters.test(text.slice(0, 500));

const open = (call: Call, kind: 'connect' | 'listen', to: string, givesShell: boolean, machine: Machine): Result => {
  machine.act(kind, call.program, { to, arguments: call.args, through: call.through, givesShell });
  return gives([machine.markFrom(`what comes from ${to}`, [{ kind: 'connection', from: to }])]);
};

const nc: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'e c p s w i x X q T I O m sh-exec exec source-port source wait proxy');
  const program = optionOf(parsed, 'e', 'c', 'exec', 'sh-exec');
  const givesShell = program !== undefined && namesInterpreter(program);
  if (hasOption(parsed, 'l', 'listen')) {
    const port = optionOf(parsed, 'p') ?? parsed.operands.at(-1) ?? '';
    return open(call, 'listen', port, givesShell, machine);
  }
  if (hasOption(parsed, 'z')) return gives([''], 'unknown');
  const [host, port] = parsed.operands;
  if (host === undefined) return gives([''], 'unknown');
  return open(call, 'connect', port === undefined ? host : `${host}:${port}`, givesShell, machine);
};

const socat: Handler = (call, machine) => {
  const ends = parseArguments(call.args, 'T t b lf').operands;
  const remote = ends.find((end) => /^(?:tcp|tcp4|tcp6|udp|udp4|openssl|ssl|socks|socks4|proxy|sctp)[^:]*:/i.test(end));
  const program = ends.find((end) => /^(?:exec|system|shell):/i.test(end));
  if (remote === undefined) return gives([mark('output of socat')]);
  const listens = /^[^:]*listen:/i.test(remote);
  const address = remote.slice(remote.indexOf(':') + 1).split(',', 1)[0] ?? '';
  return open(
    call,
    listens ? 'listen' : 'connect',
    address,
    program !== undefined && namesInterpreter(program),
    machine,
  );
};

const ssh: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'b c D E e F I i J L l m O o p Q R S W w', true);
  const [host = '', ...command] = parsed.operands;
  machine.act('connect', call.program, { to: host, arguments: call.args, through: call.through });
  return gives([mark(`output of ${command.join(' ')} on ${host}`)], 'unknown');
};

const telnet: Handler = (call, machine) => {
  const [host = '', port = '23'] = parseArguments(call.args, 'b e l n S X').operands;
  return open(call, 'connect', `${host}:${port}`, false, machine);
};

const openssl: Handler = (call, machine) => {
  const to = optionOf(
    parseArguments(
      call.args.map((arg) => (/^-[a-z]/.test(arg) ? `-${arg}` : arg)),
      'connect',
    ),
    'connect',
  );
  return to === undefined ? undefined : open(call, 'connect', to, false, machine);
};

const awkSocket = /\/inet[46]?\/(?:tcp|udp)\/\d+\/([^/"'\s]{1,253})\/([^/"'\s]{1,10})/;
/** What was read becomes a command. */
const awkRuns = /\|&?\s*getline\s+(\w+)[\s\S]{0,500}?(?:\bsystem\s*\(\s*\1\b|\b\1\s*\|&?\s*getline)/;

const awkCommand = /\bsystem\s*\(\s*"((?:[^"\\\n]|\\.){1,2000})"/g;
const maximumAwkCommands = 20;

/** GNU awk opens connections by the names of files (gawk manual, "Using gawk for Network Programming"), and starts commands. */
export const awk: Handler = (call, machine) => {
  const program = call.args.join('\n');
  machine.spendText(program.length);
  for (const [, command = ''] of [...program.matchAll(awkCommand)].slice(0, maximumAwkCommands))
    machine.runText(command.replace(/\\(.)/g, '$1'), { own: true, positional: [] });
  const found = awkSocket.exec(program);
  return found === null ? undefined : open(call, 'connect', `${found[1]}:${found[2]}`, awkRuns.test(program), machine);
};

/** A path that bash itself connects to. */
export const socketAddress = (path: string): string | undefined => {
  const found = /^\/dev\/(?:tcp|udp)\/([^/]+)\/([^/]+)$/.exec(path);
  return found === null ? undefined : `${found[1]}:${found[2]}`;
};

export const network: Readonly<Record<string, Handler>> = {
  nc,
  ncat: nc,
  netcat: nc,
  'nc.traditional': nc,
  'nc.openbsd': nc,
  socat,
  ssh,
  telnet,
  'openssl s_client': openssl,
  ping: (call) => gives([mark(`output of ${call.program}`)], 'unknown'),
};
