/** The interface of a YARA engine: rules as text in, matches with offsets out. */

export type EngineId = 'native' | 'wasm';

/** Declared for every rule. `filetype` takes our file kinds; `whole_file_size` stands in for `filesize` where a file is read in windows. */
export const externalNames = ['filename', 'filepath', 'extension', 'filetype', 'owner'] as const;
export type ExternalName = (typeof externalNames)[number];
export const wholeFileSize = 'whole_file_size';

export type Externals = Readonly<Record<ExternalName, string>> & { readonly whole_file_size: number };

/** What the compiler says about one place of a source; line and column from 1. */
export interface Diagnostic {
  readonly code: string;
  readonly line: number;
  readonly reason: string;
}

export interface SourceUnit {
  readonly namespace: string;
  readonly source: string;
}

export interface PatternMatch {
  /** With the dollar sign. */
  readonly pattern: string;
  readonly offset: number;
  readonly length: number;
}

export interface RuleMatch {
  readonly namespace: string;
  readonly rule: string;
  /** In no particular order; private rules are left out. */
  readonly matches: readonly PatternMatch[];
}

/** The scan was stopped at its time limit: nothing is known about the content. */
export class ScanTimedOut extends Error {
  override readonly name = 'ScanTimedOut';
}

export interface CompiledRules {
  /** Matches of one pattern that are looked for; conditions that count cannot see more. */
  setMatchLimit(matchesPerPattern: number): void;
  /** Whole seconds, at least 1. Without effect where the engine does not stop runaways. */
  setTimeLimit(seconds: number): void;
  /** All externals are given each time: an engine keeps the last ones. @throws {ScanTimedOut} */
  scan(content: Uint8Array, externals: Externals): readonly RuleMatch[];
  /** Bytes for `deserialize` of the same engine; undefined where the engine cannot. */
  serialize(): Uint8Array | undefined;
  close(): void;
}

export interface RuleEngine {
  readonly id: EngineId;
  readonly about: string;
  /** Part of every digest of facts: another engine may see other things. */
  readonly version: string;
  /** Whether a scan can be stopped at a time limit. */
  readonly stopsRunaways: boolean;
  /** What the compiler says about a source that stands alone. The source must hold no `include`: an engine would read files. */
  validate(source: string): { readonly errors: readonly Diagnostic[]; readonly warnings: readonly Diagnostic[] };
  /** All units must have passed `validate`; a failure here is a thrown Error with the compiler's words. */
  compile(units: readonly SourceUnit[]): CompiledRules;
  /** Bytes must come from `serialize` in this installation, never from outside: they hold machine code. */
  deserialize(serialized: Uint8Array): CompiledRules;
}
