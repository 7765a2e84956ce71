/** Where this user's caches, rules and state are, by the XDG base directory specification. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Settings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const isFolder = (path: string | undefined): path is string => path !== undefined && isAbsolute(path);

/** A user that the system does not know, as containers have them, has no home folder but the one that HOME names. */
const knownHome = (): string | undefined => {
  try {
    return homedir();
  } catch (thrown) {
    if (typeof (thrown as NodeJS.ErrnoException).code !== 'string') throw thrown;
    return undefined;
  }
};

/** Never empty or relative: that would lead into the working directory, where others may have put rules, caches and state. */
export const withHome = (environment: Environment): Environment & { readonly HOME: string } => {
  const { HOME } = environment;
  if (isFolder(HOME)) return { ...environment, HOME };
  const known = knownHome();
  return { ...environment, HOME: isFolder(known) ? known : '/' };
};

/** `variable` where it names a folder, else `fallback` in the home folder. What is no absolute path is passed over, as is specified. */
const folderOf = (environment: Environment, variable: string, fallback: string): string => {
  const stated = environment[variable];
  return join(isFolder(stated) ? stated : join(withHome(environment).HOME, fallback), 'tidewaiter');
};

export const userCacheFolder = (environment: Environment): string => folderOf(environment, 'XDG_CACHE_HOME', '.cache');

/** Where this command keeps what it remembers. */
export const cacheFolderOf = (settings: Pick<Settings, 'cacheFolder'>, environment: Environment): string =>
  settings.cacheFolder ?? userCacheFolder(environment);

export const userConfigurationFolder = (environment: Environment): string =>
  folderOf(environment, 'XDG_CONFIG_HOME', '.config');
