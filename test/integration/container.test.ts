/** deploy/container/Containerfile, built and run on a base made of this machine's own Node: no base image is pulled. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const required = process.env['TIDEWAITER_REQUIRE_ALL'] === '1';
const skip = required ? false : 'runs under TIDEWAITER_REQUIRE_ALL=1';
const root = join(import.meta.dirname, '../..');

const applets = [
  'sh',
  'tar',
  'gzip',
  'cp',
  'mkdir',
  'rm',
  'ln',
  'cmp',
  'env',
  'mv',
  'ls',
  'cat',
  'dirname',
  'readlink',
  'id',
];

/** A program with the libraries it is linked to, at their own places. */
const addProgram = (base: string, program: string, as = program): void => {
  const linked = execFileSync('ldd', [program], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const [from, to] of [
    [realpathSync(program), as] as const,
    ...linked.map((path) => [realpathSync(path), path] as const),
  ]) {
    mkdirSync(dirname(join(base, to)), { recursive: true });
    cpSync(from, join(base, to));
  }
};

/** What the official image has that the Containerfile uses: a shell, Node 24, npm, useradd; and this machine's certificates. */
const writeBase = (base: string): void => {
  for (const folder of ['bin', 'usr/bin', 'usr/local/bin', 'etc', 'root', 'proc', 'sys', 'dev', 'home', 'tmp'])
    mkdirSync(join(base, folder), { recursive: true });
  chmodSync(join(base, 'tmp'), 0o1777);
  cpSync('/bin/busybox', join(base, 'bin/busybox'));
  for (const applet of applets) symlinkSync('busybox', join(base, 'bin', applet));
  symlinkSync('/bin/busybox', join(base, 'usr/bin/env'));
  addProgram(base, process.execPath, '/usr/bin/node');
  addProgram(base, '/usr/sbin/useradd');
  for (const library of ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'])
    for (const folder of ['/lib/x86_64-linux-gnu', '/lib/aarch64-linux-gnu'])
      if (existsSync(join(folder, library))) cpSync(realpathSync(join(folder, library)), join(base, folder, library));
  const npm = dirname(dirname(realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())));
  // As packaged by Debian its dependencies lie elsewhere, and it is then not one folder to copy.
  assert.ok(existsSync(join(npm, 'node_modules')), 'npm is one folder');
  cpSync(npm, join(base, 'usr/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(base, 'usr/bin/npm'));
  writeFileSync(join(base, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(base, 'etc/group'), 'root:x:0:\n');
  cpSync('/etc/login.defs', join(base, 'etc/login.defs'));
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(authorities)) {
    mkdirSync(join(base, dirname(authorities)), { recursive: true });
    cpSync(realpathSync(authorities), join(base, authorities));
  }
};

test(
  'the container file builds an image whose program runs as a user without rights',
  { skip, timeout: 300_000 },
  (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tidewaiter-container-'));
    const store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
    const buildah = (words: readonly string[]) => {
      const ran = spawnSync('buildah', [...store, ...words], { encoding: 'utf8', timeout: 240_000 });
      assert.equal(ran.status, 0, `buildah ${words.join(' ')}\n${ran.stderr}`);
      return ran.stdout.trim();
    };
    t.after(() => {
      spawnSync('buildah', [...store, 'rm', '--all']);
      rmSync(folder, { recursive: true, force: true });
    });
    const base = join(folder, 'base');
    writeBase(base);
    const scratch = buildah(['from', 'scratch']);
    buildah(['copy', '--quiet', scratch, base, '/']);
    const variables = {
      PATH: '/usr/local/bin:/usr/bin:/usr/sbin:/bin',
      NODE_EXTRA_CA_CERTS: '/etc/ssl/certs/ca-certificates.crt',
      npm_config_registry: execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim(),
    };
    const flags = Object.entries(variables).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    buildah(['config', ...flags, scratch]);
    buildah(['commit', '--quiet', scratch, 'node-base']);
    const file = join(root, 'deploy/container/Containerfile');
    const isolation = ['--isolation', 'chroot', '--network', 'host'];
    buildah(['bud', '--quiet', ...isolation, '--build-arg', 'NODE=localhost/node-base', '-f', file, '-t', 'own', root]);
    const container = buildah(['from', 'localhost/own']);
    assert.match(
      buildah(['run', '--isolation', 'chroot', container, '--', 'tidewaiter', '--version']),
      /^\S*\d+\.\d+\.\d+$/,
    );
    assert.equal(buildah(['run', '--isolation', 'chroot', container, '--', 'id', '-u']), '10001');
    const described = JSON.parse(buildah(['inspect', container])) as { OCIv1: { config: { Entrypoint: unknown } } };
    assert.deepEqual(described.OCIv1.config.Entrypoint, ['tidewaiter']);
  },
);
