/** Events of the Windows log as XML, in which Sysmon for Linux writes them into the system's log and Windows exports them → the same as JSON has. */
import type { RecordAssembler, RecordPiece } from '../../core/sensor.ts';
import type { JsonObject } from '../../formats/strict-json.ts';

/** Of one event: elements, how deep they lie in each other, and its characters. */
const elementLimit = 4096;
const depthLimit = 16;
const characterLimit = 1 << 20;
/** Events in one line: an export without line ends. */
const eventLimit = 16_384;

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

const plain = (text: string): string =>
  text.includes('&')
    ? text.replaceAll(
        /&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi,
        (whole, hex?: string, digits?: string, name?: string) => {
          if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
          const point = hex === undefined ? Number(digits) : Number.parseInt(hex, 16);
          return point <= 0x10_ff_ff ? String.fromCodePoint(point) : whole;
        },
      )
    : text;

const tagPattern =
  /<(\/?)([A-Za-z_][\w:.-]{0,127})((?:\s+[\w:.-]{1,128}\s*=\s*(?:"[^"<]{0,8192}"|'[^'<]{0,8192}'))*)\s*(\/?)>/y;
const attributePattern = /([\w:.-]{1,128})\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

interface Open {
  readonly name: string;
  readonly value: Record<string, unknown>;
  text: string;
}

const flat = (): Record<string, unknown> => Object.create(null) as Record<string, unknown>;

/** Elements of one name beside each other are a list, and one without anything else is its text. */
const put = (parent: Record<string, unknown>, { name, value, text }: Open): void => {
  const trimmed = plain(text.trim());
  const isBare = Object.keys(value).length === 0;
  const hasChildren = Object.keys(value).some((key) => key !== '#attributes');
  if (!isBare && (trimmed !== '' || !hasChildren)) value['#text'] = trimmed;
  const one = isBare ? trimmed : value;
  const before = parent[name];
  parent[name] = before === undefined ? one : Array.isArray(before) ? [...(before as unknown[]), one] : [before, one];
};

/** Repeated elements are gathered in lists: kept small by the bound of elements. */
const parseElement = (xml: string): JsonObject | undefined => {
  const root: Open = { name: '', value: flat(), text: '' };
  const open: Open[] = [root];
  let elements = 0;
  let position = 0;
  while (position < xml.length) {
    const start = xml.indexOf('<', position);
    const current = open.at(-1) ?? root;
    current.text += xml.slice(position, start < 0 ? undefined : start);
    if (start < 0) break;
    tagPattern.lastIndex = start;
    const found = tagPattern.exec(xml);
    if (found === null) return undefined;
    const [whole, closes, name = '', attributes = '', empty] = found;
    position = start + whole.length;
    if (closes === '/') {
      if (open.length < 2 || current.name !== name) return undefined;
      open.pop();
      put((open.at(-1) ?? root).value, current);
      continue;
    }
    elements += 1;
    if (elements > elementLimit || open.length > depthLimit) return undefined;
    const element: Open = { name, value: flat(), text: '' };
    const named = [...attributes.matchAll(attributePattern)].filter(([, key = '']) => !key.startsWith('xmlns'));
    if (named.length > 0)
      element.value['#attributes'] = Object.fromEntries(
        named.map(([, key = '', double, single]) => [key, plain(double ?? single ?? '')]),
      );
    if (empty === '/') put(current.value, element);
    else open.push(element);
  }
  return open.length === 1 ? root.value : undefined;
};

/** `{Event: …}` of each event in the text, or undefined in the place of one that cannot be read. */
export const parseEventXml = (text: string): readonly (JsonObject | undefined)[] => {
  const found: (JsonObject | undefined)[] = [];
  for (let position = 0; found.length < eventLimit;) {
    const start = text.slice(position).search(/<Event[\s>]/);
    if (start < 0) break;
    const from = position + start;
    const end = text.indexOf('</Event>', from);
    if (end < 0) {
      found.push(undefined);
      break;
    }
    position = end + '</Event>'.length;
    found.push(position - from > characterLimit ? undefined : parseElement(text.slice(from, position)));
  }
  return found;
};

const opens = /<Event[\s>]/;
const lineLimit = 8192;

/** An event that is spread over lines is one record; others go on as they came. */
export const assembleEventXml = (): RecordAssembler => {
  let first: RecordPiece | undefined;
  let lines: string[] = [];
  let size = 0;
  const close = (): readonly RecordPiece[] => {
    if (first === undefined) return [];
    const whole = { ...first, value: lines.join('\n'), bytes: size };
    first = undefined;
    lines = [];
    size = 0;
    return [whole];
  };
  return {
    push: (piece) => {
      const { value } = piece;
      if (typeof value !== 'string') return [...close(), piece];
      const begins = opens.test(value);
      if (first === undefined && (!begins || value.includes('</Event>'))) return [piece];
      // What came before was cut off when another begins.
      const before = begins && first !== undefined ? close() : [];
      first ??= piece;
      lines.push(value);
      size += value.length + 1;
      const isWhole = value.includes('</Event>') || lines.length >= lineLimit || size > characterLimit;
      return isWhole ? [...before, ...close()] : before;
    },
    finish: close,
    oldest: () => first,
  };
};
