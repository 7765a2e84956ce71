/** Findings of the analyzers `lookalike` and `claim`: what an image is called, and what it says it is. */
import type { Explanation } from './words.ts';

const writtenOut = 'Write the name out in full, with its registry, and pin the digest of the image that you mean.';

export const names = {
  LESSON_INVALID: {
    means: 'A lesson cannot be read: the message says which and why.',
    advice: 'Install Tidewaiter again: lessons are files of its own.',
  },
  NAMES_AMBIGUOUS: {
    means: 'A file of known names holds the same name twice, so that readers differ on which one counts.',
    advice: 'Install Tidewaiter again: the file is one of its own.',
  },
  NAMES_INVALID: {
    means: 'A file of known names is not of the shape that is needed. Names are compared without it.',
    advice: 'Install Tidewaiter again: the file is one of its own.',
  },
  NAMES_TOO_LARGE: {
    means: 'A file of known names is larger than any that Tidewaiter brings along.',
    advice: 'Install Tidewaiter again: the file is one of its own.',
  },
  'claim/lacks-program': {
    means:
      'By its name, a label or its build history the image says that it is a well-known program, and no file of that program is in it.',
    advice:
      'Do not run it before you know what it really is. Take the program from its publisher; the finding names a safer reference.',
  },
  'claim/lacks-system': {
    means:
      'By its name or a label the image says that it is a certain operating system, and its own files say another one, or none.',
    advice:
      'Do not build on it before you know what it really is. Take the system from its publisher; the finding names a safer reference.',
  },
  'lookalike/borrowed-name': {
    means:
      'The image is called like an official one, and lies in the namespace of somebody else. Many honest people name their builds so.',
    advice: 'Make sure that it is this person’s build that you want; else take the official image.',
  },
  'lookalike/mirror': {
    means:
      'The name could be taken for another one, and the content is exactly what one of your own names is pinned to.',
    advice: 'Nothing to do: it is a copy of the original. Name it by digest, so that it stays so.',
  },
  'lookalike/namespace': {
    means:
      'The namespace looks like that of a well-known publisher, or is one that no person would choose, beside a borrowed name.',
    advice: writtenOut,
  },
  'lookalike/registry': {
    means: 'The registry’s host looks like that of a well-known registry, or of your own, and is another.',
    advice:
      'Send it nothing: it may have asked for your password. Correct the host, and change the password if it was given.',
  },
  'lookalike/repository': {
    means: 'The repository’s name is nearly that of an official image, or claims to be the official one.',
    advice: writtenOut,
  },
  'lookalike/tag': {
    means: 'The tag looks like latest, like a version or like a digest, and is none.',
    advice: writtenOut,
  },
} as const satisfies Readonly<Record<string, Explanation>>;
