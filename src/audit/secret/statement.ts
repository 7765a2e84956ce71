/** What findings about secrets state: everything is exposure, and none of it makes an image hostile. */
import type { Confidence, Evidence, Finding, Severity } from '../../core/finding.ts';
import type { SecretPlace } from './place.ts';

const revoke =
  'Everybody who can pull the image has it: revoke it, and hand secrets over at run time or as build secrets.';
const newKey =
  'Everybody who can pull the image has it: make a new one at run time, and take this one out of the build.';

interface Statement {
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly techniques: readonly string[];
  readonly title: string;
  readonly advice: string;
}

const says = (
  severity: Severity,
  confidence: Confidence,
  title: string,
  technique = 'T1552.001',
  advice = revoke,
): Statement => ({
  severity,
  confidence,
  techniques: [technique],
  title,
  advice,
});

const byPlace: Readonly<Record<SecretPlace, Statement>> = {
  'docker-login': says('high', 'high', 'The image holds a login for a registry of images'),
  kubeconfig: says('high', 'high', 'The image holds a login for a cluster'),
  netrc: says('high', 'high', 'The image holds a login in a .netrc file'),
  pgpass: says('high', 'high', 'The image holds a database’s password'),
  'git-credentials': says('high', 'high', 'The image holds a login for a repository'),
  npmrc: says('high', 'high', 'The image holds a login for a registry of packages'),
  pypirc: says('high', 'high', 'The image holds a login for a registry of packages'),
  'aws-credentials': says('high', 'high', 'The image holds a secret key of AWS'),
  'google-credentials': says('high', 'high', 'The image holds a login for Google Cloud'),
  'client-settings': says('medium', 'medium', 'The settings of a program hold a password or token'),
  'forge-login': says('high', 'high', 'The image holds a token of a forge'),
  'terraform-login': says('high', 'high', 'The image holds a token of Terraform'),
  'environment-file': says('medium', 'medium', 'A file of variables holds what is or looks like a secret'),
  'password-list': says('low', 'medium', 'A file holds hashes of passwords'),
  'shell-history': says('medium', 'medium', 'The history of a shell holds what looks like a secret', 'T1552.003'),
  'cluster-token': says('high', 'high', 'The image holds the token of a service account in a cluster'),
  'key-tab': says('medium', 'high', 'The image holds a table of Kerberos keys', 'T1552.004'),
};

const others = {
  'ssh-key': says('high', 'high', 'The image holds somebody’s private key for SSH, without a passphrase', 'T1552.004'),
  'host-key': says(
    'medium',
    'high',
    'All containers of the image share one host key of the SSH server',
    'T1552.004',
    newKey,
  ),
  'private-key': says('medium', 'high', 'The image holds a private key, without a passphrase', 'T1552.004', newKey),
  'private-key-encrypted': says(
    'low',
    'high',
    'The image holds a private key that a passphrase guards',
    'T1552.004',
    newKey,
  ),
  'private-key-of-library': says(
    'info',
    'medium',
    'A library brings a private key, most likely for its tests',
    'T1552.004',
    'Make sure that nothing trusts it.',
  ),
  'in-label': says('medium', 'medium', 'A label of the image holds what is or looks like a secret'),
  'in-build-argument': says(
    'medium',
    'medium',
    'A build argument, which the history keeps, is what its name calls a secret',
  ),
  'in-command': says('medium', 'medium', 'A command of the image holds what is or looks like a secret'),
} as const satisfies Readonly<Record<string, Statement>>;

export type SecretRule = SecretPlace | keyof typeof others;

const statements: Readonly<Record<SecretRule, Statement>> = { ...byPlace, ...others };

export const secretRules = Object.keys(statements) as readonly SecretRule[];

export const explainSecret = (rule: SecretRule): { readonly means: string; readonly advice: string } => ({
  means: `${statements[rule].title}.`,
  advice: statements[rule].advice,
});

export const stateSecret = (
  rule: SecretRule,
  evidence: readonly [Evidence, ...Evidence[]],
  change: Partial<Pick<Statement, 'severity' | 'confidence'>> = {},
): Finding => ({ ...statements[rule], ...change, rule: `secret/${rule}`, intent: 'exposure', evidence });
