/** What compiles YARA rules and runs them: one interface, the native engine where it loads, the WebAssembly one elsewhere. */
import { openNativeEngine } from './native-engine.ts';
import { openWasmEngine } from './wasm-engine.ts';
import type { EngineId, RuleEngine } from './engine-interface.ts';

export interface EngineChoice {
  readonly engine: RuleEngine;
  /** Why the faster engine is not used; undefined when it is. For `doctor`. */
  readonly instead?: string;
}

/** The best engine of this machine, or the one asked for. A thread must open the same engine as the parent that loaded the rules. */
export const chooseEngine = async (wanted?: EngineId): Promise<EngineChoice> => {
  if (wanted === 'wasm') return { engine: await openWasmEngine() };
  const native = openNativeEngine();
  if (native.engine !== undefined) return { engine: native.engine };
  return { engine: await openWasmEngine(), instead: native.reason };
};
