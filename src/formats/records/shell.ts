/** Bytes of a shell script → its syntax tree: POSIX.1-2024 (XCU 2, Shell Command Language) and what bash, dash and busybox add to it. Nothing is run or expanded. */
import { readScript } from './shell.grammar.ts';
import { type ShellDialect, ShellMeter, ShellSource } from './shell.source.ts';
import type { ListItem, ShellScript } from './shell.tree.ts';

export type * from './shell.tree.ts';
export type { ShellDialect } from './shell.source.ts';

export interface ShellOptions {
  /** Without it, told by the first line: `sh`, `dash` and `ash` are `sh`, all others `bash`. */
  readonly dialect?: ShellDialect;
  /** Bytes read; what lies behind is remarked on. 4 MiB unless told. */
  readonly maximumBytes?: number;
}

const dialectOf = (text: string): ShellDialect =>
  /^#![^\n]*\b(?:sh|dash|ash)[ \t\r]*(?:-[^\n]*)?(?:\n|$)/.test(text.slice(0, 256)) &&
  !/^#![^\n]*\b(?:bash|zsh|ksh|mksh)\b/.test(text.slice(0, 256))
    ? 'sh'
    : 'bash';

/** Shells drop NUL bytes wherever they stand. */
const withoutNul = (text: string): { readonly text: string; readonly offsets?: Uint32Array } => {
  if (!text.includes('\0')) return { text };
  const offsets = new Uint32Array(text.length + 1);
  let kept = 0;
  for (let at = 0; at < text.length; at += 1)
    if (text.charCodeAt(at) !== 0) {
      offsets[kept] = at;
      kept += 1;
    }
  offsets[kept] = text.length;
  return { text: text.replaceAll('\0', ''), offsets };
};

/**
 * Total: any bytes give a tree. Where a shell would refuse the script the remarks say so, what stands before that place is in the
 * tree (a shell runs it), and reading goes on at the next line. Time and memory are linear in the size.
 */
export const parseShell = (bytes: Uint8Array, options: ShellOptions = {}): ShellScript => {
  const maximum = options.maximumBytes ?? 4 * 2 ** 20;
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maximum)).toString('latin1');
  const { text, offsets } = withoutNul(whole);
  const meter = new ShellMeter(text.length);
  const source = new ShellSource(text, meter, options.dialect ?? dialectOf(text), offsets);
  const items: ListItem[] = [];
  readScript(source, items);
  if (bytes.length > maximum)
    meter.remark('SHELL_TOO_LARGE', maximum, bytes.length - maximum, `only the first ${maximum} bytes were read`);
  return { list: items, remarks: meter.remarks };
};
