/** What the engines hold → each image once, with every place where it is. Pure. */
import type { Digest } from '../core/digest.ts';
import type { Use, UseState } from '../core/use.ts';
import type { Holding, Reading } from '../estate/finder.ts';

export interface DeployedImage {
  /** Digests that name this image and no other. */
  readonly exact: readonly Digest[];
  readonly loose: readonly Digest[];
  /** Ways to its bytes, in the order in which they were found; none when no engine here has them. */
  readonly readings: readonly Reading[];
  readonly uses: readonly Use[];
}

interface Group {
  readonly exact: Set<Digest>;
  readonly loose: Set<Digest>;
  readonly holdings: Holding[];
}

const toGroup = (holdings: readonly Holding[]): Group => ({
  exact: new Set(holdings.flatMap(({ exact }) => exact)),
  loose: new Set(holdings.flatMap(({ loose }) => loose)),
  holdings: [...holdings],
});

/** Holdings that share a digest which names one image are one image; the relation goes on from each to the next. */
const groupExact = (holdings: readonly Holding[]): readonly Group[] => {
  const groups = new Set<Group>();
  const byDigest = new Map<Digest, Group>();
  for (const holding of holdings) {
    const known = [...new Set(holding.exact.map((digest) => byDigest.get(digest)))].filter((one) => one !== undefined);
    const group = toGroup([...known.flatMap(({ holdings }) => holdings), holding]);
    for (const one of known) groups.delete(one);
    groups.add(group);
    for (const digest of group.exact) byDigest.set(digest, group);
  }
  return [...groups];
};

/** What is known by an index only is each image that was found through it; alone it is one by itself. */
const addLoose = (groups: readonly Group[], holdings: readonly Holding[]): readonly Group[] => {
  const all = [...groups];
  for (const holding of holdings) {
    const meant = all.filter(({ exact, loose }) =>
      holding.loose.some((digest) => exact.has(digest) || loose.has(digest)),
    );
    if (meant.length === 0) all.push(toGroup([holding]));
    // Its digests stay out: they would tie other platforms to this one.
    for (const group of meant) group.holdings.push(holding);
  }
  return all;
};

const stateRank: Readonly<Record<UseState, number>> = { running: 0, paused: 1, stopped: 2, stored: 3 };

/** Who knows most about a container first. */
const engineRank: readonly string[] = ['docker', 'podman', 'cri', 'containerd', 'kubernetes'];

const compareUses = (one: Use, other: Use): number =>
  stateRank[one.state] - stateRank[other.state] ||
  engineRank.indexOf(one.engine) - engineRank.indexOf(other.engine) ||
  one.at.localeCompare(other.at, 'en') ||
  (one.namespace ?? '').localeCompare(other.namespace ?? '', 'en') ||
  (one.container?.name ?? one.container?.id ?? '').localeCompare(
    other.container?.name ?? other.container?.id ?? '',
    'en',
  );

const unite = (one: readonly string[], other: readonly string[]): readonly string[] => [...new Set([...one, ...other])];

/** Two engines speak of one container: Docker and its containerd, a runtime and the cluster. */
const mergeUses = (one: Use, other: Use): Use => {
  const [first, second] =
    engineRank.indexOf(one.engine) <= engineRank.indexOf(other.engine) ? [one, other] : [other, one];
  return {
    ...second,
    ...first,
    names: unite(first.names, second.names),
    ...(first.container === undefined && second.container === undefined
      ? {}
      : { container: { id: '', ...second.container, ...first.container } }),
    ...(first.pod === undefined || second.pod === undefined ? {} : { pod: { ...second.pod, ...first.pod } }),
  };
};

/** Each container once; `stored` only of a place that says no more. */
const distinctUses = (uses: readonly Use[]): readonly Use[] => {
  const kept = new Map<string, Use>();
  const keep = (key: string, use: Use): void => {
    const known = kept.get(key);
    kept.set(key, known === undefined ? use : mergeUses(known, use));
  };
  for (const use of uses) if (use.container !== undefined) keep(`container ${use.container.id}`, use);
  for (const use of uses) if (use.container === undefined && use.pod !== undefined) keep(JSON.stringify(use.pod), use);
  for (const use of uses) {
    if (use.container !== undefined || use.pod !== undefined) continue;
    // CRI has no namespaces, and speaks of what containerd holds in one of them.
    const same = [...kept].find(
      ([, { at, namespace }]) =>
        at === use.at && (namespace === use.namespace || namespace === undefined || use.namespace === undefined),
    );
    if (same === undefined) keep(`stored ${use.engine} ${use.at} ${use.namespace ?? ''}`, use);
    else if (same[1].state === 'stored') keep(same[0], use);
    else kept.set(same[0], { ...same[1], names: unite(same[1].names, use.names) });
  }
  return [...kept.values()].sort(compareUses);
};

/** Where two groups turn out to be one image. */
export const joinUses = (one: readonly Use[], other: readonly Use[]): readonly Use[] =>
  distinctUses([...one, ...other]);

const containersOf = (holdings: readonly Holding[]): ReadonlySet<string> =>
  new Set(
    holdings.flatMap(({ uses }) => uses.flatMap(({ container }) => (container === undefined ? [] : [container.id]))),
  );

export const groupHoldings = (holdings: readonly Holding[]): readonly DeployedImage[] => {
  const isNamed = ({ exact, loose }: Holding): boolean => exact.length > 0 || loose.length > 0;
  const known = containersOf(holdings.filter(isNamed));
  // Of which image a container is, one engine may know and another not.
  const told = holdings.filter(
    (holding) => isNamed(holding) || !holding.uses.every(({ container }) => known.has(container?.id ?? '')),
  );
  const exact = groupExact(told.filter((holding) => holding.exact.length > 0));
  // Those with bytes first: they may be what the others mean.
  const rest = told.filter((holding) => holding.exact.length === 0);
  const groups = addLoose(exact, [
    ...rest.filter(({ reading }) => reading !== undefined),
    ...rest.filter(({ reading }) => reading === undefined),
  ]);
  return groups.map(({ exact, loose, holdings }) => ({
    exact: [...exact],
    loose: [...loose],
    readings: holdings.map(({ reading }) => reading).filter((reading) => reading !== undefined),
    uses: distinctUses(holdings.flatMap(({ uses }) => uses)),
  }));
};
