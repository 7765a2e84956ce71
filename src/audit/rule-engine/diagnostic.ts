/** What a YARA-X compiler prints about a source → code, line and one plain sentence. */
import { toPlainText } from '../../core/plain-text.ts';
import type { Diagnostic } from './engine-interface.ts';

/** `error[E009]: unknown identifier` … ` --> line:3:21` … `  | ^^^ what is wrong there`. Source lines are left out: they may be anybody's text. */
export const parseDiagnostic = (report: string): Diagnostic => {
  const head = /(?:error|warning)\[(\w+)\]: ([^\n]*)/.exec(report);
  const place = /--> [^\n]*?:(\d+):(\d+)/.exec(report);
  const label = /\n\s*\|[ |]*(?:\^+|-+) ([^\n]+)/.exec(report);
  const sentence = [head?.[2] ?? report.split('\n')[0] ?? report, label?.[1]].filter((part) => part).join(': ');
  return { code: head?.[1] ?? 'unknown', line: Number(place?.[1] ?? 1), reason: toPlainText(sentence, 300) };
};
