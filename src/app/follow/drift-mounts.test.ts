import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Event } from '../../core/event.ts';
import { containerId, happening } from '../../../test/builders/happenings.ts';
import { openMounts } from './drift-mounts.ts';

const pod = { cluster: 'blue', namespace: 'shop', pod: 'web-1' };
const spec = {
  initContainers: [{ name: 'copy', volumeMounts: [{ name: 'tools', mountPath: '/tools' }] }],
  containers: [
    {
      name: 'web',
      volumeMounts: [
        { name: 'tools', mountPath: '/opt/tools' },
        { name: 'broken', mountPath: 7 },
      ],
    },
  ],
};

const learnt = (made: Partial<Event>, place: Event['place'], action: Event['action'] = 'create'): readonly string[] => {
  const mounts = openMounts();
  mounts.learn(happening('made', 0, action, made));
  return mounts.of(happening('ran', 1, 'exec', { place }));
};

suite('folders that are mounted into containers', () => {
  test('of a pod, as it was asked for or answered', () => {
    for (const body of ['requestObject', 'responseObject'])
      assert.deepEqual(learnt({ place: pod, fields: { [body]: { spec } } }, pod), ['/tools', '/opt/tools']);
  });

  test('of another pod of the same name none', () => {
    const made = { place: pod, fields: { requestObject: { spec } } };
    assert.deepEqual(learnt(made, { ...pod, namespace: 'other' }), []);
    assert.deepEqual(learnt(made, { ...pod, cluster: 'green' }), []);
  });

  test('of a container, as its engine answered; sensors may know the beginning of its id', () => {
    const fields = { asked: { container: { Mounts: [{ Type: 'volume', Destination: '/data' }, { Type: 'bind' }] } } };
    const made = { place: { containerId: containerId('c') }, fields };
    assert.deepEqual(learnt(made, { containerId: containerId('c').slice(0, 12) }), ['/data']);
    assert.deepEqual(learnt(made, { containerId: containerId('d') }), []);
  });

  test('a record that is about nothing that is made, or holds rubbish, teaches nothing', () => {
    assert.deepEqual(learnt({ place: pod, fields: { requestObject: { spec } } }, pod, 'exec'), []);
    for (const fields of [{ requestObject: 'x' }, { requestObject: { spec: { containers: 'x' } } }, { asked: [1] }])
      assert.deepEqual(learnt({ place: pod, fields }, pod), []);
  });

  test('so many of one place are kept', () => {
    const containers = [{ volumeMounts: Array.from({ length: 500 }, (_, index) => ({ mountPath: `/m${index}` })) }];
    assert.equal(learnt({ place: pod, fields: { requestObject: { spec: { containers } } } }, pod).length, 128);
  });
});
