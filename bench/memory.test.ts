import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemorySampler } from './memory.ts';

const skip = existsSync('/proc/self/smaps_rollup') ? false : 'this system has no /proc/PID/smaps_rollup';

test('memory of a child is counted with its parent', { skip }, async () => {
  const hold = (bytes: number): string =>
    `const held = Buffer.alloc(${bytes}, 1); setTimeout(() => held.length, 1500); process.stdout.write('up');`;
  const parent = `require('node:child_process').spawn(process.execPath, ['-e', process.argv[1]], { stdio: 'inherit' })`;
  const child = spawn(process.execPath, ['-e', parent, hold(200e6)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const sampler = new MemorySampler(child.pid ?? 0, 20);
  await once(child.stdout, 'data');
  await sleep(200);
  const { bytes, processes } = sampler.stop();
  child.kill();
  assert.equal(processes, 2);
  assert.ok(bytes > 200e6, `${bytes}`);
  assert.ok(bytes < 400e6, `${bytes}`);
});
