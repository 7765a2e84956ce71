/** A real Docker engine of the newer kind, with either of its stores: what it pulls, loads and saves is one image with what other places hold. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { groupHoldings } from '../../src/app/deployed-images.ts';
import { openInspector, type Inspector } from '../../src/app/inspect.ts';
import { resolveSettings } from '../../src/app/settings.ts';
import type { Context } from '../../src/core/context.ts';
import type { Dossier } from '../../src/core/dossier.ts';
import { isSameImage } from '../../src/core/identity.ts';
import type { Image, ImageSource } from '../../src/core/image.ts';
import type { PlatformChoice } from '../../src/core/platform.ts';
import { parseReference, type Reference } from '../../src/core/reference.ts';
import { joinSurveys } from '../../src/estate/finder.ts';
import { containerd } from '../../src/estate/finders/containerd.ts';
import { docker } from '../../src/estate/finders/docker.ts';
import {
  buildImage,
  buildIndex,
  writeDockerArchive,
  writeOciArchive,
  writeOciLayout,
} from '../../src/image/oci-layout-writer.ts';
import { dockerArchive } from '../../src/image/sources/docker-archive.ts';
import { dockerDaemon } from '../../src/image/sources/docker-daemon.ts';
import { ociLayout } from '../../src/image/sources/oci-layout.ts';
import { registry } from '../../src/image/sources/registry.ts';
import { faultOf, listImage, listTar, sampleImage, takeAny } from '../contracts/image-source.contract.ts';
import { fakeContext } from '../fakes/context.ts';
import { startFakeRegistry, type FakeRegistry } from '../fakes/registry.ts';
import { startContainedDocker, type ContainedDocker, type Store } from './contained-docker.ts';
import { readDebianRoot } from './debian-root.ts';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const when = { skip: required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1' };

const arm: PlatformChoice = { all: false, platform: { os: 'linux', architecture: 'arm64' }, asked: true };
const armImage = buildImage({
  layers: [{ entries: [{ path: 'etc/arch', content: 'arm64' }], createdBy: 'COPY arch /etc' }],
  config: { architecture: 'arm64' },
});

/** What `docker buildx` puts beside each image. */
const attestation = buildImage({
  layers: [{ tar: Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}'), compression: 'none' }],
  config: { architecture: 'unknown', os: 'unknown' },
});
const index = buildIndex([
  { image: sampleImage },
  { image: armImage },
  {
    image: attestation,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': sampleImage.manifestDigest,
    },
  },
]);

/** The layers of the sample, packed in another way: other blobs and another config, the same files. */
const repacked = buildImage({
  layers: sampleImage.tars.map((tar) => ({ tar, compression: 'gzip' as const })),
  config: { architecture: 'amd64', author: 'somebody else' },
});

/** Loaded from an archive of the old kind. */
const oldImage = buildImage({
  layers: [
    {
      entries: [{ path: 'opt/old', content: 'the application of old' }],
      compression: 'none',
      createdBy: 'COPY old /opt',
    },
  ],
});
const oldName = 'registry.example/team/old:1';
const manyName = 'registry.example/team/many:1';

const rule = `
rule marker_of_this_test {
  meta:
    description = "the text that the sample image holds"
    severity = "low"
  strings:
    $text = "the application"
  condition:
    $text
}
`;

/** What was found where. The layers' own digests are those of how a place packs them. */
const outcome = ({ findings, gaps, coverage, config }: Dossier): unknown => ({
  findings: findings.map(({ evidence, ...finding }) => ({
    ...finding,
    evidence: evidence.map((proof) => ({ ...proof, layer: undefined })),
  })),
  gaps,
  files: coverage.files,
  config,
});

for (const store of ['containerd', 'overlay2'] as const satisfies readonly Store[])
  void suite(`Docker with the ${store} store`, when, () => {
    let folder = '';
    let root = '';
    let context: Context;
    let server: FakeRegistry;
    let engine: ContainedDocker;
    let inspector: Inspector;

    const pulled = (name: string): string => `${server.host}/team/${name}:1`;
    const open = async (
      source: ImageSource,
      reference: Reference,
      choice: PlatformChoice = takeAny,
    ): Promise<Image & AsyncDisposable> => {
      const [image, ...others] = await source.resolve(reference, choice, context);
      assert.ok(image !== undefined && others.length === 0);
      return image;
    };
    const fromEngine = (name: string, choice?: PlatformChoice): Promise<Image> =>
      open(dockerDaemon, parseReference(`docker-daemon:${name}`), choice);
    const engineId = async (name: string): Promise<unknown> =>
      (JSON.parse(await engine.call('GET', `/images/${name}/json`)) as { Id: unknown }).Id;

    before(
      async () => {
        if (!required) return;
        folder = await mkdtemp(join(tmpdir(), 'tidewaiter-store-'));
        root = await readDebianRoot(['testing', 'stable'], ['docker.io']);
        engine = await startContainedDocker(root, join(folder, 'engine'), store);
        server = await startFakeRegistry();
        server.put('team/app', sampleImage, '1');
        server.put('team/many', index, '1');
        server.put('team/repacked', repacked, '1');
        context = {
          ...fakeContext({
            environment: { DOCKER_HOST: `unix://${engine.socket}` },
            network: { timeoutMs: 30_000 },
          }),
          temporaryFolder: async () => folder,
        };
        await engine.pull(pulled('app'));
        await engine.pull(pulled('many'));
        await writeDockerArchive(join(folder, 'old.tar'), oldImage, { name: oldName, layout: 'classic' });
        await engine.load(join(folder, 'old.tar'));
        await writeFile(join(folder, 'marker.yar'), rule);
        const flags = { rules: [join(folder, 'marker.yar')], defaultRules: false, cache: false, cores: 2 };
        inspector = await openInspector(resolveSettings({ flags, environment: {}, file: {}, fileName: '' }), context);
      },
      { timeout: 300_000 },
    );

    after(async () => {
      // Whatever of these did not come about.
      await using _inspector = inspector;
      await using _server = server;
      try {
        await (engine as ContainedDocker | undefined)?.[Symbol.asyncDispose]();
      } finally {
        if (folder !== '') await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    });

    test('is the engine and the store that is meant', async () => {
      const info = JSON.parse(await engine.call('GET', '/info')) as Record<string, unknown>;
      assert.ok(Number.parseInt(String(info['ServerVersion']), 10) >= 26, String(info['ServerVersion']));
      const isContainerd = JSON.stringify(info['DriverStatus']).includes('io.containerd.snapshotter.v1');
      assert.equal(isContainerd, store === 'containerd');
    });

    test('names a pulled image in its own way, and gives the image that the registry has', async () => {
      await using image = await fromEngine(pulled('app'));
      await using origin = await open(registry, parseReference(`docker://${pulled('app')}`));
      assert.ok(isSameImage(image.identity, origin.identity));
      assert.equal(image.identity.config, sampleImage.configDigest);
      assert.deepEqual(image.identity.diffIds, sampleImage.diffIds);
      if (store === 'containerd') assert.deepEqual(image.identity, origin.identity);
      assert.equal(
        await engineId(pulled('app')),
        store === 'containerd' ? sampleImage.manifestDigest : sampleImage.configDigest,
      );
      assert.deepEqual([image.findings, image.gaps], [[], []]);
      assert.deepEqual(await listImage(image, context), await Promise.all(sampleImage.tars.map(listTar)));
      assert.deepEqual(
        image.layers.map(({ createdBy }) => createdBy),
        ['COPY base /', 'RUN make', 'COPY app /srv'],
      );
    });

    test('of an image that the engine and its own containerd both tell of, there is one', async () => {
      const socket = join(folder, 'engine/exec/containerd/containerd.sock');
      const own = { ...context, environment: { ...context.environment, CONTAINERD_ADDRESS: socket } };
      const surveys = [await docker.find({ root: '/' }, own), await containerd.find({ root: '/' }, own)];
      assert.deepEqual(
        surveys.map(({ answered, problems }) => [answered.length, problems]),
        [
          [1, []],
          [1, []],
        ],
      );
      const images = groupHoldings(joinSurveys(surveys).holdings);
      const places = images.map(({ exact, uses }) => [
        exact.some((digest) => [sampleImage.configDigest, sampleImage.manifestDigest].includes(digest)),
        uses.map(({ engine, names }) => [engine, names.map((name) => name.slice(name.lastIndexOf('/') + 1))]),
      ]);
      // The image and the index that holds it are two names for one content; the old one came from an archive.
      const sample = store === 'containerd' ? ['docker', 'containerd'] : ['docker'];
      const [shared] = places.filter(([isSample]) => isSample);
      assert.equal(places.filter(([isSample]) => isSample).length, 1, JSON.stringify(places));
      assert.deepEqual(
        ((shared?.[1] ?? []) as [string, string[]][]).map(([engine, names]) => [
          engine,
          names.toSorted((a, b) => (a < b ? -1 : 1)),
        ]),
        sample.map((engine) => [engine, ['app:1', 'many:1']]),
      );
      assert.equal(places.length, 2);
    });

    test('gives the same image by the id that it lists', async () => {
      for (const name of ['app', 'many']) {
        await using image = await fromEngine(String(await engineId(pulled(name))));
        assert.equal(image.identity.config, sampleImage.configDigest);
        assert.deepEqual([image.findings, image.gaps], [[], []]);
      }
    });

    test('gives of an index the platform that it pulled, linked to the index where it keeps it', async () => {
      await using image = await fromEngine(pulled('many'));
      await using origin = await open(registry, parseReference(`docker://${pulled('many')}`));
      assert.ok(isSameImage(image.identity, origin.identity));
      if (store === 'containerd') {
        assert.equal(await engineId(pulled('many')), index.manifestDigest);
        assert.deepEqual(image.identity, origin.identity);
      }
      assert.match(await faultOf(fromEngine(pulled('many'), arm)), /^unavailable PLATFORM_NOT_FOUND: .*arm64/);
      const all = await dockerDaemon.resolve(parseReference(`docker-daemon:${pulled('many')}`), { all: true }, context);
      assert.deepEqual(
        all.map(({ identity }) => identity.config),
        [sampleImage.configDigest],
      );
      for (const one of all) await one[Symbol.asyncDispose]();
    });

    test('gives the image that was loaded from an archive of the old kind', async () => {
      await using image = await fromEngine(oldName);
      await using archive = await open(dockerArchive, parseReference(`docker-archive:${folder}/old.tar`));
      assert.ok(isSameImage(image.identity, archive.identity));
      assert.equal(image.identity.config, oldImage.configDigest);
      assert.deepEqual([image.findings, image.gaps], [[], []]);
      assert.deepEqual(await listImage(image, context), await Promise.all(oldImage.tars.map(listTar)));
    });

    test('what it saves is read by name from the archive, and is the same image', async () => {
      const file = join(folder, 'several.tar');
      await engine.save(file, pulled('app'), oldName);
      for (const [name, built] of [
        [pulled('app'), sampleImage],
        [oldName, oldImage],
      ] as const) {
        await using image = await open(dockerArchive, parseReference(`docker-archive:${file}:${name}`));
        await using held = await fromEngine(name);
        assert.ok(isSameImage(image.identity, held.identity));
        assert.deepEqual(image.identity.diffIds, built.diffIds);
        assert.deepEqual([image.findings, image.gaps], [[], []]);
        assert.deepEqual(await listImage(image, context), await Promise.all(built.tars.map(listTar)));
      }
      assert.match(
        await faultOf(open(dockerArchive, parseReference(`docker-archive:${file}`))),
        /^misuse IMAGE_NAME_NEEDED: (?=.*team\/app:1)(?=.*team\/old:1)/,
      );
    });

    test('has the same findings as every other place, under one identity', async () => {
      await engine.save(join(folder, 'saved.tar'), pulled('app'));
      await writeOciLayout(join(folder, 'layout'), sampleImage, 'app');
      await writeOciArchive(join(folder, 'layout.tar'), sampleImage, 'app');
      const references = [
        `docker-daemon:${pulled('app')}`,
        `docker-daemon:${pulled('many')}`,
        `docker-archive:${folder}/saved.tar`,
        `docker://${pulled('app')}`,
        `oci:${folder}/layout:app`,
        `oci-archive:${folder}/layout.tar:app`,
      ];
      const dossiers: Dossier[] = [];
      for (const reference of references) {
        const [verdict, ...others] = await inspector.inspect(reference);
        assert.ok(verdict !== undefined && others.length === 0);
        dossiers.push(verdict.dossier);
      }
      const [first, ...others] = dossiers;
      assert.ok(first !== undefined);
      assert.deepEqual(first.gaps, []);
      const [marker, ...more] = first.findings.filter((finding) => finding.rule === 'yara/marker/marker_of_this_test');
      assert.ok(marker?.evidence[0].kind === 'excerpt' && more.length === 0);
      assert.deepEqual([marker.evidence[0].path, marker.evidence[0].layerIndex], ['srv/app.txt', 2]);
      for (const other of others) {
        assert.deepEqual(outcome(other), outcome(first), other.reference);
        assert.ok(isSameImage(other.identity, first.identity), other.reference);
      }
    });

    test('layers that it never fetched, as it had their files already, are not taken for an image without content', async () => {
      await engine.pull(pulled('repacked'));
      if (store === 'overlay2') {
        await using image = await fromEngine(pulled('repacked'));
        assert.equal(image.identity.config, repacked.configDigest);
        assert.deepEqual(await listImage(image, context), await Promise.all(repacked.tars.map(listTar)));
        return;
      }
      assert.match(
        await faultOf(fromEngine(pulled('repacked'))),
        /^unavailable ENGINE_CONTENT_MISSING: .*docker:\/\/127\.0\.0\.1:\d+\/team\/repacked:1/,
      );
      const [verdict] = await inspector.inspect(`docker-daemon:${pulled('repacked')}`);
      assert.deepEqual([verdict?.assessment, verdict?.decision], ['incomplete', 'deny']);
      await engine.save(join(folder, 'hollow.tar'), pulled('repacked'));
      assert.match(
        await faultOf(open(dockerArchive, parseReference(`docker-archive:${folder}/hollow.tar`))),
        /^unavailable BLOB_MISSING/,
      );
    });

    // The older store loads no layout without a manifest.json.
    if (store === 'containerd')
      test('gives every platform of an index that was loaded as a layout, and no attestation as an image', async () => {
        await writeOciArchive(join(folder, 'many.tar'), index, manyName);
        await writeOciLayout(join(folder, 'many'), index, 'many');
        await engine.load(join(folder, 'many.tar'));
        assert.equal(await engineId(manyName), index.manifestDigest);
        for (const choice of [takeAny, arm]) {
          await using image = await fromEngine(manyName, choice);
          await using layout = await open(ociLayout, parseReference(`oci:${folder}/many:many`), choice);
          assert.deepEqual(image.identity, layout.identity);
          assert.equal(image.identity.index, index.manifestDigest);
          assert.deepEqual([image.findings, image.gaps], [[], []]);
          assert.deepEqual(await listImage(image, context), await listImage(layout, context));
        }
        const all = await dockerDaemon.resolve(parseReference(`docker-daemon:${manyName}`), { all: true }, context);
        assert.deepEqual(
          all.map(({ identity, findings }) => [identity.config, findings]),
          [
            [sampleImage.configDigest, []],
            [armImage.configDigest, []],
          ],
        );
        for (const one of all) await one[Symbol.asyncDispose]();
      });

    test('leaves no process and no mount behind', async () => {
      const place = join(basename(folder), 'short');
      /** Processes that see the engine's folder mounted somewhere. */
      const inside = async (): Promise<number> => {
        const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
        const mounts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')));
        return mounts.filter((text) => text.includes(place)).length;
      };
      const own = await startContainedDocker(root, join(folder, 'short'), store);
      const running = await inside();
      await own[Symbol.asyncDispose]();
      assert.ok(running >= 2, 'dockerd and its containerd');
      assert.equal(await inside(), 0);
      assert.ok(!(await readFile('/proc/self/mountinfo', 'utf8')).includes(basename(root)));
    });
  });
