/** os-release → the words by which it says which system it is, and which ones it is like. */
import { Budget } from '../../core/budget.ts';
import { parseOsRelease } from '../../formats/records/os-release.ts';

/** Honest ones are half a screen. */
export const maximumBytes = 64 * 1024;

/** ID, then ID_LIKE; at most 20 words. */
export const readSystemIds = (content: Uint8Array): readonly string[] => {
  const fields = parseOsRelease(content.subarray(0, maximumBytes), new Budget());
  return `${fields.get('id') ?? ''} ${fields.get('id_like') ?? ''}`
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => /^[a-z0-9._-]{1,60}$/.test(word))
    .slice(0, 20);
};
