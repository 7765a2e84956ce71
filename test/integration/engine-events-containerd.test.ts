/** The event stream of a real containerd: what happens in any namespace is told with what containerd knows of it; a break is told too. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../src/core/event.ts';
import { buildImage, writeOciArchive } from '../../src/image/oci-layout-writer.ts';
import { containerdEvents } from '../../src/watch/listeners/containerd-events.ts';
import { containerd } from '../../src/watch/sensors/containerd.ts';
import { listen, type Listening, type Positions } from '../builders/listening.ts';
import { startContainedContainerd, type ContainedContainerd } from './contained-containerd.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1', timeout: 120_000 };

const name = 'registry.example/team/sleeper:1';

const listenTo = ({ socket }: ContainedContainerd, positions: Positions): Promise<Listening> =>
  listen(containerdEvents, { address: `unix://${socket}`, firstPauseMs: 50 }, containerd, positions, {
    network: { timeoutMs: 5000 },
  });

const until = async (holds: () => boolean, { heard }: Listening): Promise<void> => {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(
      tries < 600,
      `it never came: ${JSON.stringify(heard.events.map(({ action }) => action))} ${JSON.stringify(heard.gaps)}`,
    );
    await sleep(100);
  }
};

/** Nothing says that the stream has begun but what comes through it. */
const untilItListens = async (engine: ContainedContainerd, listening: Listening, probe: string): Promise<void> => {
  const seen = (): boolean =>
    listening.heard.events.some(({ target }) => target?.startsWith(`registry.example/${probe}`));
  for (let tries = 0; !seen(); tries += 1) {
    assert.ok(tries < 300, `the stream never began: ${JSON.stringify(listening.heard.gaps)}`);
    await engine.ctr('images', 'tag', name, `registry.example/${probe}:${tries}`);
    await sleep(50);
  }
};

suite('the event stream of a real containerd', when, () => {
  test('image, container, command and their end; and that a break may have hidden something', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tw-ce-'));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const busybox = await readFile('/bin/busybox');
    const image = buildImage({
      layers: [
        {
          entries: [
            { path: 'bin', type: 'directory' },
            { path: 'bin/busybox', content: busybox, mode: 0o755 },
          ],
        },
      ],
      config: { config: { Entrypoint: ['/bin/busybox', 'sleep', '60'] } },
    });
    const archive = join(folder, 'image.tar');
    await writeOciArchive(archive, image, name);
    await using engine = await startContainedContainerd(join(folder, 'c'), { criDisabled: true });
    await engine.ctr('images', 'import', archive);
    const positions: Positions = new Map();
    {
      await using listening = await listenTo(engine, positions);
      await untilItListens(engine, listening, 'probe');
      // Longer than a question may take: a stream that is quiet is no broken one.
      await sleep(2500);
      await engine.ctr('-n', 'demo', 'images', 'import', archive);
      await engine.ctr('-n', 'demo', 'run', '-d', '--snapshotter', 'native', name, 'web');
      await engine.ctr('-n', 'demo', 'tasks', 'exec', '--exec-id', 'e1', 'web', '/bin/busybox', 'true');
      await engine.ctr('-n', 'demo', 'tasks', 'kill', '-s', 'SIGKILL', 'web');
      const { events, gaps } = listening.heard;
      await until(() => events.some(({ action }) => action === 'stop'), listening);
      const deeds = events.filter(({ place, action }) => place.namespace === 'demo' && action !== 'other');
      const of = (action: Event['action']): Event => {
        const found = deeds.find((event) => event.action === action);
        assert.ok(found !== undefined, action);
        return found;
      };
      assert.deepEqual(
        ['pull', 'create', 'start', 'exec', 'stop'].filter((action) => deeds.some((event) => event.action === action)),
        ['pull', 'create', 'start', 'exec', 'stop'],
      );
      for (const action of ['pull', 'create'] as const) {
        const told = of(action).image;
        assert.ok(told?.kind === 'container');
        assert.deepEqual([told.reference, told.resolved], [name, image.manifestDigest]);
      }
      assert.equal(of('create').process?.commandLine, '/bin/busybox sleep 60');
      assert.deepEqual(of('create').place, { engine: 'containerd', namespace: 'demo', containerId: 'web' });
      assert.ok((of('start').process?.id ?? 0) > 0 && (of('exec').process?.id ?? 0) > 0);
      assert.equal(of('stop').outcome, 'failure');
      assert.deepEqual(gaps, []);
    }
    await using again = await listenTo(engine, positions);
    await untilItListens(engine, again, 'again');
    assert.deepEqual(
      again.heard.gaps.map(({ code }) => code),
      ['ENGINE_EVENTS_LOST'],
    );
  });
});
