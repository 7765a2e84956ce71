/** Names that rotation gives to logs: `app.log.1`, `app.log-20260101.gz`, `app-20260101.log`. */
import { basename, extname } from 'node:path';

const count = String.raw`[.\-_]\d[\d.\-_T]{0,30}`;
const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Whether `other` is named as what stood at `path` before. */
export const isSuccessorName = (path: string, other: string): boolean => {
  const name = basename(path);
  const extension = extname(name);
  const stem = extension === '' ? name : name.slice(0, -extension.length);
  const pattern = `^(?:${escape(name)}${count}|${escape(stem)}${count}${escape(extension)})(?:\\.gz)?$`;
  return new RegExp(pattern).test(basename(other));
};

const rotated = /(?:[.\-_]\d{1,3}|\.(?:old|bak|orig|tmp|swp|save|gz|bz2|xz|zst)|~|[.\-_]\d{8}[\dT.\-_]{0,12})$/;

/** Of files that a pattern found: these are read as what was rotated away, and not for themselves. */
export const isRotatedName = (path: string): boolean => rotated.test(basename(path));
