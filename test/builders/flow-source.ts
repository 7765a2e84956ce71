/** A real source of connections: Debian's conntrack on the kernel's own table of one network namespace, writing a log that the `flow` sensor reads. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface FlowSource extends AsyncDisposable {
  /** The log, which the caller removes. */
  readonly file: string;
  /** What stands in it, once it holds the text; fails after half a minute. */
  until(text: string): Promise<string>;
}

/**
 * `namespace`: path of a network namespace in which the kernel tracks connections, as it does where there are rules of a firewall that
 * translate addresses. `probe`: makes a connection there, so that it is known when the source listens. Needs root and the package conntrack.
 */
export const startFlowSource = async (
  namespace: string,
  file: string,
  probe: () => Promise<void>,
): Promise<FlowSource> => {
  const log = await open(file, 'w', 0o600);
  // Should this process be killed, the kernel kills it too.
  const outer = ['--pdeathsig', 'KILL', 'nsenter', `--net=${namespace}`];
  const source = spawn('setpriv', [...outer, 'conntrack', '-E', '-o', 'timestamp,extended'], {
    stdio: ['ignore', log.fd, 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  await log.close();
  let output = '';
  source.stderr?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-5000)));
  const ended = once(source, 'close');
  const until = async (text: string, meanwhile: () => Promise<void> = async () => undefined): Promise<string> => {
    for (let tries = 0; ; tries += 1) {
      const said = await readFile(file, 'utf8');
      if (said.includes(text)) return said;
      assert.ok(
        source.exitCode === null && tries < 300,
        `${text} was not seen in ${said.length} characters of the log of connections:\n${output}`,
      );
      await meanwhile();
      await sleep(100);
    }
  };
  const stop = async (): Promise<void> => {
    source.kill('SIGTERM');
    await ended;
  };
  try {
    await until('[NEW]', probe);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { file, until: (text) => until(text), [Symbol.asyncDispose]: stop };
};
