import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { parseHonest, readHonest } from './honest.ts';
import { planTwin, planVariant } from './reconstruct.ts';
import { parseCampaign, readCampaigns } from './specification.ts';

const { images } = parseCampaign(
  `
campaign: a campaign
source: a report
images:
  - id: one
    class: miner
    about: an image
    caught: [static]
    fact: { words: a program, intents: [miner] }
    words: { place: [/opt/first, /srv/second, /usr/third] }
    name: docker.io/someone/one:«hex:6»
    config: { Entrypoint: ['«place»', '«wallet:monero»', '«address:c2»'] }
    layers:
      - by: COPY . /
        files:
          - { path: «place», fact: true, program: { linkage: static, kilobytes: 2, strings: ['marker of the test'] } }
          - { path: /run.sh, script: "#!/bin/sh\\necho ran «place»\\n" }
          - { path: /app.py, wrapped: { rounds: 3, text: "print('inner')\\n" } }
    twin: { about: honest, name: registry.example/one, layers: [] }
`,
  'campaign.yaml',
);
const [spec] = images;
assert.ok(spec !== undefined);

const entriesOf = (variant: Parameters<typeof planVariant>[2]) =>
  planVariant('campaign', spec, variant).layers.flatMap(({ entries }) => entries);
const textOf = (content: string | Uint8Array | undefined): string => Buffer.from(content ?? '').toString('latin1');

test('each wording has its variant, and the fact follows it', () => {
  assert.deepEqual(planVariant('campaign', spec, 'described').facts, ['opt/first']);
  assert.deepEqual(planVariant('campaign', spec, 'elsewhere').facts, ['srv/second']);
  assert.deepEqual(planVariant('campaign', spec, 'renamed').facts, ['usr/third']);
});

test('made values are the same for the same variant, others for another, and documentation addresses', () => {
  const [, wallet = '', address = ''] = planVariant('campaign', spec, 'described').config['Entrypoint'] as string[];
  assert.deepEqual(planVariant('campaign', spec, 'described'), planVariant('campaign', spec, 'described'));
  assert.notEqual(wallet, (planVariant('campaign', spec, 'packed').config['Entrypoint'] as string[])[1]);
  assert.match(address, /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/);
});

test('packed hides the strings of a program, and a script still does what it did', () => {
  const entries = entriesOf('packed');
  assert.ok(textOf(entriesOf('described')[0]?.content).includes('marker of the test'));
  assert.ok(!textOf(entries[0]?.content).includes('marker of the test'));
  const script = textOf(entries[1]?.content);
  assert.ok(!script.includes('echo ran'));
  assert.equal(spawnSync('sh', [], { input: script, encoding: 'utf8' }).stdout, 'ran /opt/first\n');
});

test('split brings programs under another name, and moves them where they belong', () => {
  const { layers } = planVariant('campaign', spec, 'split');
  assert.ok(layers.every(({ entries }) => entries.length <= 2));
  const deleted = layers.flatMap(({ entries }) => entries).filter(({ type }) => type === 'deletion');
  assert.equal(deleted.length, 2);
  assert.ok(layers.some(({ entries }) => entries[0]?.path === deleted[0]?.path && entries[0]?.type === undefined));
});

test('another architecture is another machine, on a base that has it', () => {
  const plan = planVariant('campaign', spec, 'arm64');
  assert.equal(plan.base, 'alpine');
  assert.equal(Buffer.from(plan.layers[0]?.entries[0]?.content ?? '').readUInt16LE(18), 183);
});

test('wrapped text is at the bottom of as many layers as asked for', () => {
  let text = textOf(entriesOf('described')[2]?.content);
  for (let round = 0; round < 3; round += 1) {
    const encoded = /\('([A-Za-z0-9+/=]+)'\)\)\n$/.exec(text)?.[1] ?? '';
    text = inflateSync(Buffer.from(encoded.split('').toReversed().join(''), 'base64')).toString();
  }
  assert.equal(text, "print('inner')\n");
});

test('every specification can be built, in every variant it names', () => {
  for (const { id, images } of readCampaigns())
    for (const image of images) {
      assert.ok(planTwin(id, image).layers.length === image.twin.layers.length);
      if (image.id === spec.id) assert.fail('the specification of this test is none of the benchmark');
      assert.ok(planVariant(id, image, image.variants[0] ?? 'described').name !== '');
    }
});

test('a wording that is not there is an error, and so is a member that nobody knows', () => {
  const broken = { ...spec, config: { Entrypoint: ['«nothing»'] } };
  assert.throws(() => planVariant('campaign', broken, 'described'), /«nothing» has no wordings/);
  assert.throws(() => parseHonest('- { id: a, about: b, kind: packages, pakages: [x] }'), /pakages/);
});

test('there are at least 40 honest images, 15 of which hold software that no package owns', () => {
  const honest = readHonest();
  assert.ok(honest.length >= 40);
  assert.ok(honest.filter(({ kind }) => kind === 'unowned').length >= 15);
  assert.equal(new Set(honest.map(({ id }) => id)).size, honest.length);
});
