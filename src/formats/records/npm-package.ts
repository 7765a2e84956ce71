/** package.json, package-lock.json (versions 1 to 3) and node_modules/.package-lock.json → npm packages, following npm's documents of those files. */
import type { Budget } from '../../core/budget.ts';
import { malformed } from '../../core/fault.ts';
import { toPackageUrl, type PackageRecord } from '../../core/package-record.ts';
import { isJsonObject, type JsonObject } from '../strict-json.ts';
import type { OnRemark } from '../wrapper.ts';
import { Complaints } from './complaints.ts';
import { memberOf, parseRecordObject, textIn } from './record-json.ts';

const urlOf = (name: string, version: string): string => {
  const slash = name.startsWith('@') ? name.indexOf('/') : -1;
  return toPackageUrl('npm', {
    ...(slash < 0 ? {} : { namespace: name.slice(0, slash) }),
    name: name.slice(slash + 1),
    version,
  });
};

/** A string, or `{ type }` of old packages. */
const licenseOf = (value: unknown): string | undefined => {
  if (typeof value === 'string' && value !== '') return value;
  return isJsonObject(value) ? textIn(value, 'type') : undefined;
};

const toRecord = (name: string, version: string, entry: JsonObject): PackageRecord => {
  const [origin, checksum] = [textIn(entry, 'resolved') ?? textIn(entry, '_resolved'), textIn(entry, 'integrity')];
  const license = licenseOf(memberOf(entry, 'license'));
  return {
    ecosystem: 'npm',
    name,
    version,
    purl: urlOf(name, version),
    ...(origin === undefined ? {} : { origin }),
    ...(license === undefined ? {} : { license }),
    ...(checksum === undefined ? {} : { checksum }),
  };
};

/** Scripts that npm runs by itself when the package is installed. */
export const npmInstallScripts = ['preinstall', 'install', 'postinstall', 'prepare'] as const;

export interface NpmPackage extends PackageRecord {
  /** The commands that installing the package runs, by the name of the script. */
  readonly installScripts: Readonly<Record<string, string>>;
}

/**
 * package.json. undefined for one that names no package with a version, as those that only say `"type": "module"`.
 * @throws {Fault} malformed `RECORD_INVALID`; limit `RECORD_TOO_LARGE`
 */
export const parseNpmPackage = (bytes: Uint8Array, budget: Budget, remark: OnRemark): NpmPackage | undefined => {
  const record = parseRecordObject(bytes, budget, remark);
  const [name, version] = [textIn(record, 'name'), textIn(record, 'version')];
  if (name === undefined || version === undefined) return undefined;
  const scripts = memberOf(record, 'scripts');
  const installScripts = Object.fromEntries(
    npmInstallScripts.flatMap((script) => {
      const command = isJsonObject(scripts) ? textIn(scripts, script) : undefined;
      return command === undefined ? [] : [[script, command]];
    }),
  );
  return { ...toRecord(name, version, record), installScripts };
};

export interface NpmLockedPackage extends PackageRecord {
  /** Where it is installed, relative to the lock's folder: `node_modules/a/node_modules/b`. */
  readonly place: string;
  /** Not installed in production. */
  readonly isDevelopment: boolean;
  readonly hasInstallScript: boolean;
}

const invalid = 'NPM_LOCK_INVALID';

const isTrue = (entry: JsonObject, name: string): boolean => memberOf(entry, name) === true;

const nameOfPlace = (place: string): string => {
  const marker = 'node_modules/';
  const at = place.lastIndexOf(marker);
  return at < 0 ? '' : place.slice(at + marker.length);
};

/** Versions 2 and 3: every package by the place where it lies; '' is the project itself, links lead to other places in the list. */
const fromPackages = (packages: JsonObject, budget: Budget, complaints: Complaints): readonly NpmLockedPackage[] => {
  const found: NpmLockedPackage[] = [];
  for (const [place, entry] of Object.entries(packages)) {
    budget.spendEntry();
    if (!isJsonObject(entry)) {
      complaints.addLine('gap', invalid, 'a package that is no object', place);
      continue;
    }
    if (place === '' || isTrue(entry, 'link')) continue;
    // An alias lies under another name than its own, which then is stated.
    const name = textIn(entry, 'name') ?? nameOfPlace(place);
    const version = textIn(entry, 'version') ?? '';
    // A workspace has a place of its own and may have no version.
    if (name === '' || (version === '' && nameOfPlace(place) !== '')) {
      if (nameOfPlace(place) !== '') complaints.addLine('gap', invalid, 'a package without a name or a version', place);
      continue;
    }
    found.push({
      ...toRecord(name, version, entry),
      place,
      isDevelopment: isTrue(entry, 'dev') || isTrue(entry, 'devOptional'),
      hasInstallScript: isTrue(entry, 'hasInstallScript'),
    });
  }
  return found;
};

/** Version 1: packages inside the packages that need another version than the rest. */
const fromDependencies = (root: JsonObject, budget: Budget, complaints: Complaints): readonly NpmLockedPackage[] => {
  const found: NpmLockedPackage[] = [];
  const open: { readonly place: string; readonly dependencies: JsonObject }[] = [{ place: '', dependencies: root }];
  for (let level = open.pop(); level !== undefined; level = open.pop()) {
    for (const [alias, entry] of Object.entries(level.dependencies)) {
      budget.spendEntry();
      const place = `${level.place === '' ? '' : `${level.place}/`}node_modules/${alias}`;
      const written = isJsonObject(entry) ? textIn(entry, 'version') : undefined;
      if (!isJsonObject(entry) || written === undefined || place.length > budget.limits.path) {
        complaints.addLine('gap', invalid, 'a package without a version', place);
        continue;
      }
      // `npm:name@version` is an alias; a URL or a path stands in place of a version for what is from no registry.
      const [, name = alias, version = written] = /^npm:(.+)@([^@]+)$/.exec(written) ?? [];
      const record = toRecord(name, version, entry);
      const isPlace = /^(?:[a-z+]+:|\.{0,2}\/)/.test(version);
      found.push({
        ...record,
        ...(isPlace && record.origin === undefined ? { origin: version } : {}),
        place,
        isDevelopment: isTrue(entry, 'dev'),
        hasInstallScript: false,
      });
      const inner = memberOf(entry, 'dependencies');
      if (isJsonObject(inner)) open.push({ place, dependencies: inner });
    }
  }
  return found;
};

/**
 * Every package that the lock says is installed, or would be. `packages` counts where a lock has both tables (version 2), as for npm 7 and later.
 * Remarks: gap `NPM_LOCK_INVALID`; ambiguity `RECORD_AMBIGUOUS`.
 * @throws {Fault} malformed `RECORD_INVALID`, `NPM_LOCK_INVALID`; limit `RECORD_TOO_LARGE`, `ENTRIES_TOO_MANY`
 */
export const parseNpmLock = (bytes: Uint8Array, budget: Budget, remark: OnRemark): readonly NpmLockedPackage[] => {
  const record = parseRecordObject(bytes, budget, remark);
  const complaints = new Complaints();
  const [packages, dependencies] = [memberOf(record, 'packages'), memberOf(record, 'dependencies')];
  const version = memberOf(record, 'lockfileVersion');
  let found: readonly NpmLockedPackage[] = [];
  if (isJsonObject(packages)) found = fromPackages(packages, budget, complaints);
  else if (isJsonObject(dependencies)) found = fromDependencies(dependencies, budget, complaints);
  else if (typeof version !== 'number' || packages !== undefined || dependencies !== undefined)
    throw malformed(invalid, 'neither packages nor dependencies', budget.where);
  complaints.report(remark);
  return found;
};
