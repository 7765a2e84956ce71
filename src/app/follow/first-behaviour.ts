/** What a container does in its first minutes → whether its image's start-up story says so, and whether other runs of the same digest did it. */
import type { Event } from '../../core/event.ts';
import { baseName } from '../../core/path.ts';
import { resolveInImage, type ProgramInventory } from '../../core/program-inventory.ts';
import { BoundedMap } from '../../detect/incidents/bounded-map.ts';
import { enginePrograms, placeOfProgram } from './drift-path.ts';

/**
 * - `announced`: the start-up story says so; `usual`: another run of the digest did it in its first minutes
 * - `unannounced`: neither; `unlike-others`: neither, and at least two other runs are over their first minutes
 */
export type FirstBehaviour = 'announced' | 'usual' | 'unannounced' | 'unlike-others';

export interface FirstBehaviours {
  /**
   * In the order of events, also of those that nothing is told of. undefined: not its first minutes, or nothing to compare with.
   * `inventoryOf`: of the event's image; asked only where it matters.
   */
  tell(event: Event, inventoryOf: () => ProgramInventory | undefined): FirstBehaviour | undefined;
}

export interface FirstBehaviourOptions {
  readonly windowMs: number;
}

interface Run {
  began: number;
  /** Its first program is what the image starts: else somebody gave another command, and the story is of no use. */
  asStoried?: boolean;
  digest?: string;
}

interface DigestBehaviour {
  /** Runs that were seen to do something, by when they began. */
  readonly runs: BoundedMap<number>;
  /** What was done → the first two runs that did it. */
  readonly deeds: BoundedMap<readonly string[]>;
}

const rememberedRuns = 20_000;
const rememberedDigests = 2000;
const runsOfDigest = 64;
const deedsOfDigest = 512;
const answersOfRun = 256;
const othersNeeded = 2;
/** Among the first of a command: interpreter, what it is called by, an option, the script. */
const scriptWords = 4;

const runKeyOf = ({ place }: Event): string | undefined =>
  place.containerId === undefined
    ? place.pod === undefined
      ? undefined
      : `${place.cluster ?? ''}/${place.namespace ?? ''}/${place.pod}/${place.container ?? ''}`
    : place.containerId.toLowerCase().slice(0, 12);

const digestOf = ({ image }: Event): string | undefined =>
  image?.kind === 'container' ? (image.resolved ?? image.digest ?? image.id) : undefined;

interface Deed {
  readonly name: string;
  readonly announced: (inventory: ProgramInventory) => boolean;
}

const programDeed = ({ process, outcome }: Event): Deed | undefined => {
  if (outcome === 'failure' || outcome === 'denied') return undefined;
  const place = process?.executable === undefined ? undefined : placeOfProgram(process.executable);
  // An engine's own init says nothing of what it starts.
  if (place?.kind !== 'file' || enginePrograms.has(place.path.slice(1))) return undefined;
  const words = process?.arguments ?? process?.commandLine?.split(' ', scriptWords) ?? [];
  const called = baseName(words[0] ?? '');
  return {
    name: `program ${place.path}`,
    announced: (inventory) => {
      const path = resolveInImage(inventory, place.path) ?? '';
      const { launched, announced } = inventory;
      if (launched.includes(path) || announced.programs.includes(baseName(path))) return true;
      if (inventory.file(path) === undefined) return false;
      // An applet is what it is called by, and an interpreter the script that it was started with.
      const isScript = (word: string): boolean =>
        word.startsWith('/') && launched.includes(resolveInImage(inventory, word) ?? '');
      return announced.programs.includes(called) || words.slice(1, scriptWords).some(isScript);
    },
  };
};

const destinationDeed = ({ connection }: Event, namesOf: (address: string) => readonly string[]): Deed | undefined => {
  if (connection === undefined || connection.direction === 'in') return undefined;
  const names = [connection.name, connection.address]
    .filter((name): name is string => name !== undefined && name !== '')
    .map((name) => name.toLowerCase().replace(/\.$/, ''));
  const [first] = names;
  if (first === undefined) return undefined;
  const all = [...names, ...names.flatMap(namesOf)];
  // Addresses of one name change from answer to answer.
  return {
    name: `host ${all.find((name) => /[a-z]/.test(name) && !name.includes(':')) ?? first}`,
    announced: ({ announced }) => all.some((name) => announced.hosts.includes(name)),
  };
};

export const openFirstBehaviours = ({ windowMs }: FirstBehaviourOptions): FirstBehaviours => {
  const runs = new BoundedMap<Run>(rememberedRuns);
  const digests = new BoundedMap<DigestBehaviour>(rememberedDigests);
  const answers = new BoundedMap<Map<string, string>>(rememberedRuns);

  const begin = (key: string, { action, at }: Event): void => {
    const run = runs.get(key);
    // What was made long ago and starts now begins now; what its engine tells late began when it was first seen.
    if (run === undefined || (action === 'start' && at - run.began > windowMs)) runs.set(key, { began: at });
  };

  const learnAnswers = (key: string, { connection }: Event): void => {
    if (connection?.name === undefined || connection.answers === undefined) return;
    const known = answers.get(key) ?? new Map<string, string>();
    for (const answer of connection.answers)
      if (known.size < answersOfRun) known.set(answer.toLowerCase(), connection.name.toLowerCase().replace(/\.$/, ''));
    answers.set(key, known);
  };

  const behaviourOf = (digest: string): DigestBehaviour => {
    const known = digests.get(digest) ?? {
      runs: new BoundedMap<number>(runsOfDigest),
      deeds: new BoundedMap<readonly string[]>(deedsOfDigest),
    };
    digests.set(digest, known);
    return known;
  };

  const compare = (
    key: string,
    run: Run,
    deed: Deed,
    digest: string,
    at: number,
  ): 'usual' | 'unlike-others' | 'new' => {
    const { runs: seen, deeds } = behaviourOf(digest);
    if (!seen.has(key)) seen.set(key, run.began);
    const did = deeds.get(deed.name) ?? [];
    if (!did.includes(key)) deeds.set(deed.name, [...did, key].slice(0, 2));
    if (did.some((other) => other !== key)) return 'usual';
    const others = [...seen.entries()].filter(([other, began]) => other !== key && began + windowMs <= at);
    return others.length >= othersNeeded ? 'unlike-others' : 'new';
  };

  const namesOf =
    (key: string) =>
    (address: string): readonly string[] => {
      const name = answers.get(key)?.get(address);
      return name === undefined ? [] : [name];
    };

  const deedOf = (event: Event, key: string): Deed | undefined => {
    if (event.action === 'exec') return programDeed(event);
    return event.action === 'connect' || event.action === 'resolve' ? destinationDeed(event, namesOf(key)) : undefined;
  };

  return {
    tell: (event, inventoryOf) => {
      const { action, at } = event;
      const key = runKeyOf(event);
      if (key === undefined) return undefined;
      if (action === 'create' || action === 'start') begin(key, event);
      if (action === 'resolve') learnAnswers(key, event);
      const run = runs.get(key);
      if (run === undefined || at - run.began > windowMs || at < run.began) return undefined;
      const deed = deedOf(event, key);
      if (deed === undefined) return undefined;
      const inventory = inventoryOf();
      // Records name one image by several digests: the scan knows which is which.
      const digest = inventory?.own[0] ?? digestOf(event) ?? run.digest;
      if (digest === undefined) return undefined;
      run.digest = digest;
      const compared = compare(key, run, deed, digest, at);
      const isAnnounced = inventory === undefined ? undefined : deed.announced(inventory);
      if (action === 'exec') run.asStoried ??= isAnnounced ?? false;
      if (isAnnounced === true) return 'announced';
      if (compared !== 'new') return compared;
      return inventory !== undefined && run.asStoried === true ? 'unannounced' : undefined;
    },
  };
};
