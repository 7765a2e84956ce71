import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { placeOfProgram, type ProgramPlace } from './drift-path.ts';

const layer = 'f'.repeat(64);
const file = (path: string, deleted = false): ProgramPlace => ({ kind: 'file', path, deleted });

const cases: readonly (readonly [string, string, ProgramPlace | undefined])[] = [
  ['as the container sees it', '/usr/bin/env', file('/usr/bin/env')],
  ['of Docker’s overlay', `/var/lib/docker/overlay2/${layer}/merged/usr/bin/env`, file('/usr/bin/env')],
  ['of a layer that is written to', `/var/lib/docker/overlay2/${layer}-init/diff/tmp/x`, file('/tmp/x')],
  [
    'of Podman without root',
    `/home/me/.local/share/containers/storage/overlay/${layer}/merged/bin/sh`,
    file('/bin/sh'),
  ],
  [
    'of a bundle of containerd',
    `/run/containerd/io.containerd.runtime.v2.task/k8s.io/${layer}/rootfs/bin/sh`,
    file('/bin/sh'),
  ],
  [
    'of a snapshot',
    '/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/12/fs/bin/sh',
    file('/bin/sh'),
  ],
  ['below the root of a process', '/proc/4242/root/opt/app', file('/opt/app')],
  ['deleted since', '/tmp/x (deleted)', file('/tmp/x', true)],
  [
    'a folder that only looks like an overlay',
    '/srv/overlay2/short/merged/bin/sh',
    file('/srv/overlay2/short/merged/bin/sh'),
  ],
  ['in memory', '/memfd:payload (deleted)', { kind: 'memory', path: '/memfd:payload' }],
  ['in memory, as others write it', 'memfd:payload', { kind: 'memory', path: 'memfd:payload' }],
  ['itself', '/proc/self/exe', undefined],
  ['another by number', '/proc/7/exe', undefined],
  ['an open file', '/dev/fd/6', undefined],
  ['an open file of a process', '/proc/self/fd/6', undefined],
  ['a relative name', './x', undefined],
  ['a name to be searched for', 'sh', undefined],
  ['of Windows', 'C:\\Windows\\System32\\cmd.exe', undefined],
  ['longer than the kernel takes', `/${'a'.repeat(5000)}`, undefined],
];

suite('where a program is, as sensors name it', () => {
  for (const [name, executable, wanted] of cases)
    test(name, () => {
      assert.deepEqual(placeOfProgram(executable), wanted);
    });
});
