/** The code of a gap → what kind of failure is behind it, as a policy distinguishes them. */
import type { Gap } from '../core/gap.ts';

/** A budget was used up: what an attacker can cause at will, and what another limit would mend. */
const limit = /_(?:TOO_(?:LARGE|MANY|DEEP|HIGH|LONG|COSTLY)|NOT_FOLLOWED|TIMED_OUT|DIED|ABANDONED|STOPPED|DROPPED)$/;
/** It may be sound, but this program cannot open it. */
const unavailable = /_(?:UNSUPPORTED|ENCRYPTED|NEEDED|UNAVAILABLE|UNREADABLE|UNREAD|UNCHECKED|FAILED|IN_WINDOWS)$/;

/** Codes say what went wrong in their last words; whatever says neither is malformed. */
export const kindOfGap = (code: string): NonNullable<Gap['kind']> =>
  limit.test(code) ? 'limit' : unavailable.test(code) ? 'unavailable' : 'malformed';
