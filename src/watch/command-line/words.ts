/** One text of a command line → the words of each command in it, by the quoting rules that shells share. Nothing is expanded. */

const wordLimit = 4096;

/** Brackets too: what stands in them is a command of its own. */
const operator = /^(?:&&|\|\||[;|&\n()])/;

/** Words between operators make one command each. Quotes inside words are taken away, as a shell does. */
export const splitCommands = (text: string): readonly (readonly string[])[] => {
  const commands: string[][] = [[]];
  let word: string | undefined;
  let count = 0;
  const endWord = (): void => {
    if (word !== undefined && count < wordLimit) {
      commands.at(-1)?.push(word);
      count += 1;
    }
    word = undefined;
  };
  for (let position = 0; position < text.length; position += 1) {
    const character = text[position] ?? '';
    if (character === '\\') {
      position += 1;
      if (text[position] !== '\n') word = (word ?? '') + (text[position] ?? '');
    } else if (character === "'") {
      const end = text.indexOf("'", position + 1);
      word = (word ?? '') + text.slice(position + 1, end < 0 ? undefined : end);
      position = end < 0 ? text.length : end;
    } else if (character === '"') {
      let inside = '';
      for (position += 1; position < text.length && text[position] !== '"'; position += 1) {
        if (text[position] === '\\' && /["\\$`]/.test(text[position + 1] ?? '')) position += 1;
        inside += text[position] ?? '';
      }
      word = (word ?? '') + inside;
    } else if (character === ' ' || character === '\t') endWord();
    else {
      const found = operator.exec(text.slice(position, position + 2));
      if (found === null) word = (word ?? '') + character;
      else {
        endWord();
        commands.push([]);
        position += found[0].length - 1;
      }
    }
  }
  endWord();
  return commands.filter((command) => command.length > 0);
};

export interface ReadOptions {
  /** Name without dashes → its values in order; '' for one without a value. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
}

export interface OptionGrammar {
  /** Options without a value; all others take the next word. */
  readonly flags: ReadonlySet<string>;
  /** What follows the first word that is no option belongs to the command inside. */
  readonly stopAtWord?: boolean;
}

/** `-it`, `-p80:80`, `--name=x`, `--name x`; `--` ends the options. */
export const readOptions = (words: readonly string[], { flags, stopAtWord = false }: OptionGrammar): ReadOptions => {
  const options = new Map<string, string[]>();
  const rest: string[] = [];
  const add = (name: string, value: string): void => {
    options.set(name, [...(options.get(name) ?? []), value].slice(-64));
  };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    if (word === '--') {
      rest.push(...words.slice(index + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      if (stopAtWord) {
        rest.push(...words.slice(index));
        break;
      }
      rest.push(word);
    } else if (word.startsWith('--') || (word.length > 2 && flags.has(word.slice(1)))) {
      const equals = word.indexOf('=');
      const name = word.replace(/^--?/, '').replace(/=.*/s, '');
      if (equals > 0) add(name, word.slice(equals + 1));
      else if (flags.has(name)) add(name, '');
      else {
        index += 1;
        add(name, words[index] ?? '');
      }
    } else {
      let letters = word.slice(1);
      while (letters.length > 0 && flags.has(letters[0] ?? '')) {
        add(letters[0] ?? '', '');
        letters = letters.slice(1);
      }
      if (letters === '') continue;
      const value = letters.slice(1).replace(/^=/, '');
      if (value !== '') add(letters[0] ?? '', value);
      else {
        index += 1;
        add(letters[0] ?? '', words[index] ?? '');
      }
    }
  }
  return { options, rest };
};

export const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));
