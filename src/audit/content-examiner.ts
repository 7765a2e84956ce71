/** One content → what every inspector says about it, recalled where its facts are known. */
import { createHash, hash, type Hash } from 'node:crypto';
import type { InspectedFile, Inspection, Inspector, Plain } from '../core/analyzer.ts';
import { isFault } from '../core/fault.ts';
import type { FileHeader } from '../core/file-entry.ts';
import type { FileKind } from '../core/file-kind.ts';
import type { Gap } from '../core/gap.ts';
import type { FactMemory } from '../core/memory.ts';
import type { FileRecord } from './file-record.ts';
import { mayRun } from './may-run.ts';

export interface OpenInspector {
  readonly id: string;
  readonly inspector: Inspector;
}

export type FactReader = Pick<FactMemory, 'recall' | 'close'>;

/** For smaller contents the inspectors are as fast as the memory (measured: about 20 µs each way). */
const rememberedBytes = 16 * 1024;

/** A file, or the part of one that lies in this window. */
export interface Content {
  readonly header: FileHeader;
  readonly kind: FileKind;
  /** '' while later windows are to come. */
  readonly sha256: string;
  readonly windowOffset: number;
  readonly overlap: number;
  readonly lastWindow: boolean;
  readonly bytes: Uint8Array;
  readonly digests: Readonly<Record<string, string>>;
}

/** What is remembered of one content: analyzer and facts. */
type Remembered = readonly (readonly [string, Plain])[];

/** Digests of one content, as far as an inspector asks for them; computed over all of its windows. */
export interface ContentDigests {
  update(bytes: Uint8Array): void;
  finish(): { readonly sha256: string; readonly others: Readonly<Record<string, string>> };
}

const noDigests: Readonly<Record<string, string>> = {};

export class ContentExaminer {
  readonly #inspectors: readonly OpenInspector[];
  readonly #algorithms: readonly string[];
  readonly #reader: FactReader | undefined;
  readonly #knowledgeKey: string;

  constructor(inspectors: readonly OpenInspector[], reader: FactReader | undefined, knowledgeKey: string) {
    this.#inspectors = inspectors;
    this.#algorithms = [...new Set(inspectors.flatMap(({ inspector }) => inspector.digests ?? []))];
    this.#reader = reader;
    this.#knowledgeKey = knowledgeKey;
  }

  /** Digests of a content that lies in memory as a whole. */
  digestsOf(bytes: Uint8Array): ReturnType<ContentDigests['finish']> {
    const sha256 = hash('sha256', bytes);
    if (this.#algorithms.length === 0) return { sha256, others: noDigests };
    return { sha256, others: Object.fromEntries(this.#algorithms.map((name) => [name, hash(name, bytes)])) };
  }

  openDigests(): ContentDigests {
    const sha256 = createHash('sha256');
    const others = this.#algorithms.map((name): readonly [string, Hash] => [name, createHash(name)]);
    return {
      update(bytes) {
        sha256.update(bytes);
        for (const [, digest] of others) digest.update(bytes);
      },
      finish: () => ({
        sha256: sha256.digest('hex'),
        others: Object.fromEntries(others.map(([name, digest]) => [name, digest.digest('hex')])),
      }),
    };
  }

  /** Adds facts and gaps to the record. `recallFiles`: whether the memory can know anything under the present knowledge. */
  examine(content: Content, record: FileRecord, recallFiles: boolean): void {
    const { header, kind } = content;
    const wanted = this.#inspectors.filter(({ inspector }) => inspector.wants?.(header, kind) ?? true);
    if (wanted.length === 0) return;
    const isWhole = content.windowOffset === 0 && content.lastWindow;
    const isRemembered = this.#reader !== undefined && isWhole && content.bytes.length >= rememberedBytes;
    const key = isRemembered ? this.#keyOf(content, wanted) : '';
    if (key !== '' && recallFiles && this.#recall(key, content, record)) return;
    const gapsBefore = record.gaps.length;
    const { sha256, windowOffset, overlap, lastWindow } = content;
    const file: InspectedFile = { ...header, kind, sha256, windowOffset, overlap, lastWindow };
    const said = wanted.map(({ id, inspector }) => [id, inspectWith(id, inspector, file, content)] as const);
    for (const [id, inspection] of said)
      this.#add(id, inspection?.facts ?? null, inspection?.gaps ?? [], content, record);
    // What a circumstance prevented may go well the next time.
    if (key !== '' && record.gaps.length === gapsBefore)
      record.learned.push([
        key,
        JSON.stringify(
          said.flatMap(([id, inspection]) => (inspection?.facts === undefined ? [] : [[id, inspection.facts]])),
        ),
      ]);
  }

  close(): void {
    for (const { inspector } of this.#inspectors) inspector.close?.();
    this.#reader?.close();
  }

  #add(id: string, facts: Plain, gaps: readonly Gap[], content: Content, record: FileRecord): void {
    const { path, size } = content.header;
    if (facts !== null) record.facts.push([path, content.sha256, size, id, facts]);
    for (const { code, reason, bytes, executable } of gaps)
      record.addGap({ path, code, reason, bytes, executable: executable === true });
  }

  #keyOf({ header, kind, sha256 }: Content, wanted: readonly OpenInspector[]): string {
    const scopes = wanted.map(({ id, inspector }) => [id, inspector.scope(header, kind)]);
    return `${this.#knowledgeKey}:${hash('sha256', JSON.stringify([sha256, scopes]))}`;
  }

  #recall(key: string, content: Content, record: FileRecord): boolean {
    const value = this.#reader?.recall('file', key);
    if (value === undefined) return false;
    const remembered = JSON.parse(Buffer.from(value).toString()) as Remembered;
    for (const [id, facts] of remembered) this.#add(id, facts, [], content, record);
    record.recalled.push(key);
    return true;
  }
}

/** An inspector that fails is a gap. */
const inspectWith = (
  id: string,
  inspector: Inspector,
  file: InspectedFile,
  { bytes, digests }: Content,
): Inspection | undefined => {
  try {
    return inspector.inspect(file, bytes, digests);
  } catch (thrown) {
    const executable = mayRun(file.path, file.mode, file.kind);
    const gap = isFault(thrown)
      ? { code: thrown.code, reason: `${id}: ${thrown.message}` }
      : { code: 'ANALYZER_FAILED', reason: `${id}: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
    return { gaps: [{ ...gap, where: file.path, bytes: bytes.length, executable }] };
  }
};
