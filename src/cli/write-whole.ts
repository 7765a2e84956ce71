/** A text → a file: all of it or none of it. */
import { randomBytes } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { fileProblem } from '../app/file-problem.ts';
import { misuse } from '../core/fault.ts';

/** A reader never meets half a file. @throws {Fault} misuse `OUTPUT_UNWRITABLE`, naming the option */
export const writeWhole = async (file: string, text: string, option = '--output'): Promise<void> => {
  const partial = `${file}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await writeFile(partial, text, { flag: 'wx' });
    await rename(partial, file);
  } catch (thrown) {
    await rm(partial, { force: true });
    throw misuse('OUTPUT_UNWRITABLE', `${option}: cannot write ${file}: ${fileProblem(thrown)}`);
  }
};
