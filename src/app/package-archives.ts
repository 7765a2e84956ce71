/** Which archives packages are compared with: `rules/archives`, or the file of `--package-archives`. Never anything that an image says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Distribution } from '../archive/distribution.ts';
import { misuse } from '../core/fault.ts';
import { builtInRulesFolder } from './rule-locations.ts';

const isArchiveUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
};

const source = z.strictObject({
  url: z
    .string()
    .refine(isArchiveUrl, 'an http or https address without user name and query is needed')
    .transform((text) => text.replace(/\/+$/, '')),
  suite: z.string().regex(/^[a-z0-9][a-z0-9.+-]*(?:\/[a-z0-9.+-]+)?$/, 'no name of a suite'),
  frozen: z.boolean().default(false),
});

const archivesFile = z.strictObject({
  distributions: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9._-]+$/),
        keyrings: z.array(z.string().startsWith('/', 'an absolute path is needed')).min(1),
        components: z.array(z.string().regex(/^[a-z0-9-]+$/)).min(1),
        releases: z.record(z.string(), z.array(source).min(1)),
      }),
    )
    .min(1),
});

/** @throws {Fault} misuse `PACKAGE_ARCHIVES_INVALID` */
export const readPackageArchives = async (file: string | undefined): Promise<readonly Distribution[]> => {
  const name = file ?? join(builtInRulesFolder(), 'archives', 'debian.yaml');
  const refuse = (problem: string): never => {
    throw misuse('PACKAGE_ARCHIVES_INVALID', `--package-archives: ${name}: ${problem}`);
  };
  const text = await readFile(name, 'utf8').catch((thrown: Error) => refuse(thrown.message));
  const document = parseDocument(text, { uniqueKeys: true });
  const [problem] = document.errors;
  if (problem !== undefined) refuse(problem.message.split('\n')[0] ?? 'not YAML');
  const read = archivesFile.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (read.success) return read.data.distributions;
  const [issue] = read.error.issues;
  return refuse(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
};
