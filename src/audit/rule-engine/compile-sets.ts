/** Rules, set by set → each set in the form that an engine reads ten times as fast as it compiles. */
import { spawnSync } from 'node:child_process';
import { extname, join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { RuleEngine, SourceUnit } from './engine-interface.ts';

type Sources = readonly (readonly SourceUnit[])[];
type Sets = readonly Uint8Array[];

/** undefined: the engine can write no such form. */
export const compileSets = (sources: Sources, engine: RuleEngine): Sets | undefined => {
  const sets: Uint8Array[] = [];
  for (const source of sources) {
    const compiled = engine.compile(source);
    const serialized = compiled.serialize();
    compiled.close();
    if (serialized === undefined) return undefined;
    sets.push(Uint8Array.from(serialized));
  }
  return sets;
};

const entry = join(import.meta.dirname, `compile-process${extname(import.meta.filename)}`);
const timeoutMs = 120_000;
const maximumBytes = 512 * 2 ** 20;

/** In a process of its own: the native engine takes hundreds of megabytes for it, and keeps them as long as its process lives. */
export const compileSetsApart = (sources: Sources, engine: RuleEngine): Sets | undefined => {
  if (engine.id !== 'native') return compileSets(sources, engine);
  const { status, stdout } = spawnSync(process.execPath, ['--no-warnings', entry], {
    input: serialize(sources),
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: timeoutMs,
    maxBuffer: maximumBytes,
  });
  return status === 0 ? (deserialize(stdout) as Sets | undefined) : compileSets(sources, engine);
};
