/** Text → the blocks of PEM in it (RFC 7468), whatever stands between them. Nothing of their content is judged here. */

export interface PemBlock {
  /** `CERTIFICATE`, `PUBLIC KEY`. */
  readonly label: string;
  /** The block alone, with both its lines. */
  readonly pem: string;
  readonly der: Uint8Array;
}

const block = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g;

export const pemBlocks = (text: string): readonly PemBlock[] =>
  [...text.matchAll(block)].map(([pem, label = '', base64 = '']) => ({
    label,
    pem,
    der: Buffer.from(base64, 'base64'),
  }));
