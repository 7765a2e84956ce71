/** Codes of trust files: what is wrong with them, and what their linter says. */
import type { Explanation } from './words.ts';

export const trust = {
  OPENPGP_INVALID: {
    means: 'The packets of an OpenPGP keyring are cut off or damaged.',
    advice: 'Write the keyring anew with gpg --export KEY.',
  },
  OPENPGP_TOO_LARGE: {
    means: 'An OpenPGP keyring has more keys and signatures than any list of signers needs.',
    advice: 'Export only the keys that sign, with gpg --export --export-options export-minimal KEY.',
  },
  TRUST_ACCEPTS_ANYTHING: {
    means: 'A rule lets a whole registry, or every image, go without signatures.',
    advice: 'Name the repositories that go without, and let "default" say what holds for the rest.',
  },
  TRUST_ALLOW_UNUSED: {
    means: 'An "allow" of the trust file allows something that is not there.',
    advice: 'Take the line out: it would let in what somebody writes there later.',
  },
  TRUST_ANYBODY: {
    means: 'The subject of a keyless identity matches anybody, so that every signature counts, an attacker’s too.',
    advice: 'Write whose signature counts: the address of one workflow with its ref, or one e-mail.',
  },
  TRUST_ANY_OWNER: {
    means: 'The pattern matches workflows in repositories of any owner; anybody can make such a repository.',
    advice: 'Name the owner and the repository in the pattern.',
  },
  TRUST_DANGEROUS: {
    means:
      'The linter found something in the trust file, or on the command line, that would trust the wrong people; the message says what and where.',
    advice:
      'Write what the message says. If it is right here, allow its code beside it, with a reason. docs/trust.md explains how.',
  },
  TRUST_EMAIL_DOMAIN: {
    means: 'The pattern matches e-mail addresses that strangers can get: of any domain, or of a public mail service.',
    advice: 'Write the addresses of those who sign, or a pattern that ends in a domain of your own and $.',
  },
  TRUST_FILE_SHARED: {
    means: 'A group, or another user, may write the trust file or a key that it names.',
    advice: 'Take the right away (chmod g-w, chown), unless all of them may decide who is trusted.',
  },
  TRUST_FILE_WRITABLE: {
    means: 'Everybody on this machine may write or replace the trust file, or a key that it names.',
    advice: 'Take the right away: chmod o-w the file and its folder.',
  },
  TRUST_FIRST_USE_FORGOTTEN: {
    means:
      'Docker Content Trust without root keys trusts the first key that it meets, and nothing is kept here, so that every key is the first.',
    advice:
      'Name the root keys with "roots", or give Tidewaiter a state folder that it may write (XDG_STATE_HOME, else HOME).',
  },
  TRUST_INVALID: {
    means:
      'The trust file, or a key that it or the command line names, cannot be used; the message gives the line and the reason.',
    advice: 'Correct the line. docs/trust.md explains every field.',
  },
  TRUST_ISSUER_OPEN: {
    means: 'The issuer of a keyless identity matches addresses where a stranger can confirm any subject.',
    advice: 'Write the exact address of the issuer, such as https://token.actions.githubusercontent.com.',
  },
  TRUST_KEY_EXPIRED: {
    means: 'A certificate or key of the trust file has expired, or is not valid yet.',
    advice: 'Name the one that follows it.',
  },
  TRUST_KEY_WEAK: {
    means:
      'A key or certificate of the trust file can be forged: RSA of less than 2048 bits, or signed over SHA-1 or MD5.',
    advice: 'Sign with P-256, Ed25519 or RSA of 3072 bits, and name that key.',
  },
  TRUST_NAME_TWICE: {
    means:
      'Two rules, or two signers of one rule, have one name, so that an answer would not say which of them it is about.',
    advice: 'Give one of them another name.',
  },
  TRUST_NEVER_TIMED: {
    means:
      'A signer has dates, and signatures of its world (GPG, Docker Content Trust, verdicts) prove no time: none would ever count.',
    advice: 'Leave since and until out. To retire a key, take it out of the file.',
  },
  TRUST_NOBODY: {
    means: 'A rule asks for signatures, and its list of signers is empty.',
    advice: 'Name signers, or write "then: unverified" where nobody is asked, or "then: refuse".',
  },
  TRUST_NOTATION_ANYBODY: {
    means: 'A trust policy of Notation trusts everybody whom a public authority gave a certificate.',
    advice: 'Write whose certificate it must be in trustedIdentities: "x509.subject: C=…, ST=…, O=…".',
  },
  TRUST_NOTATION_SKIPPED: {
    means:
      'A trust policy of Notation has a statement with the level skip or audit: images are let in whoever signed them.',
    advice: 'Write strict, or permissive where expiry and revocation should only be told.',
  },
  TRUST_PATTERN_DOT: {
    means: 'A dot in the host of a pattern stands for any character, so that another host fits too.',
    advice: 'Write \\. for a dot.',
  },
  TRUST_PATTERN_OPEN: {
    means:
      'An end of the pattern is open: a stranger can have a longer name that fits, such as that of another owner or host.',
    advice: 'Begin with ^https://, end hosts and owners with a slash, and mail domains with $.',
  },
  TRUST_PATTERN_UNANCHORED: {
    means:
      'The pattern has no ^ and $. It is compared with the whole text here; other programs look for it anywhere inside.',
    advice: 'Write ^ and $, so that the file reads the same everywhere.',
  },
  TRUST_POLICY_ACCEPTS: {
    means:
      'A containers policy accepts images without a signature (insecureAcceptAnything). They are reported as unverified here, never as trusted.',
    advice: 'Write signedBy or sigstoreSigned for what should be signed, and reject as the default.',
  },
  TRUST_PRIVATE_KEY: {
    means: 'The trust file names a private key where a public one belongs. Nothing of it is shown or kept.',
    advice: 'Write the public key. Whoever could read the file may have the private key: think about making a new one.',
  },
  TRUST_RULE_UNREACHABLE: {
    means: 'An earlier rule of the trust file fits everything that this one fits, so this one never decides.',
    advice: 'Put the narrower rule first.',
  },
  TRUST_SAME_SIGNER: {
    means:
      'Two signers of a rule that both must sign are known by the same key: they count once, so the rule may never be met.',
    advice: 'Give each signer keys of its own.',
  },
  TRUST_SIGNER_UNUSED: {
    means: 'A signer at the top of the trust file is named by no rule.',
    advice: 'Name it under the signers of a rule, or take it out.',
  },
  TRUST_TAG_ONLY: {
    means: 'A rule is for a tag, and the same image named by its digest or by another tag is asked for nothing.',
    advice: 'Add a rule for the repository without the tag, or write "default: refuse".',
  },
  TRUST_THRESHOLD: {
    means: 'A rule requires less than one signer, or more than it names.',
    advice: 'Write all, any, or a number from 1 to the number of signers.',
  },
  TRUST_UNTIL_PAST: {
    means: 'The time of a signer is over: what it signed before still counts, new signatures do not.',
    advice: 'Name who signs now. Take the signer out when nothing that it signed is used any more.',
  },
  TRUST_UNTIMED: {
    means:
      'A signer counts only until a date, and signatures that prove no time count as well: whoever has the key evades the date.',
    advice: 'Leave "untimed: accept" out, and sign with a log or a time stamp.',
  },
  TRUST_WILDCARD_AS_TEXT: {
    means: 'An exact subject or issuer looks like a pattern. It is compared as it stands, so that no signature fits.',
    advice: 'Write subjectPattern or issuerPattern for a pattern in RE2 syntax.',
  },
  TRUST_WORKFLOW_REF: {
    means:
      'The identity of a GitHub workflow names no ref: as text it fits no signature, as a pattern it fits every branch and pull request.',
    advice: 'Name the ref that releases are made from, such as @refs/heads/main or @refs/tags/v1.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
