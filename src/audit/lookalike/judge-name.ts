/** One name of an image → every trait by which it could pass for another's. */
import { isMachineMade, isPublisher, judgeNamespace } from './account-name.ts';
import { lastComponent, type ImageName } from './image-names.ts';
import type { KnownNames } from './known-names.ts';
import { isOwnName } from './own-names.ts';
import { isLoopback, judgeHost, kindOfHost } from './registry-host.ts';
import { findOfficial, judgeRepository, officialReference } from './repository-name.ts';
import { judgeTag } from './tag-name.ts';
import type { Trait } from './trait.ts';

export interface JudgedName {
  readonly traits: readonly Trait[];
  /** Of all traits, less what the place makes harmless. */
  readonly points: number;
}

const nothing: JudgedName = { traits: [], points: 0 };

/** In a registry where not everybody has an account, a slip is the team's own: such names count less. */
const privateDiscount = 2;

const libraryName = (name: ImageName, parts: readonly string[]): ImageName => ({
  ...name,
  registry: 'docker.io',
  repository: ['library', ...parts].join('/'),
});

/**
 * `docker.io/library/nginx` of `registry.example/docker.io/library/nginx` or `registry.example/hub/library/nginx`: how pull-through
 * caches keep names apart. Not where anybody may call a folder so.
 */
const behindCache = (name: ImageName, known: KnownNames): ImageName | undefined => {
  if (kindOfHost(known, name.registry) === 'everybody') return undefined;
  const parts = name.repository.split('/');
  const at = parts.findIndex((part) => part.includes('.') && known.registries.some(({ host }) => host === part));
  const rest = parts.slice(at + 1);
  if (at < 0 || rest.length === 0) {
    const library = parts.indexOf('library');
    return library > 0 && library < parts.length - 1 ? libraryName(name, parts.slice(library + 1)) : undefined;
  }
  const registry = parts[at] ?? '';
  if (registry === 'docker.io' && rest.length === 1) return libraryName(name, rest);
  return { ...name, registry, repository: rest.join('/') };
};

const sumOf = (traits: readonly Trait[]): number => traits.reduce((sum, { points }) => sum + points, 0);

/** The account by itself, and whether a machine made it up: that counts only beside a borrowed name. */
const judgeAccount = (namespace: string, registry: string, known: KnownNames, borrowed: boolean): readonly Trait[] => {
  const imitated = judgeNamespace(namespace, isLoopback(registry) ? 'docker.io' : registry, known);
  if (imitated !== undefined) return [imitated];
  return borrowed && isMachineMade(namespace)
    ? [{ part: 'namespace', points: 2, value: namespace, says: 'is no name that a person would choose' }]
    : [];
};

const borrow = (name: string, official: string): Trait => ({
  part: 'repository',
  points: 1,
  value: name,
  says: `is the name of the official ${official}, in somebody else’s namespace`,
  original: officialReference(official),
});

const judgePath = (name: ImageName, known: KnownNames): readonly Trait[] => {
  const parts = name.repository.split('/');
  const last = lastComponent(name.repository);
  const [namespace = ''] = parts;
  const official = findOfficial(last, known);
  const near = official === undefined ? judgeRepository(last, known) : undefined;
  const tag = (beside: boolean): readonly Trait[] =>
    name.tag === undefined ? [] : [judgeTag(name.tag, beside)].filter((one) => one !== undefined);
  if (
    parts.length === 1 ||
    namespace === 'library' ||
    isPublisher(namespace, known) ||
    known.officials.has(namespace)
  ) {
    // What a publisher calls its own is its own affair. Nobody else has a place in library/; images built here are called so too.
    const own = (namespace === 'library' || parts.length === 1) && near !== undefined ? [near] : [];
    return [...own, ...tag(false)];
  }
  const borrowed = official === undefined ? near : borrow(last, official);
  const account = judgeAccount(namespace, name.registry, known, borrowed !== undefined);
  return [
    ...(borrowed === undefined ? [] : [borrowed]),
    ...account,
    ...tag(borrowed !== undefined || account.length > 0),
  ];
};

const judgeParts = (name: ImageName, known: KnownNames): JudgedName => {
  const host = judgeHost(name.registry, known);
  const cached = behindCache(name, known);
  const kind = kindOfHost(known, cached?.registry ?? name.registry);
  const foreign: readonly Trait[] = name.foreign
    ? [
        {
          part: 'repository',
          points: 5,
          value: name.text,
          says: 'is written with letters of another alphabet, or with invisible ones',
          original: `${name.registry}/${name.repository}`,
        },
      ]
    : [];
  if (kind === 'publisher') return { traits: foreign, points: sumOf(foreign) };
  const path = judgePath(cached ?? name, known);
  const isPublic = kind === 'everybody' || isLoopback(name.registry) || host !== undefined;
  const pathPoints = Math.max(0, sumOf(path) - (isPublic ? 0 : privateDiscount));
  const traits = [...(host === undefined ? [] : [host]), ...foreign, ...(pathPoints > 0 ? path : [])];
  return { traits, points: (host?.points ?? 0) + sumOf(foreign) + pathPoints };
};

export const judgeName = (name: ImageName, known: KnownNames): JudgedName =>
  !name.foreign && known.own.some((own) => isOwnName(own, name.registry, name.repository))
    ? nothing
    : judgeParts(name, known);
