/** `manifest.json` and `repositories` of a `docker save` archive → what they name. Docker image specification v1.2 and the layout before it. */
import { defaultLimits } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import { foldName, isJsonObject, parseStrictJson } from '../strict-json.ts';

export interface SavedImage {
  /** Path of the config inside the archive, as written. */
  readonly config: string;
  /** `name:tag`, as written; may be none. */
  readonly names: readonly string[];
  /** Paths of the layers inside the archive, lowest first, as written. */
  readonly layers: readonly string[];
}

const maximumBytes = defaultLimits.record;

const invalid = (reason: string, where: string): never => {
  throw malformed('ARCHIVE_MANIFEST_INVALID', reason, where);
};

/** Docker is written in Go and ignores the case of field names: two that differ only so have two readings. */
const fieldsOf = (object: object, where: string): ReadonlyMap<string, unknown> => {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    const folded = foldName(name);
    if (fields.has(folded))
      throw malformed(
        'ARCHIVE_MANIFEST_AMBIGUOUS',
        `the field ${name.slice(0, 80)} occurs twice, in different case`,
        where,
      );
    fields.set(folded, value);
  }
  return fields;
};

const texts = (value: unknown, field: string, where: string): readonly string[] => {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  return invalid(`${field} is no list of strings`, where);
};

/** @throws {Fault} malformed `ARCHIVE_MANIFEST_INVALID`, `ARCHIVE_MANIFEST_AMBIGUOUS`; limit `ARCHIVE_MANIFEST_TOO_LARGE` */
export const parseDockerSave = (bytes: Uint8Array, where: string): readonly SavedImage[] => {
  const body = parseStrictJson(bytes, { where, subject: 'ARCHIVE_MANIFEST', maximumBytes });
  if (!Array.isArray(body)) return invalid('it is no list of images', where);
  return body.map((item: unknown, position) => {
    if (!isJsonObject(item)) return invalid(`entry ${position} is no object`, where);
    const fields = fieldsOf(item, where);
    const config = fields.get('config');
    if (typeof config !== 'string' || config === '') return invalid(`entry ${position} names no Config`, where);
    return {
      config,
      names: texts(fields.get('repotags'), 'RepoTags', where),
      layers: texts(fields.get('layers'), 'Layers', where),
    };
  });
};

export interface SavedRepository {
  /** `name:tag`. */
  readonly name: string;
  /** Id of the topmost layer, a folder in the archive. */
  readonly top: string;
}

const isLayerId = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

/** The file `repositories` of archives without `manifest.json` (Docker before 1.10). @throws {Fault} as `parseDockerSave` */
export const parseRepositories = (bytes: Uint8Array, where: string): readonly SavedRepository[] => {
  const body = parseStrictJson(bytes, { where, subject: 'ARCHIVE_MANIFEST', maximumBytes });
  if (!isJsonObject(body)) return invalid('it is no object', where);
  return Object.entries(body).flatMap(([repository, tags]) => {
    if (!isJsonObject(tags)) return invalid(`${repository.slice(0, 80)} has no tags`, where);
    return Object.entries(tags).map(([tag, top]) =>
      isLayerId(top) ? { name: `${repository}:${tag}`, top } : invalid('a tag names no layer id', where),
    );
  });
};

/** Id of the layer below, in an `ID/json` of such archives. @throws {Fault} as `parseDockerSave` */
export const parseParent = (bytes: Uint8Array, where: string): string | undefined => {
  const body = parseStrictJson(bytes, { where, subject: 'ARCHIVE_MANIFEST', maximumBytes });
  if (!isJsonObject(body)) return invalid('it is no object', where);
  const parent = fieldsOf(body, where).get('parent');
  if (parent === undefined || parent === null || parent === '') return undefined;
  return isLayerId(parent) ? parent : invalid('parent is no layer id', where);
};
