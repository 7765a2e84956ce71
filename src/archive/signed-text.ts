/** A clear-signed text → what the signature covers, checked by gpgv(1) with keyrings of this machine. */
import { accessSync, constants } from 'node:fs';
import type { Context } from '../core/context.ts';
import { malformed, misuse, unavailable, type Fault } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import { checkSignedMessage, locateSignatureProgram, type CheckedMessage } from '../io/signature-program.ts';

export interface SignedTextOptions {
  readonly keyrings: readonly string[];
  /** A folder of our own for the file that gpgv reads. */
  readonly folder: string;
  readonly where: string;
  readonly context: Pick<Context, 'environment' | 'signal'>;
  /** Instead of `gpgv` on PATH. */
  readonly program?: string;
}

/** @throws {Fault} misuse `ARCHIVE_KEYS_MISSING` */
export const requireKeyrings = (keyrings: readonly string[]): void => {
  for (const keyring of keyrings)
    try {
      accessSync(keyring, constants.R_OK);
    } catch {
      throw misuse(
        'ARCHIVE_KEYS_MISSING',
        `--verify-packages needs the archive's keys in ${keyring}: install the package debian-archive-keyring, or name another keyring in the file of --package-archives`,
      );
    }
};

const noProgram = (): Fault =>
  misuse(
    'SIGNATURE_PROGRAM_MISSING',
    '--verify-packages needs the program gpgv: install the package gpgv (on others than Debian, gnupg)',
  );

/** @throws {Fault} misuse `SIGNATURE_PROGRAM_MISSING` */
export const requireSignatureProgram = (context: Pick<Context, 'environment'>, program = 'gpgv'): string => {
  const file = locateSignatureProgram(context, program);
  if (file === undefined) throw noProgram();
  return file;
};

/** As apt has it: one good signature of a known key, and none that is bad. */
const refusalOf = ({ texts, whole, signatures }: CheckedMessage): string | undefined => {
  if (signatures.some(({ state }) => state === 'bad')) return 'a signature does not fit the text';
  if (texts !== 1 || !whole) return 'it is not one signed text';
  if (signatures.some(({ state }) => state === 'good')) return undefined;
  const keys = signatures.map(({ key }) => key).filter((key) => key !== '');
  return `no valid signature of a key in the configured keyrings${keys.length === 0 ? '' : ` (signed by ${keys.join(', ')})`}`;
};

/**
 * Only what gpgv itself gives out is believed: what stands before or behind the signed part never comes back.
 * @throws {Fault} malformed `ARCHIVE_SIGNATURE_INVALID`; misuse `SIGNATURE_PROGRAM_MISSING`, `ARCHIVE_KEYS_MISSING`
 */
export const readSignedText = async (bytes: Uint8Array, options: SignedTextOptions): Promise<string> => {
  const { keyrings, folder, where, context } = options;
  requireKeyrings(keyrings);
  const program = requireSignatureProgram(context, options.program);
  const maximumText = bytes.length + 1024;
  let message: CheckedMessage;
  try {
    message = await checkSignedMessage(bytes, { keyrings, folder, maximumText, context, program });
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (thrown instanceof Error && thrown.name === 'AbortError')
      throw unavailable('ARCHIVE_SIGNATURE_UNCHECKED', 'gpgv did not answer in time', where);
    throw thrown;
  }
  const refusal = refusalOf(message);
  if (refusal !== undefined || message.text.length === 0)
    throw malformed(
      'ARCHIVE_SIGNATURE_INVALID',
      `the archive's signature is refused: ${toPlainText(refusal ?? 'it covers nothing', 300)}`,
      where,
    );
  return message.text.toString('utf8');
};
