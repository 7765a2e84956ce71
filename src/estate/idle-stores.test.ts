import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { inFolder } from '../../test/contracts/image-source.contract.ts';
import { noSurvey, type Survey } from './finder.ts';
import { addIdleStores } from './idle-stores.ts';

const put = async (file: string, text = ''): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};

const codesOf = ({ problems }: Survey): readonly string[] => problems.map(({ fault }) => fault.code);

test('Docker’s images without Docker are a problem, and no absence any more', () =>
  inFolder(async (root) => {
    const where = `docker at unix://${root}/var/run/docker.sock`;
    const absent = { ...noSurvey, absent: [where, 'docker at unix:///elsewhere'] };
    await mkdir(join(root, 'var/lib/docker/image/overlay2/imagedb/content/sha256'), { recursive: true });
    assert.deepEqual(await addIdleStores('docker', root, absent, false), absent, 'an empty store is none');
    await put(join(root, 'var/lib/docker/image/overlay2/imagedb/content/sha256', 'a'.repeat(64)));
    const survey = await addIdleStores('docker', root, absent, false);
    assert.deepEqual([codesOf(survey), survey.absent], [['ENGINE_NOT_RUNNING'], ['docker at unix:///elsewhere']]);
    assert.match(survey.problems[0]?.fault.message ?? '', /var\/lib\/docker, .*start it \(systemctl start docker\)/);
    const running = { ...noSurvey, answered: [where] };
    assert.deepEqual(await addIdleStores('docker', root, running, false), running);
    assert.deepEqual(await addIdleStores('docker', root, absent, true), absent, 'another engine is meant');
  }));

test('Podman’s images, of the machine and of a person, without its service', () =>
  inFolder(async (root) => {
    const machines = join(root, 'var/lib/containers/storage/overlay-images/images.json');
    const own = join(root, 'home/someone/.local/share/containers/storage/vfs-images/images.json');
    await put(machines, '[]');
    await put(own, '[]\n');
    assert.deepEqual(codesOf(await addIdleStores('podman', root, noSurvey, false)), []);
    await put(machines, '[{"id":"a"}]');
    await put(own, 'damaged');
    const { problems } = await addIdleStores('podman', root, noSurvey, false);
    const user = process.getuid?.() ?? 0;
    assert.deepEqual(
      problems.map(({ where }) => where),
      [
        `podman at unix://${root}/run/podman/podman.sock`,
        `podman at unix://${root}/run/user/${user}/podman/podman.sock`,
      ],
    );
    assert.match(problems[0]?.fault.message ?? '', /podman system service --time=0 unix:\/\//);
  }));

test('containerd’s blobs without containerd', () =>
  inFolder(async (root) => {
    assert.deepEqual(codesOf(await addIdleStores('containerd', root, noSurvey, false)), []);
    await put(join(root, 'var/lib/containerd/io.containerd.content.v1.content/blobs/sha256', 'a'.repeat(64)));
    assert.deepEqual(codesOf(await addIdleStores('containerd', root, noSurvey, false)), ['ENGINE_NOT_RUNNING']);
  }));
