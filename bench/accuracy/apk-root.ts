/** A busybox → a small root as Alpine lays it out, with the database of apk: every file owned, digests right. */
import { createHash } from 'node:crypto';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { baseName, parentOf } from '../../src/core/path.ts';
import type { Machine } from './elf-tables.ts';
import { writeProgram } from './elf-writer.ts';

export interface ApkPackage {
  readonly name: string;
  readonly version: string;
  readonly entries: readonly TarEntrySpec[];
}

const architectureNames = { amd64: 'x86_64', arm64: 'aarch64' } as const;

/** `Q1` and SHA-1 in base 64; of a link, the digest of its target. */
const checksum = ({ content, target }: TarEntrySpec): string =>
  `Q1${createHash('sha1')
    .update(target ?? content ?? '')
    .digest('base64')}`;

/** One paragraph of `lib/apk/db/installed`: the package, then its folders (`F:`), each with its files (`R:`, `a:`, `Z:`). */
export const apkStanza = ({ name, version, entries }: ApkPackage, machine: Machine): string => {
  const folders = Map.groupBy(
    entries.filter(({ type }) => type !== 'directory'),
    ({ path }) => parentOf(path),
  );
  const lines = [
    `C:${checksum({ path: '', content: `${name}-${version}` })}`,
    `P:${name}`,
    `V:${version}`,
    `A:${architectureNames[machine]}`,
    'S:4096',
    'I:4096',
    `T:${name}`,
    `o:${name}`,
    'L:MIT',
  ];
  for (const [folder, files] of folders) {
    lines.push(`F:${folder}`);
    for (const file of files) {
      lines.push(`R:${baseName(file.path)}`);
      if (file.mode === 0o755) lines.push('a:0:0:755');
      lines.push(`Z:${checksum(file)}`);
    }
  }
  return `${lines.join('\n')}\n\n`;
};

const applets = [
  'ash',
  'sh',
  'ls',
  'cat',
  'cp',
  'mv',
  'rm',
  'mkdir',
  'chmod',
  'chown',
  'ps',
  'kill',
  'sleep',
  'echo',
  'grep',
  'sed',
  'tar',
  'gzip',
  'hostname',
  'base64',
  'date',
  'mount',
  'su',
];
const userApplets = [
  'awk',
  'cut',
  'find',
  'head',
  'id',
  'nproc',
  'sort',
  'tail',
  'tr',
  'wget',
  'xargs',
  'nc',
  'crontab',
  'env',
  'test',
  'wc',
  'timeout',
];

const link = (path: string, target: string): TarEntrySpec => ({ path, type: 'symlink', target });

export const alpinePackages = (busybox: Uint8Array, machine: Machine): readonly ApkPackage[] => {
  const program = {
    machine,
    stripped: true,
    strings: [],
    imports: ['memcpy'],
    exports: ['memset'],
    compiler: '',
    seed: 'alpine',
  } as const;
  const loader = `lib/ld-musl-${architectureNames[machine]}.so.1`;
  const release = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n';
  return [
    {
      name: 'alpine-baselayout-data',
      version: '3.4.3-r2',
      entries: [
        {
          path: 'etc/passwd',
          content: 'root:x:0:0:root:/root:/bin/ash\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
        },
        { path: 'etc/group', content: 'root:x:0:root\nnobody:x:65534:\n' },
        { path: 'etc/shadow', mode: 0o640, content: 'root:*::0:::::\nnobody:!::0:::::\n' },
        { path: 'etc/profile', content: 'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n' },
      ],
    },
    {
      name: 'alpine-release',
      version: '3.19.1-r0',
      entries: [
        { path: 'etc/alpine-release', content: '3.19.1\n' },
        { path: 'etc/os-release', content: release },
      ],
    },
    {
      name: 'musl',
      version: '1.2.4-r2',
      entries: [
        {
          path: loader,
          mode: 0o755,
          content: writeProgram({ ...program, linkage: 'library', libraries: [], kilobytes: 500 }),
        },
      ],
    },
    {
      name: 'apk-tools',
      version: '2.14.0-r5',
      entries: [
        {
          path: 'sbin/apk',
          mode: 0o755,
          content: writeProgram({ ...program, linkage: 'dynamic', libraries: ['libc.musl.so.1'], kilobytes: 60 }),
        },
      ],
    },
    {
      name: 'busybox',
      version: '1.36.1-r15',
      entries: [
        { path: 'bin/busybox', mode: 0o755, content: busybox },
        ...applets.map((name) => link(`bin/${name}`, '/bin/busybox')),
        ...userApplets.map((name) => link(`usr/bin/${name}`, '/bin/busybox')),
      ],
    },
  ];
};

/** The packages' files with their database. */
export const alpineEntries = (packages: readonly ApkPackage[], machine: Machine): readonly TarEntrySpec[] => {
  const folders = [
    'bin',
    'etc',
    'lib',
    'lib/apk',
    'lib/apk/db',
    'proc',
    'root',
    'sbin',
    'sys',
    'tmp',
    'usr',
    'usr/bin',
    'usr/sbin',
    'var',
  ];
  return [
    ...folders.map((path): TarEntrySpec => ({ path, type: 'directory', mode: path === 'tmp' ? 0o1777 : 0o755 })),
    ...packages.flatMap(({ entries }) => entries),
    { path: 'etc/apk/world', content: 'alpine-baselayout\napk-tools\nbusybox\n' },
    { path: 'lib/apk/db/installed', content: packages.map((one) => apkStanza(one, machine)).join('') },
  ];
};
