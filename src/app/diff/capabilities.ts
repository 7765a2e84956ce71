/** Config and final tree of two images → what the new one may do, or is asked to do, that the old one was not. Secrets are not shown. */
import { findCommandSecrets, findEnvironmentSecrets } from '../../audit/image-config/secrets.ts';
import { readCapabilities } from '../../audit/persistence/capability.ts';
import { withoutSecrets } from '../../audit/secret/without-secrets.ts';
import { capabilityKinds, type CapabilityChange, type CapabilityKind } from '../../core/difference.ts';
import type { Dossier } from '../../core/dossier.ts';
import { contentEntry, type FinalTree } from './final-tree.ts';

/** Programs that talk to other machines, listen, or look at what others say. A new one is a new ability of whoever gets in. */
const networkTools: ReadonlySet<string> = new Set(
  'aria2c curl wget lynx ftp lftp sftp scp ssh sshd dropbear telnet nc ncat netcat socat nmap masscan zmap zgrab tcpdump tshark proxychains proxychains4 tor chisel frpc frps ngrok cloudflared iptables nft hydra openvpn wg rclone rsync docker kubectl crictl ctr nerdctl podman'.split(
    ' ',
  ),
);

const programFolder = /^(?:usr\/)?(?:local\/)?s?bin\/[^/]+$/;

const secretShown = '(not shown: it holds a secret)';
const safeCommand = (text: string): string =>
  findCommandSecrets(text).length > 0 ? secretShown : withoutSecrets(text);
const safeVariable = (name: string, value: string): string => {
  const whole = `${name}=${value}`;
  return findEnvironmentSecrets(whole).length > 0 || withoutSecrets(whole) !== whole
    ? secretShown
    : withoutSecrets(value);
};

const quote = (words: readonly string[]): string =>
  safeCommand(words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' '));

/** One thing of each kind and name: what is compared, and what is shown of it. */
interface Ability {
  readonly kind: CapabilityKind;
  readonly name: string;
  readonly value: string;
  readonly shown: string;
}

const ability = (kind: CapabilityKind, name: string, value: string, shown = value): Ability => ({
  kind,
  name,
  value,
  shown,
});

const configAbilities = (config: NonNullable<Dossier['config']>): readonly Ability[] => {
  const once = (kind: CapabilityKind, words: readonly string[]): readonly Ability[] =>
    words.length === 0 ? [] : [ability(kind, '', JSON.stringify(words), quote(words))];
  return [
    ability('user', '', config.user === '' ? 'root' : config.user),
    ...once('entrypoint', config.entrypoint),
    ...once('command', config.command),
    ...once('healthcheck', config.healthcheck),
    ...once('on-build', config.onBuild),
    ability('working-directory', '', config.workingDirectory === '' ? '/' : config.workingDirectory),
    ...config.environment.map((variable) => {
      const at = variable.indexOf('=');
      const [name, value] = at < 0 ? [variable, ''] : [variable.slice(0, at), variable.slice(at + 1)];
      return ability('environment', name, value, safeVariable(name, value));
    }),
    ...config.exposedPorts.map((port) => ability('exposed-port', port, port)),
    ...config.volumes.map((path) => ability('volume', path, path)),
  ];
};

/** The names of the rights, which is what a reviewer compares. */
const capabilityText = (hex: string): string => {
  const rights = readCapabilities(Buffer.from(hex, 'hex'));
  return rights.length === 0 ? 'unreadable' : rights.join(', ');
};

const treeAbilities = (tree: FinalTree): readonly Ability[] => {
  const abilities: Ability[] = [];
  for (const [path, entry] of tree.entries) {
    const { type, mode, uid, gid, capabilities } = contentEntry(tree, entry);
    if (type === 'file' && (mode & 0o4000) !== 0) abilities.push(ability('setuid', path, `runs as uid ${uid}`));
    if (type === 'file' && (mode & 0o2000) !== 0 && (mode & 0o010) !== 0)
      abilities.push(ability('setgid', path, `runs as gid ${gid}`));
    if (capabilities !== undefined)
      abilities.push(ability('file-capabilities', path, capabilities, capabilityText(capabilities)));
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (type !== 'directory' && networkTools.has(name) && programFolder.test(path))
      abilities.push(ability('network-tool', name, name, name));
  }
  return abilities;
};

const byKey = (abilities: readonly Ability[]): ReadonlyMap<string, Ability> =>
  new Map(abilities.map((one) => [`${one.kind}\n${one.name}`, one]));

const isRoot = (user: string): boolean => /^(?:root|0)(?::|$)/.test(user);

/** Variables that decide which code a program loads. */
const loadingVariable =
  /^(?:LD_|PATH$|PYTHON(?:PATH|STARTUP|HOME)|NODE_OPTIONS|BASH_ENV|ENV$|PERL5|RUBY(?:OPT|LIB)|JAVA_TOOL_OPTIONS|.*_PROXY$)/i;

const widens = (kind: CapabilityKind, name: string, was: string, is: string): boolean => {
  switch (kind) {
    case 'user':
      return isRoot(is) && !isRoot(was);
    case 'environment':
      return is !== '' && loadingVariable.test(name);
    case 'working-directory':
      return false;
    default:
      return is !== '';
  }
};

const rankOf = ({ kind, widens: isWider }: CapabilityChange): number =>
  (isWider ? 0 : capabilityKinds.length) + capabilityKinds.indexOf(kind);

export interface Able {
  readonly config?: Dossier['config'];
  readonly tree: FinalTree;
}

const abilitiesOf = ({ config, tree }: Able): ReadonlyMap<string, Ability> =>
  byKey([...(config === undefined ? [] : configAbilities(config)), ...treeAbilities(tree)]);

export const compareCapabilities = (old: Able, now: Able): readonly CapabilityChange[] => {
  const [before, after] = [abilitiesOf(old), abilitiesOf(now)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .flatMap((key): readonly CapabilityChange[] => {
      const [was, is] = [before.get(key), after.get(key)];
      const known = is ?? was;
      if (known === undefined || was?.value === is?.value) return [];
      const { kind, name } = known;
      const isWider = widens(kind, name, was?.value ?? '', is?.value ?? '');
      return [{ kind, name, old: was?.shown ?? '', new: is?.shown ?? '', widens: isWider }];
    })
    .sort((one, other) => rankOf(one) - rankOf(other) || (one.name < other.name ? -1 : 1));
};
