/** Entries on which engines do not agree → remarks about their layers, with every path concerned. */
import type { PlacedRemark } from './layer-facts.ts';
import type { HeaderRow } from './protocol.ts';
import type { Oddity } from './visibility.ts';

/** So many of each kind are told one by one; the last stands for those that follow. */
const told = 16;

const codes = {
  'path-over-link': 'LAYER_PATH_OVER_LINK',
  'link-to-nothing': 'LAYER_LINK_BROKEN',
  'link-to-folder': 'LAYER_LINK_BROKEN',
  'link-below': 'LAYER_LINK_BELOW',
} as const satisfies Readonly<Record<Oddity['kind'], string>>;

const reasonOf = (oddity: Oddity, row: HeaderRow): string => {
  if (oddity.kind === 'path-over-link')
    return `a lower layer has a link in this path: engines that stack layers make a folder in its place, others put it at ${oddity.landed}`;
  const target = row[7] === 0 ? '' : row[7];
  if (oddity.kind === 'link-to-nothing')
    return `it is a hard link to ${target}, which the layer does not hold before it: engines refuse the layer, other readers find something`;
  return oddity.kind === 'link-to-folder'
    ? `it is a hard link to the folder ${target}, which no file system makes: engines refuse the layer`
    : `it is a hard link to ${target} of a lower layer: engines that stack layers refuse it, others share the file`;
};

export const oddityRemarks = (
  oddities: ReadonlyMap<number, Oddity>,
  rows: readonly HeaderRow[],
): readonly PlacedRemark[] => {
  const counts = new Map<string, number>();
  for (const { kind } of oddities.values()) counts.set(codes[kind], (counts.get(codes[kind]) ?? 0) + 1);
  const given = new Map<string, number>();
  const remarks: PlacedRemark[] = [];
  for (const [index, oddity] of oddities) {
    const row = rows[index];
    const code = codes[oddity.kind];
    const before = given.get(code) ?? 0;
    given.set(code, before + 1);
    if (row === undefined || before >= told) continue;
    const left = before === told - 1 ? (counts.get(code) ?? 0) - told : 0;
    const more = left > 0 ? ` (and ${left} more paths)` : '';
    const reason = `${reasonOf(oddity, row)}${more}`;
    remarks.push({ kind: 'ambiguity', code, where: row[0], reason, bytes: 0, nested: false });
  }
  return remarks;
};
