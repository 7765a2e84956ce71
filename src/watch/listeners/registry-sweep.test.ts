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

test('a tag that did not move costs one question without an answer’s bytes; where a registry does not say, its manifest is read', async () => {
  await using registry = await startFakeRegistry();
  registry.putManifest('team/app', manifest({ annotations: { a: 1 } }), '1');
  {
    await using listening = await start(registry.host, new Map());
    const rounds = (): number => registry.asked().filter((line) => line.includes('tags/list')).length;
    await listening.until(() => rounds() >= 3);
  }
  const of = (method: string): number =>
    registry.asked().filter((line) => line === `${method} /v2/team/app/manifests/1`).length;
  assert.deepEqual([of('GET'), of('HEAD') >= 2], [0, true]);
  registry.troubles.push({ on: /^HEAD /, how: { kind: 'status', status: 405 } });
  await using listening = await start(registry.host, new Map());
  await listening.until(() => of('GET') > 0);
  assert.deepEqual(listening.heard.gaps, []);
});

test('without names the registry is asked what it has, over all pages; a repository that comes later is told whole', async () => {
  await using registry = await startFakeRegistry({ pageSize: 2 });
  for (const name of ['a/one', 'a/two', 'b/three', 'b/four', 'c'])
    registry.putManifest(name, manifest({ annotations: { name } }), '1');
  const positions: Positions = new Map();
  const all = { registry: registry.host, everyMs: 20 };
  {
    await using listening = await listen(registrySweep, all, registryNotification, positions);
    await listening.until(() => positions.has(`sweep:${registry.host}/`));
    assert.equal(positions.size, 6);
    registry.putManifest('d/new', manifest({ annotations: { d: 1 } }), '7');
    await listening.until(({ events }) => events.length > 0);
    const [event] = listening.heard.events;
    assert.ok(event?.image?.kind === 'container' && event.image.written.includes('d/new'));
  }
  const some = { ...all, repositories: ['b/*', 'c'] };
  const others: Positions = new Map();
  await using listening = await listen(registrySweep, some, registryNotification, others);
  await listening.until(() => others.has(`sweep:${registry.host}/`));
  assert.deepEqual([...others.keys()].map((source) => source.slice(`sweep:${registry.host}/`.length)).toSorted(), [
    '',
    'b/four',
    'b/three',
    'c',
  ]);
});

test('a registry that lists nothing is a gap, and what was named is swept all the same', async () => {
  await using registry = await startFakeRegistry();
  registry.putManifest('team/app', manifest({ annotations: { a: 1 } }), '1');
  registry.troubles.push({ on: /_catalog/, how: { kind: 'status', status: 403 } });
  const positions: Positions = new Map();
  const settings = { registry: registry.host, repositories: ['team/app', 'other/*'], everyMs: 20 };
  await using listening = await listen(registrySweep, settings, registryNotification, positions);
  await listening.until(() => positions.has(`sweep:${registry.host}/team/app`));
  assert.ok(listening.heard.gaps.length > 0);
  assert.equal(positions.has(`sweep:${registry.host}/`), false);
});
