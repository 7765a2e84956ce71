/** What came of judging an image → the record of it that goes into the flow, as the sensor `judgement` reads it. */
import { hash } from 'node:crypto';
import type { Digest } from '../../core/digest.ts';
import type { KeptImage } from '../../core/follow-memory.ts';
import type { Gap } from '../../core/gap.ts';
import type { SinkValue } from '../../core/sink.ts';
import type { JudgeTarget } from './judge-target.ts';

export type JudgeOutcome =
  | {
      readonly kind: 'judged';
      /** With every digest by which it is known to be this image, each verified or told by the engine that holds it. */
      readonly image: KeptImage;
      readonly digest?: Digest;
      readonly manifest?: string;
      readonly config?: string;
      readonly document?: SinkValue;
    }
  | { readonly kind: 'unread'; readonly gap: Gap };

const saidCharacters = 400;

/** The same when the same event asks again, so that what follows is found once. */
export const judgementIdOf = ({ asked, keys }: JudgeTarget): string =>
  hash('sha256', `${asked}\n${keys[0] ?? ''}`).slice(0, 32);

export const nameOfTarget = ({ name, manifest, keys }: JudgeTarget): string =>
  name === undefined ? (keys[0] ?? '') : `${name}${manifest === undefined ? '' : `@${manifest}`}`;

export const toJudgementRecord = (target: JudgeTarget, outcome: JudgeOutcome, at: Date): object => {
  const head = {
    type: 'judgement',
    id: judgementIdOf(target),
    at: at.toISOString(),
    asked: target.asked,
    keys: target.keys,
  };
  if (outcome.kind === 'unread') {
    const { code, reason, kind } = outcome.gap;
    return {
      ...head,
      outcome: 'failure',
      image: nameOfTarget(target),
      code,
      reason,
      ...(kind === undefined ? {} : { kind }),
    };
  }
  const { image, digest, manifest, config } = outcome;
  const { assessment, decision, because } = image.verdict;
  const [first] = because;
  const named = target.name === undefined || digest === undefined ? nameOfTarget(target) : `${target.name}@${digest}`;
  return {
    ...head,
    outcome: 'success',
    image: target.name === undefined ? (digest ?? nameOfTarget(target)) : named,
    ...(digest === undefined ? {} : { digest }),
    ...(manifest === undefined ? {} : { manifest }),
    ...(config === undefined ? {} : { config }),
    assessment,
    decision,
    said: `${assessment}, ${decision}${first === undefined ? '' : `: ${first}`}`.slice(0, saidCharacters),
  };
};
