/** The words of each registry → one deed each. A reader answers undefined for what is none of its own. */
import type { EventAction } from '../../core/event-action.ts';
import type { Event } from '../../core/event.ts';
import type { RecordOrigin } from '../../core/sensor.ts';
import { jsonAt, listAt, objectAt, textAt, textsAt } from '../../formats/records/json-member.ts';
import type { JsonObject } from '../../formats/strict-json.ts';
import { numbered, timeOr } from '../event-parts.ts';
import { hostOf, registryEvent, type RegistryDeed } from './registry-event.ts';

export type RegistryDialect = (fields: JsonObject, origin: RecordOrigin) => readonly Event[] | undefined;

const source = (service: string): Event['logsource'] => ({ product: 'registry', service });

const actionIn = (table: Readonly<Record<string, EventAction>>, word: string | undefined): EventAction =>
  word !== undefined && Object.hasOwn(table, word) ? (table[word] ?? 'other') : 'other';

const manifestType = /(?:manifest|image\.index)/i;

const deeds: Readonly<Record<string, EventAction>> = {
  push: 'push',
  pull: 'pull',
  delete: 'delete',
  mount: 'push',
  quarantine: 'push',
  chart_push: 'push',
  chart_delete: 'delete',
};

/** CNCF Distribution, "Work with notifications"; Azure Container Registry, "webhook schema reference", and its Event Grid form. */
const distribution: RegistryDialect = (record, origin) => {
  const grid = (textAt(record, 'eventType') ?? origin.envelope?.['type'] ?? '').startsWith(
    'Microsoft.ContainerRegistry.',
  );
  const fields = grid && 'eventType' in record ? objectAt(record, 'data') : record;
  const target = objectAt(fields, 'target');
  const word = textAt(fields, 'action');
  const repository = textAt(target, 'repository');
  if (word === undefined || repository === undefined) return undefined;
  const host = textAt(fields, 'request', 'host') ?? hostOf(textAt(target, 'url'));
  const azure = grid || /\.azurecr\./.test(host ?? '');
  const mediaType = textAt(target, 'mediaType');
  // A layer goes with its manifest: only what a manifest is about is the deed.
  const isManifest = mediaType === undefined || manifestType.test(mediaType);
  const digest = textAt(target, 'digest');
  const tag = textAt(target, 'tag');
  return [
    registryEvent(
      {
        dialect: azure ? 'acr' : 'distribution',
        action: isManifest ? actionIn(deeds, word) : 'other',
        at: timeOr(origin, jsonAt(fields, 'timestamp')),
        id: textAt(fields, 'id'),
        registry: host,
        repository,
        tag,
        digest,
        actor: textAt(fields, 'actor', 'name'),
        address: textAt(fields, 'request', 'addr'),
        agent: textAt(fields, 'request', 'useragent'),
        ...(isManifest ? {} : { layer: true, target: `layer ${repository}@${digest ?? ''}` }),
      },
      record,
      origin,
      source(azure ? 'acr' : 'distribution'),
    ),
  ];
};

const harborWords: Readonly<Record<string, EventAction>> = {
  ...Object.fromEntries(
    (
      [
        ['push', 'push'],
        ['pull', 'pull'],
        ['delete', 'delete'],
      ] as const
    ).flatMap(([word, action]) => [
      [`${word.toUpperCase()}_ARTIFACT`, action],
      [`${word}Image`, action],
    ]),
  ),
  'harbor.artifact.pushed': 'push',
  'harbor.artifact.pulled': 'pull',
  'harbor.artifact.deleted': 'delete',
};

/** Harbor, "Configure Webhook Notifications": before 2.0 `pushImage`, then `PUSH…`, and since 2.8 also as CloudEvents. */
const harbor: RegistryDialect = (record, origin) => {
  const wrapped = origin.envelope?.['type']?.startsWith('harbor.') === true;
  const word = wrapped ? origin.envelope['type'] : textAt(record, 'type');
  const data = wrapped ? record : objectAt(record, 'event_data');
  const resources = listAt(data, 'resources');
  if (word === undefined || !('repository' in data) || (!wrapped && !('event_data' in record))) return undefined;
  const full = textAt(data, 'repository', 'repo_full_name');
  const at = timeOr(origin, jsonAt(record, 'occur_at'), origin.envelope?.['time']);
  const base = {
    dialect: 'harbor',
    action: actionIn(harborWords, word),
    at,
    id: wrapped ? origin.envelope['id'] : undefined,
    actor: textAt(record, 'operator') ?? origin.envelope?.['operator'],
    failed: /FAIL|failed/.test(word),
  } satisfies RegistryDeed;
  const each = resources.length === 0 ? [undefined] : resources;
  return numbered(
    each.map((resource) => {
      const url = textAt(resource, 'resource_url');
      const deed = { ...base, name: url, registry: hostOf(url), repository: full };
      const names = { tag: textAt(resource, 'tag'), digest: textAt(resource, 'digest') };
      // Of a pull by digest the tag is the digest.
      const tag = names.tag?.includes(':') === true ? undefined : names.tag;
      return registryEvent({ ...deed, tag, digest: names.digest }, record, origin, source('harbor'));
    }),
  );
};

/** Quay, "Repository notifications". */
const quay: RegistryDialect = (record, origin) => {
  const name = textAt(record, 'docker_url');
  if (name === undefined) return undefined;
  const tags = [...textsAt(record, 'updated_tags'), ...textsAt(record, 'docker_tags'), ...textsAt(record, 'tags')];
  const built = 'build_id' in record;
  const action: EventAction =
    'updated_tags' in record ? 'push' : built ? ('error_message' in record ? 'fail' : 'build') : 'other';
  const base = { dialect: 'quay', at: timeOr(origin, jsonAt(record, 'timestamp')), name, registry: hostOf(name) };
  const each: readonly (string | undefined)[] = tags.length === 0 ? [undefined] : tags;
  return numbered(
    each.map((tag) =>
      registryEvent(
        { ...base, action, tag, digest: textAt(record, 'manifest_digest'), actor: textAt(record, 'performer') },
        record,
        origin,
        source('quay'),
      ),
    ),
  );
};

/** Docker Hub, "Webhooks". */
const dockerHub: RegistryDialect = (record, origin) => {
  const push = objectAt(record, 'push_data');
  const repository = textAt(record, 'repository', 'repo_name');
  if (!('push_data' in record) || repository === undefined) return undefined;
  return [
    registryEvent(
      {
        dialect: 'docker-hub',
        action: 'push',
        at: timeOr(origin, jsonAt(push, 'pushed_at')),
        registry: 'docker.io',
        repository,
        tag: textAt(push, 'tag'),
        actor: textAt(push, 'pusher'),
      },
      record,
      origin,
      source('docker-hub'),
    ),
  ];
};

const artifactoryWords: Readonly<Record<string, EventAction>> = { pushed: 'push', deleted: 'delete', promoted: 'tag' };

/** JFrog Platform, "Event Types": domain docker. */
const artifactory: RegistryDialect = (record, origin) => {
  if (record['domain'] !== 'docker' || typeof record['event_type'] !== 'string') return undefined;
  const data = objectAt(record, 'data');
  const registry = hostOf(textAt(record, 'jpd_origin'));
  const image = textAt(data, 'image_name');
  const key = textAt(data, 'repo_key');
  const sha256 = textAt(data, 'sha256');
  return [
    registryEvent(
      {
        dialect: 'artifactory',
        action: actionIn(artifactoryWords, record['event_type']),
        at: timeOr(origin, jsonAt(record, 'timestamp')),
        registry,
        repository: image === undefined ? undefined : key === undefined ? image : `${key}/${image}`,
        tag: textAt(data, 'tag'),
        digest: sha256 === undefined ? undefined : `sha256:${sha256}`,
        actor: textAt(record, 'user') ?? textAt(record, 'source'),
      },
      record,
      origin,
      source('artifactory'),
    ),
  ];
};

/** GitHub, "Webhook events and payloads": `package` and the older `registry_package`. */
const github: RegistryDialect = (record, origin) => {
  const about = 'package' in record ? objectAt(record, 'package') : objectAt(record, 'registry_package');
  const kind = (textAt(about, 'package_type') ?? textAt(about, 'ecosystem') ?? '').toLowerCase();
  if (!/^(?:container|docker)$/.test(kind)) return undefined;
  const version = objectAt(about, 'package_version');
  const owner = textAt(about, 'namespace') ?? textAt(about, 'owner', 'login');
  const name = textAt(about, 'name');
  const digest = textAt(version, 'container_metadata', 'tag', 'digest') ?? textAt(version, 'version');
  const tag = textAt(version, 'container_metadata', 'tag', 'name');
  return [
    registryEvent(
      {
        dialect: 'ghcr',
        action: /^(?:published|updated|create)$/.test(textAt(record, 'action') ?? '') ? 'push' : 'other',
        at: timeOr(origin, jsonAt(version, 'updated_at'), jsonAt(version, 'created_at'), jsonAt(about, 'updated_at')),
        registry: hostOf(textAt(version, 'package_url')) ?? 'ghcr.io',
        repository: owner === undefined || name === undefined ? undefined : `${owner}/${name}`.toLowerCase(),
        tag,
        digest: digest?.startsWith('sha256:') === true ? digest : undefined,
        actor: textAt(record, 'sender', 'login') ?? textAt(version, 'author', 'login'),
      },
      record,
      origin,
      source('ghcr'),
    ),
  ];
};

/** Google Cloud, Artifact Registry, "Configure Pub/Sub notifications". */
const artifactRegistry: RegistryDialect = (record, origin) => {
  const word = textAt(record, 'action');
  const digest = textAt(record, 'digest');
  const tag = textAt(record, 'tag');
  if ((word !== 'INSERT' && word !== 'DELETE') || (digest === undefined && tag === undefined)) return undefined;
  return [
    registryEvent(
      {
        dialect: 'artifact-registry',
        action: word === 'INSERT' ? 'push' : digest === undefined ? 'untag' : 'delete',
        at: timeOr(origin, origin.envelope?.['time']),
        id: origin.envelope?.['id'],
        name: tag ?? digest,
        registry: hostOf(tag ?? digest),
        digest: digest?.slice(digest.indexOf('@') + 1),
      },
      record,
      origin,
      source('artifact-registry'),
    ),
  ];
};

const ecrWords: Readonly<Record<string, EventAction>> = { PUSH: 'push', DELETE: 'delete', PULL: 'pull' };

/** Amazon ECR, "Amazon ECR events and EventBridge". */
const ecr: RegistryDialect = (record, origin) => {
  const repository = textAt(record, 'repository-name') ?? textAt(record, 'repositoryName');
  const kind = origin.envelope?.['type'] ?? '';
  if (repository === undefined || (!kind.startsWith('ECR ') && !('action-type' in record))) return undefined;
  const { account, region } = origin.place ?? {};
  const suffix = region?.startsWith('cn-') === true ? 'amazonaws.com.cn' : 'amazonaws.com';
  const cached = kind === 'ECR Pull Through Cache Action';
  const upstream = textAt(record, 'upstream-registry-url');
  const base = {
    dialect: 'ecr',
    action: cached ? 'push' : actionIn(ecrWords, textAt(record, 'action-type')),
    at: timeOr(origin, origin.envelope?.['time']),
    id: origin.envelope?.['id'],
    registry: account === undefined || region === undefined ? undefined : `${account}.dkr.ecr.${region}.${suffix}`,
    repository,
    digest: textAt(record, 'image-digest'),
    account,
    failed: /^(?:FAILURE|FAILED)$/.test(textAt(record, 'result') ?? textAt(record, 'sync-status') ?? ''),
    target: upstream === undefined ? undefined : `cached from ${upstream}`,
  } satisfies RegistryDeed;
  const tag = textAt(record, 'image-tag');
  const tags = tag === undefined ? textsAt(record, 'image-tags') : [tag];
  const each: readonly (string | undefined)[] = tags.length === 0 ? [undefined] : tags;
  return numbered(each.map((one) => registryEvent({ ...base, tag: one }, record, origin, source('ecr'))));
};

export const registryDialects: readonly RegistryDialect[] = [
  ecr,
  harbor,
  distribution,
  quay,
  dockerHub,
  artifactory,
  github,
  artifactRegistry,
];
