/** `%name%` in values with the `expand` modifier → the texts that stand for it. Rules specification 2.1, “Placeholders”. */
import { quoted, refuse } from './rule-problem.ts';

/** What each placeholder stands for: values as rules write them, with wildcards where they are meant. */
export type Placeholders = Readonly<Record<string, readonly string[]>>;

const maximumTexts = 10_000;

/** Texts and names in turn, beginning with a text. `\%` is a plain percent sign. */
const split = (text: string): readonly string[] => {
  const parts: string[] = [];
  let plain = '';
  for (let position = 0; position < text.length;) {
    const name = text.charAt(position) === '%' ? /^%(\w+)%/.exec(text.slice(position, position + 256)) : null;
    if (name !== null) {
      parts.push(plain, name[1] ?? '');
      plain = '';
      position += name[0].length;
    } else if (text.startsWith('\\%', position)) {
      plain += '%';
      position += 2;
    } else {
      const taken = text.startsWith('\\\\', position) ? 2 : 1;
      plain += text.slice(position, position + taken);
      position += taken;
    }
  }
  return [...parts, plain];
};

/** Every combination, in order. Refuses the rule when a placeholder is not known: “If the tool isn't able to handle placeholders, it must reject the rule.” */
export const expandPlaceholders = (text: string, placeholders: Placeholders, line: number): readonly string[] => {
  let texts: readonly string[] = [''];
  for (const [position, part] of split(text).entries()) {
    if (position % 2 === 0) {
      texts = texts.map((text) => text + part);
      continue;
    }
    const values = Object.hasOwn(placeholders, part) ? (placeholders[part] ?? []) : [];
    if (values.length === 0)
      refuse(
        `The placeholder ${quoted(`%${part}%`)} has no values in the configuration: give it some as “parameters: { ${part.slice(0, 80)}: […] }” below “watch:”.`,
        line,
      );
    if (texts.length * values.length > maximumTexts)
      refuse(`The placeholders of one value stand for more than ${maximumTexts} texts.`, line);
    texts = texts.flatMap((text) => values.map((value) => text + value));
  }
  return texts;
};
