/** Whether temporary files can be made: asked before anything is begun that needs them. */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { misuse } from '../core/fault.ts';
import { fileProblem } from './file-problem.ts';

/** @throws {Fault} misuse `TEMPORARY_FOLDER_UNUSABLE` */
export const requireTemporaryFolder = async (): Promise<void> => {
  const folder = tmpdir();
  await access(folder, constants.W_OK | constants.X_OK).catch((thrown: unknown) => {
    throw misuse(
      'TEMPORARY_FOLDER_UNUSABLE',
      `temporary files cannot be written to ${folder}: ${fileProblem(thrown)}; set TMPDIR to a folder that can be written to`,
    );
  });
};
