/** The form of what `watch:` says of the watch itself, beside what rules go by. */
import * as z from 'zod';
import { enrichmentSchema } from '../follow/enrich-shape.ts';
import { judgeSchema } from './judge-settings.ts';
import { listenerShape } from './listener-shape.ts';

/** Members of `watch:`. */
export const watchShape = {
  ...listenerShape,
  judge: judgeSchema.optional(),
  enrichment: enrichmentSchema.optional(),
  listen: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe('PORT of 127.0.0.1, or HOST:PORT: where /healthz, /readyz and /metrics answer'),
} as const;
