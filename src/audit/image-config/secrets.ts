/** `NAME=value` words and command lines → secrets in them, by shape and by name. What is returned never holds the secret. */

export interface FoundSecret {
  /** What it is, for a title: `an AWS access key id`. */
  readonly what: string;
  /** The name it was assigned to, or '' when it stands alone. */
  readonly name: string;
  /** Enough to recognise it, not to use it: `AKIA…(20 characters)`. */
  readonly redacted: string;
  /** A shape that nothing else has; otherwise only the name says so. */
  readonly isCertain: boolean;
}

const shapes: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  { what: 'an AWS access key id', pattern: /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{82})\b/ },
  { what: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{20,64}\b/ },
  { what: 'a Slack token', pattern: /\bxox[abprs]-[A-Za-z0-9-]{10,250}\b/ },
  { what: 'a Google API key', pattern: /\bAIza[A-Za-z0-9_-]{35}\b/ },
  { what: 'a Stripe live key', pattern: /\b[rs]k_live_[A-Za-z0-9]{16,247}\b/ },
  { what: 'an npm token', pattern: /\bnpm_[A-Za-z0-9]{36}\b/ },
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY-----/ },
  {
    what: 'a password in an address',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/:@$]{3,200}@[^\s/]{1,253}/i,
  },
];

const secretName =
  /(?:^|_)(?:PASSWORD|PASSWD|SECRET(?:_KEY)?|API_?KEY|ACCESS_KEY|PRIVATE_KEY|AUTH_TOKEN|ACCESS_TOKEN|TOKEN|CREDENTIALS?)$/i;

/** Values that stand for a secret without being one, and switches about secrets. */
const placeholder =
  /^(?:|\$.*|<.*>|\{.*\}|%.*%|true|false|yes|no|none|null|[01]|x+|\*+|change.?me|example|dummy|test|\/.*|.*_FILE)$/i;

const redact = (text: string): string =>
  `${text.slice(0, 4).replaceAll(/[^\x21-\x7e]/g, '·')}…(${text.length} characters)`;

const byShape = (name: string, text: string): readonly FoundSecret[] =>
  shapes.flatMap(({ what, pattern }) => {
    const match = pattern.exec(text);
    if (match === null) return [];
    const shown =
      what === 'a password in an address' ? `${match[0].slice(0, match[0].indexOf('://') + 3)}…` : redact(match[0]);
    return [{ what, name, redacted: shown, isCertain: what !== 'a password in an address' }];
  });

/** One `NAME=value` of the environment. */
export const findEnvironmentSecrets = (variable: string): readonly FoundSecret[] => {
  const equals = variable.indexOf('=');
  const name = equals < 0 ? variable : variable.slice(0, equals);
  const value = equals < 0 ? '' : variable.slice(equals + 1);
  const shaped = byShape(name, value);
  if (shaped.length > 0) return shaped;
  if (!secretName.test(name) || value.length < 6 || placeholder.test(value)) return [];
  return [{ what: 'what its name calls a secret', name, redacted: redact(value), isCertain: false }];
};

/** A build step. */
export const findCommandSecrets = (command: string): readonly FoundSecret[] => byShape('', command);
