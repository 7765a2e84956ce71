/** Codes of what people write: references, settings, policies, rules. */
import type { Explanation } from './words.ts';

export const settings = {
  CONFIGURATION_INVALID: {
    means: 'The configuration file cannot be read, or is no YAML mapping.',
    advice: 'Correct tidewaiter.yaml, or the file that --config or TIDEWAITER_CONFIG names.',
  },
  EXPLANATION_UNKNOWN: {
    means: 'Nothing of this name can be explained.',
    advice: 'Run "tidewaiter explain" without a word: it lists everything.',
  },
  OUTPUT_UNWRITABLE: {
    means: 'The report cannot be written to the file of --output, or to standard output.',
    advice: 'Name a file in a folder that exists, that you may write to and that has room.',
  },
  POLICY_INVALID: {
    means:
      'The policy file cannot be used; the message gives the line and the reason. A policy that does less than it says is worse than none.',
    advice: 'Correct the line. docs/policy.md explains every field.',
  },
  REFERENCE_INVALID: {
    means: 'The reference does not name an image; the message says what is wrong with it.',
    advice: 'Write for example nginx:1.27, docker://host/name:tag, oci:DIR, docker-archive:FILE or rootfs:DIR.',
  },
  REFERENCE_MISSING: {
    means: 'The command needs to know which image.',
    advice: 'Write one or more references behind it, for example: tidewaiter scan nginx:1.27.',
  },
  REFERENCE_UNWANTED: {
    means: 'References were written beside --running, which judges what the engines of this machine hold.',
    advice: 'Leave out either the references or --running.',
  },
  RULES_NOT_ACCEPTED: {
    means: 'Nothing in the file or folder is a rule or feed that can be used.',
    advice: 'Run "tidewaiter rules check PATH": it says why, rule by rule.',
  },
  RULES_NOT_FOUND: {
    means: 'There is no file or folder where --rules (or the command) says.',
    advice: 'Correct the path.',
  },
  RULES_NOT_TEXT: {
    means: 'A rule file is not text in UTF-8, or larger than 256 MiB.',
    advice: 'Save it as UTF-8, or split it. Compiled YARA rules cannot be used: add their source.',
  },
  RULES_UNREADABLE: {
    means: 'A rule file or folder is there and cannot be read.',
    advice: 'Make it readable for the user who runs Tidewaiter.',
  },
  RULE_INCLUDE_REFUSED: {
    means:
      'A rule file includes one that is missing, lies outside the added folder, or belongs to a circle or a flood of includes.',
    advice: 'Add the folder that holds all of them, and use relative paths.',
  },
  SCHEME_NOT_BUILT: {
    means: 'Tidewaiter is going to read such references, and this version does not yet.',
    advice:
      'Save the image in a form that it reads: oci:, oci-archive:, docker-archive:, docker-daemon:, containerd: or rootfs:.',
  },
  SCHEME_UNKNOWN: {
    means: 'The word before the colon is no kind of place that Tidewaiter reads.',
    advice: 'Use docker://, oci:, oci-archive:, docker-archive:, docker-daemon:, containerd: or rootfs:.',
  },
  SETTING_INVALID: {
    means:
      'A flag, TIDEWAITER_ variable or key of the configuration file has a value that cannot be, or does not exist.',
    advice: 'The message names it and says what is allowed; "tidewaiter scan --help" lists all.',
  },
  TEMPORARY_FOLDER_UNUSABLE: {
    means: 'Temporary files cannot be written: the folder is missing, read-only, or not this user’s to write to.',
    advice: 'Set TMPDIR to a folder that can be written to; in a container mount one, such as --tmpfs /tmp.',
  },
  YARA_SOURCE_UNREADABLE: {
    means:
      'A rule file is no YARA: something in it is not closed or does not belong there. The message gives the line.',
    advice: 'Correct it; until then none of the rules in that file are used.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
