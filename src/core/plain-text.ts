/** Text that somebody else wrote → text that is safe to show: in a terminal, a log, a CI system, Markdown. */

/** C0 and C1 controls, bidirectional overrides and isolates, zero-width and other invisible characters, lone surrogates, tags, noncharacters. */
const unsafe =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const escapeCharacter = (character: string): string => {
  if (character === '\t') return '\\t';
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  const point = character.codePointAt(0) ?? 0;
  return point < 256 ? `\\x${point.toString(16).padStart(2, '0')}` : `\\u{${point.toString(16)}}`;
};

/**
 * One line of visible text. Invisible characters become escapes (a person must see that they were there), and what a CI
 * system would execute from a log line (`::set-env`, `##vso[`, `##[`, `##teamcity[`) is broken apart.
 */
export const toPlainText = (text: string, maximum = 2000): string => {
  const cut = text.length > maximum ? `${text.slice(0, maximum)}…` : text;
  return cut
    .replace(unsafe, escapeCharacter)
    .replace(/:(?=:)/g, '\\x3a')
    .replace(/#(?=#)/g, '\\x23');
};
