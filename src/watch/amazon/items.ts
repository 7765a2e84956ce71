/** Lists as the EC2 interface writes them, `{items: […]}` or one alone, and as others do. */
import { jsonAt } from '../../formats/records/json-member.ts';

const itemLimit = 1024;

export const itemsAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = jsonAt(value, ...path);
  if (Array.isArray(found)) return found.slice(0, itemLimit) as readonly unknown[];
  const items = jsonAt(found, 'items');
  if (Array.isArray(items)) return items.slice(0, itemLimit) as readonly unknown[];
  return found !== undefined && typeof found === 'object' && found !== null && path.at(-1) === 'Add' ? [found] : [];
};
