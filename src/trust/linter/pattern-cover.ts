/** Two patterns over references → whether one fits everything that the other fits. */
import { isReferenceMatch } from '../../core/reference-pattern.ts';

/** No pattern holds it, so that only a wildcard fits it. */
const any = '\u0001';

/** Texts that stand for all that a pattern fits: short and long, and with more folders than `other` has slashes. */
const samplesOf = (pattern: string, other: string): readonly string[] => {
  const depth = other.split('/').length + 1;
  const deep = Array.from({ length: depth }, () => any).join('/');
  const fill = (folders: string, segment: string): string =>
    pattern.replaceAll(/\*\*|\*|\?/g, (wildcard) => (wildcard === '**' ? folders : wildcard === '*' ? segment : any));
  return [fill('', ''), fill(any, any), fill(deep, `${any}${any}`), fill(`${deep}${any}`, any)];
};

/** `earlier` fits every reference that `later` fits. Says no where it is not sure. */
export const isCovered = (earlier: string, later: string): boolean => {
  const [literal = ''] = earlier.split(/[*?]/, 1);
  // What begins otherwise, or may begin otherwise, is not covered.
  if (!later.startsWith(literal)) return false;
  return (
    earlier === later ||
    earlier === '**' ||
    samplesOf(later, earlier).every((text) => isReferenceMatch([earlier], text))
  );
};

/** The pattern without its tag; undefined: it has none. */
export const untagged = (pattern: string): string | undefined => {
  const colon = pattern.lastIndexOf(':');
  return colon > pattern.lastIndexOf('/') && pattern.startsWith('docker://') ? pattern.slice(0, colon) : undefined;
};
