/** Why a rule is refused, in words for the person who wrote it. */

/** Thrown inside the compiler only; `compileRules` turns it into a refusal with file and line. */
export class RuleProblem extends Error {
  override readonly name = 'RuleProblem';
  /** 1-based. */
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/** Refuses the rule that is being read. */
export const refuse = (reason: string, line: number): never => {
  throw new RuleProblem(reason, line);
};

/** What a reason names to choose from: few enough to read. */
export const listed = (words: Iterable<string>): string => {
  const all = [...words];
  return all.slice(0, 12).map(quoted).join(', ') + (all.length > 12 ? ` and ${all.length - 12} more` : '');
};

/** A word of the rule inside a reason: short, whatever the rule says. */
export const quoted = (text: string): string => `“${text.length > 80 ? `${text.slice(0, 80)}…` : text}”`;
