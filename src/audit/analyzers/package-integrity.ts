/** What is installed, as the image's own records say, and an account of every file by them. The records lie in the attacker's hands: they accuse, they never acquit. */
import type { Analyzer, Conclusion, InventoryEntry, Observation, Subject } from '../../core/analyzer.ts';
import { account, type Accounts } from '../package-integrity/accounts.ts';
import { parseDigestsText, type WeakDigests } from '../package-integrity/checked-files.ts';
import { FinalTree } from '../package-integrity/final-tree.ts';
import { findingsOf } from '../package-integrity/findings.ts';
import { openPackageInspector } from '../package-integrity/inspector.ts';
import { readInstalled, type Installed } from '../package-integrity/installed.ts';
import { problemFindings } from '../package-integrity/record-findings.ts';
import { editedDigests, removedDatabase } from '../package-integrity/layered-records.ts';
import { digestsIn } from '../package-integrity/record-facts.ts';
import { recordKindOf } from '../package-integrity/record-place.ts';

/** Of the entry that the final tree shows, by path and layer. */
const weakDigestsOf = (observations: readonly Observation[]): ((entry: InventoryEntry) => WeakDigests | undefined) => {
  const highest = new Map<string, Observation>();
  for (const observation of observations) {
    const { path, layerIndex, facts } = observation;
    if (digestsIn(facts) !== '' && (highest.get(path)?.layerIndex ?? -1) <= layerIndex) highest.set(path, observation);
  }
  return ({ path, layerIndex }) => {
    const observation = highest.get(path);
    return observation?.layerIndex === layerIndex ? parseDigestsText(digestsIn(observation.facts)) : undefined;
  };
};

/** When this share of the packages has no list of files, nothing can be told from a file's absence in the others'. */
const mostUnlisted = 0.2;

/** Base systems have at least so many; distroless images less. */
const wholeSystem = 40;

const isListed = ({ system }: Installed): boolean =>
  system.length > 0 && system.filter(({ files }) => files === undefined).length <= system.length * mostUnlisted;

/** Programs that were compared: what changed is weighed against their number. */
const checkedPrograms = ({ matching, changed }: Accounts): number => matching + changed.length;

const conclude = (subject: Subject, observations: readonly Observation[]): Conclusion => {
  const visible = observations.filter(({ hidden }) => !hidden);
  const installed = readInstalled(visible);
  const layered = [...editedDigests(observations), ...removedDatabase(observations, subject)];
  // Without a system's records, and without files in a language's, there is nothing to hold a file against.
  if (installed.system.length === 0 && installed.language.every(({ files }) => files === undefined))
    return { findings: [...problemFindings(installed.problems), ...layered], packages: installed.language };
  const tree = new FinalTree(subject.inventory);
  const accounts = account({
    tree,
    packages: [...installed.system, ...installed.language],
    weakDigests: weakDigestsOf(visible),
    alternatives: installed.alternatives,
  });
  const isWhole = isListed(installed);
  const findings = findingsOf({
    installed,
    accounts: isWhole ? accounts : { ...accounts, unowned: [] },
    fileAt: (path) => tree.at(tree.canonical(path)),
    resolve: (path) => tree.resolve(path),
    checked: checkedPrograms(accounts),
    isWholeSystem:
      installed.system.length >= wholeSystem || installed.system.some(({ ecosystem }) => ecosystem === 'apk'),
  });
  return {
    findings: [...findings, ...layered],
    ...(isWhole ? { ownership: accounts.ownership } : {}),
    packages: [...installed.system, ...installed.language],
  };
};

export const packageIntegrity: Analyzer = {
  id: 'package-integrity',
  about: 'installed packages, and files that are not what their packages delivered or that no package owns',
  version: 1,
  readsAs: recordKindOf,
  open: openPackageInspector,
  conclude,
};
