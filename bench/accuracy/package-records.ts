/** Packages that an image states, and their files → the entries of a package database that says so, right to the last digest. Pure. */
import { createHash } from 'node:crypto';
import { parentOf } from '../../src/core/path.ts';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { type ApkPackage, apkStanza } from './apk-root.ts';
import type { Machine } from './elf-tables.ts';
import type { LayerSpec } from './specification.ts';

export type StatedPackage = LayerSpec['packages'][number];

const plainPath = (path: string): string => path.replace(/^\/+/, '');

const controlOf = (one: StatedPackage, machine: Machine, isInstalled: boolean): string =>
  [
    `Package: ${one.name}`,
    ...(isInstalled ? ['Status: install ok installed'] : []),
    'Priority: required',
    'Section: libs',
    'Maintainer: Example <example@example.org>',
    `Architecture: ${machine}`,
    ...(one['multi-arch'] ? ['Multi-Arch: same'] : []),
    `Version: ${one.version}`,
    'Description: as named',
  ].join('\n');

/** The paths and the folders above them, as dpkg lists them. */
const listOf = (files: readonly string[]): string => {
  const paths = new Set<string>();
  for (const file of files) for (let path = plainPath(file); path !== ''; path = parentOf(path)) paths.add(`/${path}`);
  return ['/.', ...[...paths].sort()].join('\n').concat('\n');
};

/** Regular files only. */
const digestsOf = (files: readonly string[], entries: readonly TarEntrySpec[]): string =>
  files
    .map(plainPath)
    .flatMap((path) => {
      const entry = entries.findLast((one) => one.path === path && one.type === undefined);
      return entry === undefined
        ? []
        : [
            `${createHash('md5')
              .update(entry.content ?? '')
              .digest('hex')}  ${path}\n`,
          ];
    })
    .join('');

/** In place of packages of the same name in `status`, or after them. */
export const debianRecords = (
  packages: readonly StatedPackage[],
  entries: readonly TarEntrySpec[],
  machine: Machine,
  status: string,
): readonly TarEntrySpec[] => {
  const names = new Set(packages.map(({ name }) => name));
  const kept = status
    .split('\n\n')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !names.has(/^Package: (\S+)/.exec(text)?.[1] ?? ''));
  const all = [...kept, ...packages.map((one) => controlOf(one, machine, true))];
  return [
    { path: 'var/lib/dpkg/status', content: all.map((text) => `${text}\n\n`).join('') },
    ...packages.flatMap((one): readonly TarEntrySpec[] => {
      const record = `var/lib/dpkg/info/${one['multi-arch'] ? `${one.name}:${machine}` : one.name}`;
      return [
        { path: `${record}.list`, content: listOf(one.files) },
        { path: `${record}.md5sums`, content: digestsOf(one.files, entries) },
      ];
    }),
  ];
};

export const distrolessRecords = (
  packages: readonly StatedPackage[],
  entries: readonly TarEntrySpec[],
  machine: Machine,
): readonly TarEntrySpec[] =>
  packages.flatMap((one): readonly TarEntrySpec[] => [
    { path: `var/lib/dpkg/status.d/${one.name}`, content: `${controlOf(one, machine, false)}\n` },
    { path: `var/lib/dpkg/status.d/${one.name}.md5sums`, content: digestsOf(one.files, entries) },
  ]);

export const apkRecords = (
  packages: readonly StatedPackage[],
  entries: readonly TarEntrySpec[],
  machine: Machine,
  installed: readonly ApkPackage[],
): readonly TarEntrySpec[] => {
  const own = packages.map(({ name, version, files }) => {
    const paths = files.map(plainPath);
    return { name, version, entries: entries.filter(({ path, type }) => paths.includes(path) && type !== 'deletion') };
  });
  const content = [...installed, ...own].map((one) => apkStanza(one, machine)).join('');
  return [{ path: 'lib/apk/db/installed', content }];
};
