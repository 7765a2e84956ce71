/** A Verdict → what is kept of the image for whoever asks later where something is, and for incidents about it. */
import { isDigest } from '../../core/digest.ts';
import type { Digest } from '../../core/digest.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Verdict } from '../../core/verdict.ts';
import { packageKey } from './feed-names.ts';

const maximumNames = 20_000;

const digestsOf = (names: readonly (string | undefined)[]): readonly Digest[] => [
  ...new Set(names.filter((name): name is Digest => name !== undefined && isDigest(name))),
];

/** undefined for what has no digest of its own, such as a folder. */
export const toKeptImage = ({ assessment, decision, because, dossier, at }: Verdict): KeptImage | undefined => {
  const { identity, reference, layers, packages, findings } = dossier;
  const digests = digestsOf([identity.manifest, identity.config, identity.index]);
  if (digests.length === 0) return undefined;
  const hashes = findings.flatMap(({ evidence }) =>
    evidence.flatMap((proof) => ('sha256' in proof && proof.sha256 !== undefined ? [`sha256:${proof.sha256}`] : [])),
  );
  return {
    reference,
    at,
    verdict: { assessment, decision, because: because.slice(0, 5) },
    digests,
    layers: digestsOf([...layers.flatMap(({ digest, diffId }) => [digest, diffId]), ...identity.diffIds]),
    packages: [
      ...new Set(
        packages
          .slice(0, maximumNames)
          .flatMap(({ ecosystem, name, version }) => [
            `${name}@${version}`,
            `${packageKey(ecosystem, name)}@${version}`,
          ]),
      ),
    ],
    files: [...new Set(hashes)].slice(0, maximumNames),
  };
};
