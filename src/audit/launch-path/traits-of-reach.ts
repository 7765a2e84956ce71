/** What reaches out of the container: shells for others, the host, other engines, mining pools. */
import { findSellers, holdsAccount } from '../miner/bandwidth-sellers.ts';
import { baseName } from '../../core/path.ts';
import type { Action } from '../../formats/records/action.ts';
import { confidenceOf, type LaunchTrait } from './launch-trait.ts';
import { namedPool } from './miner-arguments.ts';

export const remoteShell: LaunchTrait = {
  id: 'remote-shell',
  title: 'At its start the image gives a shell to somebody elsewhere',
  severity: 'critical',
  intent: 'implant',
  techniques: ['T1204.003', 'T1059.004', 'T1071'],
  advice:
    'Do not run it. Where it ran, whoever is at that address had a shell: isolate the host and change what the container could read.',
  match: (action) => {
    if (action.givesShell === true && (action.kind === 'connect' || action.kind === 'listen'))
      return confidenceOf(action);
    // A shell, or a program, that takes its commands from a connection.
    return action.kind === 'run' && action.origins.some(({ kind }) => kind === 'connection')
      ? confidenceOf({ ...action, certainty: 'known' })
      : undefined;
  },
};

/** Where the root of a host is bound to, by custom. */
const hostRoot = /^\/(?:host|hostfs|host-?root|rootfs|mnt|mnt\/\w+|node|hos|noderoot|sysroot-host)\/?$/;
const engineSocket = /(?:^|\/)(?:docker|containerd|podman|crio|cri-dockerd)\.sock$/;
const bindsRoot = /^(?:-v|--volume)?=?\/:\/\S|^(?:type=bind,)?(?:source|src)=\/,/;

const namesSocket = (action: Action): boolean =>
  [action.to ?? '', ...action.arguments].some((word) => engineSocket.test(word.replace(/^unix:\/\//, '')));

const engineAddress = /^(?:tcp|ssh|unix|fd|https?):\/\//;

/** The engine that a client is told to speak to, whatever the client is called. */
const engineOf = ({ to, arguments: args }: Action): string | undefined =>
  to ??
  args
    .map((word, index) => (/^(?:-H|--host)$/.test(args[index - 1] ?? '') ? word : word.replace(/^(?:-H|--host=)/, '')))
    .find(
      (word, index) =>
        engineAddress.test(word) && (word !== args[index] || /^(?:-H|--host)$/.test(args[index - 1] ?? '')),
    );

const startsContainer = ({ arguments: args }: Action): boolean =>
  args.some((word) => /^(?:run|exec|create|load)$/.test(word));

/** By its name, or by the words that only clients of engines are given. */
const isEngineClient = (action: Action): boolean =>
  action.kind === 'run' &&
  (/^(?:docker|podman|nerdctl|ctr|crictl)$/.test(baseName(action.what)) ||
    (startsContainer(action) &&
      (engineOf(action) !== undefined || action.arguments.some((word) => /^--(?:privileged|pid=host)$/.test(word)))));

const entersProcessOne = ({ to, arguments: args }: Action): boolean =>
  to === '1' || args.some((word) => /\/proc\/1\/ns\//.test(word));

const mountsDisk = ({ kind, arguments: args }: Action): boolean =>
  kind === 'mount' && args.some((word) => /^\/dev\/(?:sd|vd|xvd|nvme|mapper)/.test(word));

/** What those who look after nodes have a container do on them. What a shell does there is anybody's guess. */
const administration =
  /^(?:systemctl|reboot|shutdown|sysctl|journalctl|hostnamectl|timedatectl|swapoff|swapon|mount|umount|fstrim|needs-restarting|uptime)$/;

const administers = ({ arguments: args }: Action): boolean => {
  const program = args.find((word) => !word.startsWith('-') && !/^\d+$|^\/proc\//.test(word)) ?? '';
  return administration.test(baseName(program)) && !args.some((word) => /[;&|$`‹]/.test(word));
};

/** Told by the first letter, which must be known. */
const namesFiles = ({ text = '' }: Action): boolean => /^\s*[\w/%.-]/.test(text);

export const hostEscape: LaunchTrait = {
  id: 'host-escape',
  title: 'At its start the image reaches for the host it runs on',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1611'],
  advice:
    'Never start it privileged, with the host’s process ids, with its root or with an engine’s socket bound into it.',
  match: (action, all) => {
    const { kind, what, to = '' } = action;
    if (kind === 'enter-host' && what === 'nsenter' && entersProcessOne(action) && administers(action))
      return { confidence: 'medium', severity: 'medium' };
    if (kind === 'enter-host' && what === 'nsenter')
      return entersProcessOne(action)
        ? confidenceOf({ ...action, certainty: 'known' })
        : to === ''
          ? undefined
          : 'medium';
    if (kind === 'enter-host') {
      // A disk of the host that was mounted before.
      if (to !== '' && all.some((other) => mountsDisk(other) && other.what === to)) return 'high';
      if (!hostRoot.test(to)) return undefined;
      // Whoever builds a system does it below /mnt.
      return to.startsWith('/mnt') ? { confidence: 'medium', severity: 'medium' } : confidenceOf(action);
    }
    // To look at the engine is what many companions of it do; to have it start something is another thing.
    if (kind === 'connect' && namesSocket(action))
      return action.arguments.some((word) =>
        /containers\/(?:create|[\w‹›$-]+\/(?:start|exec))|"?Privileged"?|\/exec\//.test(word),
      )
        ? confidenceOf(action)
        : { confidence: 'low', severity: 'medium' };
    if (
      isEngineClient(action) &&
      action.arguments.some(
        (word, index) =>
          bindsRoot.test(word) ||
          (/^(?:-v|--volume)$/.test(action.arguments[index - 1] ?? '') && word.startsWith('/:/')),
      )
    )
      return confidenceOf({ ...action, certainty: 'known' });
    // core(5): only what begins with a pipe is a program; anything else names the files that crashes leave.
    if (kind === 'write' && what === '/proc/sys/kernel/core_pattern') return namesFiles(action) ? undefined : 'high';
    if (kind === 'write' && what.endsWith('/release_agent')) return 'high';
    if (mountsDisk(action)) return { confidence: 'medium', severity: 'medium' };
    return undefined;
  },
};

const scanner = /^(?:masscan|zmap|zgrab2?|pnscan|nmap|rustscan|naabu|sxm)$/;
const enginePort = /(?:^|[^\d])(?:2375|2376|2377|4243|4244|10250|10255|6443|8443|2379)(?:[^\d]|$)/;

export const scansForEngines: LaunchTrait = {
  id: 'scans-for-engines',
  title: 'At its start the image looks for container engines to take over',
  severity: 'high',
  intent: 'implant',
  techniques: ['T1046', 'T1610'],
  advice:
    'A scanner beside an engine client, or on the ports of engines, is how container worms spread. Do not run it.',
  match: (action, all) => {
    if (action.kind !== 'run') return undefined;
    const engine = engineOf(action) ?? '';
    if (isEngineClient(action) && /^(?:tcp|ssh|https?):\/\//.test(engine)) {
      const host = /^[a-z]+:\/\/(?:[^@/]*@)?([^:/]+)/.exec(engine)?.[1] ?? '';
      // An engine beside it has a name; whoever takes over others goes by their numbers, one after the other.
      if (!startsContainer(action) || (!/^[\d.]+$/.test(host) && !host.includes('‹'))) return undefined;
      return action.repeats || /^[\d.]+$/.test(host) ? 'high' : { confidence: 'medium', severity: 'medium' };
    }
    if (!scanner.test(baseName(action.what))) return undefined;
    if (action.arguments.some((word) => enginePort.test(word))) return 'high';
    return all.some(isEngineClient) ? 'high' : undefined;
  },
};

export const startsMiner: LaunchTrait = {
  id: 'starts-miner',
  title: 'At its start the image runs a coin miner',
  severity: 'high',
  intent: 'miner',
  techniques: ['T1204.003', 'T1496.001'],
  advice: 'Unless mining is what you want, do not run it; block the pool in its arguments.',
  match: (action) => {
    const found = action.kind === 'run' ? namedPool(action.arguments) : undefined;
    if (found === undefined) return undefined;
    return found.isSure ? 'high' : { confidence: 'medium', severity: 'medium' };
  },
};

export const sellsBandwidth: LaunchTrait = {
  id: 'sells-bandwidth',
  title: 'At its start the image sells the machine’s network connection to strangers',
  severity: 'medium',
  intent: 'dual-use',
  techniques: ['T1496.002'],
  advice: 'Ask who earns with it: your address becomes the origin of strangers’ traffic.',
  beyondConfig: true,
  match: (action) => {
    if (action.kind !== 'run') return undefined;
    const line = [action.what, ...action.arguments.slice(0, 40)].join(' ').slice(0, 4000);
    if (findSellers(line).length === 0) return undefined;
    // Where the account is the image's own, it is not whoever runs it that earns.
    return { confidence: 'high', severity: holdsAccount(line) ? 'high' : 'low' };
  },
};
