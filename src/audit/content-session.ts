/** The windows of one content, in order → its kind, its digest, and what the inspectors say about each window. */
import type { FileHeader } from '../core/file-entry.ts';
import type { FileKind } from '../core/file-kind.ts';
import { detectFileKind, kindHeadLength } from '../formats/file-kind.ts';
import type { ContentDigests, ContentExaminer } from './content-examiner.ts';
import type { ContentWindow } from './content-windows.ts';
import type { FileRecord } from './file-record.ts';

export interface SessionOptions {
  readonly examiner: ContentExaminer;
  readonly record: FileRecord;
  readonly recallFiles: boolean;
  /** False: only kind and digest. */
  readonly inspect: boolean;
  /** Content bytes as stated; undefined when only the end of the content tells. */
  readonly size: number | undefined;
}

export class ContentSession {
  readonly #header: FileHeader;
  readonly #options: SessionOptions;
  #digests: ContentDigests | undefined;
  #kind: FileKind | undefined;

  constructor(header: FileHeader, options: SessionOptions) {
    this.#header = header;
    this.#options = options;
  }

  /** Known from the first window on. */
  get kind(): FileKind {
    return this.#kind ?? 'empty';
  }

  /** SHA-256 of the whole content with the last window, before that ''. */
  give(bytes: Uint8Array, window: ContentWindow): string {
    const end = window.offset + bytes.length;
    this.#kind ??= detectFileKind(bytes.subarray(0, kindHeadLength), this.#options.size ?? end);
    return window.offset === 0 && window.last ? this.#giveWhole(bytes, window) : this.#givePart(bytes, window, end);
  }

  #giveWhole(bytes: Uint8Array, window: ContentWindow): string {
    const { examiner } = this.#options;
    const { sha256, others } = examiner.digestsOf(bytes);
    this.#examine(bytes, window, sha256, others, bytes.length);
    return sha256;
  }

  #givePart(bytes: Uint8Array, window: ContentWindow, end: number): string {
    const { examiner, record, size } = this.#options;
    const digests = (this.#digests ??= examiner.openDigests());
    digests.update(bytes.subarray(window.overlap));
    if (!window.last) {
      this.#examine(bytes, window, '', {}, size ?? end);
      return '';
    }
    const { sha256, others } = digests.finish();
    this.#examine(bytes, window, sha256, others, end);
    for (const [place, [path, known, , id, facts]] of record.facts.entries())
      if (known === '' && path === this.#header.path) record.facts[place] = [path, sha256, end, id, facts];
    return sha256;
  }

  #examine(
    bytes: Uint8Array,
    { offset, overlap, last }: ContentWindow,
    sha256: string,
    digests: Readonly<Record<string, string>>,
    size: number,
  ): void {
    const { examiner, record, recallFiles, inspect } = this.#options;
    if (!inspect) return;
    const header = this.#header.size === size ? this.#header : { ...this.#header, size };
    examiner.examine(
      { header, kind: this.kind, sha256, windowOffset: offset, overlap, lastWindow: last, bytes, digests },
      record,
      recallFiles,
    );
  }
}
