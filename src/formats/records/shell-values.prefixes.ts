/** Programs that only start another: `sudo -u x prog`, `timeout 5 prog`, `tini -- prog`, `busybox prog`. */
import { assign } from './shell-values.builtins.ts';
import { type Call, done, gives, type Handler, type Machine, type Result } from './shell-values.machine.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { isKnown, mark, replaceEvery } from './shell-values.value.ts';

/** Options that take a value, and how many operands stand before the program. */
interface Prefix {
  readonly valued: string;
  readonly operands: number;
}

const prefixes: Readonly<Record<string, Prefix>> = {
  sudo: { valued: 'u g C D h p r t T U R user group chdir host prompt', operands: 0 },
  doas: { valued: 'u C', operands: 0 },
  gosu: { valued: '', operands: 1 },
  'su-exec': { valued: '', operands: 1 },
  setuidgid: { valued: '', operands: 1 },
  's6-setuidgid': { valued: '', operands: 1 },
  's6-envuidgid': { valued: '', operands: 1 },
  's6-applyuidgid': { valued: 'u g G', operands: 0 },
  setpriv: { valued: 'reuid regid groups securebits bounding-set inh-caps ambient-caps', operands: 0 },
  capsh: { valued: '', operands: 0 },
  chpst: { valued: 'u U b e / C n l L v P o p f c r t m d 0 1 2', operands: 0 },
  nohup: { valued: '', operands: 0 },
  setsid: { valued: '', operands: 0 },
  daemonize: { valued: 'a c e E o p l u', operands: 0 },
  timeout: { valued: 's k signal kill-after', operands: 1 },
  nice: { valued: 'n adjustment', operands: 0 },
  ionice: { valued: 'c n p class classdata', operands: 0 },
  chrt: { valued: 'T P D', operands: 1 },
  taskset: { valued: '', operands: 1 },
  numactl: { valued: 'N C m p i cpunodebind membind preferred interleave physcpubind', operands: 0 },
  prlimit: { valued: '', operands: 0 },
  stdbuf: { valued: 'i o e input output error', operands: 0 },
  time: { valued: 'f o format output', operands: 0 },
  catchsegv: { valued: '', operands: 0 },
  tini: { valued: 'p e', operands: 0 },
  'tini-static': { valued: 'p e', operands: 0 },
  'docker-init': { valued: 'p e', operands: 0 },
  'dumb-init': { valued: 'r rewrite', operands: 0 },
  catatonit: { valued: '', operands: 0 },
  my_init: { valued: '', operands: 0 },
  envdir: { valued: '', operands: 1 },
  's6-envdir': { valued: '', operands: 1 },
  'with-contenv': { valued: '', operands: 0 },
  'exec-env': { valued: '', operands: 0 },
  unbuffer: { valued: '', operands: 0 },
  torsocks: { valued: 'u p P', operands: 0 },
  torify: { valued: '', operands: 0 },
  usewithtor: { valued: '', operands: 0 },
  proxychains: { valued: 'f', operands: 0 },
  proxychains4: { valued: 'f', operands: 0 },
  tsocks: { valued: '', operands: 0 },
  strace: { valued: 'e o p s', operands: 0 },
  ltrace: { valued: 'e o p s', operands: 0 },
  flock: { valued: 'w E timeout conflict-exit-code', operands: 1 },
  unshare: { valued: 'R S G root wd', operands: 0 },
  eatmydata: { valued: '', operands: 0 },
  fakeroot: { valued: '', operands: 0 },
  busybox: { valued: '', operands: 0 },
  toybox: { valued: '', operands: 0 },
  watch: { valued: 'n interval', operands: 0 },
  caffeinate: { valued: '', operands: 0 },
  cpulimit: { valued: 'l p e limit pid exe', operands: 0 },
};

const start = (call: Call, words: readonly string[], machine: Machine): Result => {
  const [program, ...args] = words;
  if (program === undefined) return done;
  return machine.runCall({ ...call, program, args, through: [...call.through, call.program] });
};

const prefixed =
  (prefix: Prefix): Handler =>
  (call, machine) => {
    const { operands } = parseArguments(call.args, prefix.valued, true);
    let words = operands.slice(prefix.operands);
    // `sudo NAME=value prog`.
    while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) words = words.slice(1);
    if (words[0] === '--') words = words.slice(1);
    return start(call, words, machine);
  };

const env: Handler = (call, machine) => {
  const args = call.args.flatMap((arg, index) => {
    if (arg.startsWith('--split-string=')) return arg.slice(15).split(/\s+/);
    if (/^-\w*S$/.test(arg)) return (call.args[index + 1] ?? '').split(/\s+/);
    return /^-\w*S$/.test(call.args[index - 1] ?? '') ? [] : /^-S./.test(arg) ? arg.slice(2).split(/\s+/) : [arg];
  });
  let words = parseArguments(args, 'u C unset chdir', true).operands;
  while (/^[A-Za-z_]\w*=/.test(words[0] ?? '')) {
    const [name = ''] = (words[0] ?? '').split('=', 1);
    assign(machine, name, (words[0] ?? '').slice(name.length + 1), true);
    words = words.slice(1);
  }
  return words.length === 0 ? gives([mark('the environment')]) : start(call, words, machine);
};

/** `su -c TEXT user`, `runuser -u user -- prog`, `su user -s /bin/sh -c TEXT`. */
const su: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'c s u g G w command shell user group');
  const text = optionOf(parsed, 'c', 'command');
  const through = [...call.through, call.program];
  if (text !== undefined) {
    const shell = optionOf(parsed, 's', 'shell') ?? 'sh';
    return machine.runCall({ ...call, program: shell, args: ['-c', text], through });
  }
  if (hasOption(parsed, 'u', 'user')) return start(call, parsed.operands, machine);
  return call.input === undefined ? done : machine.runCall({ ...call, program: 'sh', args: [], through });
};

/** `xargs prog`: what it reads becomes arguments. */
const xargs: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'a d E I J L n P s max-args max-procs replace delimiter arg-file', true);
  const place = optionOf(parsed, 'I', 'replace');
  const text = (call.input ?? [mark('the input')])[0] ?? '';
  const words = isKnown(text)
    ? text
        .split(/\s+/)
        .filter((word) => word !== '')
        .slice(0, 20)
    : [text.trim()];
  const [program = 'echo', ...args] = parsed.operands;
  const through = [...call.through, call.program];
  if (place === undefined) return machine.runCall({ program, args: [...args, ...words], input: undefined, through });
  let result: Result = done;
  for (const word of words)
    result = machine.runCall({
      program,
      args: args.map((arg) => (place === '' ? arg : (replaceEvery(arg, place, word) ?? arg))),
      input: undefined,
      through,
    });
  return result;
};

/** `script -qc TEXT file`, `watch TEXT`, `start-stop-daemon --exec PATH -- args`. */
const script: Handler = (call, machine) => {
  const text = optionOf(parseArguments(call.args, 'c I O B t command'), 'c', 'command');
  if (text === undefined) return done;
  return machine.runCall({ ...call, program: 'sh', args: ['-c', text], through: [...call.through, call.program] });
};

const startStopDaemon: Handler = (call, machine) => {
  const parsed = parseArguments(
    call.args,
    'a x p u c g r d n s R N P I k startas exec pidfile user name chuid group chroot chdir signal retry nicelevel procsched iosched umask',
  );
  if (!hasOption(parsed, 'S', 'start')) return done;
  const program = optionOf(parsed, 'a', 'startas', 'x', 'exec');
  return program === undefined ? done : start(call, [program, ...parsed.operands], machine);
};

export const prefixHandlers: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(Object.entries(prefixes).map(([name, prefix]) => [name, prefixed(prefix)])),
  env,
  su,
  runuser: su,
  xargs,
  parallel: xargs,
  script,
  'start-stop-daemon': startStopDaemon,
};
