/** A campaign's YAML file → a checked specification of its images. The format is described in README.md. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const columns = ['static', 'launch-path', 'name', 'run-time'] as const;
export type Column = (typeof columns)[number];

export const variantNames = ['described', 'elsewhere', 'renamed', 'packed', 'split', 'arm64', 'other-base'] as const;
export type VariantName = (typeof variantNames)[number];

export const baseNames = ['debian', 'alpine', 'distroless', 'scratch'] as const;
export type BaseName = (typeof baseNames)[number];

const programSchema = z.strictObject({
  linkage: z.enum(['static', 'dynamic', 'library']).default('dynamic'),
  stripped: z.boolean().default(true),
  strings: z.array(z.string()).default([]),
  imports: z.array(z.string()).default([]),
  exports: z.array(z.string()).default([]),
  libraries: z.array(z.string()).default([]),
  compiler: z.string().default('GCC: (GNU) 12'),
  go: z.string().optional(),
  kilobytes: z.number().int().positive().default(300),
  /** In every variant, by the packer that everybody has. */
  upx: z.boolean().default(false),
});

/** One file: exactly one of `text`, `script`, `program`, `wrapped`, `link`, `delete`. */
const fileSchema = z.strictObject({
  path: z.string(),
  /** The decisive fact lies here. */
  fact: z.boolean().default(false),
  mode: z.number().int().optional(),
  uid: z.number().int().optional(),
  text: z.string().optional(),
  /** Executable text; `packed` wraps it. */
  script: z.string().optional(),
  program: programSchema.optional(),
  /** Python inside `rounds` layers of compressing, encoding and executing. */
  wrapped: z.strictObject({ rounds: z.number().int().positive(), text: z.string() }).optional(),
  link: z.string().optional(),
  delete: z.literal(true).optional(),
});

export const layerSchema = z.strictObject({
  by: z.string(),
  files: z.array(fileSchema).default([]),
  /** Names and versions that the package database states. */
  packages: z
    .array(
      z.strictObject({
        name: z.string(),
        version: z.string(),
        files: z.array(z.string()).default([]),
        'multi-arch': z.boolean().default(false),
      }),
    )
    .default([]),
});

const contentSchema = z.strictObject({
  /** The name it goes by, as `docker pull` takes it. */
  name: z.string(),
  bases: z.array(z.enum(baseNames)).min(1).default(['debian', 'alpine']),
  /** Runtime part of the config: Entrypoint, Cmd, Env, … */
  config: z.record(z.string(), z.unknown()).default({}),
  layers: z.array(layerSchema).default([]),
});

const imageSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  class: z.enum(['miner', 'implant', 'worm', 'bot', 'proxyware', 'lookalike', 'supply-chain', 'clean']),
  about: z.string(),
  /** Columns that are to speak; the others are to be silent when `silent` names them. */
  caught: z.array(z.enum(columns)).min(1),
  silent: z.array(z.enum(columns)).default([]),
  /** What decides, in words, and what such a finding is about. */
  fact: z.strictObject({
    words: z.string(),
    intents: z.array(z.enum(['implant', 'miner', 'dual-use', 'exposure', 'impersonation', 'tampering', 'hygiene'])),
  }),
  /** Three wordings of everything that its authors may choose freely: the first, `elsewhere`, `renamed`. */
  words: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), z.tuple([z.string(), z.string(), z.string()])).default({}),
  variants: z.array(z.enum(variantNames)).default([...variantNames]),
  ...contentSchema.shape,
  /** The nearest image that an honest person builds. */
  twin: z.strictObject({ about: z.string(), ...contentSchema.shape }),
});

const campaignSchema = z.strictObject({
  campaign: z.string(),
  source: z.string(),
  /** Traits that several images share, as YAML anchors. */
  shared: z.unknown().optional(),
  images: z.array(imageSchema).min(1),
});

export type LayerSpec = z.infer<typeof layerSchema>;
export type FileSpec = z.infer<typeof fileSchema>;
export type ContentSpec = z.infer<typeof contentSchema>;
export type HostileSpec = z.infer<typeof imageSchema>;

export interface Campaign {
  readonly id: string;
  readonly campaign: string;
  readonly source: string;
  readonly images: readonly HostileSpec[];
}

/** @throws {Error} that names the file and the member */
export const parseCampaign = (text: string, file: string): Campaign => {
  const checked = campaignSchema.safeParse(parse(text, { merge: true }));
  if (!checked.success) throw new Error(`${file}: ${z.prettifyError(checked.error)}`);
  const { campaign, source, images } = checked.data;
  return { id: basename(file, '.yaml'), campaign, source, images };
};

export const readCampaigns = (folder = join(import.meta.dirname, 'campaigns')): readonly Campaign[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => parseCampaign(readFileSync(join(folder, name), 'utf8'), name));
