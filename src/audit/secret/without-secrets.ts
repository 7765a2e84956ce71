/** A text that a report shows → the same text with what looks like a password, token or key left out. */

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@]{1,300}@/gi, '$1…@'],
  [/\b(Authorization:\s*\w{0,12}\s+)\S{6,}/gi, '$1…'],
  [/\b(bearer\s+)[\w.~+/-]{8,}=*/gi, '$1…'],
  [
    /((?:pass(?:word|wd|phrase)?|secret|token|api_?key|access_?key|credential)\w{0,20}["']?\s*[=:]\s*["']?)[^\s"'&;$]{4,}/gi,
    '$1…',
  ],
  [/((?:^|\s)--(?:password|pass|token)[= ])(?=[^\s-])[^\s$]{4,}/g, '$1…'],
  [
    /\b(gh[pousr]_|github_pat_|glpat-|npm_|pypi-|xox[abposr]-|[rs]k_live_|AKIA|ASIA|AIza|SG\.|hf_|dop_v1_)[\w-]{12,}/g,
    '$1…',
  ],
  [/\b(eyJ)[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, '$1…'],
];

export const withoutSecrets = (text: string): string =>
  patterns.reduce((shown, [pattern, instead]) => shown.replaceAll(pattern, instead), text);
