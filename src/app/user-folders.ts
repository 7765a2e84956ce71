/** Where this user's caches and rules are, by the XDG base directory specification. */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `variable` where it names one, else `fallback` in the home folder. A path that is empty or not absolute is passed over, as the
 * specification says: it would lead into the working directory, where whoever wrote a repository may have put rules and caches.
 */
const folderOf = (environment: Environment, variable: string, fallback: string): string => {
  const stated = environment[variable];
  if (stated !== undefined && isAbsolute(stated)) return join(stated, 'tidewaiter');
  const home = [environment['HOME'], homedir()].find((path) => path !== undefined && isAbsolute(path)) ?? '/';
  return join(home, fallback, 'tidewaiter');
};

export const userCacheFolder = (environment: Environment): string => folderOf(environment, 'XDG_CACHE_HOME', '.cache');

export const userConfigurationFolder = (environment: Environment): string =>
  folderOf(environment, 'XDG_CONFIG_HOME', '.config');
