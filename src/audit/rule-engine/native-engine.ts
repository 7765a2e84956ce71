/** The RuleEngine on the native YARA-X binding: prebuilt for Linux x86-64 with glibc, an optional dependency. */
import { createRequire } from 'node:module';
import { parseDiagnostic } from './diagnostic.ts';
import {
  externalNames,
  ScanTimedOut,
  wholeFileSize,
  type CompiledRules,
  type Externals,
  type RuleEngine,
  type RuleMatch,
  type SourceUnit,
} from './engine-interface.ts';

interface NativeMatch {
  readonly ruleIdentifier: string;
  readonly namespace: string;
  readonly matches: readonly { readonly offset: number; readonly length: number; readonly identifier: string }[];
}

interface NativeDiagnostic {
  readonly code: string;
  readonly message: string;
}

interface NativeRules {
  /** Compiles everything anew, also what was there before: called once. */
  addRuleSources(units: readonly SourceUnit[]): void;
  scan(content: Uint8Array, externals: Externals): readonly NativeMatch[];
  serialize(): Buffer;
  setMaxMatchesPerPattern(count: number): void;
  setTimeout(milliseconds: number): void;
}

interface NativeOptions {
  readonly defineVariables: Readonly<Record<string, string | number>>;
}

interface NativeBinding {
  compile(source: string, options: NativeOptions): NativeRules;
  deserialize(serialized: Uint8Array): NativeRules;
  validate(
    source: string,
    options: NativeOptions,
  ): { readonly errors: readonly NativeDiagnostic[]; readonly warnings: readonly NativeDiagnostic[] };
}

const declared: Readonly<Record<string, string | number>> = {
  ...Object.fromEntries(externalNames.map((name) => [name, ''])),
  [wholeFileSize]: 0,
};

/** What the binding, whatever the type that was declared, takes for a number or a truth value, and then refuses. */
const isMistaken = (value: string): boolean => /^(?:[+-]?[0-9]+|true|false)$/i.test(value);

/**
 * `/bin/true`, and files of users without a name: such texts get a zero byte behind them. Regular expressions without `$` at their
 * end, `contains` and `startswith` see them as they are; `==` and `endswith` do not.
 */
const asTexts = (externals: Externals): Externals => {
  if (!externalNames.some((name) => isMistaken(externals[name]))) return externals;
  const texts = externalNames.map((name) => [
    name,
    isMistaken(externals[name]) ? `${externals[name]}\0` : externals[name],
  ]);
  return { ...externals, ...Object.fromEntries(texts) } as Externals;
};

const compiled = (rules: NativeRules): CompiledRules => {
  let limit = 0;
  return {
    setMatchLimit: (count) => rules.setMaxMatchesPerPattern(count),
    setTimeLimit(seconds) {
      // The binding throws its prepared scanner away at every call, which costs more than scanning a small file.
      if (seconds !== limit) rules.setTimeout(seconds * 1000);
      limit = seconds;
    },
    scan(content, externals): readonly RuleMatch[] {
      try {
        return rules.scan(content, asTexts(externals)).map(({ namespace, ruleIdentifier, matches }) => ({
          namespace,
          rule: ruleIdentifier,
          matches: matches.map(({ identifier, offset, length }) => ({ pattern: identifier, offset, length })),
        }));
      } catch (error) {
        if (error instanceof Error && /timed out/i.test(error.message)) throw new ScanTimedOut(error.message);
        throw error;
      }
    },
    serialize: () => rules.serialize(),
    close: () => undefined,
  };
};

const engineOn = (binding: NativeBinding, version: string): RuleEngine => ({
  id: 'native',
  about: 'YARA-X as machine code for this processor',
  version: `native ${version}`,
  stopsRunaways: true,
  validate(source) {
    const { errors, warnings } = binding.validate(source, { defineVariables: declared });
    const toDiagnostic = ({ code, message }: NativeDiagnostic) => ({ ...parseDiagnostic(message), code });
    return { errors: errors.map(toDiagnostic), warnings: warnings.map(toDiagnostic) };
  },
  compile(units: readonly SourceUnit[]) {
    const rules = binding.compile('', { defineVariables: declared });
    rules.addRuleSources(units);
    return compiled(rules);
  },
  deserialize: (serialized) => compiled(binding.deserialize(serialized)),
});

const packageName = '@litko/yara-x-linux-x64-gnu';

/** Undefined with the reason where the optional package is absent or was built for another system. */
export const openNativeEngine = (): { readonly engine?: RuleEngine; readonly reason: string } => {
  const require = createRequire(import.meta.url);
  try {
    const binding = require('@litko/yara-x-linux-x64-gnu') as NativeBinding;
    const { version } = require('@litko/yara-x-linux-x64-gnu/package.json') as { readonly version: string };
    return { engine: engineOn(binding, version), reason: '' };
  } catch (error) {
    const first = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { reason: `${packageName} does not load on ${process.platform} ${process.arch}: ${first}` };
  }
};
