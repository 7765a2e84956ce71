/** vendor/composer/installed.json → PHP packages: the lists that Composer 1 (an array) and Composer 2 (an object) write. */
import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import { toPackageUrl, type PackageRecord } from '../../core/package-record.ts';
import { normalisePath } from '../../core/path.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { memberOf, parseRecordJson, textIn } from './record-json.ts';

export interface ComposerPackage extends PackageRecord {
  /** Path in the tree of what was installed; absent for a package that has no files (metapackages, Composer 1). */
  readonly place?: string;
}

const toPackage = (entry: JsonObject, folder: string): ComposerPackage | undefined => {
  const [name, version = ''] = [textIn(entry, 'name'), textIn(entry, 'version')];
  if (name === undefined) return undefined;
  const slash = name.indexOf('/');
  const [dist, source, licenses] = [memberOf(entry, 'dist'), memberOf(entry, 'source'), memberOf(entry, 'license')];
  const from = [dist, source].flatMap((place) => (isJsonObject(place) ? (textIn(place, 'url') ?? []) : []))[0];
  const checksum = isJsonObject(dist) ? textIn(dist, 'shasum') : undefined;
  const license = Array.isArray(licenses) ? licenses.filter((item) => typeof item === 'string').join(' OR ') : licenses;
  const place = textIn(entry, 'install-path');
  return {
    ecosystem: 'composer',
    name,
    version,
    purl: toPackageUrl('composer', {
      ...(slash < 0 ? {} : { namespace: name.slice(0, slash) }),
      name: name.slice(slash + 1),
      version,
    }),
    ...(from === undefined ? {} : { origin: from }),
    ...(typeof license === 'string' && license !== '' ? { license } : {}),
    ...(checksum === undefined ? {} : { checksum }),
    ...(place === undefined ? {} : { place: normalisePath(`${folder}/${place}`).path }),
  };
};

/**
 * `folder`: the path in the tree of the folder that installed.json lies in. Remarks: gap `COMPOSER_PACKAGE_INVALID`; ambiguity `RECORD_AMBIGUOUS`.
 * @throws {Fault} malformed `RECORD_INVALID`; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseComposerInstalled = (
  folder: string,
  bytes: Uint8Array,
  budget: Budget,
  remark: OnRemark,
): readonly ComposerPackage[] => {
  const record = parseRecordJson(bytes, budget, remark);
  const list: unknown = isJsonObject(record) ? memberOf(record, 'packages') : record;
  if (!Array.isArray(list)) throw malformed('RECORD_INVALID', 'no list of packages', budget.where);
  const complaints = new Complaints();
  const found: ComposerPackage[] = [];
  for (const [position, entry] of list.entries()) {
    budget.spendEntry();
    const package_ = isJsonObject(entry) ? toPackage(entry, folder) : undefined;
    if (package_ === undefined)
      complaints.add('gap', 'COMPOSER_PACKAGE_INVALID', `entry ${position} of the list names no package`);
    else found.push(package_);
  }
  complaints.report(remark);
  return found;
};
