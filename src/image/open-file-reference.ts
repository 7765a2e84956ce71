/** A reference to files → Images, with the files closed again when that fails. */
import type { Context } from '../core/context.ts';
import { misuse } from '../core/fault.ts';
import type { Image } from '../core/image.ts';
import type { FileReference, Reference } from '../core/reference.ts';
import { formatReference } from '../core/reference.ts';
import type { LayoutRequest } from './read-layout.ts';
import type { StoredFiles } from './stored-files.ts';

/** @throws {Fault} misuse `REFERENCE_INVALID` */
export const requireScheme = (reference: Reference, scheme: FileReference['scheme']): FileReference => {
  if (reference.scheme === scheme) return reference;
  throw misuse('REFERENCE_INVALID', `expected ${scheme}:PATH, not ${formatReference(reference)}`);
};

/** `read` takes the files over when it returns. */
export const readFrom = async (
  files: StoredFiles,
  reference: FileReference,
  read: (request: LayoutRequest) => Promise<readonly Image[]>,
  context: Context,
): Promise<readonly Image[]> => {
  try {
    context.signal.throwIfAborted();
    return await read({ files, label: formatReference(reference), name: reference.name });
  } catch (thrown) {
    await files[Symbol.asyncDispose]();
    throw thrown;
  }
};
