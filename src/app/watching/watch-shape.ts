/** The form of what `watch:` says of the watch itself, beside what rules go by. */
import { judgeSchema } from './judge-settings.ts';
import { listenerShape } from './listener-shape.ts';

/** Members of `watch:`. */
export const watchShape = { ...listenerShape, judge: judgeSchema.optional() } as const;
