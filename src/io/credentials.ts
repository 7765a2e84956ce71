/** A registry and a repository → the login for it, from the auth files of Docker and of the containers tools, in their order. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../core/context.ts';
import { misuse } from '../core/fault.ts';
import { authKeys, parseAuthFile, type AuthFile, type Login } from './auth-file.ts';
import { askCredentialProgram, type NoLogin } from './credential-program.ts';

export interface FoundLogin {
  readonly login: Login;
  /** Which file or program it comes from. */
  readonly source: string;
}

export interface LoginSearch {
  readonly found?: FoundLogin;
  /** For the message when the registry says no: every place that was looked at, with what was there. Without secrets. */
  readonly looked: readonly string[];
}

type Surroundings = Pick<Context, 'environment' | 'log'>;

interface Place {
  readonly file: string;
  readonly legacy: boolean;
  /** Named by the user: must be there. */
  readonly required: boolean;
}

/** containers-auth.json(5): a file named by the user stands alone; else the containers tools' own files, then Docker's. */
const placesOf = (environment: Surroundings['environment']): readonly Place[] => {
  const named = environment['REGISTRY_AUTH_FILE'];
  if (named) return [{ file: named, legacy: false, required: true }];
  const home = environment['HOME'] || environment['USERPROFILE'];
  const runtime = environment['XDG_RUNTIME_DIR'];
  const config = environment['XDG_CONFIG_HOME'] || (home ? join(home, '.config') : undefined);
  const docker = environment['DOCKER_CONFIG'] || (home ? join(home, '.docker') : undefined);
  const place = (folder: string | undefined, name: string, legacy = false): readonly Place[] =>
    folder ? [{ file: join(folder, name), legacy, required: false }] : [];
  return [
    ...place(runtime, 'containers/auth.json'),
    ...place(config, 'containers/auth.json'),
    ...place(docker, 'config.json'),
    ...place(home, '.dockercfg', true),
  ];
};

const largestFile = 4 * 2 ** 20;

const readPlace = async ({ file, legacy, required }: Place): Promise<AuthFile | undefined> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    const { code = 'unknown error' } = thrown as NodeJS.ErrnoException;
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR')) return undefined;
    throw misuse(
      'AUTH_FILE_UNREADABLE',
      `cannot read the registry logins in ${file} (${code}); ${required ? 'correct REGISTRY_AUTH_FILE' : 'make it readable, or remove it'}`,
    );
  }
  if (text.length > largestFile)
    throw misuse('AUTH_FILE_INVALID', `${file} is too large to be a file of logins; log in again, or remove it`);
  return text.trim() === '' ? undefined : parseAuthFile(text, file, legacy);
};

/** Docker Hub's logins are stored under its first API's address. */
const serverName = (registry: string): string => (registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry);

const searchFile = async (
  file: AuthFile,
  name: string,
  registry: string,
  keys: readonly string[],
  { environment }: Surroundings,
): Promise<FoundLogin | NoLogin> => {
  for (const key of keys) {
    const program = file.programs.get(key);
    if (program !== undefined) {
      const answer = await askCredentialProgram(program, key === registry ? serverName(key) : key, environment);
      return answer.kind === 'none' ? answer : { login: answer, source: `docker-credential-${program} (${name})` };
    }
    const login = file.logins.get(key);
    if (login !== undefined) return { login, source: name };
  }
  if (file.store === undefined) return { kind: 'none', reason: 'no entry' };
  const answer = await askCredentialProgram(file.store, serverName(registry), environment);
  return answer.kind === 'none' ? answer : { login: answer, source: `docker-credential-${file.store} (${name})` };
};

/**
 * The first login that fits, the most special key of a file first. `registry` as in a Reference.
 * @throws {Fault} misuse `AUTH_FILE_UNREADABLE`, `AUTH_FILE_INVALID`
 */
export const findLogin = async (
  registry: string,
  repository: string,
  surroundings: Surroundings,
): Promise<LoginSearch> => {
  const keys = authKeys(registry, repository);
  const looked: string[] = [];
  const search = async (file: AuthFile, name: string): Promise<FoundLogin | undefined> => {
    const answer = await searchFile(file, name, registry, keys, surroundings);
    if ('login' in answer) return answer;
    looked.push(`${name}: ${answer.reason}`);
    return undefined;
  };
  const inline = surroundings.environment['DOCKER_AUTH_CONFIG'];
  if (inline) {
    const found = await search(parseAuthFile(inline, 'DOCKER_AUTH_CONFIG'), 'DOCKER_AUTH_CONFIG');
    if (found !== undefined) return { found, looked };
  }
  for (const place of placesOf(surroundings.environment)) {
    const file = await readPlace(place);
    if (file === undefined) continue;
    const found = await search(file, place.file);
    if (found !== undefined) return { found, looked };
  }
  return { looked };
};
