/** A tag → whether it passes itself off as a digest, as `latest`, or as a version. */
import { resemblanceOf } from './resemblance.ts';
import type { Trait } from './trait.ts';

/** Signatures and the like lie beside their image under `sha256-HEX.sig`. */
const companionPattern = /^sha256-[0-9a-f]{64}(?:\.[a-z0-9]+)?$/;

/** `beside`: whether the name is borrowed too. Build systems use digests of their sources as tags, so that alone they mean nothing. */
export const judgeTag = (tag: string, beside: boolean): Trait | undefined => {
  const toTrait = (points: number, says: string): Trait => ({ part: 'tag', points, value: tag, says });
  const resemblance = resemblanceOf(tag.toLowerCase(), 'latest');
  // A capital I is drawn like the l: `Iatest`.
  if (
    (resemblance !== undefined && resemblance !== 'separator') ||
    /^latest[._-]+$/i.test(tag) ||
    (tag !== 'latest' && tag.replace(/[I1|]/, 'l') === 'latest')
  )
    return toTrait(2, 'looks like latest, and is another tag');
  if (/^[\dOIl]{1,4}(?:\.[\dOIl]{1,4}){1,3}$/.test(tag) && /[OIl]/.test(tag) && /\d/.test(tag))
    return toTrait(2, 'looks like a version, with letters for digits');
  if (!beside) return undefined;
  if (
    /^(?:sha(?:256|512)[-_.]?)?[0-9a-f]{64}$/.test(tag) ||
    (/^sha(?:256|512)[-_.]?[0-9a-f]{6,}$/.test(tag) && !companionPattern.test(tag))
  )
    return toTrait(2, 'looks like a digest: it pins nothing, and can be moved to other content at any time');
  if (/^(?=.*\d)(?=.*[a-f])[0-9a-f]{12,63}$/.test(tag))
    return toTrait(1, 'looks like part of a digest: it pins nothing, and can be moved to other content at any time');
  return undefined;
};
