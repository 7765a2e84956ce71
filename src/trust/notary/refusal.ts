/** Why metadata of Notary is not believed: an answer, not an error. */
import type { AttestationCode, AttestationOutcome } from '../../core/attestation.ts';
import type { Fault } from '../../core/fault.ts';
import { toPlainText } from '../../core/plain-text.ts';

export interface Refusal {
  readonly refused: Exclude<AttestationCode, 'trusted'>;
  /** One sentence. */
  readonly reason: string;
}

const longest = 512;

/** Text from servers and certificates, bounded and made harmless. */
export const shown = (text: string, maximum = longest): string => toPlainText(text, maximum);

export const refuse = (refused: Refusal['refused'], reason: string): Refusal => ({ refused, reason: shown(reason) });

export const isRefusal = (value: object): value is Refusal => 'refused' in value;

/** What a parser throws is about the bytes; what the network throws is about the way there. */
export const refusalOf = (fault: Fault, from: 'bytes' | 'network'): Refusal => {
  if (fault.kind === 'limit') return refuse('limit', `${fault.where}: ${fault.message}`);
  if (from === 'bytes' && fault.kind === 'malformed')
    return refuse('malformed', `${fault.where} cannot be read: ${fault.message}`);
  return refuse('unreachable', fault.message);
};

const unknown: ReadonlySet<Refusal['refused']> = new Set(['unreachable', 'limit', 'unsupported', 'skipped']);

export const outcomeOf = ({ refused }: Refusal): AttestationOutcome =>
  unknown.has(refused) ? 'inconclusive' : 'untrusted';
