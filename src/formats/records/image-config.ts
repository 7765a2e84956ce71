/** Config blob bytes → ImageConfig, following config.md of the OCI image specification 1.1 and Docker's additions to it. */
import { defaultLimits } from '../../core/budget.ts';
import { isDigest, type Digest } from '../../core/digest.ts';
import { malformed } from '../../core/fault.ts';
import type { HistoryStep, ImageConfig } from '../../core/image.ts';
import type { Platform } from '../../core/platform.ts';
import { foldName, isJsonObject, parseStrictJson, type JsonObject } from '../strict-json.ts';

export interface ImageConfigRecord {
  readonly config: ImageConfig;
  readonly platform: Platform | undefined;
  /** In layer order, lowest first. Empty where the config has no `rootfs`. */
  readonly diffIds: readonly Digest[];
}

/** Reads the fields of one object and names the field in every complaint. */
class Fields {
  readonly #values = new Map<string, unknown>();
  readonly #name: string;
  readonly #where: string;

  /** Engines are written in Go and ignore the case of field names; two names that differ only so have two readings. */
  constructor(object: JsonObject, name: string, where: string) {
    this.#name = name;
    this.#where = where;
    for (const [key, value] of Object.entries(object)) {
      const folded = foldName(key);
      if (this.#values.has(folded))
        throw malformed(
          'CONFIG_AMBIGUOUS',
          `${name}${JSON.stringify(key.slice(0, 80))} occurs twice, in different case: readers differ on which one counts`,
          where,
        );
      this.#values.set(folded, value);
    }
  }

  refuse(field: string, expected: string): never {
    throw malformed('CONFIG_INVALID', `${this.#name}${field} is not ${expected}`, this.#where);
  }

  /** undefined also for null. */
  value(field: string): unknown {
    return this.#values.get(foldName(field)) ?? undefined;
  }

  text(field: string): string | undefined {
    const value = this.value(field);
    if (value === undefined || value === '') return undefined;
    return typeof value === 'string' ? value : this.refuse(field, 'a string');
  }

  /** One string stands for a list of one. */
  texts(field: string): readonly string[] {
    const value = this.value(field);
    if (value === undefined) return [];
    if (typeof value === 'string') return value === '' ? [] : [value];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      return this.refuse(field, 'a list of strings');
    return value;
  }

  /** The keys of a set written as an object; old builders wrote a list. */
  keys(field: string): readonly string[] {
    const value = this.value(field);
    return isJsonObject(value) ? Object.keys(value) : this.texts(field);
  }

  labels(field: string): Readonly<Record<string, string>> {
    const value = this.value(field) ?? {};
    if (!isJsonObject(value) || !Object.values(value).every((item) => typeof item === 'string'))
      return this.refuse(field, 'an object of strings');
    return value as Readonly<Record<string, string>>;
  }

  flag(field: string): boolean {
    const value = this.value(field) ?? false;
    return typeof value === 'boolean' ? value : this.refuse(field, 'true or false');
  }

  object(field: string): Fields {
    const value = this.value(field) ?? {};
    if (!isJsonObject(value)) return this.refuse(field, 'an object');
    return new Fields(value, `${this.#name}${field}.`, this.#where);
  }

  objects(field: string): readonly Fields[] {
    const value = this.value(field) ?? [];
    if (!Array.isArray(value)) return this.refuse(field, 'a list');
    return value.map((item, position) =>
      isJsonObject(item)
        ? new Fields(item, `${this.#name}${field}[${position}].`, this.#where)
        : this.refuse(`${field}[${position}]`, 'an object'),
    );
  }
}

/** The given members without those that are undefined. */
const present = <Members extends object>(members: Members): { [Name in keyof Members]?: NonNullable<Members[Name]> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;

const toHistory = (step: Fields): HistoryStep => ({
  ...present({ created: step.text('created'), comment: step.text('comment') }),
  createdBy: step.text('created_by') ?? '',
  emptyLayer: step.flag('empty_layer'),
});

const toPlatform = (fields: Fields): Platform | undefined => {
  const os = fields.text('os')?.toLowerCase();
  const architecture = fields.text('architecture')?.toLowerCase();
  const more = present({ variant: fields.text('variant')?.toLowerCase(), osVersion: fields.text('os.version') });
  return os === undefined || architecture === undefined ? undefined : { os, architecture, ...more };
};

const toDiffIds = (fields: Fields): readonly Digest[] => {
  const rootfs = fields.object('rootfs');
  const type = rootfs.text('type');
  if (type !== undefined && type !== 'layers') rootfs.refuse('type', '"layers"');
  return rootfs
    .texts('diff_ids')
    .map((text, position) =>
      isDigest(text) ? text : rootfs.refuse(`diff_ids[${position}]`, 'a sha256 or sha512 digest'),
    );
};

/**
 * Every field that an engine acts on is read as the engine reads it, or refused by name; nothing is dropped.
 * The `json` files of Docker images before schema 2 have the same form without `rootfs`.
 * @throws {Fault} malformed `CONFIG_INVALID`, `CONFIG_AMBIGUOUS`; limit `CONFIG_TOO_LARGE`
 */
export const parseImageConfig = (bytes: Uint8Array, where: string): ImageConfigRecord => {
  const raw = parseStrictJson(bytes, { where, subject: 'CONFIG', maximumBytes: defaultLimits.record });
  if (!isJsonObject(raw)) throw malformed('CONFIG_INVALID', 'the config is not an object', where);
  const top = new Fields(raw, '', where);
  const run = top.object('config');
  const config: ImageConfig = {
    ...present({ created: top.text('created'), author: top.text('author'), stopSignal: run.text('StopSignal') }),
    user: run.text('User') ?? '',
    entrypoint: run.texts('Entrypoint'),
    command: run.texts('Cmd'),
    environment: run.texts('Env'),
    workingDirectory: run.text('WorkingDir') ?? '',
    exposedPorts: run.keys('ExposedPorts'),
    volumes: run.keys('Volumes'),
    labels: run.labels('Labels'),
    shell: run.texts('Shell'),
    onBuild: run.texts('OnBuild'),
    healthcheck: run.object('Healthcheck').texts('Test'),
    history: top.objects('history').map(toHistory),
    raw,
  };
  return { config, platform: toPlatform(top), diffIds: toDiffIds(top) };
};
