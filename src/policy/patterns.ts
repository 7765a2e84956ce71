/** Patterns over rule ids, gap codes and paths, as a policy file writes them: which can never fit anything. */
import { hasWildcard } from '../core/glob.ts';

/** Why no rule id can ever fit: rule ids are `part/what`, a user's YARA rules `yara/FILE/RULE`. */
export const rulePatternProblem = (pattern: string): string | undefined => {
  if (/[\s\p{Cc}]/u.test(pattern)) return 'rule ids hold no spaces';
  if (pattern.startsWith('/') || pattern.endsWith('/')) return 'rule ids have the form part/what';
  if (pattern.includes('/') || pattern.includes('**')) return undefined;
  return `rule ids have the form part/what; write "${pattern}/**" for every rule of a part, "**" for every rule`;
};

/** Why no gap code can ever fit: codes are `SUBJECT_PROBLEM`. */
export const gapPatternProblem = (pattern: string): string | undefined => {
  if (/[^A-Z0-9_*?]/.test(pattern)) return 'gap codes are upper-case words joined by "_", such as TAR_TRUNCATED';
  return hasWildcard(pattern) || pattern.includes('_') ? undefined : 'gap codes have the form SUBJECT_PROBLEM';
};

/** Why no path inside an image can ever fit. */
export const pathPatternProblem = (pattern: string): string | undefined => {
  if (pattern.startsWith('/'))
    return `paths inside an image have no leading slash: write "${pattern.replace(/^\/+/, '')}"`;
  return /(?:^|\/)\.{1,2}(?:\/|$)/.test(pattern) ? 'paths inside an image hold no "." and ".."' : undefined;
};
