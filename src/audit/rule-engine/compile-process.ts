/** Rules of a pack on standard input → their compiled forms on standard output. The entry of a process of its own: see compiled-rules.ts. */
import { readFileSync, writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { SourceUnit } from './engine-interface.ts';
import { compileSets } from './compile-sets.ts';
import { openNativeEngine } from './native-engine.ts';

const sources = deserialize(readFileSync(0)) as readonly (readonly SourceUnit[])[];
const { engine } = openNativeEngine();
const sets = engine === undefined ? undefined : compileSets(sources, engine);
const answer = serialize(sets);
for (let written = 0; written < answer.length;) written += writeSync(1, answer, written);
