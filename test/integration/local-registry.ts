/** Debian's docker-registry (distribution 2.8) on a free port of this machine, over plain HTTP, for as long as a test needs it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

export interface LocalRegistry extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
}

/** Keeps what is pushed in `data` below the folder. */
export const startLocalRegistry = async (folder: string): Promise<LocalRegistry> => {
  const host = `127.0.0.1:${await freePort()}`;
  const settings = [
    'version: 0.1',
    'log: { level: error, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${join(folder, 'data')} } }`,
    `http: { addr: "${host}" }`,
  ];
  const file = join(folder, 'registry.yml');
  await writeFile(file, settings.join('\n'));
  const server = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  const ended = new Promise((resolve) => server.once('close', resolve));
  for (let tries = 0; !(await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok; tries += 1) {
    assert.ok(tries < 100 && server.exitCode === null, 'docker-registry did not come up');
    await sleep(100);
  }
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      server.kill();
      await ended;
    },
  };
};
