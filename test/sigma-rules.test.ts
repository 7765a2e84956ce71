/** Every built-in Sigma rule against records, as real sensors give them, that must fire it and that must not; and the shelf against its own conventions. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { loadSigma } from '../src/app/follow/sigma-rules.ts';
import { loadPack } from '../src/audit/rule-engine/rule-pack.ts';
import { chooseEngine } from '../src/audit/rule-engine/rule-engine.ts';
import { toExternals } from '../src/audit/rule-engine/externals.ts';
import { RuleRunner } from '../src/audit/rule-engine/rule-runner.ts';
import { checkRules } from '../src/detect/check-rules.ts';
import { openDetector, type Match } from '../src/detect/detector.ts';
import { ruleIdOf } from '../src/detect/incidents/detection.ts';
import type { Placeholders } from '../src/detect/placeholders.ts';
import type { Rule, RuleSet } from '../src/detect/rule.ts';
import { detectFileKind } from '../src/formats/file-kind.ts';
import { compileShelf, sigmaParameters, sigmaPlaceholders, sigmaShelf, sigmaTexts } from './builders/sigma-shelf.ts';
import { enrichments, ordinaryDay, sigmaSamples, stepEvents, type SampleSide } from './builders/sigma-samples.ts';

const root = join(import.meta.dirname, '..');
const locations = { builtIn: join(root, 'rules'), added: [] };

const loaded = compileShelf();
const nameOf = ({ head }: Pick<Rule, 'head'>): string => head.name ?? '';
const familyOf = ({ head }: Pick<Rule, 'head'>): string => basename(dirname(head.file));

/** Also what only other rules hear of is told: a sample is about its rule, whoever is told. */
const heard = ({ rules }: RuleSet): RuleSet => ({ rules: rules.map((rule) => ({ ...rule, alone: true })) });

const firedBy = (side: SampleSide, set: RuleSet): readonly string[] => {
  const detector = openDetector(heard(set));
  const matches = side.steps.flatMap(stepEvents).flatMap((event) => detector.push(event));
  return [...new Set(matches.map(({ rule }) => rule.name ?? ''))].toSorted();
};

const samples = sigmaSamples(join(sigmaShelf, 'samples'));
const sampleOf = (rule: string): (typeof samples)[number] => {
  const sample = samples.find((one) => one.rule === rule);
  assert.ok(sample !== undefined, rule);
  return sample;
};

test('every rule loads with the parameters as they come, and finds a literal to be indexed by', () => {
  const { rules, refused, remarks } = checkRules(sigmaTexts, { placeholders: sigmaPlaceholders });
  assert.deepEqual([refused, remarks], [[], []]);
  assert.ok(rules.rules.length >= 100, `${rules.rules.length} rules`);
});

test('the program loads what is tested here', () => {
  const { rules, refused, unreadable } = loadSigma(locations);
  assert.deepEqual([refused, unreadable], [[], []]);
  const headsOf = (set: RuleSet): readonly string[] =>
    set.rules.map(({ head, alone }) => `${ruleIdOf(head.file)} ${head.id} ${alone}`).toSorted();
  assert.deepEqual(headsOf(rules), headsOf(loaded.rules));
  assert.ok(headsOf(rules)[0]?.startsWith('sigma/an0691-acts '));
});

test('every rule has a sample, and every sample a rule', () => {
  assert.deepEqual(
    samples.map(({ family, rule }) => `${family}/${rule}`).toSorted(),
    loaded.rules.rules.map((rule) => `${familyOf(rule)}/${nameOf(rule)}`).toSorted(),
  );
});

test('every rule fires on its sample, is silent on the nearest honest one, and what others say of both is written there', () => {
  const expected: Record<string, readonly string[]> = {};
  const actual: Record<string, readonly string[]> = {};
  for (const { rule, fires, silent } of samples) {
    expected[`${rule} fires`] = [rule, ...(fires.also ?? [])].toSorted();
    actual[`${rule} fires`] = firedBy(fires, loaded.rules);
    expected[`${rule} silent`] = (silent.also ?? []).toSorted();
    actual[`${rule} silent`] = firedBy(silent, loaded.rules);
    assert.ok(silent.also?.includes(rule) !== true, `${rule} must be silent`);
  }
  assert.deepEqual(actual, expected);
});

/** Every member of a side's records but those that tell one record from the next. */
const membersOf = ({ steps }: SampleSide, count: number): ReadonlySet<string> => {
  const found = new Set<string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) found.add(`${path}=${String(value)}`);
    else for (const [name, inner] of Object.entries(value)) if (!ownNames.test(name)) walk(inner, `${path}/${name}`);
  };
  for (const [index, step] of steps.slice(0, count).entries()) walk(step, `${index}`);
  return found;
};
const ownNames = /^(?:time|timeNano|uuid|ts|uid|exec_id|insertId|auditID|event(?:ID|Time)|.*[tT]imestamp)$/;

/** A name, a digest and a tag change together, and so do the four members by which a record says that it is of a container. */
const nearMembers = 7;

test('what must leave a rule silent differs from what fires it by little more than what decides', () => {
  // Its other record is of another cloud, to show a catalogue of owners; what it counts are addresses.
  const apart: ReadonlySet<string> = new Set(['launched-unapproved-image', 'an0692-suspect-machine']);
  const far = samples.flatMap(({ rule, fires, silent }) => {
    // One step less is one difference.
    const count = Math.min(fires.steps.length, silent.steps.length);
    const [one, other] = [membersOf(fires, count), membersOf(silent, count)];
    const paths = new Set(
      [...one].filter((member) => !other.has(member)).concat([...other].filter((member) => !one.has(member))),
    );
    const differing = new Set([...paths].map((member) => member.slice(0, member.indexOf('='))));
    const bound = nearMembers * Math.max(1, count / 2);
    return differing.size > bound && !apart.has(rule) ? [`${rule}: ${differing.size}`] : [];
  });
  assert.deepEqual(far, []);
});

const wakes = ({ rule }: Match): boolean => rule.level !== 'informational' && rule.level !== 'low';

test('an ordinary day wakes nobody, and what is told of it is written there', () => {
  const hours = ordinaryDay(join(sigmaShelf, 'samples'));
  const detector = openDetector(loaded.rules);
  const actual = hours.map(({ what, steps }) => {
    const matches = steps.flatMap(stepEvents).flatMap((event) => detector.push(event));
    assert.deepEqual(matches.filter(wakes), [], what);
    return { what, told: [...new Set(matches.map(({ rule }) => rule.name ?? ''))].toSorted() };
  });
  assert.ok(actual.length >= 10);
  assert.deepEqual(
    actual,
    hours.map(({ what, told }) => ({ what, told: told.toSorted() })),
  );
});

test('nor does the first day, on which every image is new and none is judged', () => {
  const detector = openDetector(loaded.rules);
  const events = ordinaryDay(join(sigmaShelf, 'samples'))
    .flatMap(({ steps }) => steps)
    .flatMap((step) => stepEvents({ ...step, known: { image: { first_seen: true, judged: false } } }));
  const matches = events.flatMap((event) => detector.push(event));
  assert.deepEqual(matches.filter(wakes), []);
  assert.ok(matches.some(({ rule }) => rule.name === 'started-first-seen-image'));
});

/** What each parameter decides: of a rule's own sample, with another value, the contrary. */
const knobs: readonly {
  readonly parameter: string;
  readonly values: readonly string[];
  readonly rule: string;
  readonly side: 'fires' | 'silent';
}[] = [
  {
    parameter: 'ImageRegistryAllowList',
    values: ['registry.example/*'],
    rule: 'pulled-from-unlisted-registry',
    side: 'fires',
  },
  { parameter: 'TimeWindow', values: ['1m'], rule: 'an0691-chain-by-image', side: 'fires' },
  { parameter: 'TimeWindow', values: ['2h'], rule: 'an0691-chain-by-image', side: 'silent' },
  { parameter: 'SuspiciousBinaries', values: ['nc'], rule: 'suspicious-binary', side: 'fires' },
  { parameter: 'NamespaceScope', values: ['prod-*'], rule: 'created-from-unlisted-registry', side: 'fires' },
  { parameter: 'OutboundCIDRBlockList', values: ['203.0.113.0/24'], rule: 'blocked-destination', side: 'fires' },
  {
    parameter: 'ApprovedImageCatalog',
    values: ['ami-0123456789abcdef0'],
    rule: 'launched-unapproved-image',
    side: 'fires',
  },
  { parameter: 'ApprovedImageCatalog', values: ['RedHat'], rule: 'launched-unapproved-image', side: 'silent' },
  { parameter: 'UserDataInspection', values: ['*hostnamectl*'], rule: 'hostile-user-data', side: 'silent' },
  { parameter: 'FirstBootWindow', values: ['5m'], rule: 'an0692-chain', side: 'fires' },
  { parameter: 'FirstBootWindow', values: ['1h'], rule: 'an0692-chain', side: 'silent' },
  { parameter: 'VMTagScope', values: ['prod'], rule: 'launched-first-seen-image', side: 'fires' },
  { parameter: 'MiningPools', values: ['pool.example'], rule: 'pool-name-asked', side: 'fires' },
  { parameter: 'InternalNetworks', values: ['198.51.100.0/24'], rule: 'container-egress', side: 'fires' },
  { parameter: 'UsualMounts', values: ['/opt/new/*'], rule: 'drifted-program', side: 'fires' },
  { parameter: 'UsualMounts', values: ['/opt/*'], rule: 'program-from-mount', side: 'silent' },
  { parameter: 'FirstDeployWindow', values: ['5m'], rule: 'first-run-unannounced', side: 'fires' },
];

test('every parameter decides what the document says that it decides', () => {
  for (const { parameter, values, rule, side } of knobs) {
    const given: Placeholders = { [parameter]: values };
    const { rules, refused } = compileShelf(given);
    assert.deepEqual(refused, [], parameter);
    const fired = firedBy(sampleOf(rule)[side], rules).includes(rule);
    assert.equal(fired, side === 'silent', `${rule} with another ${parameter}`);
  }
});

const ruleTexts = loaded.rules.rules.map(({ head }) => readFileSync(head.file, 'utf8'));
const document = readFileSync(join(root, 'docs', 'detection.md'), 'utf8');
const readme = readFileSync(join(sigmaShelf, 'README.md'), 'utf8');

test('every parameter is used, explained, tried above, and in the document', () => {
  const used = new Set(ruleTexts.flatMap((text) => [...text.matchAll(/%(\w+)%/g)].map(([, name = '']) => name)));
  assert.deepEqual(Object.keys(sigmaParameters).toSorted(), [...used].toSorted());
  assert.deepEqual(
    Object.keys(sigmaParameters).toSorted(),
    [...new Set(knobs.map(({ parameter }) => parameter))].toSorted(),
  );
  for (const [name, { about, values, list }] of Object.entries(sigmaParameters)) {
    assert.ok(about.length > 20 && (values !== undefined) !== (list !== undefined), name);
    assert.ok(document.includes(`| \`${name}\` |`), `${name} in docs/detection.md`);
  }
});

test('every rule stands in the document with its level, and the document names no other', () => {
  const rows = [...document.matchAll(/^\| `sigma\/([\w-]+)` \| (\w+)( \(chains only\))? \| (.+) \|$/gm)];
  assert.deepEqual(
    rows.map(([, name, level, silent, title]) => JSON.stringify([name, level, silent === undefined, title])).toSorted(),
    loaded.rules.rules
      .map((rule) => JSON.stringify([nameOf(rule), rule.head.level, rule.alone, rule.head.title]))
      .toSorted(),
  );
});

test('every rule says what a report needs, under an id and a name of its own', () => {
  const problems = loaded.rules.rules.flatMap(({ head }, position) => {
    const text = ruleTexts[position] ?? '';
    const wants: readonly [boolean, string][] = [
      [/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(head.id), 'id'],
      [basename(head.file) === `${head.name ?? ''}.yml`, 'a file of its own name'],
      [head.title.length > 8 && head.title.length <= 100, 'title'],
      [head.description.length > 30, 'description'],
      [head.status === 'stable' || head.status === 'test', 'status'],
      [head.author === 'Tidewaiter', 'author'],
      [head.level !== undefined, 'level'],
      [head.falsePositives.length > 0, 'false positives'],
      [head.tags.includes('attack.t1204.003'), 'the technique'],
      [head.tags.some((tag) => /^attack\.(?:ds|det)\d{4}$/.test(tag)), 'a data source or detection strategy'],
      [head.tags.some((tag) => /^attack\.(?:ds0015|dc\d{4}|an069[12])$/.test(tag)), 'a data component or analytic'],
      [/^date: \d{4}-\d\d-\d\d$/m.test(text), 'date'],
    ];
    return wants.filter(([good]) => !good).map(([, what]) => `${head.file}: ${what}`);
  });
  assert.deepEqual(problems, []);
  const uncovered =
    'ds0015 ds0017 dc0064 ds0032 dc0072 dc0077 ds0007 dc0015 ds0030 dc0076 dc0080 det0248 an0691 an0692 t1036.005'
      .split(' ')
      .filter((tag) => !loaded.rules.rules.some(({ head, alone }) => alone && head.tags.includes(`attack.${tag}`)));
  assert.deepEqual(uncovered, []);
});

test('rules ask for nothing of an event that neither sensors nor the flow give', () => {
  const own: Readonly<Record<string, readonly string[]>> = {
    actor: ['name', 'kind', 'address', 'agent', 'account'],
    place: [
      'host',
      'engine',
      'cluster',
      'namespace',
      'pod',
      'container',
      'containerId',
      'cloud',
      'account',
      'instance',
      'registry',
    ],
    image: ['kind', 'written', 'reference', 'digest', 'resolved', 'id', 'owner', 'ownerAlias', 'name'],
    learnt: ['about', 'traits'],
    process: ['executable', 'commandLine', 'folder', 'user', 'hash', 'parentExecutable', 'parentCommandLine'],
    connection: ['direction', 'protocol', 'address', 'port', 'name', 'answers', 'sourceAddress'],
    rights: [
      'privileged',
      'hostNetwork',
      'hostProcesses',
      'hostIpc',
      'hostPaths',
      'capabilities',
      'pullPolicy',
      'public',
      'sharedWith',
    ],
  };
  const whole = ['action', 'outcome', 'target'];
  const known = new Set([
    ...whole,
    ...[own, enrichments].flatMap((map) =>
      Object.entries(map).flatMap(([part, names]) =>
        names.length === 0 ? [part] : names.map((name) => `${part}.${name}`),
      ),
    ),
  ]);
  const asked = new Set(
    ruleTexts.flatMap((text) =>
      [...text.matchAll(/\btidewaiter\.((?!miner|imp|tampering|exposure|hygiene|dual)[\w.]+)/g)].map(
        ([, name = '']) => name,
      ),
    ),
  );
  assert.deepEqual(
    [...asked].filter((name) => !known.has(name)),
    [],
  );
  for (const [part, names] of Object.entries(enrichments))
    for (const name of names.length === 0 ? [''] : names)
      assert.ok(
        readme.includes(
          name === '' ? `\`tidewaiter.${part}\`` : part === 'place' ? `.${name}\`` : `\`tidewaiter.${part}.${name}\``,
        ),
        `${part}.${name} in the README`,
      );
});

test('no rule for malware in images takes these rules or their samples for it', async () => {
  const { engine } = await chooseEngine();
  const { pack } = loadPack(locations, engine);
  const runner = new RuleRunner(pack, engine);
  const header = { path: 'opt/rule.yml', type: 'file', mode: 0o644, uid: 0, gid: 0, modified: 0 } as const;
  const fired = readdirSync(sigmaShelf, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ya?ml|md)$/.test(name))
    .flatMap((name) => {
      const content = readFileSync(join(sigmaShelf, name));
      const kind = detectFileKind(content.subarray(0, 4096), content.length);
      const { hits } = runner.run(kind, content, toExternals({ ...header, size: content.length }, kind));
      return hits.map(({ rule }) => `${name}: ${pack.rules[rule]?.id ?? ''}`);
    });
  runner.close();
  assert.deepEqual(fired, []);
});
