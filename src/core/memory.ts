/** Facts of earlier scans, found again by content only. */

/** `file`: the facts of one file content. `layer`: everything known about one layer's bytes. `image`: what was concluded from all of them. */
export const memoryKinds = ['file', 'layer', 'image'] as const;
export type MemoryKind = (typeof memoryKinds)[number];

/**
 * A key-value memory. The key must name the content, the analyzer's version, the rules' digest and every external that
 * the facts depend on. A memory never fails a scan: what cannot be read is forgotten, what cannot be written is not kept.
 */
export interface FactMemory {
  recall(kind: MemoryKind, key: string): Uint8Array | undefined;
  remember(kind: MemoryKind, facts: readonly { readonly key: string; readonly value: Uint8Array }[]): void;
  /** Nothing can be recalled yet. */
  isEmpty?(): boolean;
  close(): void;
}

export const noMemory: FactMemory = {
  recall: () => undefined,
  remember: () => undefined,
  isEmpty: () => true,
  close: () => undefined,
};
