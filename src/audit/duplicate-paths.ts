/** The rows of one layer → paths that it holds twice: extractors differ in which one they keep, and in whether they fail. */
import type { PlacedRemark } from './layer-facts.ts';
import { fileTypes, type HeaderRow } from './protocol.ts';

/** So many of each kind are told one by one; the last stands for those that follow. */
const told = 16;

/** The path itself, its time and owner may differ between two writes of the same thing. */
const isSame = (one: HeaderRow, other: HeaderRow): boolean =>
  one[1] === other[1] && one[2] === other[2] && one[5] === other[5] && one[7] === other[7];

const matters = (row: HeaderRow): boolean => {
  const type = fileTypes[row[1]];
  return row[0] !== '' && type !== 'deletion' && type !== 'opaque';
};

/** Directories may be stated as often as a writer likes. */
export const duplicatePaths = (rows: readonly HeaderRow[], sha256: readonly string[]): readonly PlacedRemark[] => {
  const first = new Map<string, number>();
  const different: string[] = [];
  const equal: string[] = [];
  let index = -1;
  for (const row of rows) {
    index += 1;
    if (!matters(row)) continue;
    const before = first.get(row[0]);
    if (before === undefined) {
      first.set(row[0], index);
      continue;
    }
    const other = rows[before] ?? row;
    if (fileTypes[row[1]] === 'directory' && other[1] === row[1]) continue;
    const same = isSame(row, other) && sha256[index] === sha256[before];
    (same ? equal : different).push(row[0]);
  }
  return [
    ...remarksOf(
      'LAYER_PATH_TWICE',
      'two entries of one path differ; engines keep the last, other tools the first',
      different,
    ),
    ...remarksOf('LAYER_ENTRY_TWICE', 'the entry is there twice, with the same content', equal),
  ];
};

const remarksOf = (code: string, reason: string, paths: readonly string[]): readonly PlacedRemark[] =>
  paths.slice(0, told).map((where, index): PlacedRemark => {
    const left = index === told - 1 ? paths.length - told : 0;
    const more = left > 0 ? ` (and ${left} more paths)` : '';
    return { kind: 'ambiguity', code, where, reason: `${reason}${more}`, bytes: 0, nested: false };
  });
