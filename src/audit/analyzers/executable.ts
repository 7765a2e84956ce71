/** ELF programs → findings about those that no compiler or package leaves as they are: packed, patched, hooking, hidden, frozen. */
import type { Analyzer, InspectedFile, Inspection, Inspector, Observation } from '../../core/analyzer.ts';
import { describeTrait } from '../executable/trait-finding.ts';
import { findFrozen } from '../executable/frozen.ts';
import { readTraits, type Trait } from '../executable/traits.ts';
import type { Finding } from '../../core/finding.ts';

class ExecutableInspector implements Inspector {
  /** Of a file whose later windows are still to come. */
  #begun: { readonly path: string; readonly traits: readonly Trait[] } = { path: '', traits: [] };

  scope: Inspector['scope'] = () => '';

  wants: NonNullable<Inspector['wants']> = (_, kind) => kind === 'elf';

  /** Tables lie at the start of a program, scripts that were frozen into it at its end: the first window and the last one decide. */
  inspect: Inspector['inspect'] = (file, content) => {
    if (file.windowOffset === 0) {
      const traits = readTraits(content, file.size);
      this.#begun = { path: file.path, traits };
      return file.lastWindow ? this.#say(traits) : undefined;
    }
    if (!file.lastWindow || this.#begun.path !== file.path) return undefined;
    return this.#say([...this.#begun.traits, ...this.#frozenAtEnd(file, content)]);
  };

  #frozenAtEnd(file: InspectedFile, content: Uint8Array): readonly Trait[] {
    const frozen = findFrozen(content);
    if (frozen === undefined) return [];
    return [{ name: 'frozen', text: `${frozen.language}, by ${frozen.by}`, offset: file.windowOffset + frozen.at }];
  }

  #say(traits: readonly Trait[]): Inspection | undefined {
    this.#begun = { path: '', traits: [] };
    return traits.length === 0 ? undefined : { facts: traits };
  }
}

const judge = (observation: Observation): readonly Finding[] => {
  const traits = observation.facts as readonly Trait[];
  return traits.flatMap((trait) => describeTrait(trait, traits, observation));
};

export const executable: Analyzer = {
  id: 'executable',
  about: 'programs that are packed, patched, hidden, hooking others, or carry something behind their code',
  version: 2,
  open: () => new ExecutableInspector(),
  conclude: (_subject, observations) => observations.flatMap(judge),
};
