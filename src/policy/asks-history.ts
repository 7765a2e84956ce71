/** A Policy → whether it asks what was seen of an image before. Pure. */
import type { Policy } from './policy.ts';

const historyPattern = /\bdossier\s*\.\s*history\b/;

export const asksHistory = ({ rules, scopes }: Pick<Policy, 'rules' | 'scopes'>): boolean =>
  [...rules, ...scopes.flatMap((scope) => scope.rules)].some(({ when }) => historyPattern.test(when.text));
