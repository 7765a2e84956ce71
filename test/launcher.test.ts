/** The launcher with a Node and an npm of our own making, so that every way it can end is seen without a network. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';

const root = join(import.meta.dirname, '..');

interface Machine {
  readonly clone: string;
  readonly bin: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the real commands are, seen past node_modules/.bin and the like. */
const findCommand = (name: string): string => {
  const places = ['/usr/bin', '/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const place = places.find((folder) => existsSync(join(folder, name)));
  assert.ok(place !== undefined, `${name} is installed`);
  return join(place, name);
};

const writeCommand = (machine: Pick<Machine, 'bin'>, name: string, script: string): void => {
  writeFileSync(join(machine.bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(machine.bin, name), 0o755);
};

/** A Node that says it is another version and works all the same. */
const oldNode = `case $1 in -v) echo v20.20.2 ;; *) exec '${process.execPath}' "$@" ;; esac`;
const rightNode = `case $1 in -v) echo v24.99.0 ;; *) exec '${process.execPath}' "$@" ;; esac`;
const brokenNode = 'echo "cannot execute" >&2; exit 126';

/** An npm that installs what the test says: a marker, and for the runtime a Node. */
const goodNpm = `echo "$*" >>"$NPM_CALLS"; mkdir -p node_modules/.bin
grep -q tidewaiter-runtime package.json && ln -s '${process.execPath}' node_modules/.bin/node
echo installed >node_modules/marker`;

const failingNpm = (code: string): string =>
  `echo "npm error code ${code}" >&2
echo "npm error some long explanation" >&2
echo "npm error A complete log of this run can be found in: /var/log/npm-debug.log" >&2
exit 1`;

const openMachine = (t: TestContext, commands: Readonly<Record<string, string>>): Machine => {
  const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-launcher-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clone = join(folder, 'a clone');
  const bin = join(folder, 'bin');
  for (const path of [bin, join(clone, 'scripts', 'runtime'), join(clone, 'src', 'cli'), join(folder, 'home')])
    mkdirSync(path, { recursive: true });
  for (const file of ['tidewaiter', 'scripts/with-node.sh', 'scripts/install.mjs', 'scripts/runtime/package.json'])
    copyFileSync(join(root, file), join(clone, file));
  copyFileSync(join(root, 'scripts/runtime/package-lock.json'), join(clone, 'scripts/runtime/package-lock.json'));
  writeFileSync(join(clone, 'package.json'), '{ "name": "tidewaiter", "type": "module" }');
  writeFileSync(
    join(clone, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, 'node_modules/zod': { version: '4.0.0', integrity: 'sha512-AA==' } } }),
  );
  writeFileSync(
    join(clone, 'src/cli/main.ts'),
    `const words: readonly string[] = process.argv.slice(2);
if (words[0] === 'wait') {
  process.on('SIGTERM', () => process.exit(77));
  setInterval(() => undefined, 1000);
  console.log('waiting', process.pid);
} else {
  console.log(JSON.stringify(words), process.env['NODE_COMPILE_CACHE'] ?? 'no cache');
  process.exitCode = Number(words[0] ?? 0);
}`,
  );
  const needed = ['sh', 'cmp', 'readlink', 'mkdir', 'ln', 'grep', 'sleep', 'cat'];
  for (const name of needed) symlinkSync(findCommand(name), join(bin, name));
  for (const [name, script] of Object.entries(commands)) writeCommand({ bin }, name, script);
  const environment = { PATH: bin, HOME: join(folder, 'home'), NPM_CALLS: join(folder, 'npm-calls') };
  return { clone, bin, environment };
};

const run = (machine: Machine, words: readonly string[] = [], more: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = spawnSync(join(machine.clone, 'tidewaiter'), words, {
    encoding: 'utf8',
    env: { ...machine.environment, ...more },
    cwd: tmpdir(),
    timeout: 60_000,
  });
  return { status, stdout, stderr, lastLine: stderr.trimEnd().split('\n').at(-1) ?? '' };
};

const npmCalls = (machine: Machine): readonly string[] => {
  const file = machine.environment['NPM_CALLS'] ?? '';
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
};

test('a first start installs the dependencies without scripts and developer tools, and the second installs nothing', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  const first = run(machine, ['0', 'two words', '']);
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^\["0","two words",""\]/);
  assert.match(first.stderr, /^tidewaiter: installing the dependencies into .*a clone\/node_modules/);
  assert.match(npmCalls(machine).join('\n'), /^ci --omit=dev --ignore-scripts/);
  const second = run(machine);
  assert.deepEqual({ status: second.status, stderr: second.stderr }, { status: 0, stderr: '' });
  assert.equal(npmCalls(machine).length, 1);
});

test('with an older Node the pinned one is brought along and used', (t) => {
  const machine = openMachine(t, { node: oldNode, npm: goodNpm });
  const { status, stderr } = run(machine);
  if (process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)) {
    assert.equal(status, 0, stderr);
    assert.match(stderr, /v20|bringing 24\.\d+\.\d+ along/);
    assert.equal(npmCalls(machine).length, 2);
    assert.equal(run(machine).stderr, '');
  } else assert.match(stderr, /none can be brought along for/);
});

test('a Node called node24 will do', (t) => {
  const machine = openMachine(t, { node: oldNode, node24: rightNode, npm: goodNpm });
  assert.equal(run(machine).status, 0);
  assert.equal(npmCalls(machine).length, 1, 'no Node was fetched');
});

test('the exit status of the program is that of the launcher', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  assert.equal(run(machine, ['3']).status, 3);
});

test('the launcher becomes the program, so that a signal reaches it', async (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  run(machine);
  const child = spawn(join(machine.clone, 'tidewaiter'), ['wait'], { env: machine.environment });
  const pid = await new Promise<number>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(Number(/waiting (\d+)/.exec(chunk.toString())?.[1])));
  });
  assert.equal(pid, child.pid);
  child.kill('SIGTERM');
  const status = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(status, 77);
});

test('it is found through a symbolic link', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  symlinkSync('../a clone/tidewaiter', join(machine.bin, 'tw'));
  const { status, stderr } = spawnSync('tw', [], { encoding: 'utf8', env: machine.environment });
  assert.equal(status, 0, stderr);
});

test('a changed lockfile installs anew', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  run(machine);
  writeFileSync(join(machine.clone, 'package-lock.json'), '{ "packages": { "": {} } }');
  assert.equal(run(machine).status, 0);
  assert.equal(npmCalls(machine).length, 2);
});

test('a tree with developer tools keeps them', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  run(machine, [], { TIDEWAITER_DEV: '1' });
  assert.match(npmCalls(machine)[0] ?? '', /--include=dev/);
  writeFileSync(join(machine.clone, 'package-lock.json'), '{ "packages": { "": {} } }');
  run(machine);
  assert.match(npmCalls(machine)[1] ?? '', /--include=dev/);
});

test('what npm installed by hand from the same lockfile is kept; from another it is not', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  const zod = join(machine.clone, 'node_modules/zod');
  mkdirSync(zod, { recursive: true });
  writeFileSync(join(zod, 'package.json'), '{}');
  const hidden = join(machine.clone, 'node_modules/.package-lock.json');
  writeFileSync(hidden, readFileSync(join(machine.clone, 'package-lock.json')));
  assert.equal(run(machine).status, 0);
  assert.deepEqual(npmCalls(machine), []);
  rmSync(join(machine.clone, 'node_modules/.tidewaiter-production'));
  writeFileSync(hidden, '{ "packages": { "node_modules/zod": { "version": "3.0.0", "integrity": "sha512-AA==" } } }');
  assert.equal(run(machine).status, 0);
  assert.equal(npmCalls(machine).length, 1);
});

test('an installation that was killed is repaired', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: 'mkdir -p node_modules/half; kill -9 $$' });
  assert.equal(run(machine).status, 2);
  assert.ok(!existsSync(join(machine.clone, 'node_modules')), 'half an installation is never in place');
  mkdirSync(join(machine.clone, '.tidewaiter/staging-left'), { recursive: true });
  writeCommand(machine, 'npm', goodNpm);
  assert.equal(run(machine).status, 0);
  assert.deepEqual(readdirSync(join(machine.clone, '.tidewaiter')), []);
});

test('a failed update leaves what was installed as it was', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  run(machine);
  writeCommand(machine, 'npm', failingNpm('ENOTFOUND'));
  writeFileSync(join(machine.clone, 'package-lock.json'), '{ "packages": { "": {} } }');
  assert.equal(run(machine).status, 2);
  assert.ok(existsSync(join(machine.clone, 'node_modules/marker')));
});

test('two first starts at once install once', async (t) => {
  const machine = openMachine(t, { node: rightNode, npm: `sleep 1; ${goodNpm}` });
  const start = async (): Promise<unknown> => {
    const child = spawn(join(machine.clone, 'tidewaiter'), [], { env: machine.environment, stdio: 'ignore' });
    return await new Promise((resolve) => child.once('exit', resolve));
  };
  assert.deepEqual(await Promise.all([start(), start()]), [0, 0]);
  assert.equal(npmCalls(machine).length, 1);
});

test('a lock that a killed installation left behind is taken over', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  mkdirSync(join(machine.clone, '.tidewaiter'));
  writeFileSync(join(machine.clone, '.tidewaiter/install.lock'), '');
  const { status, stderr } = run(machine);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /another installation is under way here/);
});

const failures: readonly {
  readonly name: string;
  readonly commands: Readonly<Record<string, string>>;
  readonly says: RegExp;
}[] = [
  { name: 'no Node at all', commands: {}, says: /Node is not installed here\. Install Node 24 or newer with npm/ },
  { name: 'a Node that does not run', commands: { node: brokenNode }, says: /Node is not installed here/ },
  {
    name: 'a Node from long ago',
    commands: { node: 'echo v12.22.0' },
    says: /v12\.22\.0 is too old to bring it along/,
  },
  { name: 'no npm', commands: { node: rightNode }, says: /npm is needed once and is not on PATH\. Install npm/ },
  {
    name: 'an old Node without npm',
    commands: { node: oldNode },
    says: /Node 24 or newer is needed.* npm is needed once/,
  },
  {
    name: 'no network',
    commands: { node: rightNode, npm: failingNpm('EAI_AGAIN') },
    says: /registry cannot be reached \(EAI_AGAIN\)\. Check the network.*npm's log: \/var\/log\/npm-debug\.log$/,
  },
  {
    name: 'a certificate that is not trusted',
    commands: { node: rightNode, npm: failingNpm('SELF_SIGNED_CERT_IN_CHAIN') },
    says: /TLS certificate is not trusted/,
  },
  {
    name: 'a package that differs',
    commands: { node: rightNode, npm: failingNpm('EINTEGRITY') },
    says: /differs from what the lockfile promises/,
  },
  { name: 'a full disk', commands: { node: rightNode, npm: failingNpm('ENOSPC') }, says: /no space left/ },
  { name: 'an old npm', commands: { node: rightNode, npm: failingNpm('EUSAGE') }, says: /npm 8 or newer is needed/ },
  {
    name: 'an npm that says something new',
    commands: { node: rightNode, npm: failingNpm('ENEW') },
    says: /npm could not install the dependencies: some long explanation\. npm's log/,
  },
];

for (const { name, commands, says } of failures)
  test(`${name}: exit 2, and one line says what to do`, (t) => {
    const { status, stdout, stderr, lastLine } = run(openMachine(t, commands));
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(lastLine, says);
    const problems = stderr.split('\n').filter((line) => line !== '' && !/ \(once; about \d+ MB\)$/.test(line));
    assert.equal(problems.length, 1, stderr);
    assert.match(lastLine, /^tidewaiter: /);
  });

test('a folder that cannot be written to: exit 2, and one line says to copy it', (t) => {
  // Permissions would not stop root, so the refusal comes from the first call that writes.
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  const preload = join(machine.environment['HOME'] ?? '', 'read-only.cjs');
  writeFileSync(
    preload,
    "require('node:fs').mkdirSync = () => { throw Object.assign(new Error('no'), { code: 'EROFS' }); };",
  );
  const { status, stderr } = run(machine, [], { NODE_OPTIONS: `--require=${preload}` });
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^tidewaiter: the folder .* cannot be written to, and the dependencies are not installed yet\. Copy it to a folder of your own and run it there\.\n$/,
  );
});

test('compiled code is kept in the cache folder of the user, and not in one of somebody else', (t) => {
  const machine = openMachine(t, { node: rightNode, npm: goodNpm });
  assert.match(run(machine).stdout, /home\/\.cache\/tidewaiter\/compile$/m);
  const taken = run(machine, [], { XDG_CACHE_HOME: '/proc/1' });
  assert.deepEqual({ status: taken.status, stdout: taken.stdout }, { status: 0, stdout: '[] no cache\n' });
});
