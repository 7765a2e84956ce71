/** The text of a file in which a tool keeps secrets → what secrets are there, by the tool's own format. Nothing that is returned holds one. */
import { findCommandSecrets, findEnvironmentSecrets } from '../image-config/secrets.ts';
import type { SecretPlace } from './place.ts';
import { isPlaceholder, redactSecret } from './token.ts';

export type SecretFact = {
  /** In words: `a login for registry.example`. */
  readonly what: string;
  readonly shown: string;
  readonly offset: number;
  /** True where the format says that it is a secret; otherwise only a name does. */
  readonly isCertain: boolean;
};

const most = 50;

/** A variable that is filled in later, an empty value, a word for one. */
const isValue = (value: string): boolean =>
  value.length >= 4 && !/^(?:\$|<|\{|%|none$|null$|true$|false$)/i.test(value) && !isPlaceholder(value);

interface Found {
  readonly what: string;
  readonly value: string;
  readonly offset: number;
}

const each = (text: string, pattern: RegExp, what: (match: RegExpExecArray) => string, group = 1): readonly Found[] =>
  [...text.matchAll(pattern)].flatMap((match) => {
    const value = match[group] ?? '';
    return isValue(value) ? [{ what: what(match), value, offset: match.index }] : [];
  });

const named = (what: string) => (): string => what;

/** docker-config-json: `auths`, of each host `auth` (user:password in base64) or a token. */
const dockerLogins = (text: string): readonly Found[] =>
  each(
    text,
    /"([\w.:/-]{3,120})"\s*:\s*\{[^{}]{0,200}?"(?:auth|identitytoken|registrytoken|password)"\s*:\s*"([^"]{4,8000})"/g,
    (match) => `a login for ${match[1] ?? ''}`,
    2,
  );

const kubeLogins = (text: string): readonly Found[] =>
  each(
    text,
    /^[ \t]*(?:-[ \t]*)?"?(?:client-key-data|token|password|id-token|refresh-token)"?[ \t]*:[ \t]*"?([^\s"]{6,20000})/gm,
    named('a login for a cluster'),
  );

const readers: Readonly<Record<SecretPlace, (text: string) => readonly Found[]>> = {
  'docker-login': dockerLogins,
  kubeconfig: kubeLogins,
  netrc: (text) =>
    each(text, /\bmachine\s+(\S+)\s[^]{0,300}?\bpassword\s+(\S+)/g, (match) => `a login for ${match[1] ?? ''}`, 2),
  pgpass: (text) =>
    each(
      text,
      /^(?!#)((?:[^:\n\\]|\\.)*):(?:(?:[^:\n\\]|\\.)*:){3}([^\n]+)$/gm,
      (match) => `a password for the database at ${match[1] ?? ''}`,
      2,
    ),
  'git-credentials': (text) =>
    each(text, /\bhttps?:\/\/[^\s/:@]{0,100}:([^\s/@]{4,300})@/g, named('a login for a repository')),
  npmrc: (text) =>
    each(
      text,
      /(?:_authToken|_password|_auth|npmAuthToken|npmAuthIdent)["']?\s*[=:]\s*["']?([^\s"']{6,2000})/g,
      named('a login for a package registry'),
    ),
  pypirc: (text) => [
    ...each(text, /^[ \t]*password[ \t]*[=:][ \t]*(\S{4,2000})/gm, named('a login for a package registry')),
    ...each(text, /\bhttps?:\/\/[^\s/:@]{1,100}:([^\s/@]{4,300})@/g, named('a login for a package registry')),
  ],
  'aws-credentials': (text) =>
    each(
      text,
      /^[ \t]*aws_(?:secret_access_key|session_token)[ \t]*=[ \t]*(\S{16,4000})/gim,
      named('a secret key of AWS'),
    ),
  'google-credentials': (text) =>
    each(
      text,
      /"(?:refresh_token|client_secret|private_key)"\s*:\s*"([^"]{10,8000})"/g,
      named('a login for Google Cloud'),
    ),
  'client-settings': (text) =>
    /^\s*[\w.-]{20,120}\s*$/.test(text)
      ? each(text, /^\s*([\w.-]{20,120})\s*$/g, named('a token'))
      : each(
          text,
          /(?:\b(?:password|passwd|pass|secret_key|secret_access_key|gs_secret_access_key)\b["']?\s*[=:,]\s*["']?)([^\s"';)]{4,300})/gim,
          named('a password'),
        ),
  'forge-login': (text) => each(text, /\b(?:oauth_token|token)\s*:\s*(\S{10,300})/g, named('a token of a forge')),
  'terraform-login': (text) => each(text, /"?token"?\s*[=:]\s*"([^"]{10,300})"/g, named('a token of Terraform')),
  'environment-file': () => [],
  'password-list': (text) =>
    [...text.matchAll(/^[^\s:#]{1,64}:(\$(?:apr1|2[aby]|5|6|y)\$\S{10,200}|\{SHA\}\S{20,60})\s*$/gm)].map((match) => ({
      what: 'a password’s hash',
      value: match[1] ?? '',
      offset: match.index,
    })),
  'shell-history': () => [],
  'cluster-token': (text) =>
    each(text, /^\s*(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,})/g, named('the token of a service account in a cluster')),
  'key-tab': () => [],
};

/** Text as Latin-1: positions are bytes. */
export const readSecrets = (place: SecretPlace, text: string): readonly SecretFact[] => {
  if (place === 'key-tab')
    // MIT krb5: version 5, format 1 or 2.
    return text.charCodeAt(0) === 5 && (text.charCodeAt(1) === 1 || text.charCodeAt(1) === 2)
      ? [{ what: 'a table of Kerberos keys', shown: '', offset: 0, isCertain: true }]
      : [];
  if (place === 'environment-file' || place === 'shell-history') {
    const facts: SecretFact[] = [];
    let offset = 0;
    for (const line of text.split('\n', 5000)) {
      const found =
        place === 'shell-history'
          ? findCommandSecrets(line.slice(0, 4000))
          : /^\s*(?:#|$)/.test(line)
            ? []
            : findEnvironmentSecrets(
                line
                  .trim()
                  .replace(/^export\s+/, '')
                  .replace(/=(["'])(.*)\1$/, '=$2'),
              );
      for (const { what, name, redacted, isCertain } of found)
        // The host behind a login is no part of the secret.
        if (!isPlaceholder(line.slice(line.indexOf('=') + 1).replaceAll(/@[\w.-]+/g, '@')))
          facts.push({ what, shown: name === '' ? redacted : `${name.slice(0, 60)}=${redacted}`, offset, isCertain });
      offset += line.length + 1;
    }
    return facts.slice(0, most);
  }
  return readers[place](text)
    .map(({ what, value, offset }) => ({
      what: what.slice(0, 120),
      shown: redactSecret(value),
      offset,
      isCertain: true,
    }))
    .slice(0, most);
};
