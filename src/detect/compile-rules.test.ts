/** Files of rules: what loads, what is refused and where, filters, field mappings, log sources. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  correlationOf,
  detectorOf,
  eventOf,
  isMatch,
  namedRule,
  refusalOf,
  ruleOf,
  selectionOf,
} from '../../test/builders/detecting.ts';
import { compileRules } from './compile-rules.ts';
import { openDetector } from './detector.ts';

const good = (id: string): string => ruleOf('s:\n  f: x\ncondition: s', `title: Rule ${id}\nid: ${id}`);

describe('documents', () => {
  test('one that is refused leaves the others of its file in place', () => {
    const { rules, refused } = compileRules([
      { file: 'one.yml', text: [good('a'), selectionOf('f|odd: x'), good('b')].join('---\n') },
      { file: 'two.yml', text: 'title: [' },
      { file: 'three.yml', text: good('c') },
    ]);
    assert.deepEqual(
      rules.rules.map(({ head }) => `${head.id} ${head.file}:${head.line}`),
      ['a one.yml:1', 'b one.yml:18', 'c three.yml:1'],
    );
    assert.deepEqual(
      refused.map(({ file, line, title }) => `${file}:${line} ${title}`),
      ['one.yml:15 T', 'two.yml:1 undefined'],
    );
  });

  test('what the head says is kept', () => {
    const { rules } = compileRules([
      {
        file: 'r.yml',
        text: ruleOf(
          's:\n  f: x\ncondition: s',
          'title: T\nid: i\nname: n\nlevel: high\nstatus: test\ntags:\n  - attack.t1204.003\n  - attack.execution\ndescription: D\nauthor: A\nreferences: [R]\nfalsepositives: None\nfields: [f]\ncustom: {a: [1]}',
        ),
      },
    ]);
    assert.deepEqual(rules.rules[0]?.head, {
      id: 'i',
      handles: ['i', 'n'],
      name: 'n',
      title: 'T',
      description: 'D',
      status: 'test',
      level: 'high',
      tags: ['attack.t1204.003', 'attack.execution'],
      techniques: ['T1204.003'],
      author: 'A',
      references: ['R'],
      falsePositives: ['None'],
      fields: ['f'],
      file: 'r.yml',
      line: 1,
    });
  });

  const body = 's:\n  f: x\ncondition: s';
  const refusals: readonly (readonly [text: string, reason: RegExp])[] = [
    ['- a', /^1: A rule must be a map/],
    ['a: 1\na: 2', /^2: The key “a” stands twice/],
    ['title: &t [*t]', /nested deeper|aliases/],
    [`a: ${'['.repeat(40)}${']'.repeat(40)}`, /nested deeper than 32/],
    ['action: global\ntitle: T', /“action” are no longer/],
    ['title: T\nlogsource: {product: a}', /exactly one of “detection”, “correlation” and “filter”/],
    ['title: T\ndetection: {}\nfilter: {}', /exactly one of/],
    [ruleOf(body, 'id: x'), /has no title/],
    [ruleOf(body, `title: ${'x'.repeat(257)}`), /longer than 256/],
    [ruleOf(body, 'title: {a: b}'), /“title” must be a text/],
    [ruleOf(body, 'title: T\nlevel: severe'), /^2: The level “severe” is not known/],
    [ruleOf(body, 'title: T\nstatus: unsupported'), /^2: .*status: unsupported/],
    [ruleOf(body, 'title: T\ntaxonomy: ecs'), /^2: The taxonomy “ecs”/],
    [ruleOf(body, 'title: T\ntags: [{a: b}]'), /“tags” must be a list of texts/],
    ['title: T\nlogsource: {definition: d}\ndetection: {s: {f: x}, condition: s}', /names no category/],
    ['title: T\ndetection: {s: {f: x}, condition: s}', /“logsource” must be a map/],
    [ruleOf('s:\n  f: !!binary aGVsbG8=\ncondition: s'), /^6: This is not YAML: Unresolved tag/],
  ];
  for (const [text, reason] of refusals)
    test(`refused: ${text.slice(0, 50).replaceAll('\n', ' ')}`, () => assert.match(refusalOf([text]), reason));

  test('texts without end are refused, not read', () => {
    const { rules, refused } = compileRules([{ file: 'x', text: `# ${'x'.repeat(4_000_001)}` }]);
    assert.equal(rules.rules.length, 0);
    assert.match(refused[0]?.reason ?? '', /longer than 4000000/);
  });

  test('an id or a name stands for one rule', () => {
    assert.match(
      refusalOf([good('a'), good('a')]),
      /^10: “a” already stands for a rule in rules.yml, line 1: a rule needs an id of its own/,
    );
    assert.match(refusalOf([good('a'), ruleOf(body, 'title: X\nname: a')]), /“a” already stands/);
    assert.match(refusalOf([ruleOf(body), ruleOf(body)]), /“T” already stands/);
  });

  test('a title is no name to refer to', () => {
    assert.match(
      refusalOf([ruleOf(body), correlationOf('c', 'type: temporal\nrules: [T]\ntimespan: 1m')]),
      /“T”, which is not loaded/,
    );
  });

  test('a search that no condition names is remarked upon', () => {
    const { remarks, refused } = compileRules([{ file: 'r', text: ruleOf('s:\n  f: x\nt:\n  f: y\ncondition: s') }]);
    assert.deepEqual(refused, []);
    assert.deepEqual(
      remarks.map(({ reason }) => reason),
      ['The condition does not name the search “t”.'],
    );
  });

  test('reasons hold no more of a hostile text than fits a line', () => {
    assert.ok(refusalOf([selectionOf(`f|${'x'.repeat(5000)}: a`)]).length < 200);
    assert.ok(refusalOf([selectionOf(`f|re: '${'('.repeat(4000)}'`)]).length < 500);
  });
});

describe('log sources', () => {
  const rule = (logsource: string): string =>
    `title: T\nlogsource: ${logsource}\ndetection:\n  s:\n    f: x\n  condition: s\n`;
  const fires = (logsource: string, of: Readonly<Record<string, string>>): boolean =>
    detectorOf([rule(logsource)]).push({ ...eventOf({ f: 'x' }), logsource: of }).length > 0;

  test('every part that the rule names must be the event’s; others may be', () => {
    assert.ok(fires('{product: linux}', { product: 'linux', category: 'process_creation', service: 'auditd' }));
    assert.ok(fires('{product: Linux, definition: any, custom: 1}', { product: 'linux' }));
    assert.ok(fires('{service: sshd}', { service: 'SSHD' }));
    assert.ok(!fires('{product: linux}', { product: 'windows' }));
    assert.ok(!fires('{product: linux, service: auditd}', { product: 'linux' }));
    assert.ok(!fires('{category: dns}', {}));
  });

  test('a category that stands for several is asked of each, and none of them of it', () => {
    const windows = (category: string): Readonly<Record<string, string>> => ({ product: 'windows', category });
    for (const category of ['registry_event', 'registry_set', 'registry_add', 'registry_delete', 'registry_rename'])
      assert.ok(fires('{product: windows, category: registry_event}', windows(category)), category);
    assert.ok(!fires('{product: windows, category: registry_event}', windows('file_event')));
    assert.ok(!fires('{product: windows, category: registry_set}', windows('registry_add')));
    assert.ok(!fires('{product: windows, category: registry_set}', windows('registry_event')));
  });

  test('however many log sources events claim, the rules are indexed once', () => {
    const detector = detectorOf([rule('{product: linux}')]);
    for (let number = 0; number < 5000; number++)
      assert.equal(
        detector.push({ ...eventOf({ f: 'x' }), logsource: { product: 'linux', service: `s${number}` } }).length,
        1,
      );
    assert.equal(detector.figures().indexes, 1);
  });
});

describe('field mappings', () => {
  const mappings = [
    {
      logsource: { product: 'test' },
      fields: { Image: ['exe', 'process.executable'] as const, User: ['uid'] as const },
    },
    { logsource: { product: 'other' }, fields: { Image: ['nothing'] as const } },
  ];
  test('the first name that the event has counts', () => {
    const rule = selectionOf("Image|endswith: '/sh'\nPath: p");
    assert.ok(isMatch(rule, { exe: '/bin/sh', Path: 'p' }, { mappings }));
    assert.ok(isMatch(rule, { process: { executable: '/bin/sh' }, Path: 'p' }, { mappings }));
    assert.ok(!isMatch(rule, { exe: '/bin/ls', process: { executable: '/bin/sh' }, Path: 'p' }, { mappings }));
    assert.ok(!isMatch(rule, { Image: '/bin/sh', Path: 'p' }, { mappings }));
  });
  test('fields that are referred to, and those of null and exists, are mapped too', () => {
    assert.ok(isMatch(selectionOf('Image|fieldref: User'), { exe: 'a', uid: 'a' }, { mappings }));
    assert.ok(isMatch(selectionOf('User: null'), { User: 'a' }, { mappings }));
    assert.ok(isMatch(selectionOf('User|exists: true'), { uid: 0 }, { mappings }));
  });
});

describe('fields of the event itself', () => {
  const event = {
    ...eventOf({ tidewaiter: { action: 'pull' }, 'tidewaiter.action': 'pull' }),
    action: 'exec',
    place: { containerId: 'c1' },
    process: { executable: '/bin/sh', commandLine: 'sh -c x' },
  } as const;
  test('are what the sensor understood: no record can claim to have them', () => {
    const fires = (selection: string): boolean => detectorOf([selectionOf(selection)]).push(event).length > 0;
    assert.ok(fires('tidewaiter.action: exec\ntidewaiter.place.containerId: c1'));
    assert.ok(!fires('tidewaiter.action: pull'));
    assert.ok(!fires('tidewaiter.image.reference|exists: true'));
    assert.ok(!fires('- exec'));
  });
  test('are asked of every product by rules of our own, and of one category where they name it', () => {
    const rule = (logsource: string): string =>
      `title: T\nlogsource: {${logsource}}\ndetection:\n  s:\n    tidewaiter.action: exec\n  condition: s\n`;
    const fires = (logsource: string, product: string, category?: string): boolean =>
      detectorOf([rule(logsource)]).push({ ...event, logsource: { product, ...(category && { category }) } }).length >
      0;
    assert.ok(fires('product: tidewaiter', 'docker') && fires('product: tidewaiter', 'aws', 'command'));
    assert.ok(fires('product: Tidewaiter, category: command', 'aws', 'command'));
    assert.ok(!fires('product: tidewaiter, category: command', 'aws'));
    assert.ok(!fires('product: docker', 'aws'));
  });
  test('stand in for Sigma’s own names where the record has none of that name', () => {
    const rule = `title: T\nlogsource: {category: process_creation}\ndetection:\n  s:\n    Image|endswith: /sh\n    CommandLine|contains: x\n  condition: s\n`;
    const detector = detectorOf([rule]);
    const logsource = { product: 'linux', category: 'process_creation' };
    assert.equal(detector.push({ ...event, logsource }).length, 1);
    assert.equal(detector.push({ ...event, logsource, fields: { Image: '/bin/ls' } }).length, 0);
    assert.equal(
      detector.push({ ...event, logsource, process: {}, fields: { Image: '/sh', CommandLine: 'x' } }).length,
      1,
    );
    assert.equal(detector.push(event).length, 0);
  });
});

describe('filters', () => {
  const filter = (rules: string, condition: string, logsource = '{product: test}'): string =>
    `title: F\nlogsource: ${logsource}\nfilter:\n  rules: ${rules}\n  selection:\n    User|startswith: adm_\n  condition: ${condition}\n`;
  const fires = (documents: readonly string[], user: string): readonly string[] =>
    detectorOf(documents)
      .push(eventOf({ f: 'x', User: user }))
      .map(({ rule }) => rule.id);

  test('narrow the rules that they name, wherever those stand, and no other', () => {
    const documents = [filter('[a]', 'not selection'), good('a'), good('b')];
    assert.deepEqual(fires(documents, 'adm_x'), ['b']);
    assert.deepEqual(fires(documents, 'x'), ['a', 'b']);
  });
  test('their condition is one more for the rule to match', () => {
    assert.deepEqual(fires([good('a'), filter('[a]', 'selection')], 'adm_x'), ['a']);
    assert.deepEqual(fires([good('a'), filter('[a]', 'selection')], 'x'), []);
  });
  test('several narrow together; “any” means every rule of the log source', () => {
    const second = filter('any', 'not other')
      .replace('selection:', 'other:')
      .replace('adm_', 'sys_')
      .replace('title: F', 'title: G');
    const documents = [good('a'), filter('[a]', 'not selection'), second];
    assert.deepEqual(fires(documents, 'adm_x'), []);
    assert.deepEqual(fires(documents, 'sys_x'), []);
    assert.deepEqual(fires(documents, 'x'), ['a']);
  });
  test('a filter that cannot be applied is refused, and its rule stays as loud as it was', () => {
    for (const [text, reason] of [
      [filter('[missing]', 'not selection'), /“missing”, which is not loaded/],
      [filter('[a]', 'not selection', '{product: other}'), /of another log source/],
      [filter('any', 'not selection', '{product: other}'), /applies to no rule/],
      [filter('[a]', 'not missing'), /names “missing”/],
      [filter('[]', 'not selection'), /names no rules/],
    ] as const) {
      assert.match(refusalOf([good('a'), text]), reason);
      const { rules } = compileRules([{ file: 'r', text: `${good('a')}---\n${text}` }]);
      assert.equal(openDetector(rules).push(eventOf({ f: 'x', User: 'adm_x' })).length, 1);
    }
  });
});

describe('correlation documents', () => {
  const count = (body: string): readonly string[] => [namedRule('a'), namedRule('b'), correlationOf('c', body)];
  const base = 'type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: 5m\ncondition:\n  gte: 3';
  const refusals: readonly (readonly [body: string, reason: RegExp])[] = [
    [base.replace('event_count', 'near'), /type “near” is not known/],
    [base.replace('rules: [a]', 'rules: []'), /from one to 64 rules/],
    [base.replace('rules: [a]', 'rules: [a, a]'), /each once/],
    [base.replace('[a]', '[z]'), /“z”, which is not loaded/],
    [base.replace('[a]', '[c]'), /goes by itself/],
    [base.replace('5m', '5w'), /timespan “5w”/],
    [base.replace('5m', '0s'), /timespan “0s”/],
    [base.replace('5m', '367d'), /timespan “367d”/],
    [base.replace('timespan: 5m\n', ''), /has no timespan/],
    [base.replace('gte', 'above'), /does not know “above”/],
    [base.replace('gte: 3', 'gte: three'), /“gte” must be a number/],
    [base.replace('gte: 3', 'gte: 2.5'), /whole number/],
    [base.replace('gte: 3', 'gte: 100001'), /whole number from 0 to 100000/],
    [base.replace('gte: 3', 'field: x\n  gte: 3'), /event_count has no field/],
    [base.replace('condition:\n  gte: 3', ''), /“condition” must be a map/],
    [base.replace('event_count', 'value_count'), /value_count needs a field/],
    [base.replace('event_count', 'value_sum').replace('gte: 3', 'field: [x, y]\n  gte: 3'), /has one field/],
    [base.replace('gte: 3', 'percentile: 5\n  gte: 3'), /“percentile” is a number/],
    [base.replace('gte: 3', 'field: x').replace('event_count', 'value_sum'), /compares nothing/],
    [`${base}\nwindow: sliding`, /does not know “window”/],
    [`${base}\ngenerate: maybe`, /“generate” must be/],
    [`${base}\naliases:\n  u:\n    b: x`, /“b”, which is not among its rules/],
    [`${base.replace('[a]', '[a, b]')}\naliases:\n  u:\n    a: x`, /“u” has no field for “Rule b”/],
  ];
  for (const [body, reason] of refusals)
    test(`refused: ${String(reason)}`, () => assert.match(refusalOf(count(body)), reason));

  test('what goes by a refused rule is refused with it, and rules in a circle are', () => {
    const { rules, refused } = compileRules([
      {
        file: 'r',
        text: [
          namedRule('a').replace('kind:', 'kind|odd:'),
          correlationOf('c', base),
          correlationOf('d', base.replace('[a]', '[c]')),
          correlationOf('e', base.replace('[a]', '[f]')),
          correlationOf('f', base.replace('[a]', '[e]')),
        ].join('---\n'),
      },
    ]);
    assert.equal(rules.rules.length, 0);
    assert.deepEqual(
      refused.map(({ title, reason }) => `${title}: ${reason.split(/; there|: no rule/)[0]}`),
      [
        'Rule a: The modifier “odd” is not known',
        'Correlation c: The correlation goes by “a”, which is not loaded',
        'Correlation d: The correlation goes by itself, or by one that does or is refused.',
        'Correlation e: The correlation goes by itself, or by one that does or is refused.',
        'Correlation f: The correlation goes by itself, or by one that does or is refused.',
      ],
    );
  });
});

describe('timespans that are parameters', () => {
  const correlation = [
    namedRule('a'),
    correlationOf('C', "type: event_count\nrules: [a]\ngroup-by: [u]\ntimespan: '%Window%'\ncondition:\n  gte: 2"),
  ];
  const matches = (window: string): number => {
    const detector = detectorOf(correlation, {}, { placeholders: { Window: [window] } });
    return [0, 20].flatMap((at) => detector.push(eventOf({ kind: 'a', u: 'x' }, at * 1000))).length;
  };
  test('are as long as the one value says', () => {
    assert.deepEqual([matches('10s'), matches('1m')], [0, 1]);
  });
  test('refuse the rule without a value, with two, and with one that is no timespan', () => {
    assert.match(refusalOf(correlation), /%Window%.*no values/);
    assert.match(refusalOf(correlation, { placeholders: { Window: ['1m', '2m'] } }), /more than one value/);
    assert.match(refusalOf(correlation, { placeholders: { Window: ['soon'] } }), /timespan/);
  });
});
