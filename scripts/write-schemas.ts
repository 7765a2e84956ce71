/**
 * Writes schemas/*.json, the JSON Schemas of what people write and programs read, from the zod schemas that check them.
 * `node scripts/write-schemas.ts` writes; `--check` only says which files are stale, with exit status 1.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { verdictPredicateSchema } from '../src/formats/records/verdict-predicate.ts';
import { policySchema } from '../src/policy/policy-schema.ts';
import { differenceSchema } from '../src/report/difference-schema.ts';
import { followLineSchema } from '../src/report/follow-schema.ts';
import { watchSchema } from '../src/app/follow/watch-settings.ts';
import { huntSchema } from '../src/report/hunt-document.ts';
import { verdictsSchema } from '../src/report/verdict-schema.ts';
import { verificationsSchema } from '../src/report/verification-schema.ts';
import { trustSchema } from '../src/trust/trust-file/trust-schema.ts';

/** `open`: members may be added within the version, so a reader must not refuse unknown ones. */
const schemas = {
  'diff.schema.json': { title: 'tidewaiter/diff/v1', schema: differenceSchema, open: true },
  'events.schema.json': { title: 'A line of tidewaiter replay and watch', schema: followLineSchema, open: true },
  'hunt.schema.json': { title: 'tidewaiter/hunt/v1', schema: huntSchema, open: true },
  'policy.schema.json': { title: 'Tidewaiter policy, version 1', schema: policySchema, open: false },
  'trust.schema.json': { title: 'Tidewaiter trust file, version 1', schema: trustSchema, open: false },
  'verify.schema.json': { title: 'tidewaiter/verify/v1', schema: verificationsSchema, open: true },
  'verdict-predicate.schema.json': {
    title: 'Tidewaiter verdict predicate, version 1',
    schema: verdictPredicateSchema,
    open: true,
  },
  'watch.schema.json': { title: 'watch: of tidewaiter.yaml', schema: watchSchema, open: false },
  'verdict.schema.json': { title: 'tidewaiter/verdict/v1', schema: verdictsSchema, open: true },
} as const;

export const staleSchemas = (root: string, write: boolean): readonly string[] => {
  const folder = join(root, 'schemas');
  const stale: string[] = [];
  for (const [name, { title, schema, open }] of Object.entries(schemas)) {
    const { $schema, ...rest } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      override: ({ jsonSchema }) => {
        if (open && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    });
    const text = `${JSON.stringify({ $schema, title, ...rest }, undefined, 2)}\n`;
    const file = join(folder, name);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    stale.push(`schemas/${name}`);
    if (!write) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, text);
  }
  return stale;
};

if (import.meta.main) {
  const check = process.argv.includes('--check');
  const stale = staleSchemas(join(import.meta.dirname, '..'), !check);
  for (const file of stale) console.log(check ? `stale: ${file}; run: npm run generate` : `wrote ${file}`);
  if (check && stale.length > 0) process.exitCode = 1;
}
