/** The module of the process that judges one image after the other for `watch`, so that the flow of events never waits for a scan. */
import { isFault } from '../../core/fault.ts';
import type { Verdict } from '../../core/verdict.ts';
import { openContext } from '../context.ts';
import { toVerdictDocument } from '../../report/verdict-document.ts';
import { toKeptImage } from '../follow/judged-images.ts';
import { openInspector, type Inspector } from '../inspect.ts';
import { noInventoryKeeper, openInventoryKeeper } from '../inventory.ts';
import type { Settings } from '../settings.ts';
import type { JudgeAnswer, JudgeOrder } from './judge-words.ts';

const stop = new AbortController();
// Whoever started us is gone: nobody wants the answer.
process.on('disconnect', () => {
  stop.abort(new Error('the watch ended'));
  process.exit(0);
});
// An interrupt of the terminal is for the watch, which ends us.
process.on('SIGINT', () => undefined);

const quiet = { debug: () => undefined, warn: () => undefined };

const open = async (settings: Settings): Promise<Inspector> => {
  const context = await openContext(settings, {
    environment: process.env,
    log: quiet,
    progress: () => undefined,
    signal: stop.signal,
  });
  // `--timeout` is for commands that end: the watch ends us when an image takes too long.
  const inventories = settings.cache ? openInventoryKeeper(context, true) : noInventoryKeeper;
  return openInspector(settings, { ...context, signal: stop.signal }, inventories);
};

const toAnswer = (verdict: Verdict | undefined, reference: string): JudgeAnswer => {
  const image = verdict === undefined ? undefined : toKeptImage(verdict);
  if (verdict !== undefined && image !== undefined) {
    const { manifest, config } = verdict.dossier.identity;
    return {
      kind: 'judged',
      image,
      document: { ...toVerdictDocument(verdict) },
      ...(manifest === undefined ? {} : { manifest }),
      ...(config === undefined ? {} : { config }),
    };
  }
  const [gap] = verdict?.dossier.gaps ?? [];
  return {
    kind: 'unread',
    gap: gap ?? { where: reference, code: 'JUDGE_FAILED', reason: 'nothing of it could be read', bytes: 0 },
  };
};

let inspector: Promise<Inspector> | undefined;

const answer = async ({ settings, reference, environment }: JudgeOrder): Promise<JudgeAnswer> => {
  try {
    inspector ??= open(settings);
    const [verdict] = await (await inspector).inspect(reference, { environment });
    return toAnswer(verdict, reference);
  } catch (thrown) {
    if (!isFault(thrown)) throw thrown;
    const { code, message } = thrown;
    return { kind: 'unread', gap: { where: reference, code, reason: message, bytes: 0 } };
  }
};

process.on('message', (order: JudgeOrder) => {
  void answer(order).then((said) => process.send?.(said));
});
