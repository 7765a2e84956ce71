/** What the published OCSF schema says against one event: unknown members, missing ones, other types, values that it does not list. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Attribute {
  readonly type: string;
  readonly array?: true;
  readonly required?: true;
  readonly values?: readonly (string | number)[];
}

interface Schema {
  readonly objects: Readonly<
    Record<
      string,
      { readonly attributes: Readonly<Record<string, Attribute>>; readonly atLeastOne?: readonly string[] }
    >
  >;
}

const schema = JSON.parse(readFileSync(join(import.meta.dirname, 'ocsf-1.5.0.json'), 'utf8')) as Schema;

const scalarProblem = (attribute: Attribute, value: unknown): string | undefined => {
  if (attribute.type === 'anything') return undefined;
  if (attribute.type === 'integer' && !Number.isSafeInteger(value)) return 'is no integer';
  if (attribute.type === 'text' && typeof value !== 'string') return 'is no text';
  if (attribute.type === 'boolean' && typeof value !== 'boolean') return 'is neither true nor false';
  if (attribute.type === 'number' && typeof value !== 'number') return 'is no number';
  return attribute.values?.includes(value as string) === false
    ? `is none of ${attribute.values.join(', ')}`
    : undefined;
};

const attributeProblems = (attribute: Attribute, value: unknown, where: string): readonly string[] => {
  if (attribute.array === true) {
    if (!Array.isArray(value)) return [`${where} is no list`];
    const { array: _, ...single } = attribute;
    return value.flatMap((one, position) => attributeProblems(single, one, `${where}[${position}]`));
  }
  if (['anything', 'integer', 'text', 'boolean', 'number'].includes(attribute.type)) {
    const problem = scalarProblem(attribute, value);
    return problem === undefined ? [] : [`${where} ${problem}`];
  }
  return ocsfProblems(value, attribute.type, where);
};

/** Empty when the event keeps to the schema. */
export const ocsfProblems = (value: unknown, object = 'class', where = 'event'): readonly string[] => {
  const known = schema.objects[object];
  if (known === undefined) return [`${where}: the facts here do not hold the object ${object}`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${where} is no object`];
  const members = value as Readonly<Record<string, unknown>>;
  const missing = Object.entries(known.attributes)
    .filter(([name, { required }]) => required === true && members[name] === undefined)
    .map(([name]) => `${where}.${name} is missing`);
  const none =
    known.atLeastOne !== undefined && !known.atLeastOne.some((name) => members[name] !== undefined)
      ? [`${where} has none of ${known.atLeastOne.join(', ')}`]
      : [];
  const wrong = Object.entries(members).flatMap(([name, member]) => {
    const attribute = known.attributes[name];
    return attribute === undefined
      ? [`${where}.${name} is unknown`]
      : attributeProblems(attribute, member, `${where}.${name}`);
  });
  return [...missing, ...none, ...wrong];
};
