/** The RuleEngine on the WebAssembly build of YARA-X: runs everywhere, costs milliseconds a scan, cannot be stopped in one. */
import { readFileSync } from 'node:fs';
import type * as Binding from '@virustotal/yara-x';
import { parseDiagnostic } from './diagnostic.ts';
import {
  externalNames,
  wholeFileSize,
  type CompiledRules,
  type RuleEngine,
  type RuleMatch,
  type SourceUnit,
} from './engine-interface.ts';

interface WasmScan {
  readonly matches: readonly {
    readonly identifier: string;
    readonly namespace: string;
    readonly isPrivate: boolean;
    readonly patterns: readonly {
      readonly identifier: string;
      readonly isPrivate: boolean;
      readonly matches: readonly { readonly offset: number; readonly length: number }[];
    }[];
  }[];
}

type Module = typeof Binding;

const openCompiler = (binding: Module): Binding.Compiler => {
  const compiler = new binding.Compiler();
  for (const name of externalNames) compiler.defineGlobal(name, '');
  compiler.defineGlobal(wholeFileSize, 0);
  return compiler;
};

const compile = (binding: Module, units: readonly SourceUnit[]): CompiledRules => {
  using compiler = openCompiler(binding);
  for (const { namespace, source } of units) {
    compiler.newNamespace(namespace);
    compiler.addSource(source);
  }
  const rules = compiler.build();
  const scanner = rules.scanner();
  const given = new Map<string, string | number>();
  return {
    setMatchLimit: (count) => scanner.setMaxMatchesPerPattern(count),
    setTimeLimit: () => undefined,
    scan(content, externals): readonly RuleMatch[] {
      for (const [name, value] of Object.entries(externals)) {
        if (given.get(name) !== value) scanner.setGlobal(name, value);
        given.set(name, value);
      }
      const { matches } = scanner.scan(content) as WasmScan;
      return matches
        .filter(({ isPrivate }) => !isPrivate)
        .map(({ identifier, namespace, patterns }) => ({
          namespace,
          rule: identifier,
          matches: patterns
            .filter((pattern) => !pattern.isPrivate)
            .flatMap((pattern) =>
              pattern.matches.map(({ offset, length }) => ({ pattern: pattern.identifier, offset, length })),
            ),
        }));
    },
    serialize: () => undefined,
    close() {
      scanner.free();
      rules.free();
    },
  };
};

const validate = (binding: Module, source: string): ReturnType<RuleEngine['validate']> => {
  using compiler = openCompiler(binding);
  try {
    compiler.addSource(source);
  } catch (thrown) {
    const { errors } = compiler;
    return { errors: (errors.length > 0 ? errors : [String(thrown)]).map(parseDiagnostic), warnings: [] };
  }
  return { errors: [], warnings: compiler.warnings.map(parseDiagnostic) };
};

let opened: RuleEngine | undefined;

/** The module is instantiated once a thread. */
export const openWasmEngine = async (): Promise<RuleEngine> => {
  if (opened !== undefined) return opened;
  const entry = import.meta.resolve('@virustotal/yara-x');
  const binding = await import('@virustotal/yara-x');
  binding.initSync({ module: readFileSync(new URL('yara_x_js_bg.wasm', entry)) });
  const { version } = JSON.parse(readFileSync(new URL('../package.json', entry), 'utf8')) as { version: string };
  opened = {
    id: 'wasm',
    about: 'YARA-X as WebAssembly: slower, and a rule that runs away is only stopped together with its process',
    version: `wasm ${version}`,
    stopsRunaways: false,
    validate: (source) => validate(binding, source),
    compile: (units) => compile(binding, units),
    deserialize() {
      throw new Error('the WebAssembly engine compiles from source in every thread');
    },
  };
  return opened;
};
