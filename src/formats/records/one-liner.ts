import type { Machine } from './shell-values.machine.ts';
export type ScriptLanguage = 'python' | 'javascript' | 'perl' | 'php' | 'ruby';
export const readOneLiner = (_language: ScriptLanguage, _code: string, _machine: Machine): void => {};
