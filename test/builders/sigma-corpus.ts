/** Rules and records that nobody here wrote, from the folder beside the repository; and events made of the rules' own values. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Event, LogSource } from '../../src/core/event.ts';
import type { NaiveRule } from '../fakes/naive-sigma.ts';

export const outside = join(import.meta.dirname, '..', '..', '..', 'shared', 'outside');
export const hasCorpus = existsSync(join(outside, 'sigma', 'rules'));

export interface RuleFile {
  readonly file: string;
  readonly text: string;
}

const ruleFiles = (folder: string): readonly RuleFile[] =>
  readdirSync(join(outside, 'sigma', folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .toSorted()
    .map((name) => ({ file: `${folder}/${name}`, text: readFileSync(join(outside, 'sigma', folder, name), 'utf8') }));

export const corpusRules = (): readonly RuleFile[] => [...ruleFiles('rules'), ...ruleFiles('regression')];

export const toNaive = (text: string): readonly NaiveRule[] =>
  parseAllDocuments(text).map((document) => document.toJS() as NaiveRule);

/** JSON values one behind the other, however they are parted. */
export const jsonValues = (text: string): readonly unknown[] => {
  const trimmed = text.trim();
  try {
    const value: unknown = JSON.parse(trimmed);
    return Array.isArray(value) ? value : [value];
  } catch {
    return trimmed
      .split(/(?<=^\})\s*$|\n(?=\{)/m)
      .filter((part) => part.trim() !== '')
      .map((part) => JSON.parse(part) as unknown);
  }
};

type Fields = Readonly<Record<string, unknown>>;

const maps = (value: unknown): readonly Fields[] =>
  typeof value === 'object' && value !== null ? [value as Fields] : [];

/** EventData as it is; UserData without the element around it; of the header what rules ask for. */
export const windowsFields = (record: unknown): Fields => {
  const event = (record as { readonly Event: Fields }).Event;
  const system = event['System'] as Fields;
  const user = maps(event['UserData']).flatMap((data) => Object.values(data).flatMap(maps));
  const provider = maps(system['Provider']).flatMap((data) => maps(data['#attributes']));
  return {
    EventID: system['EventID'],
    Channel: system['Channel'],
    Computer: system['Computer'],
    Provider_Name: provider[0]?.['Name'],
    ...Object.assign({}, ...user),
    ...maps(event['EventData'])[0],
  };
};

const sysmonCategories: Readonly<Record<number, string>> = {
  1: 'process_creation',
  7: 'image_load',
  10: 'process_access',
  11: 'file_event',
  12: 'registry_event',
  13: 'registry_set',
};

export const toEvent = (id: string, logsource: LogSource, fields: Fields): Event => ({
  id,
  at: 0,
  logsource,
  action: 'exec',
  place: {},
  fields,
});

export const windowsLogsource = (fields: Fields): LogSource => {
  const category = sysmonCategories[Number(fields['EventID'])];
  return String(fields['Channel']).includes('Sysmon')
    ? { product: 'windows', service: 'sysmon', ...(category === undefined ? {} : { category }) }
    : { product: 'windows' };
};

export interface Regression {
  readonly rule: RuleFile;
  readonly records: readonly Fields[];
}

export const regressions = (): readonly Regression[] =>
  ruleFiles('regression').map((rule) => ({
    rule,
    records: jsonValues(readFileSync(join(outside, 'sigma', rule.file.replace(/\.yml$/, '.events.json')), 'utf8')).map(
      windowsFields,
    ),
  }));

export const recordsBelow = (folder: string): readonly unknown[] =>
  readdirSync(join(outside, folder))
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .flatMap((name) => jsonValues(readFileSync(join(outside, folder, name), 'utf8')));

const auditdRecords = (): readonly Fields[] =>
  readdirSync(join(outside, 'auditd'))
    .toSorted()
    .flatMap((name) => readFileSync(join(outside, 'auditd', name), 'utf8').split('\n'))
    .filter((line) => line.trim() !== '')
    .map((line) =>
      Object.fromEntries([
        ...[...line.matchAll(/([\w-]+)=("[^"]*"|'[^']*'|\S+)/g)].map(([, key = '', value = '']) => [
          key,
          value.replaceAll(/^["']|["']$/g, ''),
        ]),
        ['message', line],
      ]),
    );

const commandLine = (process: Fields): string =>
  [process['binary'], process['arguments']].filter((text) => typeof text === 'string').join(' ');

const tetragonRecords = (): readonly Fields[] =>
  recordsBelow('tetragon').flatMap((record) => {
    const [started] = maps((record as Fields)['process_exec']);
    const [process] = maps(started?.['process']);
    const [parent] = maps(started?.['parent']);
    return process === undefined
      ? []
      : [
          {
            Image: process['binary'],
            CommandLine: commandLine(process),
            CurrentDirectory: process['cwd'],
            ...(parent === undefined ? {} : { ParentImage: parent['binary'], ParentCommandLine: commandLine(parent) }),
          },
        ];
  });

/** Every record of the folder beside the repository, under the log source it is of. */
export const corpusEvents = (): readonly Event[] => [
  ...regressions().flatMap(({ rule, records }) =>
    records.map((fields, place) => toEvent(`${rule.file}#${place}`, windowsLogsource(fields), fields)),
  ),
  ...recordsBelow('cloudtrail').map((record, place) =>
    toEvent(`cloudtrail#${place}`, { product: 'aws', service: 'cloudtrail' }, record as Fields),
  ),
  ...recordsBelow('kubernetes-audit').map((record, place) =>
    toEvent(
      `kubernetes#${place}`,
      { product: 'kubernetes', service: 'audit', category: 'application' },
      record as Fields,
    ),
  ),
  ...auditdRecords().map((fields, place) =>
    toEvent(`auditd#${place}`, { product: 'linux', service: 'auditd' }, fields),
  ),
  ...tetragonRecords().map((fields, place) =>
    toEvent(`tetragon#${place}`, { product: 'linux', category: 'process_creation' }, fields),
  ),
];

/** A text that the value stands for; of a regular expression nothing is known. */
const example = (value: unknown): string =>
  String(value).replaceAll(
    /\\([*?\\])|\*|\?/g,
    (whole, plain: string | undefined) => plain ?? (whole === '*' ? 'zz' : 'z'),
  );

/** Takes the search's values for a record: the `choice`th of each list, all where all are asked for. */
const fill = (fields: Record<string, string>, search: unknown, choice: number): void => {
  if (Array.isArray(search)) {
    const item: unknown = search[choice % search.length];
    if (typeof item === 'object' && item !== null) fill(fields, item, choice);
    else fields['message'] = `${fields['message'] ?? ''} ${example(item)}`;
    return;
  }
  for (const [key, value] of Object.entries(search as Fields)) {
    const [name = '', ...modifiers] = key.split('|');
    if (value === null || modifiers.includes('re')) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    const text = modifiers.includes('all') ? values.map(example).join(' ') : example(values[choice % values.length]);
    const field = name === '' ? 'message' : name;
    const before = fields[field] ?? '';
    fields[field] = modifiers.includes('endswith')
      ? before + text
      : modifiers.includes('startswith')
        ? text + before
        : `${before}${text}`;
  }
};

/** Events in the likeness of a rule: of its searches together or one alone, some with a letter changed, some in capitals. */
export const eventsLike = (rule: NaiveRule, choices: number): readonly Event[] =>
  Array.from({ length: choices }, (_, choice) => {
    const fields: Record<string, string> = {};
    const searches = Object.entries(rule.detection).filter(([name]) => name !== 'condition');
    const meant = searches.filter(([name]) => !/filter|false/.test(name) || choice % 3 === 2);
    for (const [position, [, search]] of meant.entries())
      if (choice % 4 !== 3 || position === choice % meant.length) fill(fields, search, choice);
    const [name] = Object.keys(fields);
    if (choice % 5 === 4 && name !== undefined) fields[name] = (fields[name] ?? '').replace(/[a-m]/, 'ø');
    if (choice % 2 === 1) for (const key of Object.keys(fields)) fields[key] = (fields[key] ?? '').toUpperCase();
    const { category, product, service } = rule.logsource;
    return toEvent(
      `${rule.id}#${choice}`,
      {
        ...(category === undefined ? {} : { category }),
        ...(product === undefined ? {} : { product }),
        ...(service === undefined ? {} : { service }),
      },
      fields,
    );
  });
