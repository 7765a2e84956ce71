/** Who may push: a bearer token, or a signature over the body with a shared secret. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface PushSecrets {
  /** Any of them: so that one can be replaced while both are in use. */
  readonly tokens?: readonly string[];
  readonly signature?: {
    readonly secret: string;
    /** In lower case. `x-hub-signature-256` is what GitHub, and many after it, send. */
    readonly header?: string;
  };
}

export type PushHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

const usualHeader = 'x-hub-signature-256';

/** Of digests: neither the time nor the length tells anything of the secret. */
const isEqual = (one: string, other: string): boolean =>
  timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest());

/** Told before a body is read. A secret may also be all that is asked for, and then the body decides. */
export const hasToken = ({ tokens = [] }: PushSecrets, headers: PushHeaders): boolean => {
  const { authorization } = headers;
  if (typeof authorization !== 'string') return false;
  // Registries that know no scheme send the value as it was typed into them.
  const given = authorization.replace(/^Bearer +/i, '');
  return tokens.map((token) => isEqual(token, given)).includes(true);
};

/** `sha256=HEX` over the body as it was sent, or the hexadecimal digits alone. */
export const isSigned = ({ signature }: PushSecrets, headers: PushHeaders, body: Uint8Array): boolean => {
  if (signature === undefined) return false;
  const given = headers[signature.header ?? usualHeader];
  if (typeof given !== 'string') return false;
  const right = createHmac('sha256', signature.secret).update(body).digest('hex');
  return isEqual(
    right,
    given
      .trim()
      .toLowerCase()
      .replace(/^sha256=/, ''),
  );
};
