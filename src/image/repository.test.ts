import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultOf } from '../../test/contracts/image-source.contract.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import type { ByteStream } from '../core/bytes.ts';
import type { Descriptor } from '../core/image.ts';
import { digestOf } from './digest-mismatch.ts';
import { openRepository, type ReferrerList, type RepositoryPlace } from './repository.ts';

const manifestOf = (more: object): Uint8Array => {
  const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(Buffer.from('{}')), size: 2 };
  return Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [], ...more }));
};

const descriptorOf = (bytes: Uint8Array, more: Partial<Descriptor> = {}): Descriptor => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(bytes),
  size: bytes.length,
  ...more,
});

interface Place extends RepositoryPlace {
  readonly asked: string[];
}

const placeOf = (stored: ReadonlyMap<string, Uint8Array>, lists: readonly ReferrerList[] = []): Place => {
  const asked: string[] = [];
  return {
    asked,
    where: 'a place',
    readManifest: async (name) => {
      asked.push(name);
      const bytes = stored.get(name);
      return bytes === undefined ? undefined : { bytes };
    },
    openBlob: async ({ digest }): Promise<ByteStream> => {
      asked.push(digest);
      return (async function* () {
        yield stored.get(digest) ?? new Uint8Array();
      })();
    },
    async *walkReferrers() {
      yield* lists;
    },
  };
};

const subject = manifestOf({ annotations: { what: 'the image' } });
const context = fakeContext();

test('a manifest that is too large for a signature is not read on', async () => {
  const large = manifestOf({ annotations: { filling: 'x'.repeat(5 * 2 ** 20) } });
  const repository = openRepository(placeOf(new Map([['1', large]])));
  assert.match(await faultOf(repository.manifest('1', context)), /^limit CONTENT_TOO_LARGE/);
});

test('what is kept is bounded: beyond it things are fetched again, and still given', async () => {
  const many = Array.from({ length: 12 }, (_, position) =>
    manifestOf({ annotations: { position: String(position), filling: 'x'.repeat(3 * 2 ** 20) } }),
  );
  const place = placeOf(new Map(many.map((bytes) => [digestOf(bytes), bytes])));
  const repository = openRepository(place);
  for (const bytes of [...many, ...many])
    assert.ok((await repository.manifest(digestOf(bytes), context)) !== undefined);
  assert.ok(place.asked.length > many.length && place.asked.length < 2 * many.length, String(place.asked.length));
});

test('several who ask at once cause one request', async () => {
  const place = placeOf(new Map([['1', subject]]));
  const repository = openRepository(place);
  await Promise.all([1, 2, 3].map(() => repository.manifest('1', context)));
  assert.deepEqual(place.asked, ['1']);
});

test('a list that somebody pushed is put right by the manifests; what is gone or unreadable stays as written', async () => {
  const type = 'application/vnd.example.signature';
  const signature = manifestOf({ artifactType: type, subject: descriptorOf(subject) });
  const stranger = manifestOf({ artifactType: type, subject: descriptorOf(signature) });
  const unreadable = Buffer.from('{"schemaVersion":2,"what":1}');
  const gone = descriptorOf(Buffer.from('gone'), { artifactType: 'application/vnd.example.gone' });
  const written = { artifactType: 'application/vnd.oci.empty.v1+json' };
  const list: ReferrerList = {
    from: 'written',
    descriptors: [
      descriptorOf(signature, written),
      descriptorOf(stranger, written),
      descriptorOf(unreadable, written),
      gone,
    ],
  };
  const stored = new Map([signature, stranger, unreadable].map((bytes) => [digestOf(bytes), bytes as Uint8Array]));
  const found = await openRepository(placeOf(stored, [list])).referrers(digestOf(subject), context);
  assert.deepEqual(
    found.map(({ digest, artifactType }) => [digest, artifactType]),
    [
      [digestOf(signature), type],
      [digestOf(unreadable), written.artifactType],
      [gone.digest, gone.artifactType],
    ],
  );
});

test('a list that a server computed is taken as it is; too long a pushed one is refused', async () => {
  const signature = manifestOf({ artifactType: 'application/vnd.example.signature' });
  const many = Array.from({ length: 257 }, (_, position) => descriptorOf(Buffer.from(String(position))));
  const place = placeOf(new Map(), [{ from: 'computed', descriptors: [descriptorOf(signature), ...many] }]);
  assert.equal((await openRepository(place).referrers(digestOf(subject), context)).length, 258);
  assert.deepEqual(place.asked, []);
  const pushed = openRepository(placeOf(new Map(), [{ from: 'written', descriptors: many }]));
  assert.match(await faultOf(pushed.referrers(digestOf(subject), context)), /^limit REFERRERS_TOO_MANY/);
});

test('a blob that is longer or shorter than its descriptor says is refused, also where its digest fits', async () => {
  const bytes = Buffer.from('payload');
  const repository = openRepository(placeOf(new Map([[digestOf(bytes), bytes]])));
  const blob = (size: number) => repository.blob({ ...descriptorOf(bytes), size }, 100, context);
  assert.deepEqual(Buffer.from(await blob(7)), bytes);
  assert.match(await faultOf(blob(6)), /^limit CONTENT_TOO_LARGE/);
  assert.match(await faultOf(blob(8)), /^malformed BLOB_ALTERED/);
});
