/** What commands read, as far as the script or the image tells, and what becomes of it. */
import { type Call, gives, type Machine, type Result } from './shell-values.machine.ts';
import { isKnown, joinTexts, mapValue, mark, toExcerpt, type Value } from './shell-values.value.ts';

/** What a command reads: its operands' content, or its input. */
export const inputOf = (call: Call, operands: readonly string[], machine: Machine): Value => {
  const files = operands.filter((name) => name !== '-');
  if (files.length === 0) return call.input ?? [mark('the input')];
  const contents = files.map((name) => contentOf(name, machine));
  return contents.length === 1
    ? (contents[0] ?? [''])
    : [
        joinTexts(
          contents.map((value) => value[0] ?? ''),
          '',
        ),
      ];
};

/** What an open descriptor gives that is named as a file: `/dev/fd/3`, `/proc/self/fd/3`. */
export const openedAt = (path: string, machine: Machine): Value | undefined => {
  const number = /^\/(?:dev|proc\/(?:self|thread-self|\d+))\/fd\/(\d{1,3})$/.exec(path)?.[1];
  return number === undefined || machine.files.has(path) ? undefined : machine.descriptors.get(number);
};

/** What a path holds, as far as the script or the image tells. */
export const contentOf = (name: string, machine: Machine): Value => {
  const path = machine.path(name);
  const file = machine.files.get(path);
  if (file?.content !== undefined) return file.content;
  if (file !== undefined && file.origins.length > 0) return [machine.markFrom(`content of ${path}`, file.origins)];
  const opened = openedAt(path, machine);
  if (opened !== undefined) return opened;
  const content = isKnown(path) ? machine.readFile(path) : undefined;
  return [content ?? mark(`content of ${path}`)];
};

/** Applies a decoding to each alternative; what cannot be decoded stays a mark with its origins. */
export const decoded = (
  value: Value,
  encoding: string,
  decode: (text: string) => string | undefined,
  machine: Machine,
): Value =>
  mapValue(value, (text) => {
    machine.spendText(4 * text.length);
    const result = isKnown(text) ? decode(text) : undefined;
    const from = toExcerpt(text, 200);
    if (result === undefined) {
      const origins = [...machine.originsOf(text), { kind: 'decode', from: encoding } as const];
      machine.act('decode', encoding, { from, origins: machine.originsOf(text) });
      return machine.markFrom(`${encoding} decoded from ${from}`, origins);
    }
    machine.act('decode', encoding, { from, text: toExcerpt(result) });
    machine.spendText(result.length);
    machine.noteDecoded(result, encoding);
    return result;
  });

/** Applies a harmless change of text; what is unknown keeps its origins. */
export const changed = (
  call: Call,
  value: Value,
  change: (text: string) => string | undefined,
  machine: Machine,
  encoding?: string,
): Result =>
  gives(
    mapValue(value, (text) => {
      machine.spendText(4 * text.length);
      const result = isKnown(text) ? change(text) : undefined;
      if (result === undefined)
        return machine.markFrom(`output of ${call.program}, given ${text}`, machine.originsOf(text));
      if (encoding !== undefined && result !== text) machine.noteDecoded(result, encoding);
      return result;
    }),
  );
