/** What is deployed: every engine of this machine is asked, each image in one of them is judged once, with every place where it is. */
import type { Context } from '../core/context.ts';
import type { Digest } from '../core/digest.ts';
import { isFault, unavailable, type Fault } from '../core/fault.ts';
import { isSameImage } from '../core/identity.ts';
import { toPlainText } from '../core/plain-text.ts';
import type { EarlierVerdict, Verdict } from '../core/verdict.ts';
import { memoryKeyOf, noVerdictMemory, type VerdictMemory } from '../core/verdict-memory.ts';
import { joinSurveys, type Machine, type Survey } from '../estate/finder.ts';
import { finders } from '../estate/finders/index.ts';
import { openVerdictMemory } from '../store/backends/verdicts.ts';
import { groupHoldings, joinUses, type DeployedImage } from './deployed-images.ts';
import type { Inspector } from './inspect.ts';

export type { Survey } from '../estate/finder.ts';

/** Verdicts on so many images are remembered. */
const rememberedImages = 100_000;

/** Without a folder, nothing is remembered. */
export const openRunningMemory = (
  folder: string | undefined,
  { log, now }: Pick<Context, 'log' | 'now'>,
): VerdictMemory & Disposable => {
  const memory =
    folder === undefined ? noVerdictMemory : openVerdictMemory(folder, { maximumImages: rememberedImages, log, now });
  return { ...memory, [Symbol.dispose]: () => memory.close() };
};

/** Asks all engines, one kind after the other. @throws the reason of an aborted signal */
export const surveyMachine = async (machine: Machine, context: Context): Promise<Survey> => {
  const surveys: Survey[] = [];
  for (const finder of finders) surveys.push(await finder.find(machine, context));
  return joinSurveys(surveys);
};

export interface RunningOptions {
  readonly context: Pick<Context, 'signal'>;
  readonly memory: VerdictMemory;
  /** Before each image, counted from 1. */
  readonly onImage: (position: number, total: number, name: string) => void;
}

const nameOf = ({ uses, exact, loose }: DeployedImage): string =>
  uses.flatMap(({ names }) => names)[0] ?? exact[0] ?? loose[0] ?? 'an image without a name';

/** Why nothing of an image can be read although somebody runs it. */
const unreadable = ({ uses, exact, loose }: DeployedImage): Fault => {
  const [first] = uses;
  const where = toPlainText([exact[0] ?? loose[0], ...(first?.names ?? [])].filter(Boolean).join(' '), 300);
  const container = toPlainText(first?.container?.name ?? first?.container?.id ?? '', 80);
  if (exact.length + loose.length === 0)
    return unavailable(
      'IMAGE_RECORD_GONE',
      `the container ${container} in ${first?.engine} was made of an image that the engine lists no more, or of a folder: start it anew from an image that is there, or scan its files with rootfs:DIR`,
      where,
    );
  const nodes = [...new Set(uses.map(({ pod }) => pod?.node).filter((node) => node !== undefined))];
  return first?.engine === 'kubernetes'
    ? unavailable(
        'IMAGE_ELSEWHERE',
        `a pod runs it${nodes.length === 0 ? '' : ` on ${toPlainText(nodes.slice(0, 5).join(', '), 300)}`}, and no engine on this machine holds it: run tidewaiter scan --running there, or scan it in its registry by its digest`,
        where,
      )
    : unavailable(
        'IMAGE_CONTENT_UNREACHABLE',
        `${first?.engine} lists it and gives no content, and no engine that does holds it: scan it in its registry by its digest, or copy it to oci-archive:FILE`,
        where,
      );
};

const digestsOf = ({ dossier: { identity } }: Verdict): readonly (Digest | undefined)[] => [
  identity.config,
  identity.manifest,
  identity.index,
];

/** Harm that was seen, or a denial for what was seen; one for what could not be seen says nothing new about the image. */
const isBad = ({ assessment, decision }: Pick<Verdict, 'assessment' | 'decision'>): boolean =>
  assessment === 'malicious' || (decision === 'deny' && assessment !== 'incomplete');

const isAllowed = (verdict: Pick<Verdict, 'assessment' | 'decision'>): boolean =>
  verdict.decision !== 'deny' && !isBad(verdict);

const toEarlier = ({ assessment, decision, dossier, policy, at }: Verdict): EarlierVerdict => ({
  assessment,
  decision,
  rules: dossier.rules.version,
  policy: policy.version,
  at,
});

/** What was said before counts for as long as the image stays bad: whoever missed the first report reads it in the next. */
const compareWithEarlier = (verdict: Verdict, memory: VerdictMemory): Verdict => {
  const key = memoryKeyOf(verdict.dossier.identity);
  if (key === undefined) return verdict;
  const earlier = memory.recall(key);
  const last = toEarlier(verdict);
  const allowed = isAllowed(verdict) ? last : earlier?.allowed;
  memory.remember(key, { last, ...(allowed === undefined ? {} : { allowed }) });
  return isBad(verdict) && earlier?.allowed !== undefined ? { ...verdict, turnedFrom: earlier.allowed } : verdict;
};

const rankOf = (verdict: Verdict): number => {
  if (verdict.turnedFrom !== undefined) return 0;
  if (isBad(verdict)) return verdict.assessment === 'malicious' ? 1 : 2;
  return { deny: 3, warn: 4, allow: 5 }[verdict.decision];
};

const isRunning = ({ uses = [] }: Verdict): boolean => uses.some(({ state }) => state === 'running');

/** What a person must act on first: what turned bad, what is bad, what nobody can tell; of each what runs. */
const compareVerdicts = (one: Verdict, other: Verdict): number =>
  rankOf(one) - rankOf(other) ||
  Number(isRunning(other)) - Number(isRunning(one)) ||
  (one.dossier.reference < other.dossier.reference ? -1 : 1);

/** The first reading that gives the whole image; engines may have dropped parts of it that another one kept. */
const readImage = async (inspector: Inspector, image: DeployedImage): Promise<Verdict> => {
  const name = toPlainText(nameOf(image), 500);
  let partial: Verdict | undefined;
  for (const { reference, environment, platform } of image.readings) {
    try {
      const options = { environment, ...(platform === undefined ? {} : { platform }) };
      const [verdict] = await inspector.inspect(reference, options);
      if (verdict !== undefined && verdict.assessment !== 'incomplete') return verdict;
      partial ??= verdict;
    } catch (thrown) {
      // Nobody typed this reference: what is wrong with it is not the person's to change.
      if (!isFault(thrown)) throw thrown;
      partial ??= inspector.judgeUnread(name, reference, thrown);
    }
  }
  return partial ?? inspector.judgeUnread(name, name, unreadable(image));
};

/**
 * Verdicts with their `uses`, in the order in which a person should read them. An engine that could not be asked is one too: incomplete.
 * @throws the reason of an aborted signal
 */
export const judgeRunning = async (
  survey: Survey,
  inspector: Inspector,
  { context, memory, onImage }: RunningOptions,
): Promise<readonly Verdict[]> => {
  const images = groupHoldings(survey.holdings);
  const verdicts: Verdict[] = [];
  const attach = (position: number, { uses }: Pick<DeployedImage, 'uses'>): void => {
    const known = verdicts[position];
    if (known !== undefined) verdicts[position] = { ...known, uses: joinUses(known.uses ?? [], uses) };
  };
  for (const [position, image] of images.entries()) {
    if (!isFault(context.signal.reason)) context.signal.throwIfAborted();
    onImage(position + 1, images.length, nameOf(image));
    const names = image.exact.length > 0 ? image.exact : image.loose;
    // The digests that were read tell more than those that engines state.
    const told = verdicts.findIndex((verdict) => names.some((digest) => digestsOf(verdict).includes(digest)));
    if (told >= 0) {
      attach(told, image);
      continue;
    }
    const verdict = await readImage(inspector, image);
    const same = verdicts.findIndex(({ dossier }) => isSameImage(dossier.identity, verdict.dossier.identity));
    const known = verdicts[same];
    if (known === undefined) verdicts.push({ ...verdict, uses: image.uses });
    else {
      if (known.assessment === 'incomplete' && verdict.assessment !== 'incomplete')
        verdicts[same] = { ...verdict, uses: known.uses ?? [] };
      attach(same, image);
    }
  }
  const problems = survey.problems.map(({ where, fault }) => inspector.judgeUnread(where, where, fault));
  return [...verdicts.map((verdict) => compareWithEarlier(verdict, memory)), ...problems].sort(compareVerdicts);
};
