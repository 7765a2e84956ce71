/**
 * An image in which every name and text carries commands for terminals, CI systems, Markdown and pages: no report passes one on.
 * Seen through the program itself, as a child process, in each format, with what it says on standard error.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { formats } from '../../src/app/settings.ts';
import { paxHeader, paxRecord, tarOf } from '../../src/formats/tar-writer.ts';
import { writeOciLayout } from '../../src/image/oci-layout-writer.ts';
import { markerOf, openHostileFlow } from '../builders/hostile-flow.ts';
import { storedImage } from '../builders/hostile-images.ts';
import { hostileTexts } from '../builders/hostile-verdict.ts';
import { rawTar, rawTarEntry } from '../builders/tar.ts';
import { zipOf } from '../builders/zip.ts';

const flow = await openHostileFlow();
after(() => flow[Symbol.asyncDispose]());

/** For the program alone. */
const temporary = join(flow.folder, 'program-temporary');
await mkdir(temporary);

const main = join(import.meta.dirname, '../../src/cli/main.ts');

interface Run {
  readonly status: number | null;
  readonly output: string;
  readonly complaints: string;
}

/** The program, with nothing of this process's surroundings but the path. */
const scan = async (...words: readonly string[]): Promise<Run> => {
  const always = ['--no-default-rules', '--no-cache', '--platform', 'linux/amd64', '--cores', '1'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'scan', ...words, ...always], {
    env: { PATH: process.env['PATH'], TMPDIR: temporary, HOME: flow.folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: flow.folder,
  });
  let output = '';
  let complaints = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { status, output, complaints };
};

/** Names that a tar can hold: each hostile text, as a file and as a folder, with its slashes taken out. */
const names = hostileTexts
  .map((text) => text.replaceAll('/', '\u2215').replaceAll('\0', '').toWellFormed().slice(0, 200))
  .filter((name) => name !== '' && name !== '..');

const hostileLayer = (): Uint8Array =>
  rawTar(
    ...names.flatMap((name, number) => [
      paxHeader([paxRecord('path', `${name}/file ${name}`), paxRecord('uname', name)]),
      rawTarEntry({ name: 'short' }, `${name} ${markerOf(number)} ${name}`),
      paxHeader([paxRecord('path', `bad-${name}.zip`)]),
      rawTarEntry({ name: 'short' }, zipOf([{ name, content: name, flags: 1 }])),
      paxHeader([paxRecord('path', `link-${name}`), paxRecord('linkpath', name)]),
      rawTarEntry({ name: 'short', typeFlag: '2' }),
    ]),
  );

const everything = names.join(' ');
const hostileImage = storedImage({
  layers: [{ blob: gzipSync(hostileLayer()), mediaType: 'application/vnd.oci.image.layer.v1.tar' }],
  config: (config) => ({
    ...config,
    author: everything,
    created: everything,
    config: {
      User: everything,
      Env: names.map((name) => `${name}=${name}`),
      Cmd: names,
      Entrypoint: ['/bin/sh', '-c', everything],
      WorkingDir: everything,
      Labels: Object.fromEntries(names.map((name) => [name, name])),
      ExposedPorts: Object.fromEntries(names.map((name) => [name, {}])),
      Healthcheck: { Test: ['CMD-SHELL', everything] },
      OnBuild: names,
      Shell: names,
      Volumes: Object.fromEntries(names.map((name) => [name, {}])),
    },
    history: [{ created_by: everything, comment: everything, author: everything }],
  }),
  manifest: (manifest) => ({
    ...manifest,
    annotations: Object.fromEntries(names.map((name) => [name, name])),
    layers: manifest.layers.map((layer) => ({
      ...layer,
      annotations: { 'org.opencontainers.image.title': everything },
    })),
  }),
});

const forbidden: readonly (readonly [what: string, pattern: RegExp])[] = [
  // oxlint-disable-next-line no-control-regex
  ['a control character', /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/],
  ['a character that hides or turns text', /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]/],
  ['a command of GitHub', /(?:^|\s)::[a-z]|::error|::set-output/m],
  ['a command of Azure', /##vso\[|##\[/],
  ['a command of TeamCity', /##teamcity\[/],
  ['markup', /<(?:script|img|iframe|object|base)|<svg\/|<[^>]*\son\w+\s*=/i],
  ['an end of CDATA', /\]\]>/],
];

const assertHarmless = (text: string, format: string): void => {
  const shown = text.replace(/<style>.*<\/style>/s, '');
  for (const [what, pattern] of forbidden) {
    // What stands between quotes in JSON or in escaped text of a page is no markup; markup is looked for in pages.
    if (what === 'markup' && format !== 'html') continue;
    if (what === 'an end of CDATA' && format !== 'junit') continue;
    const found = pattern.exec(shown);
    const around = found === null ? '' : JSON.stringify(shown.slice(Math.max(0, found.index - 60), found.index + 60));
    assert.equal(found, null, `${what} in ${format}: ${around}`);
  }
};

describe('an image whose names are commands', { concurrency: 2 }, () => {
  let layout = '';
  before(async () => {
    layout = flow.path();
    await writeOciLayout(layout, hostileImage);
  });

  for (const format of formats)
    test(`${format} passes none on`, { timeout: 30_000 }, async () => {
      const { status, output, complaints } = await scan(`oci:${layout}`, '--rules', flow.rules, '--format', format);
      assert.equal(status, 1, complaints);
      assert.ok(output.length > 1000);
      assertHarmless(output, format);
      assertHarmless(complaints, 'standard error');
      if (format === 'json') {
        const verdict = JSON.parse(output) as { assessment: string; findings: { rule: string }[]; gaps: object[] };
        assert.equal(verdict.assessment, 'malicious');
        assert.ok(verdict.findings.filter(({ rule }) => rule === 'yara/marker/planted').length >= 10);
        assert.ok(verdict.gaps.length > 0);
      }
    });

  test('verbose, with progress and warnings', { timeout: 30_000 }, async () => {
    const { output, complaints } = await scan(`oci:${layout}`, '--rules', flow.rules, '--verbose');
    assertHarmless(output, 'text');
    assertHarmless(complaints, 'standard error');
  });
});

const outcomes: readonly (readonly [
  name: string,
  status: number,
  words: (folder: string) => Promise<readonly string[]>,
])[] = [
  [
    'a layout that is cut off',
    3,
    async (folder) => {
      await mkdir(folder);
      await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manif');
      return [`oci:${folder}`];
    },
  ],
  [
    'an archive that is none',
    3,
    async (folder) => {
      await writeFile(folder, readFileSync(process.execPath).subarray(0, 100_000));
      return [`oci-archive:${folder}`];
    },
  ],
  [
    'a layer that is cut off, beside a clean image',
    3,
    async (folder) => {
      const tar = tarOf([{ path: 'a', content: 'x'.repeat(5000) }]);
      await writeOciLayout(`${folder}-one`, storedImage({ layers: [{ blob: tar }] }));
      await writeOciLayout(`${folder}-two`, storedImage({ layers: [{ blob: tar.subarray(0, 3000) }] }));
      return [`oci:${folder}-one`, `oci:${folder}-two`];
    },
  ],
  ['a folder that is not there', 2, async (folder) => [`oci:${folder}`]],
  ['a reference with a command in it', 2, async () => ['\u001b[2Jdocker://x']],
];
for (const [name, expected, words] of outcomes)
  test(`${name}: exit status ${expected}, and words`, { timeout: 30_000 }, async () => {
    const references = await words(flow.path());
    const { status, output, complaints } = await scan(...references, '--format', 'json');
    assert.equal(status, expected, complaints);
    assertHarmless(complaints, 'standard error');
    if (expected === 2) assert.match(complaints, /^tidewaiter: .{10}/);
    else {
      const verdicts = [JSON.parse(output) as unknown].flat() as { assessment: string; gaps: object[] }[];
      assert.ok(verdicts.some(({ assessment, gaps }) => assessment === 'incomplete' && gaps.length > 0));
    }
  });

test('the program leaves no temporary files but the cache of its own code', async () => {
  assert.deepEqual(
    (await readdir(temporary)).filter((name) => name !== 'node-compile-cache'),
    [],
  );
});
