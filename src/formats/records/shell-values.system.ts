/** Programs that change the running system: packages, timers, services, processes, accounts, mounts, the kernel, the firewall. */
import type { ActionKind } from './action.ts';
import { type Call, done, gives, type Handler } from './shell-values.machine.ts';
import { hasOption, optionOf, parseArguments } from './shell-values.options.ts';
import { mark, toExcerpt } from './shell-values.value.ts';

/** Package tools: the verbs that install. */
const installers: Readonly<Record<string, readonly string[]>> = {
  apt: ['install', 'full-upgrade', 'dist-upgrade'],
  'apt-get': ['install', 'dist-upgrade'],
  aptitude: ['install'],
  yum: ['install', 'localinstall', 'groupinstall'],
  dnf: ['install', 'groupinstall'],
  microdnf: ['install'],
  tdnf: ['install'],
  zypper: ['install', 'in'],
  apk: ['add'],
  pip: ['install'],
  pip3: ['install'],
  pipx: ['install', 'run'],
  uv: ['add', 'install'],
  npm: ['install', 'i', 'ci', 'add'],
  npx: [''],
  yarn: ['add', 'install', 'global'],
  pnpm: ['add', 'install', 'i'],
  gem: ['install'],
  go: ['install', 'get', 'run'],
  cargo: ['install'],
  composer: ['require', 'install', 'global'],
  conda: ['install'],
  snap: ['install'],
  opkg: ['install'],
  brew: ['install'],
  luarocks: ['install'],
  cpan: [''],
  cpanm: [''],
};

const installer =
  (verbs: readonly string[]): Handler =>
  (call, machine) => {
    const { operands } = parseArguments(
      call.args,
      'o t c r i p target index-url extra-index-url requirement prefix root virtual',
      false,
    );
    const [verb = '', ...packages] = verbs.includes('') ? ['', ...operands] : operands;
    if (/^(?:start|run|run-script|serve)$/.test(verb))
      machine.act('run', call.program, { arguments: call.args, through: call.through });
    if (!verbs.includes(verb)) return gives([mark(`output of ${call.program} ${verb}`)]);
    machine.act('install', call.program, { arguments: packages, through: call.through });
    return done;
  };

const localPackage: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'root admindir dbpath prefix');
  if (hasOption(parsed, 'i', 'install', 'U', 'F', 'upgrade')) {
    const origins = parsed.operands.flatMap((name) => machine.files.get(machine.path(name))?.origins ?? []);
    machine.act('install', call.program, { arguments: parsed.operands, origins, through: call.through });
    return done;
  }
  return gives([mark(`output of ${call.program}`)], 'unknown');
};

const act =
  (kind: ActionKind, select: (call: Call) => string | undefined): Handler =>
  (call, machine) => {
    const what = select(call);
    if (what !== undefined) machine.act(kind, what, { arguments: call.args, through: call.through });
    return done;
  };

const firstOperand = (call: Call): string | undefined => parseArguments(call.args, '').operands[0];

const crontab: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'u s');
  if (hasOption(parsed, 'l')) return gives([mark('the crontab')]);
  if (hasOption(parsed, 'r')) {
    machine.act('delete', 'crontab', { through: call.through });
    return done;
  }
  const [name = '-'] = parsed.operands;
  const path = machine.path(name);
  const content = name === '-' ? call.input : machine.files.get(path)?.content;
  const text = (content ?? [''])[0] ?? '';
  machine.act('schedule', 'crontab', {
    ...(name === '-' ? {} : { from: path }),
    text: toExcerpt(text),
    origins: machine.originsOf(text),
    through: call.through,
  });
  return done;
};

const at: Handler = (call, machine) => {
  const text = (call.input ?? [''])[0] ?? '';
  machine.act('schedule', call.program, {
    arguments: call.args,
    text: toExcerpt(text),
    origins: machine.originsOf(text),
    through: call.through,
  });
  return done;
};

const startsService = /^(?:enable|start|restart|reload-or-restart|link|reenable|edit)$/;
const stopsService = /^(?:stop|disable|mask|kill)$/;

const systemctl: Handler = (call, machine) => {
  const [verb = '', ...units] = parseArguments(call.args, 'H M n o p s t root').operands;
  for (const unit of units)
    if (startsService.test(verb)) machine.act('service', unit, { arguments: [verb], through: call.through });
    else if (stopsService.test(verb))
      machine.act('kill', unit, { arguments: [call.program, verb], through: call.through });
  return gives(
    [mark(`output of ${call.program}`)],
    units.length > 0 && (startsService.test(verb) || stopsService.test(verb)) ? 'assumed' : 'unknown',
  );
};

/** `service NAME verb`, `rc-service NAME verb`, `/etc/init.d/NAME verb`. */
const service: Handler = (call, machine) => {
  const [unit, verb = '', ...rest] = parseArguments(call.args, '').operands;
  if (unit === undefined) return gives([mark(`output of ${call.program}`)], 'unknown');
  if (stopsService.test(verb)) machine.act('kill', unit, { arguments: [call.program, verb], through: call.through });
  else machine.act('service', unit, { arguments: [verb], through: call.through });
  const script = `/etc/init.d/${unit}`;
  if (!/^(?:re)?start$|^stop$/.test(verb) || unit.includes('/') || machine.readFile(script) === undefined) return done;
  return machine.runCall({
    program: script,
    args: [verb, ...rest],
    input: undefined,
    through: [...call.through, call.program],
  });
};

const registerService: Handler = (call, machine) => {
  const operands = parseArguments(call.args, 'level').operands;
  const removes = operands.some((word) => /^(?:del|remove|off|disable)$/.test(word));
  const unit =
    operands.find((word) => !/^(?:add|del|remove|on|off|defaults|enable|disable|default|boot|sysinit)$/.test(word)) ??
    '';
  machine.act(removes ? 'kill' : 'service', unit, { arguments: [call.program, ...call.args], through: call.through });
  return done;
};

const kill: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 's n u g G P t U signal user', false);
  if (call.args.some((arg) => /^-(?:0|l|L)$/.test(arg))) return { status: 'unknown', output: [''], flow: 'next' };
  for (const target of parsed.operands)
    machine.act('kill', target, { arguments: [call.program, ...call.args], through: call.through });
  return done;
};

const account: Handler = (call, machine) => {
  const text = (call.input ?? [''])[0] ?? '';
  const { operands } = parseArguments(
    call.args,
    'b c d e f g G k K p s u home-dir shell uid gid groups password comment ingroup',
  );
  machine.act('account', call.program, {
    arguments: call.args,
    ...(operands[0] === undefined ? {} : { to: operands.at(-1) ?? '' }),
    text: toExcerpt(text),
    through: call.through,
  });
  return done;
};

const nsenter: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 't S G target', true);
  machine.act('enter-host', call.program, {
    to: optionOf(parsed, 't', 'target') ?? '',
    arguments: call.args,
    through: call.through,
  });
  const [program, ...args] = parsed.operands;
  if (program === undefined) return done;
  return machine.runCall({ ...call, program, args, through: [...call.through, call.program] });
};

/** Into another root: of the host where it is bound, or of a system that the script built. */
const chroot: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, '', true);
  const [root = '', program = 'sh', ...args] = parsed.operands;
  machine.act('enter-host', call.program, { to: machine.path(root), arguments: call.args, through: call.through });
  return machine.runCall({ ...call, program, args, through: [...call.through, call.program] });
};

const engine: Handler = (call, machine) => {
  const parsed = parseArguments(call.args, 'H host n namespace address a c config context l log-level', true);
  const [verb = '', ...rest] = parsed.operands;
  const shown = verb === 'container' || verb === 'image' ? rest[0] : verb;
  if (/^(?:run|exec|create|start|pull|load|import|compose|build|cp|commit)$/.test(shown ?? '')) {
    machine.act('run', call.program, {
      arguments: call.args,
      through: call.through,
      ...(optionOf(parsed, 'H', 'host') === undefined ? {} : { to: optionOf(parsed, 'H', 'host') ?? '' }),
    });
    return gives([mark(`output of ${call.program} ${verb}`)]);
  }
  if (/^(?:kill|stop|rm|rmi)$/.test(shown ?? ''))
    for (const name of rest)
      machine.act('kill', name, { arguments: [call.program, ...call.args], through: call.through });
  return gives([mark(`output of ${call.program} ${verb}`)], 'unknown');
};

const firewall: Handler = (call, machine) => {
  if (call.args.some((arg) => /^-[a-zA-Z]*[LSC]$|^--(?:list|check)/.test(arg)) || call.args.length === 0)
    return { status: 'unknown', output: [''], flow: 'next' };
  machine.act('setting', call.program, { arguments: call.args, through: call.through });
  return done;
};

const setting = act('setting', (call) => (call.args.length === 0 ? undefined : call.program));

export const systemCommands: Readonly<Record<string, Handler>> = {
  ...Object.fromEntries(Object.entries(installers).map(([name, verbs]) => [name, installer(verbs)])),
  dpkg: localPackage,
  rpm: localPackage,
  crontab,
  at,
  batch: at,
  systemctl,
  'rc-service': service,
  service,
  'invoke-rc.d': service,
  'update-rc.d': registerService,
  'rc-update': registerService,
  chkconfig: registerService,
  initctl: service,
  kill,
  killall: kill,
  killall5: kill,
  pkill: kill,
  skill: kill,
  ...Object.fromEntries(
    'useradd adduser usermod userdel deluser groupadd addgroup passwd chpasswd newusers gpasswd vipw'
      .split(' ')
      .map((name) => [name, account]),
  ),
  nsenter,
  chroot,
  switch_root: chroot,
  pivot_root: act('enter-host', () => 'pivot_root'),
  mount: act('mount', (call) => parseArguments(call.args, 't o').operands.at(-1)),
  umount: () => done,
  losetup: act('mount', firstOperand),
  insmod: act('load-module', firstOperand),
  modprobe: act('load-module', (call) =>
    call.args.some((arg) => /^-(?:r|-remove|n|D)/.test(arg)) ? undefined : firstOperand(call),
  ),
  rmmod: act('setting', () => 'rmmod'),
  depmod: () => done,
  ...Object.fromEntries(
    'docker podman nerdctl ctr crictl buildah runc lxc kubectl'.split(' ').map((name) => [name, engine]),
  ),
  ...Object.fromEntries('iptables ip6tables nft ufw firewall-cmd'.split(' ').map((name) => [name, firewall])),
  ...Object.fromEntries(
    'sysctl setenforce auditctl resolvconf wrmsr hostnamectl timedatectl update-alternatives'
      .split(' ')
      .map((name) => [name, setting]),
  ),
  ...Object.fromEntries(
    'ldconfig update-ca-certificates locale-gen ssh-keygen dpkg-reconfigure apt-key add-apt-repository logger mail wall update-initramfs'
      .split(' ')
      .map((name) => [name, () => done]),
  ),
};
