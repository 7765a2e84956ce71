import assert from 'node:assert/strict';
import { test } from 'node:test';
import { described, fails, noise, startRegistry } from '../../test/fakes/registry-with-client.ts';

test('a blob goes on where the connection broke', async () => {
  await using one = await startRegistry();
  const bytes = noise(1_000_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 200_000 }, times: 3 });
  assert.ok(bytes.equals(await one.blob(blob)));
  const ranges = one.server.requests.map(({ headers }) => headers.range);
  assert.deepEqual(ranges, [undefined, 'bytes=200000-', 'bytes=400000-', 'bytes=600000-']);
});

test('a server that ignores Range starts over, and what was given is skipped', async () => {
  await using one = await startRegistry();
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 123_457 }, times: 1 });
  one.server.troubles.push({ on: /blobs/, how: { kind: 'ignore-range' } });
  assert.ok(bytes.equals(await one.blob(blob)));
});

test('a server that sends another range than asked for is not believed', async () => {
  await using one = await startRegistry();
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 1000 }, times: 1 });
  one.server.troubles.push({ on: /blobs/, how: { kind: 'wrong-range' } });
  await fails(one.blob(blob), 'RANGE_WRONG');
});

test('a blob that makes no progress is given up', async () => {
  await using one = await startRegistry();
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 10 } });
  await fails(one.blob(blob), 'REGISTRY_UNREACHABLE');
  assert.equal(one.server.requests.length, 3);
});

test('a blob that stalls is taken up once, then given up', async () => {
  await using one = await startRegistry({}, { network: { timeoutMs: 1000 } });
  const bytes = noise(500_000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'stall', bytes: 100_000 }, times: 1 });
  assert.ok(bytes.equals(await one.blob(blob)));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'stall', bytes: 100_000 } });
  await fails(one.blob(blob), 'REGISTRY_STALLED');
});

test('a blob that is longer than the manifest says is cut off', async () => {
  await using one = await startRegistry();
  const bytes = noise(1000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'longer', more: 5_000_000 } });
  await fails(one.blob(blob), 'BLOB_TOO_LONG', /more than the 1000 bytes/);
});

test('a blob may be taken beyond the size in the manifest, also over a connection that breaks there', async () => {
  await using one = await startRegistry();
  const bytes = noise(500_000);
  const blob = { ...described(bytes, one.server.putBlob(bytes)), size: 100_000, maximum: 600_000 };
  one.server.troubles.push({ on: /blobs/, how: { kind: 'break', bytes: 300_000 }, times: 1 });
  assert.ok(bytes.equals(await one.blob(blob)));
  assert.equal(one.server.requests.at(-1)?.headers.range, 'bytes=300000-');
  await fails(one.blob({ ...blob, maximum: 400_000 }), 'BLOB_TOO_LONG', /more than the 400000/);
});

test('a blob that is shorter ends, for the reader to compare', async () => {
  await using one = await startRegistry();
  const bytes = noise(1000);
  const blob = described(bytes, one.server.putBlob(bytes));
  one.server.troubles.push({ on: /blobs/, how: { kind: 'shorter', bytes: 400 } });
  assert.equal((await one.blob(blob)).length, 400);
});

test('a length that is announced too long does not hide that all is there', async () => {
  const bytes = noise(1000);
  for (const close of [true, false]) {
    await using one = await startRegistry({}, { network: { timeoutMs: 1000 } });
    const blob = described(bytes, one.server.putBlob(bytes));
    one.server.troubles.push({ on: /blobs/, how: { kind: 'announce', length: 2000, close } });
    assert.ok(bytes.equals(await one.blob(blob)));
  }
});
