/** One file → what it arranges, as facts: plain data for the conclusion over the whole image. */
import type { InspectedFile, Inspection, Inspector } from '../../core/analyzer.ts';
import { isFault } from '../../core/fault.ts';
import type { FileHeader } from '../../core/file-entry.ts';
import type { FileKind } from '../../core/file-kind.ts';
import { baseName } from '../../core/path.ts';
import { withoutSecrets } from '../secret/without-secrets.ts';
import {
  readAccounts,
  readMembers,
  readPasswords,
  readSudoers,
  type AccountFact,
  type MemberFact,
  type PasswordFact,
  type SudoFact,
} from './accounts.ts';
import { programOf, readDeeds, type DeedId } from './deed.ts';
import { hookLibraryBytes, readHooks, readKernelModule, type HooksFact, type ModuleFact } from './library-hooks.ts';
import {
  readFormats,
  readHosts,
  readLibraryFolders,
  readPreloadList,
  readUnitVariables,
  readVariables,
  type FolderFact,
  type FormatFact,
  type HostFact,
  type InjectionFact,
  type PreloadFact,
} from './library-lists.ts';
import { isOddProgramPlace, toImagePath } from './odd-place.ts';
import { placeBytes, placeOfFile, type Place } from './place.ts';
import { readKeys, readPam, readSshSettings, type KeyFact, type PamFact, type SshSettingFact } from './remote-login.ts';
import { readStartedCommands, type StartedCommand } from './started-command.ts';

export type DeedFact = {
  readonly is: 'deed';
  readonly deed: DeedId;
  readonly what: string;
  readonly text: string;
  readonly offset: number;
};

/** A program that an arrangement starts: outside the folders of packages, or by a file that no package makes. */
export type StartFact = {
  readonly is: 'starts';
  readonly program: string;
  readonly text: string;
  readonly offset: number;
};

/** What was not read to its end. */
export type LimitFact = { readonly is: 'limit'; readonly what: 'size' | 'script' };

/** A job that at(1) has kept: no build leaves one behind. */
export type JobFact = { readonly is: 'at-job'; readonly offset: number };

export type RecipeFact = { readonly is: 'module-recipe'; readonly offset: number };

export type Fact =
  | DeedFact
  | StartFact
  | LimitFact
  | RecipeFact
  | JobFact
  | AccountFact
  | PasswordFact
  | MemberFact
  | SudoFact
  | KeyFact
  | SshSettingFact
  | PamFact
  | PreloadFact
  | InjectionFact
  | FolderFact
  | HostFact
  | FormatFact
  | HooksFact
  | ModuleFact;

export interface PersistenceFacts {
  readonly [name: string]: string | readonly Fact[];
  /** '' for a file that counts by its content alone. */
  readonly place: Place | '';
  readonly facts: readonly Fact[];
}

/** What a shell reads; scripts of other languages are read by the rules. */
const isShellScript = (text: string): boolean => {
  const first = /^#![ \t]*(?:\S*\/)?([\w.+-]+)(?:[ \t]+([\w.+-]+))?/.exec(text.slice(0, 256));
  if (first === null) return true;
  const name = first[1] === 'env' ? first[2] : first[1];
  return (
    /^(?:openrc-run|execlineb|(?:ba|da|z|a|k|mk|pdk|s)?sh[\d.]*|busybox)$/.test(name ?? '') && name !== 'execlineb'
  );
};

const excerptBytes = 200;

const excerptAt = (text: string, offset: number): string => {
  const start = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const end = text.indexOf('\n', offset);
  const line = text.slice(Math.max(start, offset - excerptBytes), end < 0 ? text.length : end);
  return withoutSecrets(line.slice(0, 4 * excerptBytes).trim()).slice(0, excerptBytes);
};

/** Folders where packages put their programs. */
const packageFolder = /^(?:usr\/)?(?:s?bin|lib(?:32|64|exec)?|share|games)\//;

const namesItsProgram: readonly Place[] = ['system-crontab', 'user-crontab', 'anacrontab', 'unit', 'inittab', 'udev'];

/** Packages put their units below `lib` and their timetables into `cron.d`: what lies here a person wrote, or a program. */
const byHand = /^(?:etc\/systemd\/(?:system|user)\/|etc\/crontabs\/|var\/spool\/cron\/|(?:root|home\/[^/]+)\/)/;

const factsOfCommand = (place: Place, path: string, { text, offset, isScript }: StartedCommand): readonly Fact[] => {
  if (isScript && !isShellScript(text)) return [];
  const { deeds, limitsMet } = readDeeds(text, isScript);
  const facts: Fact[] = deeds.map(({ is, what, offset: inside }) => ({
    is: 'deed',
    deed: is,
    what: withoutSecrets(what),
    text: excerptAt(text, inside),
    offset: offset + (isScript ? inside : 0),
  }));
  if (limitsMet.length > 0) facts.push({ is: 'limit', what: 'script' });
  const program = namesItsProgram.includes(place) ? programOf(text) : undefined;
  if (
    program !== undefined &&
    (byHand.test(path) || !packageFolder.test(toImagePath(program))) &&
    !isOddProgramPlace(toImagePath(program))
  )
    facts.push({ is: 'starts', program: program.slice(0, 300), text: excerptAt(text, 0), offset });
  return facts;
};

const factsOfText = (place: Place, text: string, name: string): readonly Fact[] => {
  switch (place) {
    case 'accounts':
      return readAccounts(text);
    case 'shadow':
      return readPasswords(text);
    case 'groups':
      return readMembers(text);
    case 'sudoers':
      return readSudoers(text);
    case 'authorized-keys':
      return readKeys(text);
    case 'sshd-config':
      return readSshSettings(text);
    case 'pam':
      return readPam(text, name);
    case 'preload':
      return readPreloadList(text);
    case 'linker-folders':
      return readLibraryFolders(text);
    case 'hosts':
      return readHosts(text);
    case 'binfmt':
      return readFormats(text);
    case 'environment':
    case 'profile':
      return readVariables(text);
    case 'unit':
      return readUnitVariables(text);
    case 'at-job':
      return [{ is: 'at-job', offset: 0 }];
    default:
      return [];
  }
};

/** One finding for one trait of one file: a table of a thousand equal lines says it once. */
const withoutRepeats = (facts: readonly Fact[]): readonly Fact[] => {
  const seen = new Set<string>();
  return facts.filter((fact) => {
    const key = JSON.stringify({ ...fact, offset: 0, text: '' });
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

const mostFacts = 400;
const mostUnfollowed = 8;

const factsOfPlace = (place: Place, file: InspectedFile, content: Uint8Array): readonly Fact[] => {
  const text = Buffer.from(content.subarray(0, placeBytes)).toString('latin1');
  const facts: Fact[] = [...factsOfText(place, text, baseName(file.path))];
  let unfollowed = 0;
  for (const command of readStartedCommands(place, text)) {
    // A file of nothing but loops without end costs a thread no more than a few of them.
    if (unfollowed >= mostUnfollowed) break;
    const said = factsOfCommand(place, file.path, command);
    if (said.some((fact) => fact.is === 'limit')) unfollowed += 1;
    facts.push(...said);
  }
  if (file.size > placeBytes) facts.push({ is: 'limit', what: 'size' });
  return withoutRepeats(facts).slice(0, mostFacts);
};

const recipeBytes = 64 * 1024;
const isRecipeName = (path: string): boolean =>
  /(?:^|\/)(?:Makefile|Kbuild)$/.test(path) && !/^(?:usr\/src|(?:usr\/)?lib\/modules)\//.test(path);

/** kbuild: such a list, in a makefile that calls the build tree of the kernel which is running. */
const readRecipe = (content: Uint8Array): readonly Fact[] => {
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('latin1');
  const list = /^[ \t]*obj-m[ \t]*[:+]?=/m.exec(text);
  return list === null || !/\/lib\/modules\/|\$\(KDIR\)|\$\(KERNELDIR\)|\bM=\$/.test(text)
    ? []
    : [{ is: 'module-recipe', offset: list.index }];
};

const inModuleTree = /(?:^|\/)lib\/modules\//;

const factsOfElf = (file: InspectedFile, content: Uint8Array): readonly Fact[] => {
  try {
    const hooks = file.size <= hookLibraryBytes ? readHooks(content) : undefined;
    if (hooks !== undefined) return [hooks];
    const module = inModuleTree.test(file.path) ? undefined : readKernelModule(content);
    return module === undefined ? [] : [module];
  } catch (thrown) {
    // A damaged header is told where programs are examined; nothing preloads such a file.
    if (isFault(thrown)) return [];
    throw thrown;
  }
};

const isWantedElf = (header: FileHeader, kind: FileKind): boolean => kind === 'elf' && header.size >= 64;

const isWantedRecipe = (header: FileHeader, kind: FileKind): boolean =>
  kind === 'text' && header.size <= recipeBytes && isRecipeName(header.path);

export const persistenceInspector: Inspector = {
  scope(header, kind) {
    const place = placeOfFile(header, kind) ?? '';
    const word = kind === 'elf' ? inModuleTree.test(header.path) : isWantedRecipe(header, kind);
    return `${place}|${place === 'pam' ? baseName(header.path) : ''}|${word ? 'm' : ''}|${place !== '' && byHand.test(header.path) ? 'h' : ''}`;
  },
  wants: (header, kind) =>
    isWantedElf(header, kind) || placeOfFile(header, kind) !== undefined || isWantedRecipe(header, kind),
  inspect(file, content): Inspection | undefined {
    if (file.windowOffset > 0) return undefined;
    const place = placeOfFile(file, file.kind);
    const facts: readonly Fact[] = [
      ...(file.kind === 'elf' ? factsOfElf(file, content) : []),
      ...(place === undefined ? [] : factsOfPlace(place, file, content)),
      ...(place === undefined && isWantedRecipe(file, file.kind) ? readRecipe(content) : []),
    ];
    return facts.length === 0 ? undefined : { facts: { place: place ?? '', facts } satisfies PersistenceFacts };
  },
};
