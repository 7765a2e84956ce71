import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { happening } from '../../../test/builders/happenings.ts';
import { openHostSide, type HostSide } from './drift-host.ts';

const container = 'c'.repeat(64);
let number = 0;

/** A process that the join takes for one of the container, unless it is said that it is not. */
const exec = (id: number, parentId: number, commandLine: string, inside = true) =>
  happening(`e${(number += 1)}`, number, 'exec', {
    place: { host: 'node-1', ...(inside ? { containerId: container } : {}) },
    process: { id, parentId, commandLine, executable: commandLine.split(' ', 1)[0] ?? '' },
  });

const isHost = (side: HostSide, event: Event, isOfImage: boolean): boolean => side.isHost(event, () => isOfImage);

const create = '/usr/bin/runc --root /var/run/docker/runtime-runc/moby --log /run/log.json create --bundle /run/b x';

suite('processes of the host among those of a container', () => {
  test('the runtime as it enters is none of the container, and what it becomes is', () => {
    const side = openHostSide();
    assert.equal(isHost(side, exec(10, 9, 'runc init'), false), true);
    assert.equal(isHost(side, exec(10, 9, '/start.sh'), true), false);
  });

  test('hooks of what makes a container, and what they start', () => {
    const side = openHostSide();
    assert.equal(isHost(side, exec(20, 9, create, false), false), true);
    assert.equal(isHost(side, exec(21, 20, 'libnetwork-setkey -exec-root=/var/run/docker'), false), true);
    assert.equal(isHost(side, exec(22, 21, '/sbin/ldconfig.real -r /var/lib/docker'), false), true);
  });

  test('what `runc exec` starts is the container’s', () => {
    const side = openHostSide();
    assert.equal(isHost(side, exec(30, 9, '/usr/bin/runc --root /r exec --process /p x', false), false), false);
    assert.equal(isHost(side, exec(31, 30, '/tmp/agent'), false), false);
  });

  test('a word among the arguments of `runc exec` does not make it another command', () => {
    for (const [index, line] of [
      'runc exec x /opt/app start',
      'runc --debug exec x start',
      'runc --systemd-cgroup --root /r exec --process /p create',
      'runc run start',
    ].entries()) {
      const side = openHostSide();
      assert.equal(isHost(side, exec(100 + index, 9, line, false), false), false, line);
      assert.equal(isHost(side, exec(200 + index, 100 + index, '/tmp/agent'), false), false, line);
    }
    for (const line of [
      'runc --systemd-cgroup create x',
      'runc --root=/r --log-format json start x',
      'crun delete -f x',
    ])
      assert.equal(isHost(openHostSide(), exec(300, 9, line, false), false), true, line);
  });

  test('who is inside and calls himself a runtime is inside, and so is what he starts', () => {
    const side = openHostSide();
    assert.equal(isHost(side, exec(40, 9, '/bin/sh'), true), false);
    assert.equal(isHost(side, exec(41, 40, 'runc create x'), false), false);
    assert.equal(isHost(side, exec(42, 41, '/tmp/agent'), false), false);
    assert.equal(isHost(side, exec(43, 40, 'runc init'), false), false);
    assert.equal(isHost(side, exec(40, 9, 'runc init'), false), false);
  });

  test('a program of the image that is called so is the image’s', () => {
    assert.equal(isHost(openHostSide(), exec(50, 9, 'runc create x'), true), false);
  });

  test('a number that is given again is another process', () => {
    const side = openHostSide();
    isHost(side, exec(60, 9, create, false), false);
    assert.equal(isHost(side, exec(60, 9, '/start.sh'), true), false);
    assert.equal(isHost(side, exec(61, 60, '/tmp/agent'), false), false);
  });

  test('the same numbers on another host say nothing', () => {
    const side = openHostSide();
    isHost(side, exec(70, 9, create, false), false);
    const elsewhere = exec(71, 70, '/tmp/agent');
    assert.equal(isHost(side, { ...elsewhere, place: { ...elsewhere.place, host: 'node-2' } }, false), false);
  });
});
