/** What the image does when it starts: told as a story in order, with what no honest start does, and the files that take part. */
import type { Analyzer, Observation, Plain } from '../../core/analyzer.ts';
import { findCandidates } from '../launch-path/find-candidates.ts';
import { noConfig } from '../../core/image.ts';
import { assumedStarts } from '../launch-path/find-machine-start.ts';
import { ImageTree } from '../launch-path/image-tree.ts';
import { keepText, keptScope, mayKeep } from '../launch-path/kept-text.ts';
import { findMissingProgram } from '../launch-path/missing-program.ts';
import { readLaunchPath } from '../launch-path/read-launch-path.ts';
import { toSentences } from '../launch-path/tell-story.ts';
import { whatIsAnnounced } from '../launch-path/what-is-announced.ts';
import { whatRuns } from '../launch-path/what-runs.ts';

/** Facts come from a process that reads hostile bytes: what is not of their shape is no fact. */
const isKept = (facts: Plain): boolean =>
  typeof facts === 'object' &&
  facts !== null &&
  !Array.isArray(facts) &&
  (('text' in facts && typeof facts['text'] === 'string') || ('large' in facts && facts['large'] === true));

const hasKept = (observation: Observation): boolean => isKept(observation.facts);

export const launchPath: Analyzer = {
  id: 'launch-path',
  about: 'what runs when the image starts: its start command, services, timers, health check, followed through scripts',
  version: 6,
  open: () => ({
    scope: keptScope,
    wants: mayKeep,
    inspect: (file, content) => {
      if (file.windowOffset > 0) return undefined;
      const facts = keepText(file.path, file.size, file.kind, content);
      return facts === undefined ? undefined : { facts };
    },
  }),
  conclude(subject, observations) {
    const { config } = subject;
    const tree = new ImageTree(subject.inventory, observations.filter(hasKept));
    if (config === undefined) {
      // A guess at what would start: nothing is missed where it cannot be followed to its end.
      const parts = readLaunchPath(noConfig, tree, assumedStarts(tree));
      if (parts.length === 0) return [];
      const { launched } = whatRuns(parts, noConfig, tree);
      return { findings: findCandidates(parts, tree), story: toSentences(parts), launched };
    }
    const parts = readLaunchPath(config, tree);
    return {
      findings: [...findCandidates(parts, tree), ...findMissingProgram(parts, subject, tree)],
      story: toSentences(parts),
      announced: whatIsAnnounced(parts),
      ...whatRuns(parts, config, tree),
    };
  },
};
