/** The shape of a statement, and the advice that several share. */
import type { Confidence, Intent, Severity } from '../../core/finding.ts';

export type Statement = readonly [
  severity: Severity,
  confidence: Confidence,
  intent: Intent,
  techniques: string,
  title: string,
  advice: string,
];

export const remove =
  'Find out which build step left it there. Where the image ran, look for the same on the host and change its credentials.';
export const compare =
  'Compare it with what the packages of the image hold, and do not run the image until you know what it is for.';
export const account =
  'Find out who made the account and why. Where the image ran with the host’s files, look for the same account there.';
export const hygiene = 'Take it out of the build, unless the image is meant to be logged in to.';
