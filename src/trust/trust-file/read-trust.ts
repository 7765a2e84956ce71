/** A file that says who must have signed (ours, Notation's, or that of containers) → a configuration, or what is wrong with it. */
import { isFault, misuse } from '../../core/fault.ts';
import { isJsonObject } from '../../formats/strict-json.ts';
import { lintDraft } from '../linter/lint-draft.ts';
import type { TrustConfiguration, TrustFinding } from '../demand.ts';
import { readContainersFile, readNotationFile } from './foreign-files.ts';
import { readOwnFile } from './own-file.ts';
import type { TrustDraft, TrustSurroundings } from './trust-draft.ts';
import { TrustFileProblem, TrustFiles, type TrustFile } from './trust-files.ts';
import { dirname, resolve } from 'node:path';

export type { TrustSurroundings } from './trust-draft.ts';

const trustFileBytes = 4 * 2 ** 20;

type Kind = Exclude<TrustConfiguration['kind'], 'command-line'>;

/** By its shape. What is no JSON is ours, and told so by its parser if it is not. */
const kindOf = (text: string): Kind => {
  if (!text.trimStart().startsWith('{')) return 'tidewaiter';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // JSON is YAML: our parser says with a line what is wrong with it.
    return 'tidewaiter';
  }
  if (!isJsonObject(value) || Object.hasOwn(value, 'schema')) return 'tidewaiter';
  if (Object.hasOwn(value, 'trustPolicies')) return 'notation';
  return Array.isArray(value['default']) || Object.hasOwn(value, 'transports') ? 'containers-policy' : 'tidewaiter';
};

const readFirst = async (file: string, files: TrustFiles): Promise<TrustFile> => {
  try {
    return await files.file(resolve(file), trustFileBytes);
  } catch (thrown) {
    if (thrown instanceof TrustFileProblem) throw misuse('TRUST_INVALID', `the trust file ${thrown.message}`);
    throw thrown;
  }
};

interface Opened {
  /** Messages call it as the user did. */
  readonly own: TrustFile;
  readonly files: TrustFiles;
}

/** @throws {Fault} misuse `TRUST_INVALID`: there is no such file, or it may not be read */
const openTrustFile = async (file: string): Promise<Opened> => {
  const files = new TrustFiles(dirname(resolve(file)));
  return { own: { ...(await readFirst(file, files)), file }, files };
};

const readDraft = async ({ own, files }: Opened, surroundings: TrustSurroundings): Promise<TrustDraft> => {
  const { file } = own;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(own.bytes);
  } catch {
    throw misuse('TRUST_INVALID', `${file}: not text in UTF-8`);
  }
  switch (kindOf(text)) {
    case 'notation':
      return readNotationFile(own, text, files, surroundings);
    case 'containers-policy':
      return readContainersFile(own, text, files);
    default:
      return readOwnFile(own, text, files);
  }
};

export const formatFinding = ({ file, line, path, message, code }: TrustFinding): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${path === '' ? '' : `${path}: `}${message} (${code})`;

/** A file in another program's words is used as that program would use it: what is dangerous in it is told, not refused. */
const isRefusing = ({ kind }: TrustDraft, { severity, allowed }: TrustFinding): boolean =>
  severity === 'fatal' ||
  (severity === 'error' && allowed === undefined && kind !== 'notation' && kind !== 'containers-policy');

const mostTold = 5;

/** @throws {Fault} misuse `TRUST_DANGEROUS` */
export const toConfiguration = (draft: TrustDraft, surroundings: TrustSurroundings): TrustConfiguration => {
  const findings = lintDraft(draft, surroundings);
  const refusing = findings.filter((finding) => isRefusing(draft, finding));
  if (refusing.length > 0) {
    const more = refusing.length > mostTold ? [`… and ${refusing.length - mostTold} more`] : [];
    const way =
      draft.kind === 'tidewaiter' && refusing.some(({ severity }) => severity === 'error')
        ? ['If it is right here, say so beside it: allow: [{ code: TRUST_…, reason: … }]']
        : [];
    throw misuse('TRUST_DANGEROUS', [...refusing.slice(0, mostTold).map(formatFinding), ...more, ...way].join('\n'));
  }
  const { file, kind, version, demandFor } = draft;
  return { file, kind, version, findings, demandFor };
};

/**
 * Relative names in the file are relative to it. Nothing is asked of the network.
 * @throws {Fault} misuse `TRUST_INVALID`, `TRUST_PRIVATE_KEY`, `TRUST_DANGEROUS`, or a code of the world whose part of it is wrong
 */
export const readTrust = async (file: string, surroundings: TrustSurroundings): Promise<TrustConfiguration> =>
  toConfiguration(await readDraft(await openTrustFile(file), surroundings), surroundings);

/**
 * Everything that is to say about the file; what cannot be understood is fatal, each mistake a finding.
 * @throws {Fault} misuse `TRUST_INVALID`: there is no such file, or it may not be read
 */
export const lintTrust = async (file: string, surroundings: TrustSurroundings): Promise<readonly TrustFinding[]> => {
  const opened = await openTrustFile(file);
  try {
    return lintDraft(await readDraft(opened, surroundings), surroundings);
  } catch (thrown) {
    if (!isFault(thrown) || thrown.kind !== 'misuse') throw thrown;
    const { code, message } = thrown;
    const prefix = `${file}:`;
    return message.split('\n').map((line): TrustFinding => {
      const [, number, rest = line] = line.startsWith(prefix)
        ? (/^(\d+): (.*)$/.exec(line.slice(prefix.length)) ?? [])
        : [];
      return {
        code,
        severity: 'fatal',
        file,
        ...(number === undefined ? {} : { line: Number(number) }),
        path: '',
        message: rest,
      };
    });
  }
};
