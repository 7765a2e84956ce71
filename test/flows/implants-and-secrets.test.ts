/** Small OCI images through the real scanning processes: what comes back, lets somebody in or is exposed, hidden layers included. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openAuditor, type Auditor } from '../../src/audit/auditor.ts';
import { persistence } from '../../src/audit/analyzers/persistence.ts';
import { secret } from '../../src/audit/analyzers/secret.ts';
import { ScanProcesses } from '../../src/audit/scan-processes.ts';
import { noMemory } from '../../src/core/memory.ts';
import { memoryImage } from '../builders/audit.ts';
import { elfOf } from '../builders/elf.ts';
import { fakeContext } from '../fakes/context.ts';

let auditor: Auditor;
before(async () => {
  auditor = await openAuditor({
    analyzers: [persistence, secret],
    locations: { added: [] },
    memory: noMemory,
    processes: new ScanProcesses({ workerEntry: join(import.meta.dirname, '../../src/app/scan-worker.ts') }),
    cores: 1,
  });
});
after(() => auditor[Symbol.asyncDispose]());

const audit = async (...layers: Parameters<typeof memoryImage>[0]) =>
  await auditor.audit(memoryImage(layers), fakeContext());

test('a cron line, a key and a setuid copy of the shell, each in its own layer', async () => {
  const elf = elfOf({ libraries: ['libc.so.6'] });
  const { findings, gaps } = await audit(
    { entries: [{ path: 'usr/bin/dash', content: elf, mode: 0o755 }] },
    {
      entries: [{ path: 'etc/cron.d/sync', content: '*/9 * * * * root /usr/lib/.sync/run\n' }],
      createdBy: 'COPY sync',
    },
    { entries: [{ path: 'root/.ssh/authorized_keys', content: `ssh-ed25519 ${'A'.repeat(68)} a@b.example\n` }] },
    { entries: [{ path: 'usr/lib/.sync/run', content: elf, mode: 0o4755 }] },
  );
  assert.deepEqual(gaps, []);
  assert.deepEqual(findings.map(({ rule }) => rule).sort(), [
    'persistence/hidden-binary',
    'persistence/hidden-program',
    'persistence/key-for-root',
    'persistence/renamed-shell-in-odd-place',
    'persistence/setuid-shell',
  ]);
  const cron = findings.find(({ rule }) => rule === 'persistence/hidden-program');
  const [proof, program] = cron?.evidence ?? [];
  assert.ok(proof?.kind === 'excerpt' && proof.layerIndex === 1 && proof.createdBy === 'COPY sync');
  assert.ok(program?.kind === 'file' && program.path === 'usr/lib/.sync/run' && program.layerIndex === 3);
});

test('a secret that a later layer deletes is told as hidden', async () => {
  const { findings } = await audit(
    { entries: [{ path: 'root/.netrc', content: 'machine git.example login ci password kR7vXq2LzM9t\n' }] },
    { entries: [{ path: 'root/.wh..netrc' }] },
  );
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['secret/netrc'],
  );
  const [proof] = findings[0]?.evidence ?? [];
  assert.ok(proof?.kind === 'excerpt' && proof.hidden === true);
  assert.doesNotMatch(JSON.stringify(findings), /kR7vXq2/);
});

test('capabilities of a file come through the processes', async () => {
  const value = Buffer.alloc(20);
  value.writeUInt32LE(0x02000001, 0);
  value.writeUInt32LE(1 << 7, 4);
  const program = { path: 'usr/bin/perl', content: elfOf(), mode: 0o755 };
  const { findings } = await audit({ entries: [{ ...program, xattrs: { 'security.capability': value } }] });
  assert.deepEqual(
    findings.map(({ rule }) => rule),
    ['persistence/capable-interpreter'],
  );
  assert.deepEqual((await audit({ entries: [program] })).findings, []);
});

test('the image with the same files as a distribution ships them is silent', async () => {
  const { findings, gaps } = await audit({
    entries: [
      { path: 'etc/crontab', content: '17 * * * * root cd / && run-parts --report /etc/cron.hourly\n' },
      {
        path: 'etc/pam.d/su',
        content: 'auth sufficient pam_rootok.so\nsession required pam_env.so readenv=1\n@include common-auth\n',
      },
      {
        path: 'etc/sudoers',
        content: 'Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n',
      },
      { path: 'usr/bin/su', content: elfOf({ libraries: ['libpam.so.0'] }), mode: 0o4755 },
      { path: 'root/.bashrc', content: '[ -z "$PS1" ] && return\nalias ll="ls -l"\n' },
      { path: 'etc/ssl/certs/ca.pem', content: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n' },
    ],
  });
  assert.deepEqual([findings, gaps], [[], []]);
});
