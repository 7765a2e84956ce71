/**
 * Patterns over references, paths, rule ids and gap codes: `*` any text without `/`, `**` any text, a whole `**` and slash
 * also nothing, `?` one character but `/`. Anchored at both ends, case counts, nothing is escaped.
 */

type Token =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'one' | 'segment' | 'deep' | 'folders' | 'folder-loop' };

const tokensOf = (pattern: string): readonly Token[] => {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    if (character === '?') tokens.push({ kind: 'one' });
    else if (character !== '*') tokens.push({ kind: 'character', character });
    else if (characters[index + 1] !== '*') tokens.push({ kind: 'segment' });
    else {
      index += 1;
      const opens = tokens.length === 0 || characters[index - 2] === '/';
      if (opens && characters[index + 1] === '/') {
        index += 1;
        tokens.push({ kind: 'folders' }, { kind: 'folder-loop' });
      } else tokens.push({ kind: 'deep' });
    }
  }
  return tokens;
};

export const hasWildcard = (pattern: string): boolean => /[*?]/.test(pattern);

/** Time grows with pattern × text, whatever both are: the set of all possible positions is followed, nothing is tried twice. */
export const isGlobMatch = (pattern: string, text: string): boolean => {
  if (!hasWildcard(pattern)) return pattern === text;
  const tokens = tokensOf(pattern);
  const enter = (positions: Set<number>, position: number): void => {
    if (positions.has(position)) return;
    positions.add(position);
    const kind = tokens[position]?.kind;
    if (kind === 'segment' || kind === 'deep') enter(positions, position + 1);
    if (kind === 'folders') {
      enter(positions, position + 1);
      enter(positions, position + 2);
    }
  };
  let current = new Set<number>();
  enter(current, 0);
  for (const character of text) {
    const next = new Set<number>();
    for (const position of current) {
      const token = tokens[position];
      if (token === undefined) continue;
      if (token.kind === 'character' ? token.character === character : token.kind === 'one' && character !== '/')
        enter(next, position + 1);
      else if (token.kind === 'deep' || (token.kind === 'segment' && character !== '/')) enter(next, position);
      else if (token.kind === 'folder-loop') {
        enter(next, position);
        if (character === '/') enter(next, position + 1);
      }
    }
    if (next.size === 0) return false;
    current = next;
  }
  return current.has(tokens.length);
};
