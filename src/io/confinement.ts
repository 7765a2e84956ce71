/** What this machine offers to take power away from a child process: unshare(1), setpriv(1), Node's permission model. Probed once, never assumed. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface Confinement {
  /** Program and arguments put before the child's own; each one execs the next, so that the pid stays the child's. */
  readonly prefix: readonly string[];
  /** The child sits in a network namespace of its own, without any interface. */
  readonly noNetwork: boolean;
  /** The child has no capabilities and can gain none. */
  readonly noPrivileges: boolean;
  /** The kernel kills the child when the parent dies. */
  readonly diesWithParent: boolean;
  /** Node's permission model limits what the child's own code may open. */
  readonly nodePermissions: boolean;
  /** What could not be had, in words; '' when everything could. */
  readonly reason: string;
}

const folders: readonly string[] = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

const locate = (program: string): string | undefined =>
  folders.map((folder) => join(folder, program)).find((file) => existsSync(file));

/** Runs `test` behind the prefix: proves that the prefix works here, and that what is behind it may still read the entry. */
const isWorking = (prefix: readonly string[], entry: string): boolean => {
  const test = locate('test');
  const [program, ...rest] = prefix;
  if (program === undefined || test === undefined) return false;
  const words = [...rest, test, '-x', process.execPath, '-a', '-r', entry];
  return spawnSync(program, words, { env: {}, cwd: '/', stdio: 'ignore', timeout: 5000 }).status === 0;
};

const probe = (entry: string): Confinement => {
  const nodePermissions = process.allowedNodeEnvironmentFlags.has('--permission');
  const none = { prefix: [], noNetwork: false, noPrivileges: false, diesWithParent: false, nodePermissions };
  if (process.platform !== 'linux')
    return { ...none, reason: 'namespaces are a thing of Linux: the scanning processes keep access to the network' };
  const unshare = locate('unshare');
  const setpriv = locate('setpriv');
  // Without root, a user namespace is what allows the network namespace.
  const separate = unshare === undefined ? [] : [unshare, process.getuid?.() === 0 ? '-n' : '-rn'];
  const bare =
    setpriv === undefined
      ? []
      : [setpriv, '--pdeathsig', 'KILL', '--no-new-privs', '--bounding-set', '-all', '--inh-caps', '-all'];
  const modest = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--no-new-privs'];
  const works = (words: readonly string[], more: readonly string[] = []): boolean =>
    words.length > 0 && isWorking([...more, ...words], entry);
  // Where everything can be had, one probe tells: each takes some milliseconds before the first scanning process starts.
  const whole = separate.length > 0 && works(bare, separate);
  const separated = whole || works(separate);
  const network = separated ? separate : [];
  const stripped = whole || works(bare, network);
  const mortal = stripped || works(modest, network);
  const missing = [
    ...(separated ? [] : ['no network namespace (unshare is absent or not permitted)']),
    ...(stripped ? [] : ['capabilities stay as they are (setpriv is absent or not permitted)']),
    ...(nodePermissions ? [] : ['this Node has no permission model']),
  ];
  return {
    prefix: [...network, ...(stripped ? bare : mortal ? modest : [])],
    noNetwork: separated,
    noPrivileges: stripped,
    diesWithParent: mortal,
    nodePermissions,
    reason: missing.join('; '),
  };
};

const probed = new Map<string, Confinement>();

/** A few milliseconds the first time, then remembered. `entry`: a file that the child must be able to read. */
export const confinementOf = (entry: string): Confinement => {
  const known = probed.get(entry);
  if (known !== undefined) return known;
  const confinement = probe(entry);
  probed.set(entry, confinement);
  return confinement;
};
