/** The form of what `watch:` says of the watch itself, beside what rules go by. */
import { enrichmentSchema } from '../follow/enrich-shape.ts';
import { judgeSchema } from './judge-settings.ts';
import { listenerShape } from './listener-shape.ts';

/** Members of `watch:`. */
export const watchShape = {
  ...listenerShape,
  judge: judgeSchema.optional(),
  enrichment: enrichmentSchema.optional(),
} as const;
