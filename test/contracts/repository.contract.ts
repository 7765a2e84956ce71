/** What every source owes that keeps something beside an image: found by tag, digest and subject; verified; absent is no failure. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Context } from '../../src/core/context.ts';
import { referrersTag, type Digest } from '../../src/core/digest.ts';
import type { Descriptor, Image, ImageSource, Repository } from '../../src/core/image.ts';
import { parseReference } from '../../src/core/reference.ts';
import { digestOf } from '../../src/image/digest-mismatch.ts';
import type { Built, BuiltImage } from '../../src/image/oci-layout-writer.ts';
import { faultOf, inFolder, sampleImage, takeAny } from './image-source.contract.ts';

/** A manifest that lies beside an image. */
export interface Companion extends Built {
  readonly tag?: string;
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const indexType = 'application/vnd.oci.image.index.v1+json';
const signatureType = 'application/vnd.example.signature';

const built = (mediaType: string, manifest: object, blobs: readonly Uint8Array[]): Built => {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...manifest }));
  const all = [...blobs, bytes].map((blob) => [digestOf(blob), blob] as const);
  return { mediaType, manifestDigest: digestOf(bytes), manifest: bytes, blobs: new Map(all) };
};

const describe = ({ mediaType, manifestDigest: digest, manifest }: Built): Descriptor => ({
  mediaType,
  digest,
  size: manifest.length,
});

/** An artifact as OCI 1.1 has them: the empty config, one layer with the payload. */
export const companionOf = (payload: string, subject?: Built, tag?: string): Companion => {
  const empty = Buffer.from('{}');
  const content = Buffer.from(payload);
  const mediaType = 'application/vnd.oci.empty.v1+json';
  const manifest = {
    artifactType: signatureType,
    config: { mediaType, digest: digestOf(empty), size: empty.length },
    layers: [{ mediaType: 'text/plain', digest: digestOf(content), size: content.length }],
    ...(subject === undefined ? {} : { subject: describe(subject) }),
    annotations: { 'org.example.made': payload },
  };
  return { ...built(manifestType, manifest, [empty, content]), ...(tag === undefined ? {} : { tag }) };
};

/** A list under the fallback tag, as tools wrote it that put the config's type, or none, where the artifact's belongs. */
export const listOf = (subject: Built, members: readonly Built[], wrong: object = {}): Companion => ({
  ...built(indexType, { manifests: members.map((member) => ({ ...describe(member), ...wrong })) }, []),
  tag: referrersTag(subject.manifestDigest),
});

export interface RepositoryCase {
  readonly about: string;
  readonly source: ImageSource;
  /** Puts the image there under the tag `1`, with what lies beside it. */
  readonly place: (
    folder: string,
    image: BuiltImage,
    companions: readonly Companion[],
  ) => Promise<{ readonly reference: string; readonly context?: Partial<Context> }>;
  /** `computed`: the place itself knows what names a subject. `tag`: by the fallback tag alone. */
  readonly referrers: 'computed' | 'tag';
  /** Puts these bytes where those of the digest lie. */
  readonly alter: (folder: string, digest: Digest, bytes: Uint8Array) => Promise<void>;
}

const tagged = companionOf('by its tag', undefined, 'sha256-0000.sig');
const signed = companionOf('a signature', sampleImage);
const stranger = companionOf('of something else', tagged);

export const repositoryContract = ({ about, source, place, referrers, alter }: RepositoryCase): void => {
  const open = (
    companions: readonly Companion[],
    run: (repository: Repository, context: Context, image: Image, folder: string) => Promise<void>,
  ): Promise<void> =>
    inFolder(async (folder, plain) => {
      const { reference, context: special } = await place(folder, sampleImage, companions);
      const context = { ...plain, ...special };
      const [image] = await source.resolve(parseReference(reference), takeAny, context);
      assert.ok(image?.repository !== undefined);
      try {
        await run(image.repository, context, image, folder);
      } finally {
        await image[Symbol.asyncDispose]();
      }
    });

  void suite(`beside an image: ${source.id}, ${about}`, () => {
    test('a manifest is found by tag and by digest, and says what it is', () =>
      open([tagged, listOf(sampleImage, [])], async (repository, context) => {
        const byTag = await repository.manifest('sha256-0000.sig', context);
        const byDigest = await repository.manifest(tagged.manifestDigest, context);
        assert.ok(byTag !== undefined && byDigest !== undefined);
        assert.deepEqual(Buffer.from(byTag.bytes), Buffer.from(tagged.manifest));
        assert.deepEqual(byTag.descriptor, byDigest.descriptor);
        assert.equal(byTag.descriptor.digest, tagged.manifestDigest);
        assert.equal(byTag.descriptor.artifactType, signatureType);
        assert.equal(byTag.descriptor.annotations?.['org.example.made'], 'by its tag');
      }));

    test('what is not there is absent, and no failure', () =>
      open([tagged, listOf(sampleImage, [])], async (repository, context) => {
        assert.equal(await repository.manifest('sha256-0001.sig', context), undefined);
        assert.equal(await repository.manifest(digestOf(Buffer.from('nothing')), context), undefined);
        assert.deepEqual(await repository.referrers(digestOf(Buffer.from('nothing')), context), []);
      }));

    test('a blob is whole and verified, and too large a one is not read', () =>
      open([tagged, listOf(sampleImage, [])], async (repository, context) => {
        const bytes = Buffer.from('by its tag');
        const descriptor = { mediaType: 'text/plain', digest: digestOf(bytes), size: bytes.length };
        assert.deepEqual(Buffer.from(await repository.blob(descriptor, 10, context)), bytes);
        assert.match(await faultOf(repository.blob(descriptor, 9, context)), /^limit CONTENT_TOO_LARGE/);
        const short = { ...descriptor, size: 9 };
        assert.match(await faultOf(repository.blob(short, 100, context)), /^(?:limit|malformed|unavailable) /);
        const gone = { ...descriptor, digest: digestOf(Buffer.from('nothing')) };
        assert.match(await faultOf(repository.blob(gone, 100, context)), /^unavailable BLOB_/);
      }));

    test('bytes that are not those of the digest are refused', () =>
      open([tagged, listOf(sampleImage, [])], async (repository, context, _image, folder) => {
        const bytes = Buffer.from('by its tag');
        const descriptor = { mediaType: 'text/plain', digest: digestOf(bytes), size: bytes.length };
        await alter(folder, descriptor.digest, Buffer.from('another on'));
        assert.match(await faultOf(repository.blob(descriptor, 10, context)), /^malformed BLOB_ALTERED/);
        await alter(folder, tagged.manifestDigest, Buffer.from(` ${Buffer.from(tagged.manifest).toString()}`));
        assert.match(await faultOf(repository.manifest(tagged.manifestDigest, context)), /^malformed MANIFEST_ALTERED/);
      }));

    test('what names a manifest as its subject is listed under it, and nothing else', () =>
      open(
        referrers === 'computed'
          ? [tagged, signed, stranger]
          : [tagged, signed, stranger, listOf(sampleImage, [signed])],
        async (repository, context, image) => {
          const found = await repository.referrers(sampleImage.manifestDigest, context);
          assert.deepEqual(
            found.map(({ digest, artifactType }) => [digest, artifactType]),
            [[signed.manifestDigest, signatureType]],
          );
          assert.deepEqual(await image.referrers(context), found);
        },
      ));

    if (referrers === 'tag')
      test('a list under the fallback tag is put right: wrong types, and what names another subject', () =>
        open(
          [tagged, signed, stranger, listOf(sampleImage, [signed, stranger], { artifactType: manifestType })],
          async (repository, context) => {
            const found = await repository.referrers(sampleImage.manifestDigest, context);
            assert.deepEqual(
              found.map(({ digest, artifactType }) => [digest, artifactType]),
              [[signed.manifestDigest, signatureType]],
            );
          },
        ));
  });
};

/** `index.json` of a layout with the sample image and its companions; their blobs are to be written beside it. */
export const layoutIndex = (image: Built, companions: readonly Companion[]): string => {
  const entry = (one: Built, tag?: string): object => ({
    ...describe(one),
    ...(tag === undefined ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } }),
  });
  return JSON.stringify({
    schemaVersion: 2,
    manifests: [entry(image, '1'), ...companions.map((companion) => entry(companion, companion.tag))],
  });
};
