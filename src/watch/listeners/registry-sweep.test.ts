import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { listen, listenerContext, type Listening, type Positions } from '../../../test/builders/listening.ts';
import { manifest } from '../../../test/fakes/registry-with-client.ts';
import { startFakeRegistry } from '../../../test/fakes/registry.ts';
import { registryNotification } from '../sensors/registry-notification.ts';
import { registrySweep } from './registry-sweep.ts';

const start = (registry: string, positions: Positions): Promise<Listening> =>
  listen(registrySweep, { registry, repositories: ['team/app'], everyMs: 20 }, registryNotification, positions);

const digestOf = (one: { readonly bytes: Uint8Array }): string =>
  `sha256:${createHash('sha256').update(one.bytes).digest('hex')}`;

test('what is there is learnt; a new tag, and one that moved, is told as its push, also over a restart', async () => {
  await using registry = await startFakeRegistry();
  const [one, two, three] = [{ a: 1 }, { a: 2 }, { a: 3 }].map((annotations) => manifest({ annotations }));
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  registry.putManifest('team/app', one, '1');
  const positions: Positions = new Map();
  {
    await using listening = await start(registry.host, positions);
    await listening.until(() => positions.size > 0);
    registry.putManifest('team/app', two, '2');
    await listening.until(({ events }) => events.length >= 1);
    const sweeps = (): number => registry.asked().filter((path) => path.includes('/tags/list')).length;
    const before = sweeps();
    await listening.until(() => sweeps() >= before + 3);
    assert.equal(listening.heard.events.length, 1);
  }
  registry.putManifest('team/app', three, '1');
  await using listening = await start(registry.host, positions);
  await listening.until(({ events }) => events.length === 1);
  const [event] = listening.heard.events;
  assert.equal(event?.action, 'push');
  assert.ok(event.image?.kind === 'container');
  assert.equal(event.image.digest ?? event.image.resolved, digestOf(three));
  assert.deepEqual(listening.heard.gaps, []);
});

test('a repository that is not there is a Gap, and one whose name is none is misuse', async () => {
  await using registry = await startFakeRegistry();
  await using listening = await start(registry.host, new Map());
  await listening.until(({ gaps }) => gaps.length > 0);
  assert.equal(listening.heard.gaps[0]?.kind, 'unavailable');
  await assert.rejects(
    registrySweep.open({ registry: registry.host, repositories: ['../x'] }, listenerContext(new Map())),
    /no name of a repository/,
  );
});
