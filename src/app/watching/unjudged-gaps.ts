/** Names of what an incident is about → why its image was not judged, where the configuration alone says it. */
import { isFault } from '../../core/fault.ts';
import type { Gap } from '../../core/gap.ts';
import type { IncidentIdentity } from '../../core/incident.ts';
import { parseRegistryReference } from '../../core/reference.ts';
import type { JudgeSettings } from './judge-settings.ts';

const registryOf = (name: string): string | undefined => {
  try {
    return parseRegistryReference(name).registry;
  } catch (thrown) {
    if (isFault(thrown)) return undefined;
    throw thrown;
  }
};

const namesTold = 3;

export const unjudgedGaps = (
  { references, digests }: Pick<IncidentIdentity, 'references' | 'digests'>,
  { registries }: Pick<JudgeSettings, 'registries'>,
): readonly Gap[] =>
  references.slice(0, namesTold).flatMap((where): readonly Gap[] => {
    const registry = registryOf(where);
    if (registry === undefined) return [];
    if (!registries.has(registry))
      return [
        {
          where,
          code: 'JUDGE_REGISTRY_UNLISTED',
          reason: `the image was not judged: ${registry} is not among watch.judge.registries; name it there, or scan the image`,
          bytes: 0,
        },
      ];
    if (digests.length > 0) return [];
    return [
      {
        where,
        code: 'JUDGE_DIGEST_UNKNOWN',
        reason:
          'the image was not judged: events name a tag alone, which may lead elsewhere by now; let the registry notify, or scan the image',
        bytes: 0,
      },
    ];
  });
