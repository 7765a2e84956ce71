/** An image and what the audit found → the Dossier that policy judges. Pure. */
import type { AuditConclusions } from '../audit/audit-result.ts';
import { withoutSecrets } from '../audit/secret/without-secrets.ts';
import type { Dossier } from '../core/dossier.ts';
import { type Fault } from '../core/fault.ts';
import { compareFindings } from '../core/finding.ts';
import { noCoverage, type Gap } from '../core/gap.ts';
import type { Image, ImageConfig } from '../core/image.ts';
import { formatPlatform } from '../core/platform.ts';
import { trustGaps, type TrustExamined } from './verify/trust-examined.ts';

/** The same gap is told once, even when a source and the audit both met it. */
const withoutRepeats = (gaps: readonly Gap[]): readonly Gap[] => {
  const seen = new Map<string, Gap>();
  for (const gap of gaps) {
    const key = JSON.stringify([gap.where, gap.code, gap.reason, gap.bytes]);
    if (!seen.has(key)) seen.set(key, gap);
  }
  return [...seen.values()];
};

const withoutRaw = (config: ImageConfig): Omit<ImageConfig, 'raw'> => {
  const { raw: _, ...rest } = config;
  return rest;
};

const quote = (words: readonly string[]): string =>
  words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');

/** What the engine will run, in the words of the config: all there is to tell where no analyzer tells more. */
const startOf = (config: ImageConfig): readonly string[] => {
  const words = [...config.entrypoint, ...config.command];
  if (words.length === 0) return [];
  const user = config.user === '' ? 'root' : config.user;
  const folder = config.workingDirectory === '' ? '/' : config.workingDirectory;
  return [`starts ${withoutSecrets(quote(words))} as ${user} in ${folder}`];
};

export const toDossier = (
  asked: string,
  image: Image,
  audit: AuditConclusions,
  { attestations, trust, history }: TrustExamined,
): Dossier => ({
  reference: image.reference,
  asked,
  digest: image.digest,
  identity: audit.identity,
  kind: image.kind,
  platform: image.platform === undefined ? '' : formatPlatform(image.platform),
  ...(image.config === undefined ? {} : { config: withoutRaw(image.config) }),
  layers: audit.layers,
  findings: [...image.findings, ...audit.findings].sort(compareFindings),
  gaps: withoutRepeats([...image.gaps, ...audit.gaps, ...trustGaps(trust, image.reference)]),
  coverage: audit.coverage,
  attestations,
  ...(trust === undefined ? {} : { trust }),
  ...(history === undefined ? {} : { history }),
  story: audit.story.length > 0 || image.config === undefined ? audit.story : startOf(image.config),
  packages: audit.packages,
  rules: audit.rules,
});

/**
 * What is known about an image that could not be had: nothing, and why. The gap counts as executable, since a program may
 * lie behind it: no policy accepts it by a wildcard.
 */
export const toEmptyDossier = (
  asked: string,
  reference: string,
  platform: string,
  fault: Fault,
  rules: Dossier['rules'],
): Dossier => ({
  reference,
  asked,
  digest: null,
  identity: { diffIds: [] },
  kind: 'container',
  platform,
  layers: [],
  findings: [],
  gaps: [
    {
      where: fault.where === '' ? reference : fault.where,
      code: fault.code,
      reason: fault.message,
      bytes: 0,
      executable: true,
    },
  ],
  coverage: noCoverage,
  attestations: [],
  story: [],
  packages: [],
  rules,
});
