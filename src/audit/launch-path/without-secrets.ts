/** A program's arguments → the same without what their names call secrets: a story is read by many. */

const secretOption = /^(--?[\w-]*(?:password|passwd|secret|token|api-?key|credential)s?)(=?)(.*)$/i;
const inAddress = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}):[^\s/@]{1,200}@/gi;

export const withoutSecrets = (args: readonly string[]): readonly string[] =>
  args.map((word, index) => {
    const own = secretOption.exec(word);
    if (own?.[2] === '=') return `${own[1]}=…`;
    const before = secretOption.exec(args[index - 1] ?? '');
    if (before !== null && before[2] === '' && before[3] === '' && !word.startsWith('-')) return '…';
    return word.replace(inAddress, '$1:…@');
  });
