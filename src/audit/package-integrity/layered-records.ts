/** Records of several layers → what only a hand that edits a database leaves: digests that change while the package does not, and a database that is gone. */
import type { Observation, Subject } from '../../core/analyzer.ts';
import type { Finding } from '../../core/finding.ts';
import { baseName } from '../../core/path.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { unpackDigests } from './packed-files.ts';
import { kindOfFact, packedIn, stanzasIn } from './record-facts.ts';

const digestsOf = ({ facts }: Observation): ReadonlyMap<string, string> => {
  const packed = packedIn(facts);
  return packed === undefined ? new Map<string, string>() : unpackDigests(packed);
};

type Versions = ReadonlyMap<string, string>;

/** Layer → what its status files state: by name, and by name with architecture. */
const versionsByLayer = (observations: readonly Observation[]): ReadonlyMap<number, Versions> => {
  const byLayer = new Map<number, Map<string, string>>();
  for (const { facts, layerIndex } of observations) {
    if (kindOfFact(facts) !== 'dpkg-status') continue;
    const versions = byLayer.get(layerIndex) ?? new Map<string, string>();
    byLayer.set(layerIndex, versions);
    for (const { name, architecture, version } of stanzasIn(facts)) {
      versions.set(name, version);
      versions.set(`${name}:${architecture}`, version);
    }
  }
  return byLayer;
};

/** The version that the highest layer up to this one states; undefined when none knows the package. */
const versionAt = (byLayer: ReadonlyMap<number, Versions>, layerIndex: number, name: string): string | undefined => {
  for (let index = layerIndex; index >= 0; index -= 1) {
    const version = byLayer.get(index)?.get(name);
    if (version !== undefined) return version;
  }
  return undefined;
};

/** dpkg writes the list of digests once, with the package. The same version with other digests was edited. */
export const editedDigests = (observations: readonly Observation[]): readonly Finding[] => {
  const byLayer = versionsByLayer(observations);
  const byPath = new Map<string, Observation[]>();
  for (const observation of observations)
    if (kindOfFact(observation.facts) === 'dpkg-md5sums')
      byPath.set(observation.path, [...(byPath.get(observation.path) ?? []), observation]);
  return [...byPath].flatMap(([path, layers]): readonly Finding[] => {
    const last = layers.findLast(({ hidden }) => !hidden);
    const before = layers.findLast(({ layerIndex }) => layerIndex < (last?.layerIndex ?? 0));
    if (last === undefined || before === undefined || last.sha256 === before.sha256) return [];
    const name = baseName(path).replace(/\.md5sums$/, '');
    const version = versionAt(byLayer, last.layerIndex, name);
    if (version === undefined || version !== versionAt(byLayer, before.layerIndex, name)) return [];
    const [now, then] = [digestsOf(last), digestsOf(before)];
    const edited = [...now].filter(([file, digest]) => then.get(file) !== undefined && then.get(file) !== digest);
    if (edited.length === 0) return [];
    return [
      {
        rule: 'package-integrity/database-contradicts-itself',
        title: `Recorded digests were edited: the package stayed the same, its list changed (${toPlainText(`${name} ${version}`, 120)})`,
        severity: 'high',
        confidence: 'high',
        intent: 'tampering',
        techniques: ['T1070', 'T1554'],
        advice:
          'Take the files named in the list for replaced ones: compare them with the package of the distribution.',
        evidence: [
          {
            kind: 'excerpt',
            path,
            sha256: last.sha256,
            layerIndex: last.layerIndex,
            hidden: false,
            offset: 0,
            length: 0,
            text: toPlainText(
              edited
                .slice(0, 5)
                .map(([file]) => file)
                .join(', '),
              400,
            ),
          },
          { kind: 'file', path, sha256: before.sha256, layerIndex: before.layerIndex, hidden: true },
        ],
      },
    ];
  });
};

const databases: ReadonlySet<string> = new Set(['dpkg-status', 'rpmdb', 'apk']);

/** A lower layer had packages recorded, the final tree has none, and most of the system is still there. */
export const removedDatabase = (observations: readonly Observation[], { inventory }: Subject): readonly Finding[] => {
  const records = observations.filter(({ facts }) => databases.has(kindOfFact(facts)));
  const [first] = records;
  if (first === undefined || records.some(({ hidden }) => !hidden)) return [];
  const shell = inventory.find(
    ({ path, hidden, type }) => !hidden && type === 'file' && /^(?:usr\/)?bin\/(?:bash|dash|busybox|ls)$/.test(path),
  );
  if (shell === undefined) return [];
  return [
    {
      rule: 'package-integrity/database-removed',
      title: 'The package database was deleted while the packages’ files stayed',
      severity: 'low',
      confidence: 'high',
      intent: 'tampering',
      techniques: ['T1070.004'],
      advice: 'Nobody can tell any more what is installed: keep the database, or build from a base that has none.',
      evidence: [
        { kind: 'file', path: first.path, sha256: first.sha256, layerIndex: first.layerIndex, hidden: true },
        { kind: 'file', path: shell.path },
      ],
    },
  ];
};
