/** An SQLite database → the rows of one table, read only: "Database File Format", sections 1.5 and 1.6. Nothing is executed, no index is used. */
import type { Budget } from '../../core/budget.ts';
import { isFault, malformed, type Fault } from '../../core/fault.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import {
  headerSize,
  parseSqliteHeader,
  parseSqliteRecord,
  readVarint,
  viewOf,
  type SqliteHeader,
  type SqliteValue,
} from './sqlite.layout.ts';

const interiorTable = 5;
const leafTable = 13;

export interface SqliteRow {
  readonly rowId: number;
  readonly values: readonly SqliteValue[];
}

/** Deeper trees would hold more rows than any file has bytes; only loops get here. */
const maximumDepth = 40;

class SqliteFile {
  readonly header: SqliteHeader;
  readonly pages: number;
  readonly #bytes: Uint8Array;
  readonly #budget: Budget;
  /** Every page belongs to one tree or one chain: a page met twice is a loop, or one content shown under two names. */
  readonly #used: Uint8Array;
  readonly #complaints = new Complaints();

  constructor(bytes: Uint8Array, budget: Budget) {
    this.header = parseSqliteHeader(bytes, budget.where);
    this.pages = Math.floor(bytes.length / this.header.pageSize);
    this.#bytes = bytes;
    this.#budget = budget;
    this.#used = new Uint8Array(this.pages + 1);
    const { pageSize, pages } = this.header;
    if (pages > this.pages)
      this.#complain(malformed('SQLITE_TRUNCATED', `${pages} pages are stated, ${this.pages} are there`));
    const end = (pages === 0 ? this.pages : Math.min(pages, this.pages)) * pageSize;
    const rest = bytes.length - end;
    if (rest > 0 && pages <= this.pages)
      this.#complaints.add('ambiguity', 'DATA_AFTER_END', `${rest} bytes behind the last page`, rest);
  }

  #complain({ code, message }: Fault): void {
    this.#complaints.add('gap', code, message, this.header.pageSize);
  }

  reportDamage(remark: OnRemark): void {
    this.#complaints.report(remark);
  }

  /** The page's bytes, once. @throws {Fault} malformed `SQLITE_INVALID` */
  #take(page: number): Uint8Array {
    if (page < 1 || page > this.pages)
      throw malformed('SQLITE_INVALID', `page ${page} of ${this.pages} is referred to`);
    if (this.#used[page] === 1) throw malformed('SQLITE_INVALID', `page ${page} is referred to twice`);
    this.#used[page] = 1;
    const start = (page - 1) * this.header.pageSize;
    return this.#bytes.subarray(start, start + this.header.usable);
  }

  /** 1.6: what of a payload lies in its cell. */
  #localSize(size: number): number {
    const { usable } = this.header;
    if (size <= usable - 35) return size;
    const minimum = Math.floor(((usable - 12) * 32) / 255) - 23;
    const fitting = minimum + ((size - minimum) % (usable - 4));
    return fitting <= usable - 35 ? fitting : minimum;
  }

  #payload(page: Uint8Array, start: number, size: number): Uint8Array {
    const local = this.#localSize(size);
    if (start + local > page.length) throw malformed('SQLITE_INVALID', 'a cell reaches out of its page');
    if (local === size) return page.subarray(start, start + size);
    const room = this.header.usable - 4;
    if (start + local + 4 > page.length || (size - local) / room > this.pages)
      throw malformed('SQLITE_INVALID', `a row of ${size} bytes does not fit the file`);
    const pieces: Uint8Array[] = [page.subarray(start, start + local)];
    let next = viewOf(page).getUint32(start + local);
    for (let left = size - local; left > 0;) {
      const overflow = this.#take(next);
      next = viewOf(overflow).getUint32(0);
      const piece = overflow.subarray(4, 4 + Math.min(left, room));
      pieces.push(piece);
      left -= piece.length;
    }
    if (next !== 0) this.#complain(malformed('SQLITE_INVALID', 'a chain of pages goes on behind its end'));
    return Buffer.concat(pieces, size);
  }

  /** The rows of a table's tree, in the order of their ids. What is damaged is left out and remarked on, the rest is given. */
  *rows(root: number, depth = 0): Generator<SqliteRow, void, undefined> {
    try {
      if (depth > maximumDepth) throw malformed('SQLITE_INVALID', 'a tree of too many levels');
      yield* this.#rowsOfPage(root, depth);
    } catch (thrown) {
      if (!isFault(thrown) || thrown.kind !== 'malformed') throw thrown;
      this.#complain(thrown);
    }
  }

  *#rowsOfPage(number: number, depth: number): Generator<SqliteRow, void, undefined> {
    const page = this.#take(number);
    const view = viewOf(page);
    const start = number === 1 ? headerSize : 0;
    const type = view.getUint8(start);
    if (type !== interiorTable && type !== leafTable)
      throw malformed('SQLITE_INVALID', `page ${number} is no page of a table`);
    const pointers = start + (type === interiorTable ? 12 : 8);
    const cells = view.getUint16(start + 3);
    if (pointers + cells * 2 > page.length)
      throw malformed('SQLITE_INVALID', `page ${number} cannot hold ${cells} cells`);
    for (let cell = 0; cell < cells; cell += 1) {
      const at = view.getUint16(pointers + cell * 2);
      if (type === leafTable) {
        const row = this.#row(page, at);
        if (row !== undefined) yield row;
      } else if (at + 4 > page.length) throw malformed('SQLITE_INVALID', 'a cell lies outside of its page');
      else yield* this.rows(view.getUint32(at), depth + 1);
    }
    if (type === interiorTable) yield* this.rows(view.getUint32(start + 8), depth + 1);
  }

  #row(page: Uint8Array, at: number): SqliteRow | undefined {
    this.#budget.spendEntry();
    try {
      const size = readVarint(page, at);
      const rowId = size === undefined ? undefined : readVarint(page, size.end);
      if (size === undefined || rowId === undefined)
        throw malformed('SQLITE_INVALID', 'a cell lies outside of its page');
      const payload = this.#payload(page, rowId.end, size.value);
      this.#budget.spendBytes(payload.length);
      const values = parseSqliteRecord(payload, this.header.encoding);
      if (values === undefined) throw malformed('SQLITE_INVALID', 'a row is no record');
      return { rowId: rowId.value, values };
    } catch (thrown) {
      if (!isFault(thrown) || thrown.kind !== 'malformed') throw thrown;
      this.#complain(thrown);
      return undefined;
    }
  }
}

/**
 * The rows of the table `name`, in the order of their ids; none when the database has no such table. A column that is the row's
 * id (`INTEGER PRIMARY KEY`) is null in `values`. Blobs may be views of `bytes`. Changes in a `-wal` file are not seen: `parseSqliteJournal`
 * tells whether there are any. Remarks: gap `SQLITE_INVALID`, `SQLITE_TRUNCATED`, `SQLITE_TABLE_UNREADABLE`; ambiguity `SQLITE_TABLE_DUPLICATE`, `DATA_AFTER_END`.
 * @throws {Fault} malformed `SQLITE_INVALID` (no database); limit `ENTRIES_TOO_MANY`, `UNPACKED_TOO_LARGE`
 */
export function* readSqliteTable(
  bytes: Uint8Array,
  name: string,
  budget: Budget,
  remark: OnRemark,
): Generator<SqliteRow, void, undefined> {
  const file = new SqliteFile(bytes, budget);
  const roots: number[] = [];
  // 2.6: sqlite_schema(type, name, tbl_name, rootpage, sql) has its root in page 1.
  for (const { values } of file.rows(1)) {
    const [type, title, , root, sql] = values;
    if (typeof title !== 'string' || title.toLowerCase() !== name.toLowerCase()) continue;
    if (
      type === 'table' &&
      typeof root === 'number' &&
      root > 1 &&
      !(typeof sql === 'string' && /\bwithout\s+rowid\b/i.test(sql))
    )
      roots.push(root);
    else if (type === 'table' || type === 'view')
      remark({
        kind: 'gap',
        code: 'SQLITE_TABLE_UNREADABLE',
        where: '',
        reason: `${name} is no ordinary table`,
        bytes: 0,
      });
  }
  if (roots.length > 1)
    remark({
      kind: 'ambiguity',
      code: 'SQLITE_TABLE_DUPLICATE',
      where: '',
      reason: `${roots.length} tables are called ${name}`,
      bytes: 0,
    });
  for (const root of roots) yield* file.rows(root);
  file.reportDamage(remark);
}
