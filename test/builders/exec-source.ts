/** A real source of commands and connections: Debian's audit daemon on this machine's kernel, writing a log that the `auditd` sensor reads. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ExecSource extends AsyncDisposable {
  /** The log: whole records, of all that this machine does meanwhile. */
  readonly file: string;
  /** What stands in it, once it holds the text; fails after half a minute. */
  until(text: string): Promise<string>;
}

/** Calls of the kernel, as `auditctl -S` names them; connections only those of IPv4 (`sockaddr_in` has 16 bytes). */
const rules = {
  command: ['-a', 'always,exit', '-F', 'arch=b64', '-S', 'execve', '-S', 'execveat', '-k', 'tidewaiter-test'],
  connection: ['-a', 'always,exit', '-F', 'arch=b64', '-S', 'connect', '-F', 'a2=16', '-k', 'tidewaiter-test'],
} as const;

export type ExecSourceKind = keyof typeof rules;

const settings = (file: string): string => `
local_events = yes
write_logs = yes
log_file = ${file}
log_format = RAW
flush = SYNC
max_log_file = 512
num_logs = 0
max_log_file_action = IGNORE
space_left = 2
space_left_action = IGNORE
admin_space_left = 1
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
name_format = HOSTNAME
plugin_dir = ${file}.plugins
`;

/**
 * The kernel has one audit daemon: whoever comes second waits for the lock. What was changed is undone when the input ends, also when
 * the process that held its other end was killed.
 */
const script = `
folder=$1 rules=$1/audit.rules
was=$(auditctl -s | sed -n 's/^enabled //p')
backlog=$(auditctl -s | sed -n 's/^backlog_limit //p')
auditd -n -c "$folder" &
daemon=$!
undo() {
  sed 's/^-a/-d/' "$rules" | while read -r rule; do auditctl $rule; done
  auditctl -e "$was"
  auditctl -b "$backlog"
  kill "$daemon"
  wait "$daemon"
}
trap undo EXIT
tries=0
until auditctl -s | grep -qx "pid $daemon"; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] && kill -0 "$daemon" || exit 1
  sleep 0.1
done
auditctl -b 32768
while read -r rule; do auditctl $rule || exit 1; done <"$rules"
auditctl -e 1
echo "listening now"
read -r _
exit 0
`;

const lock = join(tmpdir(), 'tidewaiter-audit.lock');

/** `folder` is the caller's to remove. Needs root, the packages auditd and util-linux, and a kernel whose audit nobody else holds. */
export const startExecSource = async (
  folder: string,
  kinds: readonly ExecSourceKind[] = ['command'],
): Promise<ExecSource> => {
  const file = join(folder, 'audit.log');
  await mkdir(`${file}.plugins`, { recursive: true });
  await writeFile(join(folder, 'auditd.conf'), settings(file), { mode: 0o600 });
  await writeFile(join(folder, 'audit.rules'), kinds.map((kind) => `${rules[kind].join(' ')}\n`).join(''));
  const source = spawn('flock', ['--close', '--wait', '240', lock, 'sh', '-c', script, 'exec-source', folder], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  const ended = once(source, 'close');
  let output = '';
  for (const stream of [source.stdout, source.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-20_000)));
  // Whoever waits for the lock waits as long as the other one needs.
  for (let tries = 0; !output.includes('listening now'); tries += 1) {
    assert.ok(source.exitCode === null && tries < 2500, `the audit daemon did not come up:\n${output}`);
    await sleep(100);
  }
  return {
    file,
    until: async (text) => {
      for (let tries = 0; ; tries += 1) {
        const log = await readFile(file, 'utf8');
        if (log.includes(text)) return log;
        assert.ok(tries < 300, `${text} was not seen in ${log.length} characters of the audit log:\n${output}`);
        await sleep(100);
      }
    },
    async [Symbol.asyncDispose]() {
      source.stdin.end();
      await ended;
    },
  };
};
