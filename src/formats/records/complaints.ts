/** Many complaints about one record → one remark for each kind: a million bad lines or pages must not become a million gaps. */
import type { Remark } from '../../core/remark.ts';
import type { OnRemark } from '../wrapper.ts';

interface Tally {
  readonly kind: Remark['kind'];
  readonly reason: string;
  count: number;
  bytes: number;
}

/** Text of the record inside a reason: quoted, and no longer than a line. */
export const quoted = (text: string): string => JSON.stringify(text.slice(0, 120));

/** Counts complaints by kind and code. The first one's reason stands for all; bytes are summed. */
export class Complaints {
  readonly #tallies = new Map<string, Tally>();

  add(kind: Remark['kind'], code: string, reason: string, bytes = 0): void {
    const id = `${kind} ${code}`;
    const tally = this.#tallies.get(id);
    if (tally === undefined) this.#tallies.set(id, { kind, reason, count: 1, bytes });
    else {
      tally.count += 1;
      tally.bytes += bytes;
    }
  }

  /** About one line, which becomes the example. What could not be read of it counts as lost. */
  addLine(kind: Remark['kind'], code: string, reason: string, line: string): void {
    this.add(
      kind,
      code,
      this.#tallies.has(`${kind} ${code}`) ? '' : `${reason}: ${quoted(line)}`,
      kind === 'gap' ? line.length : 0,
    );
  }

  report(remark: OnRemark): void {
    for (const [id, { kind, reason, count, bytes }] of this.#tallies)
      remark({
        kind,
        code: id.slice(kind.length + 1),
        where: '',
        reason: count === 1 ? reason : `${reason}, and ${count - 1} more of this kind`,
        bytes,
      });
    this.#tallies.clear();
  }
}
