/** Programs of an image, by name and by what their content says → findings about those that are honest alone and not together. */
import type { Analyzer, InventoryEntry, Observation, Subject } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import { viewOf } from '../../core/inventory-view.ts';
import { combinations, isToolbox, type Combination } from '../tool-combination/combinations.ts';
import { sortOfContent, type ContentSort } from '../tool-combination/content-sort.ts';
import { loadProgramNames, sortOfProgram, type ProgramNames } from '../tool-combination/program-names.ts';

interface Tool {
  readonly sort: string;
  readonly entry: Pick<InventoryEntry, 'path' | 'sha256' | 'size' | 'layerIndex' | 'hidden'>;
}

const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1).toLowerCase();

const toolsByName = ({ inventory }: Subject, names: ProgramNames): readonly Tool[] =>
  viewOf(inventory).programs.flatMap((entry): readonly Tool[] => {
    const sort = (entry.mode & 0o111) === 0 ? undefined : sortOfProgram(names, entry.path);
    return sort === undefined ? [] : [{ sort, entry }];
  });

const kernelHeaders = ({ inventory }: Subject): readonly Tool[] =>
  inventory
    .filter(
      ({ path }) => path.endsWith('/module.h') && /(?:^|\/)linux-headers-[^/]+\/include\/linux\/module\.h$/.test(path),
    )
    .map((entry) => ({ sort: 'kernel-headers', entry }));

const toolsByContent = (observations: readonly Observation[]): readonly Tool[] =>
  observations.map((entry) => ({ sort: (entry.facts as ContentSort).sort, entry }));

const proofOf = ({ entry }: Tool): Evidence => {
  const { path, sha256, size, layerIndex, hidden } = entry;
  return { kind: 'file', path, size, layerIndex, hidden, ...(sha256 === undefined ? {} : { sha256 }) };
};

const combine = (
  tools: readonly Tool[],
  { groups, ...statement }: Combination,
  toolbox: boolean,
): readonly Finding[] => {
  const chosen = groups.map((group) => tools.find(({ sort }) => group.includes(sort)));
  const [first, ...others] = chosen.filter((tool) => tool !== undefined);
  if (first === undefined || others.length + 1 < groups.length) return [];
  const evidence = [proofOf(first), ...others.map(proofOf)] as const;
  // Collections for security tests hold everything: that two of it are together says nothing.
  return [
    {
      ...statement,
      ...(toolbox ? ({ severity: 'low', confidence: 'low', intent: 'dual-use' } as const) : {}),
      evidence,
    },
  ];
};

const hidingSorts: readonly string[] = ['mass-scanner', 'engine-client', 'exploiter', 'tunnel', 'brute-forcer'];

/** A copy whose name has nothing of what it is. Versions and platforms in the name are no disguise. */
const renamed = (observations: readonly Observation[]): readonly Finding[] =>
  observations.flatMap((observation): readonly Finding[] => {
    const { sort, by } = observation.facts as ContentSort;
    const built = /^built from (\S+)$/.exec(by)?.[1];
    if (built === undefined || !hidingSorts.includes(sort)) return [];
    const own = baseOf(built.replace(/\/v\d+$/, ''));
    if (baseOf(observation.path).includes(own)) return [];
    return [
      {
        rule: 'tool-combination/renamed-tool',
        title: `A program was given another name: it was ${by}`,
        severity: 'medium',
        confidence: 'medium',
        intent: 'implant',
        techniques: ['T1036.003', 'T1036.005'],
        advice: 'Ask who renamed it and why: honest builds keep the names under which tools are known.',
        evidence: [proofOf({ sort, entry: observation })],
      },
    ];
  });

export const toolCombination: Analyzer = {
  id: 'tool-combination',
  about: 'tools that are honest alone and tell what an image is for when they are together',
  version: 1,
  load: async (locations) => loadProgramNames(locations),
  open: (data) => ({
    scope: () => '',
    wants: (_header, kind) => kind === 'elf',
    inspect: (file, content) => {
      if (file.windowOffset > 0) return undefined;
      const sort = sortOfContent(content, file.size, data as ProgramNames);
      return sort === undefined ? undefined : { facts: sort };
    },
  }),
  conclude(subject, observations, data) {
    const tools = [
      ...toolsByName(subject, data as ProgramNames),
      ...kernelHeaders(subject),
      ...toolsByContent(observations),
    ];
    const found = new Map<string, Set<string>>();
    for (const { sort, entry } of tools) {
      const known = found.get(sort) ?? new Set<string>();
      known.add(baseOf(entry.path));
      found.set(sort, known);
    }
    const toolbox = isToolbox(found);
    return [...combinations.flatMap((one) => combine(tools, one, toolbox)), ...renamed(observations)];
  },
};
