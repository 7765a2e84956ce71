/** What a story or a proof shows → the same without what looks like a secret: both are read by many. */

const secretName = 'pass(?:word|wd|phrase)?|secret|token|api[_-]?key|access[_-]?key|credentials?';
const secretOption = new RegExp(`^(--?[\\w-]{0,40}?(?:${secretName}))(=?)(.*)$`, 'i');

const inText: readonly (readonly [RegExp, string])[] = [
  // `scheme://user:word@host`, and a token alone before the host.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)([^\s/:@]{1,100}:)?[^\s/@:]{1,200}@/gi, '$1$2…@'],
  [/\b(authorization:\s*\w{0,12}\s*|bearer\s+|x-api-key:\s*)[^\s'"]{4,}/gi, '$1…'],
  [
    new RegExp(`((?:^|[\\s"'&?;-])\\w{0,40}?(?:${secretName})\\w{0,20}["']?\\s*[=:]\\s*["']?)[^\\s"'&;$‹…]{3,}`, 'gi'),
    '$1…',
  ],
  [new RegExp(`(--?[\\w-]{0,40}?(?:${secretName})\\s+)[^\\s"'$‹…-][^\\s"']{2,}`, 'gi'), '$1…'],
  [/\b((?:gh[pousr]|npm|hf|[rs]k_live|glpat|github_pat|xox[abprs]|pypi)[_-]|AKIA|ASIA|AIza)[\w-]{12,}/g, '$1…'],
  [/\b(eyJ)[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g, '$1…'],
];

export const redacted = (text: string): string =>
  inText.reduce((shown, [pattern, instead]) => shown.replaceAll(pattern, instead), text);

/** A program's arguments: an option's name may say that the next word is one. */
export const withoutSecrets = (args: readonly string[]): readonly string[] =>
  args.map((word, index) => {
    const own = secretOption.exec(word);
    if (own?.[2] === '=') return `${own[1]}=…`;
    const before = secretOption.exec(args[index - 1] ?? '');
    if (before !== null && before[2] === '' && before[3] === '' && !word.startsWith('-')) return '…';
    return redacted(word);
  });
