/** The folder `registries.d` → where the simple signatures of a repository lie. containers-registries.d(5). */
import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import type { Context } from '../../core/context.ts';
import { misuse } from '../../core/fault.ts';
import { parseWrittenDocument } from '../../formats/written-document.ts';
import { scopesOf, type PolicyReference } from '../containers-policy.ts';

const form = { code: 'REGISTRIES_D_INVALID', noun: 'file of registries.d', maximumCharacters: 1024 * 1024 } as const;
const mostFiles = 1000;

const address = z.string('an address such as https://HOST/PATH or file:///PATH is needed').nullish();
const namespace = z
  .looseObject({ lookaside: address, sigstore: address }, 'a mapping with lookaside is needed')
  .nullish();
const schema = z
  .looseObject(
    { 'default-docker': namespace, docker: z.record(z.string(), namespace, 'a mapping of names is needed').nullish() },
    'a mapping with docker or default-docker is needed',
  )
  .nullish();

type Namespace = z.infer<typeof namespace>;

export interface RegistriesFile {
  readonly name: string;
  readonly text: string;
}

export interface RegistriesD {
  /** The address that the most precise namespace with one gives; undefined: none does. */
  lookasideOf(reference: PolicyReference): string | undefined;
}

/** `sigstore` is the old name of `lookaside`. */
const addressOf = (found: Namespace): string | undefined =>
  [found?.lookaside, found?.sigstore].find((text) => text !== undefined && text !== null && text !== '') ?? undefined;

/** @throws {Fault} misuse `REGISTRIES_D_INVALID`, also where two files speak of one name: which of them counts would be chance */
export const parseRegistriesD = (files: readonly RegistriesFile[]): RegistriesD => {
  let fallback: Namespace;
  let fallbackFile: string | undefined;
  const namespaces = new Map<string, { readonly found: Namespace; readonly file: string }>();
  for (const { name: file, text } of files) {
    const content = parseWrittenDocument(text, file, form).check(schema);
    const byDefault = content?.['default-docker'];
    if (byDefault !== undefined && byDefault !== null) {
      if (fallbackFile !== undefined)
        throw misuse(form.code, `default-docker stands both in ${fallbackFile} and in ${file}: leave one of them out`);
      fallback = byDefault;
      fallbackFile = file;
    }
    for (const [name, found] of Object.entries(content?.docker ?? {})) {
      const before = namespaces.get(name);
      if (before !== undefined)
        throw misuse(
          form.code,
          `docker: "${name}" stands both in ${before.file} and in ${file}: leave one of them out`,
        );
      namespaces.set(name, { found, file });
    }
  }
  return {
    lookasideOf: (reference) => {
      for (const scope of scopesOf(reference)) {
        const place = addressOf(namespaces.get(scope)?.found);
        if (place !== undefined) return place;
      }
      return addressOf(fallback);
    },
  };
};

const unreadable = (path: string, thrown: unknown) =>
  misuse(form.code, `cannot read ${path}: ${(thrown as NodeJS.ErrnoException).code ?? String(thrown)}`);

const isMissing = (thrown: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '');

const isThere = async (folder: string): Promise<boolean> => {
  try {
    await stat(folder);
    return true;
  } catch (thrown) {
    if (isMissing(thrown)) return false;
    throw unreadable(folder, thrown);
  }
};

const homeOf = (environment: Context['environment']): string => environment['HOME'] || homedir();

/**
 * The user's folder where there is one, else the system's: never both.
 * @throws {Fault} misuse `REGISTRIES_D_INVALID`
 */
export const readRegistriesD = async (
  { environment }: Pick<Context, 'environment'>,
  systemFolder = '/etc',
): Promise<RegistriesD> => {
  const own = join(homeOf(environment), '.config/containers/registries.d');
  const folder = (await isThere(own)) ? own : join(systemFolder, 'containers/registries.d');
  let names: readonly string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();
  } catch (thrown) {
    if (isMissing(thrown)) return parseRegistriesD([]);
    throw unreadable(folder, thrown);
  }
  if (names.length > mostFiles) throw misuse(form.code, `${folder}: more than ${mostFiles} files`);
  const files: RegistriesFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    try {
      files.push({ name: path, text: await readFile(path, 'utf8') });
    } catch (thrown) {
      throw unreadable(path, thrown);
    }
  }
  return parseRegistriesD(files);
};

/** Where signatures lie when nothing is configured. */
export const usualLookaside = ({ environment }: Pick<Context, 'environment'>, isRoot: boolean): string =>
  `file://${isRoot ? '/var/lib/containers/sigstore' : join(homeOf(environment), '.local/share/containers/sigstore')}`;
