/** What a parser has to say about its input besides the entries: never thrown away, turned into Gaps and Findings by the engine. */

/**
 * - `gap`: these bytes were not understood or not read.
 * - `ambiguity`: the input can be read in two ways (duplicate names, data after the end mark, two sizes that differ),
 *   which is how content is hidden from one reader and shown to another.
 */
export interface Remark {
  readonly kind: 'gap' | 'ambiguity';
  /** `SUBJECT_PROBLEM`, as in Fault. */
  readonly code: string;
  /** Path inside the container, or '' for the container itself. */
  readonly where: string;
  readonly reason: string;
  /** Bytes concerned; 0 when none or unknown. */
  readonly bytes: number;
}
