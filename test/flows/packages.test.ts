/** Whole images, from their bytes to their verdict: trojaned programs in a Debian-like system are found, known-bad packages too, and their honest twins stay quiet. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Verdict } from '../../src/core/verdict.ts';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { buildImage } from '../../src/image/oci-layout-writer.ts';
import { openHostileFlow } from '../builders/hostile-flow.ts';
import {
  deadProgram,
  debFiles,
  debianLayer,
  debInfo,
  debStatus,
  fillers,
  type DebPackage,
} from '../builders/package-image.ts';

const flow = await openHostileFlow({
  settings: { rules: [join(import.meta.dirname, '../../rules/known/packages.json')] },
});
after(() => flow[Symbol.asyncDispose]());

const coreutils: DebPackage = {
  name: 'coreutils',
  version: '9.1-1',
  files: { 'bin/ls': deadProgram('lists'), 'bin/cat': deadProgram('prints') },
};
const packages = [coreutils, ...fillers()];
const base = debianLayer(packages);

const judge = (...layers: readonly (readonly TarEntrySpec[])[]): Promise<Verdict> =>
  flow.judge(
    buildImage({
      layers: layers.map((entries) => ({ entries })),
      config: { architecture: 'amd64', os: 'linux', config: { Cmd: ['/bin/cat'] } },
    }),
  );

const rules = ({ dossier }: Verdict): readonly string[] => [
  ...new Set(dossier.findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule)),
];

test('a Debian-like system is clean, and its packages are in the report', async () => {
  const verdict = await judge(base);
  assert.deepEqual([verdict.assessment, rules(verdict)], ['clean', []]);
  assert.equal(verdict.dossier.packages.length, packages.length);
  assert.ok(
    verdict.dossier.packages.some(({ purl }) => purl === 'pkg:deb/debian/coreutils@9.1-1?arch=amd64&distro=debian-12'),
  );
});

test('a trojaned /bin/ls is malicious, in a layer of its own and in the only one', async () => {
  const trojan: TarEntrySpec = { path: 'usr/bin/ls', content: deadProgram('lists, and hides'), mode: 0o755 };
  for (const layers of [[base, [trojan]], [[...base.filter(({ path }) => path !== 'usr/bin/ls'), trojan]]]) {
    const verdict = await judge(...layers);
    assert.equal(verdict.assessment, 'malicious');
    const [finding] = verdict.dossier.findings;
    assert.equal(finding?.rule, 'package-integrity/changed-program');
    const [proof] = finding.evidence;
    assert.ok(proof.kind === 'file');
    assert.deepEqual([proof.path, proof.layerIndex, proof.hidden], ['usr/bin/ls', layers.length - 1, false]);
    assert.ok(verdict.because.some((reason) => reason.includes('usr/bin/ls')));
  }
});

test('so it is when the database is doctored in a later layer', async () => {
  const trojan: DebPackage = { ...coreutils, files: { ...coreutils.files, 'bin/ls': deadProgram('hides') } };
  const verdict = await judge(base, [...debInfo([trojan]), ...debFiles([trojan])]);
  assert.equal(verdict.assessment, 'malicious');
  assert.deepEqual(rules(verdict), ['package-integrity/database-contradicts-itself']);
});

test('an upgrade, a deletion of documentation and own software are honest', async () => {
  const newer: DebPackage = {
    ...coreutils,
    version: '9.1-2',
    files: { 'bin/ls': deadProgram('newer'), 'bin/cat': 'x' },
  };
  const verdict = await judge(
    base,
    [debStatus([newer, ...fillers()]), ...debInfo([newer]), ...debFiles([newer])],
    [{ path: 'usr/share/doc/filler-3/copyright', type: 'deletion' }],
    [{ path: 'usr/local/bin/server', content: deadProgram('serves'), mode: 0o755 }],
  );
  assert.deepEqual([verdict.assessment, rules(verdict)], ['clean', []]);
});

test('the backdoored xz is malicious, the version after it is not', async () => {
  const xz = (version: string): DebPackage => ({
    name: 'liblzma5',
    version,
    source: 'xz-utils',
    files: { 'lib/x86_64-linux-gnu/liblzma.so.5': deadProgram(hash('md5', version)) },
  });
  const bad = await judge(debianLayer([...packages, xz('5.6.1-1')]));
  assert.deepEqual([bad.assessment, rules(bad)], ['malicious', ['known-packages/malicious-version']]);
  const good = await judge(debianLayer([...packages, xz('5.6.1+really5.4.5-1')]));
  assert.deepEqual([good.assessment, rules(good)], ['clean', []]);
  // Upgraded in a later layer.
  const [before, later] = [
    [...packages, xz('5.6.0-0.2')],
    [...packages, xz('5.6.2-1')],
  ];
  const mended = await judge(debianLayer(before), [debStatus(later), ...debInfo(later), ...debFiles(later)]);
  assert.deepEqual([mended.assessment, rules(mended)], ['clean', []]);
});

test('a malicious npm package is found where it is installed', async () => {
  const npm = (version: string): TarEntrySpec => ({
    path: 'app/node_modules/ua-parser-js/package.json',
    content: JSON.stringify({ name: 'ua-parser-js', version }),
  });
  const bad = await judge(base, [npm('0.7.29')]);
  assert.equal(bad.assessment, 'malicious');
  const [proof] = bad.dossier.findings[0]?.evidence ?? [];
  assert.ok(proof?.kind === 'file');
  assert.deepEqual([proof.path, proof.layerIndex], ['app/node_modules/ua-parser-js/package.json', 1]);
  assert.equal((await judge(base, [npm('0.7.28')])).assessment, 'clean');
});
