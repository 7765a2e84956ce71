import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zipOf } from '../../test/builders/zip.ts';
import { findAdvisories, parseLinesFile } from '../audit/known-packages/advisory-lines.ts';
import { explain } from './explain.ts';
import { addRules, checkRulesAt, listRules } from './rules.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidewaiter-rules-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const record = (id: string, name: string): string =>
  JSON.stringify({ id, affected: [{ package: { ecosystem: 'npm', name }, versions: ['1.0.0'] }] });

let homes = 0;
/** A user of its own for each case. */
const openUser = () => {
  const home = join(folder, `user-${(homes += 1)}`);
  const rules = join(home, 'tidewaiter/rules');
  return {
    add: (name: string) => addRules(join(folder, name), { XDG_CONFIG_HOME: home }),
    kept: () => readdir(rules, { recursive: true }),
    async find(file: string, name: string): Promise<readonly string[]> {
      const lines = parseLinesFile(await readFile(join(rules, file), 'utf8'))?.lines ?? [];
      return findAdvisories(lines, 'npm', name).map(({ id }) => id);
    },
  };
};

test('a zip of records becomes one list', async () => {
  const members = [record('MAL-1', 'a'), record('GHSA-1', 'b')].map((content, at) => ({ name: `${at}.json`, content }));
  await writeFile(join(folder, 'npm.zip'), zipOf(members));
  const user = openUser();
  const { check, replaced, paths } = await user.add('npm.zip');
  assert.deepEqual([check.package.accepted, check.package.others, replaced, paths.length], [1, 1, false, 1]);
  assert.deepEqual(await user.kept(), ['npm.packages']);
  assert.deepEqual([await user.find('npm.packages', 'a'), await user.find('npm.packages', 'b')], [['MAL-1'], []]);
});

test('added again it replaces what was there', async () => {
  const user = openUser();
  await writeFile(join(folder, 'feed.json'), record('MAL-1', 'a'));
  await user.add('feed.json');
  await writeFile(join(folder, 'feed.json'), record('MAL-2', 'b'));
  assert.equal((await user.add('feed.json')).replaced, true);
  assert.deepEqual(await user.kept(), ['feed.packages']);
  assert.deepEqual([await user.find('feed.packages', 'a'), await user.find('feed.packages', 'b')], [[], ['MAL-2']]);
});

test('a folder of rules and records: rules are copied, records are listed', async () => {
  await mkdir(join(folder, 'both'));
  await writeFile(
    join(folder, 'both/one.yar'),
    'rule one { strings: $ = "inert-marker-text" condition: any of them }\n',
  );
  await writeFile(join(folder, 'both/one.json'), record('MAL-1', 'a'));
  const user = openUser();
  const { paths } = await user.add('both');
  assert.equal(paths.length, 2);
  assert.deepEqual((await user.kept()).sort(), ['both', 'both.packages', 'both/one.yar']);
});

test('what holds nothing to use is refused, and nothing is kept', async () => {
  await writeFile(join(folder, 'flaws.json'), record('GHSA-1', 'a'));
  const user = openUser();
  await assert.rejects(user.add('flaws.json'), { code: 'RULES_NOT_ACCEPTED' });
  await assert.rejects(user.kept(), { code: 'ENOENT' });
  await assert.rejects(user.add('missing.zip'), { code: 'RULES_NOT_FOUND' });
});

const sigmaRule = (condition: string): string =>
  [
    'title: Marker',
    'id: 11111111-2222-4333-8444-555555555555',
    'logsource: { product: tidewaiter }',
    'detection:',
    "  selection: { tidewaiter.process.commandLine|contains: inert-marker-text, tidewaiter.place.namespace|expand: '%NamespaceScope%' }",
    `  condition: ${condition}`,
    'level: high',
    '',
  ].join('\n');

test('Sigma rules are checked and listed with the others; one that cannot be compiled is told with its line', async () => {
  await mkdir(join(folder, 'events'));
  await writeFile(join(folder, 'events/good.yml'), sigmaRule('selection'));
  await writeFile(join(folder, 'events/bad.yaml'), sigmaRule('nothing'));
  const user = openUser();
  const { check } = await user.add('events');
  assert.deepEqual([check.sigma.accepted, check.yara.accepted], [1, 0]);
  const [rejected, ...others] = check.sigma.rejected;
  assert.match(rejected?.file ?? '', /bad\.yaml$/);
  assert.ok((rejected?.line ?? 0) > 1 && rejected?.reason !== '' && others.length === 0);
  assert.match(rejected?.reason ?? '', /names “nothing”, which is not defined; there are “selection”/);
  assert.deepEqual(check.yara.rejected, [], 'a file of one kind is no broken file of another');
  const { rules } = await listRules({ rules: [join(folder, 'events/good.yml')], defaultRules: true }, {});
  const [own] = rules.filter(({ id }) => id === 'sigma/good');
  assert.deepEqual([own?.severity, own?.title], ['high', 'Marker']);
  assert.ok(rules.some(({ id, file }) => id.startsWith('sigma/') && file !== own?.file));
});

test('Sigma rules are checked with the values that the configuration gives, and remarks do not keep them out', async () => {
  const file = join(folder, 'own.yml');
  await writeFile(file, sigmaRule('selection').replace('%NamespaceScope%', '%OurScope%'));
  const without = await checkRulesAt([file]);
  assert.deepEqual([without.sigma.accepted, without.sigma.rejected.length], [0, 1]);
  assert.match(without.sigma.rejected[0]?.reason ?? '', /“%OurScope%” has no values .*below “watch:”/);
  const content = { parameters: { OurScope: ['blue'] } };
  const given = await checkRulesAt([file], { content, fileName: 'tidewaiter.yaml' });
  assert.deepEqual([given.sigma.accepted, given.sigma.rejected, given.sigma.remarks], [1, [], []]);
  await writeFile(
    file,
    sigmaRule('selection or other').replace('condition', 'other: { x|gt: 5 }\n  third: { y: 1 }\n  condition'),
  );
  const { sigma } = await checkRulesAt([file], { content: { parameters: { OurScope: ['blue'] } }, fileName: '' });
  assert.equal(sigma.accepted, 1);
  assert.deepEqual(
    sigma.remarks.map(({ reason }) => /“third”|requires no literal/.exec(reason)?.[0]),
    ['“third”', 'requires no literal'],
  );
});

test('a rule of which only correlations hear is not listed, and can be explained all the same', async () => {
  const choice = { rules: [], defaultRules: true };
  const { rules, silent } = await listRules(choice, {});
  const [one] = silent;
  assert.ok(one !== undefined && !rules.some(({ id }) => id === one.id));
  const { subject, details } = await explain(one.id, choice, {});
  assert.equal(subject, one.id);
  assert.match(details.join(' '), /never told on its own/);
  const other = await explain(rules.find(({ id }) => id.startsWith('sigma/'))?.id ?? '', choice, {});
  assert.doesNotMatch(other.details.join(' '), /never told/);
});
