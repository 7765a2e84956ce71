/**
 * Text → the checkpoint of a transparency log: a signed note of origin, size and root hash.
 * https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md and signed-note.md
 */
import { jsonFields } from './json-fields.ts';

export interface NoteSignature {
  /** As the line says: of the log, or of a witness. */
  readonly name: string;
  /** The first four bytes of the signer's key id. */
  readonly keyHint: Uint8Array;
  readonly signature: Uint8Array;
}

export interface LogCheckpoint {
  readonly origin: string;
  readonly size: string;
  readonly rootHash: Uint8Array;
  /** At least one. Lines of witnesses and of unknown keys are among them. */
  readonly signatures: readonly NoteSignature[];
}

const maximumSignatures = 64;
const maximumSignatureBytes = 16 * 1024;

/** @throws {Fault} malformed `REKOR_ENTRY_INVALID`, limit `REKOR_ENTRY_TOO_LARGE` */
export const parseCheckpoint = (text: string, where: string): LogCheckpoint => {
  const fields = jsonFields({ subject: 'REKOR_ENTRY', where });
  const end = text.indexOf('\n\n');
  if (end < 0) throw fields.invalid('no empty line parts the note from its signatures');
  const [origin = '', size = '', rootHash = ''] = text.slice(0, end).split('\n');
  if (origin === '') throw fields.invalid('it has no origin');
  const tail = text.slice(end + 2);
  if (!tail.endsWith('\n')) throw fields.invalid('the last signature has no end of line');
  const lines = fields.list(tail.slice(0, -1).split('\n'), 'signatures', maximumSignatures);
  return {
    origin: fields.text(origin, 'origin', 1024),
    size: fields.count(size, 'size'),
    rootHash: fields.bytes(rootHash, 'root hash', 64),
    signatures: lines.map((line, position) => {
      const [, name, base64] = /^\u2014 ([^ +]+) ([A-Za-z0-9+/]+=*)$/.exec(String(line)) ?? [];
      if (name === undefined) throw fields.invalid(`signature ${position + 1} is no signature line`);
      const bytes = fields.bytes(base64, `signature ${position + 1}`, maximumSignatureBytes);
      if (bytes.length < 5) throw fields.invalid(`signature ${position + 1} is too short`);
      return {
        name: fields.text(name, 'name', 1024),
        keyHint: bytes.subarray(0, 4),
        signature: bytes.subarray(4),
      };
    }),
  };
};
