/** Packages and files written as code → the entries of a Debian-like layer, and what the analyzer of packages concludes about layers of entries. */
import { hash } from 'node:crypto';
import { packageIntegrity } from '../../src/audit/analyzers/package-integrity.ts';
import { resolveVisibility, inventoryOf } from '../../src/audit/conclude.ts';
import type { LayerFacts } from '../../src/audit/layer-facts.ts';
import { toRow } from '../../src/audit/protocol.ts';
import { toConclusion, type Conclusion, type Observation, type Subject } from '../../src/core/analyzer.ts';
import { noCoverage, type Gap } from '../../src/core/gap.ts';
import { fileKinds } from '../../src/core/file-kind.ts';
import { detectFileKind } from '../../src/formats/file-kind.ts';
import type { TarEntrySpec } from '../../src/formats/tar-writer.ts';
import { elfOf } from './elf.ts';

/** A dead program: a header, an interpreter that is never reached, and a text that tells it from others. */
export const deadProgram = (text: string, interpreter = '/lib64/ld-linux-x86-64.so.2'): Buffer =>
  elfOf({ interpreter, overlay: Buffer.from(text) });

export interface DebPackage {
  readonly name: string;
  readonly version?: string;
  /** As the package delivers them; a path of Debian before its folders were merged begins with bin/ or lib/. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Listed without a digest, as links are. */
  readonly links?: readonly string[];
  readonly conffiles?: Readonly<Record<string, string>>;
  /** KiB. */
  readonly size?: number;
  readonly source?: string;
}

const md5 = (content: string | Uint8Array): string => hash('md5', content);

const stanzaOf = ({ name, version = '1.0-1', conffiles = {}, size = 1000, source }: DebPackage): string => {
  const lines = Object.entries(conffiles).map(([path, content]) => ` /${path} ${md5(content)}`);
  return [
    `Package: ${name}`,
    'Status: install ok installed',
    `Installed-Size: ${size}`,
    'Architecture: amd64',
    ...(source === undefined ? [] : [`Source: ${source}`]),
    `Version: ${version}`,
    ...(lines.length === 0 ? [] : ['Conffiles:', ...lines]),
    '',
    '',
  ].join('\n');
};

const foldersOf = (paths: readonly string[]): readonly string[] => [
  ...new Set(
    paths.flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, at, parts) => parts.slice(0, at + 1).join('/')),
    ),
  ),
];

export const debStatus = (packages: readonly DebPackage[]): TarEntrySpec => ({
  path: 'var/lib/dpkg/status',
  content: packages.map(stanzaOf).join(''),
});

/** `info/`: what dpkg lists of each package. */
export const debInfo = (packages: readonly DebPackage[]): readonly TarEntrySpec[] =>
  packages.flatMap(({ name, files = {}, links = [], conffiles = {} }) => {
    const paths = [...Object.keys(files), ...Object.keys(conffiles), ...links].sort();
    return [
      {
        path: `var/lib/dpkg/info/${name}.list`,
        content: ['/.', ...foldersOf(paths).map((path) => `/${path}`), ...paths.map((path) => `/${path}`), ''].join(
          '\n',
        ),
      },
      {
        path: `var/lib/dpkg/info/${name}.md5sums`,
        content: Object.entries(files)
          .map(([path, content]) => `${md5(content)}  ${path}\n`)
          .join(''),
      },
    ];
  });

/** Where a path of a package lies once /bin, /sbin and /lib are links. */
const merged = (path: string): string => path.replace(/^(bin|sbin|lib)\//, 'usr/$1/');

export const debFiles = (packages: readonly DebPackage[]): readonly TarEntrySpec[] =>
  packages.flatMap(({ files = {}, conffiles = {} }) =>
    Object.entries({ ...files, ...conffiles }).map(([path, content]) => ({
      path: merged(path),
      content,
      mode: /\/s?bin\//.test(merged(path)) ? 0o755 : 0o644,
    })),
  );

export const debianRelease: TarEntrySpec = {
  path: 'etc/os-release',
  content: 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
};

/** A whole layer: merged folders, release, records and files. */
export const debianLayer = (packages: readonly DebPackage[]): readonly TarEntrySpec[] => [
  ...['bin', 'sbin', 'lib'].map((path): TarEntrySpec => ({ path, type: 'symlink', target: `usr/${path}` })),
  debianRelease,
  debStatus(packages),
  ...debInfo(packages),
  ...debFiles(packages),
];

/** So many packages that the image counts as a whole system. */
export const fillers = (count = 45): readonly DebPackage[] =>
  Array.from({ length: count }, (_, index) => ({
    name: `filler-${index}`,
    files: { [`usr/share/doc/filler-${index}/copyright`]: `text ${index}` },
  }));

export interface Concluded extends Conclusion {
  readonly inspectionGaps: readonly Gap[];
}

const factsOf = async (entries: readonly TarEntrySpec[], say: (gap: Gap) => void): Promise<LayerFacts> => {
  const inspector = await packageIntegrity.open?.(undefined);
  const facts: LayerFacts['facts'][number][] = [];
  const sha256: string[] = [];
  const kinds: number[] = [];
  const rows = entries.map((entry, index) => {
    const { path, type = 'file', mode = 0o644, target, content = '' } = entry;
    const bytes = Buffer.from(content);
    const size = type === 'file' ? bytes.length : 0;
    const header = { path, type, mode, uid: 0, gid: 0, size, modified: 0, ...(target === undefined ? {} : { target }) };
    if (type === 'file') {
      const kind = detectFileKind(bytes, size);
      const digest = hash('sha256', bytes);
      sha256.push(digest);
      kinds.push(fileKinds.indexOf(kind));
      if (inspector?.wants?.(header, kind) !== false) {
        const file = { ...header, kind, sha256: digest, windowOffset: 0, overlap: 0, lastWindow: true };
        const said = inspector?.inspect(file, bytes, {});
        for (const gap of said?.gaps ?? []) say(gap);
        // As it comes from another process.
        if (said?.facts !== undefined)
          facts.push([index, path, digest, size, packageIntegrity.id, JSON.parse(JSON.stringify(said.facts))]);
      }
    } else {
      sha256.push('');
      kinds.push(-1);
    }
    return toRow(header);
  });
  return {
    stored: 0,
    bytes: 0,
    rows,
    sha256,
    kinds,
    facts,
    gaps: [],
    remarks: [],
    coverage: noCoverage,
    circumstantial: false,
  };
};

/** What the analyzer concludes about layers of entries, the lowest first. */
export const concludePackages = async (...layers: readonly (readonly TarEntrySpec[])[]): Promise<Concluded> => {
  const gaps: Gap[] = [];
  const facts = await Promise.all(layers.map((entries) => factsOf(entries, (gap) => gaps.push(gap))));
  const audited = resolveVisibility([], facts);
  const observations = facts.flatMap((layer, layerIndex): readonly Observation[] =>
    layer.facts.map(([index, path, sha256, size, , said]) => ({
      path,
      sha256,
      size,
      layerIndex,
      hidden: audited.hidden[layerIndex]?.[index] === true,
      facts: said,
    })),
  );
  const subject: Subject = {
    reference: 'oci:x',
    kind: 'container',
    identity: { diffIds: [] },
    layers: layers.map(() => ({})),
    inventory: inventoryOf(audited),
  };
  return { ...toConclusion(packageIntegrity.conclude(subject, observations, undefined)), inspectionGaps: gaps };
};

export const rulesOf = ({ findings }: Conclusion): readonly string[] =>
  findings.map(({ rule, severity }) => `${severity} ${rule.replace('package-integrity/', '')}`).sort();
