/** JSON bytes → a value that every reader understands alike: RFC 8259, plus I-JSON's unique names (RFC 7493), within bounds. */
import { type Fault, malformed, overLimit } from '../core/fault.ts';

export interface StrictJsonOptions {
  readonly where: string;
  /** First word of the Fault codes: `MANIFEST` gives `MANIFEST_INVALID`, `MANIFEST_AMBIGUOUS` and `MANIFEST_TOO_LARGE`. */
  readonly subject: string;
  readonly maximumBytes: number;
  /** Objects and arrays inside each other. */
  readonly maximumDepth?: number;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A name as Go's encoding/json compares it with a field: engines and registries written in Go take `Layers` and `layerſ`
 * for `layers`, other readers do not.
 */
export const foldName = (name: string): string => name.toUpperCase().toLowerCase();

const quote = 34;
const backslash = 92;

/** Position behind the closing quote, or the end of the text when there is none. */
const endOfString = (text: string, start: number): number => {
  for (let position = start + 1; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === backslash) position += 1;
    else if (code === quote) return position + 1;
  }
  return text.length;
};

const nameOf = (token: string): string => {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return String(JSON.parse(token));
  } catch {
    return token;
  }
};

/** Finds names that occur twice in one object and nesting that is too deep; whether it is JSON at all is not its business. */
const findConflict = (text: string, maximumDepth: number, options: StrictJsonOptions): Fault | undefined => {
  const open: (Set<string> | undefined)[] = [];
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 123 || code === 91) {
      if (open.length >= maximumDepth)
        return overLimit(
          `${options.subject}_TOO_LARGE`,
          `objects or arrays nested deeper than ${maximumDepth}`,
          options.where,
        );
      open.push(code === 123 ? new Set() : undefined);
    } else if (code === 125 || code === 93) open.pop();
    else if (code === quote) {
      const end = endOfString(text, position);
      const names = open.at(-1);
      if (names !== undefined) {
        let next = end;
        while (next < text.length && text.charCodeAt(next) <= 32) next += 1;
        if (text.charCodeAt(next) === 58) {
          const name = nameOf(text.slice(position, end));
          if (names.has(name))
            return malformed(
              `${options.subject}_AMBIGUOUS`,
              `the name ${JSON.stringify(name.slice(0, 80))} occurs twice in one object: readers differ on which one counts`,
              options.where,
            );
          names.add(name);
        }
      }
      position = end - 1;
    }
  }
  return undefined;
};

/**
 * @throws {Fault} malformed `…_INVALID` for what is no JSON in UTF-8, malformed `…_AMBIGUOUS` for a name that occurs twice in an object,
 * limit `…_TOO_LARGE` for too many bytes or too deep nesting
 */
export const parseStrictJson = (bytes: Uint8Array, options: StrictJsonOptions): unknown => {
  const { subject, where, maximumBytes, maximumDepth = 64 } = options;
  if (bytes.length > maximumBytes)
    throw overLimit(`${subject}_TOO_LARGE`, `${bytes.length} bytes of JSON, more than ${maximumBytes}`, where);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(`${subject}_INVALID`, 'not text in UTF-8', where);
  }
  const conflict = findConflict(text, maximumDepth, options);
  if (conflict !== undefined) throw conflict;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed(`${subject}_INVALID`, 'not JSON', where);
  }
};
