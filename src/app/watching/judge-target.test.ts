import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event, EventImage } from '../../core/event.ts';
import { toJudgeTarget } from './judge-target.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const config = `sha256:${'b'.repeat(64)}` as const;

const event = (image: Omit<EventImage & { kind: 'container' }, 'kind'>, more: Partial<Event> = {}): Event => ({
  id: 'e1',
  at: 0,
  logsource: {},
  action: 'pull',
  place: {},
  image: { kind: 'container', ...image },
  fields: {},
  ...more,
});

test('an image with a digest is asked of its registry by that digest alone', () => {
  const written = `registry.example/team/app:1@${digest}`;
  assert.deepEqual(toJudgeTarget(event({ written, reference: written, digest })), {
    keys: [digest],
    digests: [digest],
    manifest: digest,
    name: 'registry.example/team/app:1',
    registry: 'registry.example',
    repository: 'team/app',
    asked: 'e1',
    anew: false,
  });
});

test('a tag alone is judged by no registry, and in an engine only when it comes or is used', () => {
  const image = { written: 'app:1', reference: 'docker.io/library/app:1' };
  assert.equal(toJudgeTarget(event(image)), undefined);
  const place = { engine: 'docker' };
  const pulled = toJudgeTarget(event(image, { place }));
  assert.deepEqual([pulled?.keys, pulled?.anew], [['docker docker.io/library/app:1'], true]);
  assert.equal(toJudgeTarget(event(image, { place, action: 'start' }))?.anew, false);
  assert.equal(toJudgeTarget(event(image, { place, action: 'exec' })), undefined);
});

test('the id of an engine is no digest that a registry knows', () => {
  const target = toJudgeTarget(event({ written: config, id: config }, { place: { engine: 'podman' } }));
  assert.deepEqual([target?.keys, target?.manifest, target?.engine], [[config], undefined, 'podman']);
});

test('hostile names reach no file, no socket and no other scheme', () => {
  for (const reference of ['oci:/etc', '../../etc/passwd', 'http://x/y', 'a@b/c', 'x y'])
    assert.equal(toJudgeTarget(event({ written: reference, reference, digest }))?.registry, undefined, reference);
  assert.equal(toJudgeTarget(event({ written: 'x', digest: 'sha256:../../x' })), undefined);
  // By the grammar of registries this is a repository of Docker Hub, whatever it looks like.
  const odd = toJudgeTarget(event({ written: 'x', reference: 'docker-daemon:x', digest }));
  assert.deepEqual([odd?.registry, odd?.repository], ['docker.io', 'library/docker-daemon']);
});

test('what removes an image, fails, or is our own word brings none', () => {
  for (const action of ['delete', 'untag', 'name', 'judge', 'stop'] as const)
    assert.equal(toJudgeTarget(event({ written: 'x', digest }, { action })), undefined, action);
  assert.equal(toJudgeTarget(event({ written: 'x', digest }, { outcome: 'failure' })), undefined);
});
