/** containerd of this machine on folders of its own, run in mount and process namespaces of its own: all of it ends with one process. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ContainedContainerd extends AsyncDisposable {
  readonly socket: string;
  /** As `ctr WORD…` does, inside the same namespaces; gives what it prints. */
  ctr(...words: readonly string[]): Promise<string>;
}

export interface ContainedOptions {
  /** The image of pods' first containers, for CRI. */
  readonly sandboxImage?: string;
  readonly criDisabled?: boolean;
}

// Shims put their sockets below /run, whatever is configured: they get one of their own.
const enter = `
set -e
mount -t tmpfs tmpfs /run
exec containerd --config "$1"
`;

const configuration = (folder: string, { sandboxImage = 'none', criDisabled = false }: ContainedOptions) => `
version = 2
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = [${['snapshotter.v1.btrfs', 'snapshotter.v1.devmapper', 'snapshotter.v1.zfs', 'snapshotter.v1.aufs', ...(criDisabled ? ['grpc.v1.cri'] : [])].map((name) => `"io.containerd.${name}"`).join(', ')}]
[grpc]
  address = "${folder}/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${sandboxImage}"
  restrict_oom_score_adj = true
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${folder}/cni"
    conf_dir = "${folder}/cni"
`;

/** The process that `unshare` waits for: containerd, number 1 in its namespace. */
const childOf = async (pid: number): Promise<number | undefined> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.trim() === '' ? undefined : Number(text.trim().split(' ')[0]);
};

/** `folder` is the caller's to remove, once the engine is disposed of; its path must be short. Needs root. */
export const startContainedContainerd = async (
  folder: string,
  options: ContainedOptions = {},
): Promise<ContainedContainerd> => {
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'config.toml');
  await writeFile(config, configuration(folder, options));
  const socket = join(folder, 'c.sock');
  // Should this process be killed, the kernel kills unshare, then containerd, and with it all of its namespace.
  const outer = ['--pdeathsig', 'KILL', 'unshare', '--mount', '--propagation', 'private', '--mount-proc'];
  const inner = ['--pid', '--fork', '--kill-child=KILL', 'sh', '-c', enter, 'enter', config];
  const engine = spawn('setpriv', [...outer, ...inner], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  let output = '';
  for (const stream of [engine.stdout, engine.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  const isOver = (): boolean => engine.exitCode !== null || engine.signalCode !== null;

  const stop = async (): Promise<void> => {
    if (isOver()) return;
    const ended = once(engine, 'exit');
    // Number 1 of its namespace takes all of it along, running containers too.
    engine.kill('SIGKILL');
    await ended;
  };

  const ctr = async (...words: readonly string[]): Promise<string> => {
    const inside = engine.pid === undefined ? undefined : await childOf(engine.pid);
    assert.ok(inside !== undefined && !isOver(), `containerd has ended:\n${output}`);
    const { stdout } = await run('nsenter', ['-t', String(inside), '-m', '-p', 'ctr', '-a', socket, ...words], {
      timeout: 60_000,
    }).catch((thrown: Error) => {
      throw new Error(`ctr ${words.join(' ')}: ${thrown.message}\n${output}`);
    });
    return stdout;
  };

  try {
    for (let tries = 0; ; tries += 1) {
      assert.ok(tries < 200 && !isOver(), `containerd did not come up:\n${output}`);
      const answers = await ctr('version').then(
        () => true,
        () => false,
      );
      if (answers) break;
      await sleep(100);
    }
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { socket, ctr, [Symbol.asyncDispose]: stop };
};
