/** honest.yaml → checked specifications of honest images. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { baseNames, layerSchema } from './specification.ts';

/** Software that no package owns, and where it comes from. */
const softwareSchema = z.discriminatedUnion('kind', [
  /** The Node that runs this. */
  z.strictObject({ kind: z.literal('node'), to: z.string() }),
  /** Modules of this project, with all that they need. */
  z.strictObject({ kind: z.literal('npm'), modules: z.array(z.string()).min(1), to: z.string() }),
  /** By pip, as a build step would. */
  z.strictObject({ kind: z.literal('pip'), packages: z.array(z.string()).min(1), to: z.string() }),
  /** Parts of a Debian package, copied out of it: a shell pattern below its root → a folder or a file. */
  z.strictObject({ kind: z.literal('copy'), package: z.string(), from: z.string(), to: z.string() }),
  /** What security tools carry: this project's own rules, as they are or as a database of ClamAV. */
  z.strictObject({ kind: z.literal('rules'), as: z.enum(['yara', 'clamav']), to: z.string() }),
]);

const honestSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  about: z.string(),
  kind: z.enum(['packages', 'unowned']),
  base: z.enum(baseNames).default('debian'),
  /** Debian packages, installed with their records. */
  packages: z.array(z.string()).default([]),
  software: z.array(softwareSchema).default([]),
  config: z.record(z.string(), z.unknown()).default({}),
  layers: z.array(layerSchema).default([]),
});

export type HonestSpec = z.infer<typeof honestSchema>;
export type Software = z.infer<typeof softwareSchema>;

/** @throws {Error} that names the member */
export const parseHonest = (text: string): readonly HonestSpec[] => {
  const checked = z.array(honestSchema).safeParse(parse(text, { merge: true }));
  if (!checked.success) throw new Error(`honest.yaml: ${z.prettifyError(checked.error)}`);
  return checked.data;
};

export const readHonest = (): readonly HonestSpec[] =>
  parseHonest(readFileSync(join(import.meta.dirname, 'honest.yaml'), 'utf8'));
