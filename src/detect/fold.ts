/** Texts without their case: “All values are treated as case-insensitive strings” (rules specification 2.1, General). */

/** Lower case by Unicode, with every sigma the same wherever it stands in its word. Character by character: a part of a text folds as it does inside it. */
export const fold = (text: string): string => {
  const lower = text.toLowerCase();
  return lower.includes('ς') ? lower.replaceAll('ς', 'σ') : lower;
};

/** What `windash` takes for each other (modifiers appendix 2.1): hyphen, slash, en dash, em dash, horizontal bar. */
export const dashes = ['-', '/', '–', '—', '―'] as const;

const otherDash = /[/–—―]/g;

/** The text with every such character made a hyphen: equal for two texts that are permutations of each other. */
export const levelDashes = (text: string): string => text.replace(otherDash, '-');
