/** Installed packages, repositories and machine images that are known to be malicious: our own list, and OSV records of malicious packages. */
import type { Analyzer, Subject } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import type { PackageRecord } from '../../core/package-record.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { parseReference } from '../../core/reference.ts';
import { isFault } from '../../core/fault.ts';
import { isAffected } from '../known-packages/affected-versions.ts';
import { comparedName, type Advisory, type KnownEcosystem } from '../known-packages/advisory.ts';
import { findAdvisories } from '../known-packages/advisory-lines.ts';
import { loadPackages, type KnownPackages } from '../known-packages/load-packages.ts';

const statement = {
  severity: 'critical',
  confidence: 'high',
  intent: 'implant',
  techniques: ['T1195.001', 'T1195.002'],
} as const;

/** Who says so, and how old that is. */
const saidBy = ({ id, date, source, summary }: Advisory): Evidence => ({
  kind: 'name',
  field: `known since ${date === '' ? 'an unknown day' : date}`,
  value: toPlainText([id, summary, source].filter((text) => text !== '').join('; '), 500),
});

const adviceFor =
  'Do not run it. Take a version from before or after; treat secrets that it could see as stolen wherever it ran.';

const findingOf = (record: PackageRecord, advisory: Advisory): Finding => ({
  ...statement,
  rule: 'known-packages/malicious-version',
  title: `A package is known to be malicious: ${toPlainText(`${record.name} ${record.version}`, 160)} (${record.ecosystem})`,
  advice: adviceFor,
  evidence: [
    record.recordedIn === undefined
      ? { kind: 'name', field: 'package', value: toPlainText(record.purl, 400) }
      : { kind: 'file', path: record.recordedIn },
    saidBy(advisory),
  ],
});

const search = ({ parts }: KnownPackages, ecosystem: KnownEcosystem, name: string): readonly Advisory[] =>
  parts.flatMap((lines) => findAdvisories(lines, ecosystem, comparedName(ecosystem, name)));

/** Distributions state by the name of what a package was built from. */
const namesOf = ({ name, source }: PackageRecord): readonly string[] => [...new Set([name, source?.name ?? name])];

const distributionOf = ({ purl }: PackageRecord): string => /^pkg:(?:deb|rpm|apk)\/([^/]+)\//.exec(purl)?.[1] ?? '';

const judgePackage = (known: KnownPackages, record: PackageRecord): readonly Finding[] => {
  const versions = [record.version, ...(record.source?.version === undefined ? [] : [record.source.version])];
  const [advisory] = namesOf(record)
    .flatMap((name) => search(known, record.ecosystem, name))
    .filter(({ distribution }) => distribution === '' || distribution === distributionOf(record))
    .filter((one) => versions.some((version) => isAffected(record.ecosystem, version, one)));
  return advisory === undefined ? [] : [findingOf(record, advisory)];
};

/** The repository and the tag that were asked for; undefined for what is in no registry. */
const askedFor = (reference: string): { readonly repository: string; readonly tag: string } | undefined => {
  try {
    const parsed = parseReference(reference);
    return parsed.scheme === 'docker' && parsed.tag !== undefined
      ? { repository: `${parsed.registry}/${parsed.repository}`, tag: parsed.tag }
      : undefined;
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

const judgeNames = (known: KnownPackages, { reference }: Subject): readonly Finding[] => {
  const image = askedFor(reference);
  const machines = /\bami-[0-9a-f]{8,17}\b/.exec(reference)?.[0];
  const advisory =
    (image === undefined
      ? undefined
      : search(known, 'image', image.repository).find(({ versions }) => versions.includes(image.tag))) ??
    (machines === undefined ? undefined : search(known, 'ami', machines)[0]);
  if (advisory === undefined) return [];
  return [
    {
      ...statement,
      rule: 'known-packages/malicious-image',
      title: 'The image’s name is one under which a malicious image was published',
      advice:
        'The name may lead to a clean image again: compare its digest with the publisher’s. Where the bad one ran, treat the secrets that it could see as stolen.',
      confidence: image === undefined ? 'high' : 'medium',
      severity: image === undefined ? 'critical' : 'high',
      evidence: [{ kind: 'name', field: 'reference', value: toPlainText(reference, 400) }, saidBy(advisory)],
    },
  ];
};

export const knownPackages: Analyzer = {
  id: 'known-packages',
  about: 'installed packages, repositories and machine images that are known to be malicious',
  version: 1,
  judgesPackages: true,
  async load(locations) {
    const { known, count, newest, rejected, digest } = await loadPackages(locations);
    return {
      digest,
      counts: { package: count },
      ...(newest === '' ? {} : { newest }),
      rejected,
      data: known,
      gaps: [],
    };
  },
  conclude(subject, _observations, data) {
    const known = data as KnownPackages | undefined;
    if (known === undefined || known.parts.length === 0) return [];
    return [
      ...judgeNames(known, subject),
      ...(subject.packages ?? []).flatMap((record) => judgePackage(known, record)),
    ];
  },
};
