import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { markerAuditor, memoryImage } from '../../test/builders/audit.ts';
import { fakeContext } from '../../test/fakes/context.ts';
import { mapMemory } from '../../test/fakes/map-memory.ts';
import { marker, markers } from '../../test/fakes/marker-analyzer.ts';

const context = fakeContext();
const entries = [{ path: 'usr/marked', content: markers.find }];

describe('an image that is known', () => {
  test('is not opened, and gives the same conclusions', async () => {
    const memory = mapMemory();
    await using auditor = await markerAuditor({ memory });
    const cold = await auditor.conclude(memoryImage([{ entries, createdBy: 'one' }]), context);
    const image = memoryImage([{ entries, createdBy: 'one' }]);
    const warm = await auditor.conclude(image, context);
    assert.deepEqual(image.opened, [0]);
    assert.equal(memory.keys('image').length, 1);
    assert.deepEqual(warm, { ...cold, layers: cold.layers.map((layer) => ({ ...layer, recalled: true })) });
    assert.equal(warm.findings.length, 1);
  });

  test('is what was kept, without asking the analyzers again', async () => {
    const memory = mapMemory();
    await using auditor = await markerAuditor({ memory });
    await auditor.conclude(memoryImage([{ entries }]), context);
    const [key = ''] = memory.keys('image');
    const kept: unknown = JSON.parse(Buffer.from(memory.recall('image', key) ?? []).toString());
    memory.remember('image', [{ key, value: Buffer.from(JSON.stringify({ ...(kept as object), story: ['kept'] })) }]);
    assert.deepEqual((await auditor.conclude(memoryImage([{ entries }]), context)).story, ['kept']);
    assert.deepEqual((await auditor.audit(memoryImage([{ entries }]), context)).story, []);
  });

  for (const [what, change] of Object.entries({
    'under another name': { reference: 'docker://registry.example/other:1' },
    'with another config': { config: { user: 'root' } },
    'with a claim of its own': { names: ['bash:5'] },
  }))
    test(`${what} is judged anew`, async () => {
      const memory = mapMemory();
      await using auditor = await markerAuditor({ memory });
      await auditor.conclude(memoryImage([{ entries }]), context);
      await auditor.conclude({ ...memoryImage([{ entries }]), ...(change as object) }, context);
      assert.equal(memory.keys('image').length, 2);
    });

  test('is judged anew when any analyzer knows more, also one that reads no files', async () => {
    const memory = mapMemory();
    const reader = { id: 'reader', about: 'reads no files', conclude: () => [] };
    for (const version of [1, 2]) {
      await using auditor = await markerAuditor({ memory, analyzers: [marker, { ...reader, version }] });
      const image = memoryImage([{ entries }]);
      await auditor.conclude(image, context);
      assert.deepEqual(image.opened, [version === 1 ? 1 : 0]);
    }
    assert.equal(memory.keys('image').length, 2);
  });
});

describe('what is not remembered', () => {
  const cases = {
    'an image with a layer that was cut short': {
      entries,
      change: { bytes: (stored: Uint8Array) => stored.subarray(0, 100) },
    },
    'an image with a layer that only its config names': { entries, change: { digest: undefined as never } },
    'an image with a file that ended the scan': { entries: [...entries, { path: 'x', content: markers.die }] },
  };
  for (const [what, layer] of Object.entries(cases))
    test(what, async () => {
      const memory = mapMemory();
      await using auditor = await markerAuditor({ memory });
      await auditor.conclude(memoryImage([layer, { entries: [{ path: 'a', content: 'a' }] }]), context);
      assert.deepEqual(memory.keys('image'), []);
    });
});
