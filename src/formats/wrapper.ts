/** The interface of a wrapper: packed bytes → the bytes inside. */
import type { Budget } from '../core/budget.ts';
import type { ByteStream } from '../core/bytes.ts';
import type { Remark } from '../core/remark.ts';

/** Where a parser says what it noticed besides the entries or bytes it gives. Called while the stream is read. */
export type OnRemark = (remark: Remark) => void;

/** A part of `formats/wrappers/`. */
export interface Wrapper {
  readonly id: string;
  readonly about: string;
  /** Told by the first bytes alone; the first 16 are enough. */
  detect(head: Uint8Array): boolean;
  /**
   * The bytes inside, once. Spends every byte it gives from the budget and watches the ratio.
   * Every packed byte is accounted for: part of what was unpacked, padding the format allows, or a remark.
   * @throws {Fault} malformed or limit, from the stream, after the bytes before the damage were given
   */
  unwrap(stream: ByteStream, budget: Budget, remark: OnRemark): ByteStream;
}
