/** Distinguished names: as certificates hold them (X.501, DER) and as people write them (RFC 4514) → attributes by type. */
import { misuse } from '../../core/fault.ts';
import { derOid, derTag, invalidDer, openDer, type Der, type DerReader } from './der.ts';

export interface NameAttribute {
  /** `CN`, `O`, …, or a dotted object identifier. */
  readonly type: string;
  /** Text; `#` and hexadecimal where it is none that is read. */
  readonly value: string;
  readonly isText: boolean;
}

/** RFC 4514, 3, and RFC 4519 and 2985 for what certificates also hold. */
const types: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
  '2.5.4.42': 'GIVENNAME',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'EMAILADDRESS',
};

const maximumAttributes = 32;
const maximumValueBytes = 1024;

/** UTF8String, NumericString, PrintableString, T61String, IA5String; BMPString. undefined: another kind. */
const decodeText = ({ tag, content }: Der, where: string): string | undefined => {
  const bytes = Buffer.from(content);
  if (bytes.length > maximumValueBytes) throw invalidDer('a name of more than a kilobyte', where);
  if (tag === derTag.utf8) {
    const text = bytes.toString();
    if (!Buffer.from(text).equals(bytes)) throw invalidDer('a name that is not text', where);
    return text;
  }
  if (tag === 0x12 || tag === 0x13 || tag === 0x14 || tag === 0x16) return bytes.toString('latin1');
  return tag === 0x1e && bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : undefined;
};

/**
 * In the order of the certificate; several in one place (`CN=a+OU=b`) come as a group.
 * @throws {Fault} malformed `DER_INVALID`
 */
export const parseName = (name: Uint8Array, where: string): readonly (readonly NameAttribute[])[] => {
  const reader = openDer(name, where);
  const groups: NameAttribute[][] = [];
  let count = 0;
  while (!reader.done) {
    const set = reader.enter(derTag.set);
    const group: NameAttribute[] = [];
    while (!set.done) {
      if (++count > maximumAttributes) throw invalidDer('a name of too many parts', where);
      const pair: DerReader = set.enter();
      const oid = derOid(pair.next(derTag.oid), where);
      const written = pair.next();
      const text = decodeText(written, where);
      const value = text ?? `#${Buffer.from(written.whole).toString('hex')}`;
      group.push({ type: types[oid] ?? oid, value, isText: text !== undefined });
    }
    groups.push(group);
  }
  return groups;
};

const escapeValue = (value: string): string =>
  value.replace(/[\\,+"<>;=#]/g, (character) => `\\${character}`).replace(/^ | $/g, '\\ ');

/** As RFC 4514 writes it, the last part first; cut at 512 characters. Text from outside: made harmless before it is shown. */
export const nameText = (name: Uint8Array, where: string): string =>
  parseName(name, where)
    .toReversed()
    .map((group) => group.map(({ type, value, isText }) => `${type}=${isText ? escapeValue(value) : value}`).join('+'))
    .join(',')
    .slice(0, 512);

/** One attribute of each type, or the reason why the name is none that can be compared: what occurs twice is ambiguous. */
export const comparableName = (groups: readonly (readonly NameAttribute[])[]): ReadonlyMap<string, string> | string => {
  const attributes = new Map<string, string>();
  for (const group of groups) {
    const [attribute] = group;
    if (attribute === undefined || group.length > 1) return 'it has several attributes in one place';
    const { type, value, isText } = attribute;
    if (!isText) return `its ${type} is not text`;
    if (attributes.has(type)) return `it has more than one ${type}`;
    attributes.set(type, value);
  }
  return attributes;
};

const refuse = (code: string, text: string, reason: string): never => {
  throw misuse(code, `cannot read the name "${text.slice(0, 200)}": ${reason}`);
};

/**
 * `C=US, ST=WA, O=example` with RFC 4514's escapes, one attribute for each part. `S` is `ST`. Types come in upper case.
 * @throws {Fault} misuse with the code that is given
 */
export const parseNameText = (text: string, code: string): ReadonlyMap<string, string> => {
  const attributes = new Map<string, string>();
  let position = 0;
  while (position < text.length) {
    const equals = text.indexOf('=', position);
    if (equals < 0) refuse(code, text, 'a part without "="');
    const written = text.slice(position, equals).trim().toUpperCase();
    if (!/^[A-Z][A-Z0-9-]*$|^\d+(?:\.\d+)+$/.test(written))
      refuse(code, text, `"${written.slice(0, 40)}" is no attribute`);
    const type = written === 'S' ? 'ST' : (types[written] ?? written);
    const bytes: number[] = [];
    /** Blanks at the end go, unless they were escaped. */
    let kept = 0;
    position = equals + 1;
    while (text[position] === ' ') position += 1;
    if (text[position] === '#') refuse(code, text, 'values in hexadecimal are not read');
    for (; position < text.length && text[position] !== ','; position += 1) {
      let character = String.fromCodePoint(text.codePointAt(position) ?? 0);
      if (character === '\\') {
        const hex = /^[0-9a-fA-F]{2}/.exec(text.slice(position + 1, position + 3))?.[0];
        character = text[position + 1] ?? refuse(code, text, 'it ends with an escape');
        if (hex === undefined && !/[ "#+,;<=>\\]/.test(character)) refuse(code, text, 'an escape that is none');
        bytes.push(...(hex === undefined ? Buffer.from(character) : [Number.parseInt(hex, 16)]));
        position += hex === undefined ? 1 : 2;
        kept = bytes.length;
        continue;
      }
      if (/["+;<>]/.test(character)) refuse(code, text, `"${character}" must be escaped`);
      bytes.push(...Buffer.from(character));
      position += character.length - 1;
      if (character !== ' ') kept = bytes.length;
    }
    const value = Buffer.from(bytes.slice(0, kept)).toString();
    if (value === '') refuse(code, text, `${type} is empty`);
    if (attributes.has(type)) refuse(code, text, `${type} occurs twice`);
    attributes.set(type, value);
    position += 1;
    if (position === text.length) refuse(code, text, 'it ends with a comma');
  }
  return attributes;
};
