/** What the image does when it starts: told as a story in order, with what no honest start does, and the files that take part. */
import type { Analyzer, Observation, Plain } from '../../core/analyzer.ts';
import { findCandidates } from '../launch-path/find-candidates.ts';
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
  version: 4,
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
    if (config === undefined) return [];
    const tree = new ImageTree(subject.inventory, observations.filter(hasKept));
    const parts = readLaunchPath(config, tree);
    return {
      findings: [...findCandidates(parts, tree), ...findMissingProgram(parts, subject, tree)],
      story: toSentences(parts),
      announced: whatIsAnnounced(parts),
      ...whatRuns(parts, config, tree),
    };
  },
};
