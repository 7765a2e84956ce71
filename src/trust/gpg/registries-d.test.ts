import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isFault } from '../../core/fault.ts';
import { parseRegistriesD, readRegistriesD, usualLookaside } from './registries-d.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-registries-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const parse = (...texts: readonly string[]) =>
  parseRegistriesD(texts.map((text, position) => ({ name: `${position}.yaml`, text })));

const refusal = (...texts: readonly string[]): string => {
  try {
    parse(...texts);
    return '';
  } catch (thrown) {
    assert.ok(isFault(thrown) && thrown.kind === 'misuse' && thrown.code === 'REGISTRIES_D_INVALID');
    return thrown.message;
  }
};

test('the most precise namespace that names a place decides', () => {
  const config = parse(
    `default-docker:
  sigstore: file:///default
docker:
  registry.example/team/app:1:
    lookaside: https://tag.example
  registry.example/team:
    lookaside: https://team.example
    sigstore: https://old.example
  registry.example:
    sigstore: https://host.example/s
`,
    `docker:
  registry.example/team/silent:
    use-sigstore-attachments: true
  "*.wild.example":
    lookaside: file:///wild
`,
  );
  const of = (repository: string, tag = '1') => config.lookasideOf({ repository, tag });
  assert.equal(of('registry.example/team/app'), 'https://tag.example');
  assert.equal(of('registry.example/team/app', '2'), 'https://team.example');
  assert.equal(of('registry.example/team/silent'), 'https://team.example');
  assert.equal(of('registry.example/teammate/app'), 'https://host.example/s');
  assert.equal(of('a.wild.example/app'), 'file:///wild');
  assert.equal(of('wild.example/app'), 'file:///default');
});

test('files with nothing in them are fine, and say nothing', () => {
  assert.equal(
    parse('', '# nothing\n', 'docker:\ndefault-docker:\n').lookasideOf({ repository: 'a.example/b' }),
    undefined,
  );
});

test('two files that speak of one name, and what is no mapping, are refused', () => {
  assert.match(refusal('default-docker: {lookaside: "file:///a"}', 'default-docker: {lookaside: "file:///b"}'), /both/);
  assert.match(refusal('docker: {a.example: {lookaside: "x"}}', 'docker: {a.example: {}}'), /"a\.example" stands both/);
  assert.match(refusal('docker: [a]'), /0\.yaml:1: docker: a mapping/);
  assert.match(refusal('docker: {a: {lookaside: 1}}'), /address/);
  assert.notEqual(refusal('docker: {a: {}, a: {}}'), '');
});

test('the user’s folder stands instead of the system’s', async () => {
  const home = join(folder, 'home');
  const system = join(folder, 'etc');
  const read = async (HOME: string) =>
    (await readRegistriesD({ environment: { HOME } }, system)).lookasideOf({ repository: 'a.example/b' });
  assert.equal(await read(home), undefined);
  await mkdir(join(system, 'containers/registries.d'), { recursive: true });
  await writeFile(join(system, 'containers/registries.d/x.yaml'), 'default-docker: {lookaside: "file:///system"}');
  await writeFile(join(system, 'containers/registries.d/x.yaml.old'), 'no: [yaml');
  assert.equal(await read(home), 'file:///system');
  const own = join(home, '.config/containers/registries.d');
  await mkdir(own, { recursive: true });
  assert.equal(await read(home), undefined);
  await writeFile(join(own, 'mine.yaml'), 'docker: {a.example: {lookaside: "file:///mine"}}');
  assert.equal(await read(home), 'file:///mine');
});

test('without configuration signatures lie where podman keeps them', () => {
  assert.equal(usualLookaside({ environment: {} }, true), 'file:///var/lib/containers/sigstore');
  assert.equal(
    usualLookaside({ environment: { HOME: '/home/me' } }, false),
    'file:///home/me/.local/share/containers/sigstore',
  );
});
