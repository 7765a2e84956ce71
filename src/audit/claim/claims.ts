/** An image's names, labels and build history → what it says that it is, with the words by which it says so. */
import type { Subject } from '../../core/analyzer.ts';
import type { Evidence } from '../../core/finding.ts';
import type { ImageConfig } from '../../core/image.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { imageNamesOf, lastComponent, type ImageName } from '../lookalike/image-names.ts';
import type { Product } from './products.ts';

/** Name and title are usually the same word: together they are one statement. */
export type ClaimSource = 'name' | 'maintainer' | 'history';

export interface Claim {
  readonly source: ClaimSource;
  readonly proof: Evidence;
}

const shown = (text: string): string => toPlainText(text, 300);

const titleLabels: readonly string[] = [
  'org.opencontainers.image.title',
  'org.opencontainers.image.ref.name',
  'org.label-schema.name',
  'io.k8s.display-name',
  'name',
];
const maintainerLabels: readonly string[] = [
  'maintainer',
  'org.opencontainers.image.authors',
  'org.label-schema.vendor',
];

const isOfficialPlace = ({ registry, repository }: ImageName): boolean =>
  registry === 'docker.io' && repository.startsWith('library/');

const byName = (product: Product, names: readonly ImageName[]): readonly Claim[] =>
  names
    .filter((name) => {
      const last = lastComponent(name.repository);
      return product.names.has(last) || (product.officialNames.has(last) && isOfficialPlace(name));
    })
    .map(({ text, claimed }) => ({
      source: 'name',
      proof: { kind: 'name', field: claimed ? 'name in the archive' : 'name', value: shown(text) },
    }));

const byLabel = (product: Product, { labels }: ImageConfig): readonly Claim[] =>
  titleLabels.flatMap((label): readonly Claim[] => {
    const title = Object.hasOwn(labels, label) ? labels[label] : undefined;
    return title !== undefined && product.titles.has(title.slice(0, 100).trim().toLowerCase())
      ? [{ source: 'name', proof: { kind: 'config', field: `Labels ${label}`, value: shown(title) } }]
      : [];
  });

const byMaintainer = (product: Product, { labels, author }: ImageConfig): readonly Claim[] => {
  const said: readonly (readonly [string, string])[] = [
    ...maintainerLabels.flatMap((label) =>
      Object.hasOwn(labels, label) ? [[`Labels ${label}`, labels[label] ?? ''] as const] : [],
    ),
    ...(author === undefined ? [] : [['author', author] as const]),
  ];
  return said
    .filter(([, value]) => product.maintainers.some((maintainer) => value.slice(0, 1000).includes(maintainer)))
    .map(([field, value]) => ({ source: 'maintainer', proof: { kind: 'config', field, value: shown(value) } }));
};

/** `CMD ["nginx" "-g" …]`, `ENTRYPOINT ["/usr/bin/x"]`: the first word, without its folder. */
const startInHistory = (step: string): string | undefined =>
  /\b(?:CMD|ENTRYPOINT) \[\s*"(?:[^"]{0,200}\/)?([^"/]{1,100})"/.exec(step)?.[1];

/** Its publisher's build left its marks: the variable with its version and a start of its program. Either alone is found in many images. */
const byHistory = (product: Product, { history }: ImageConfig): readonly Claim[] => {
  const variable = history.findIndex(({ createdBy }) => {
    const name = /\bENV ([A-Z][A-Z0-9_]{2,60})[= ]/.exec(createdBy.slice(0, 2000))?.[1];
    return name !== undefined && product.variables.has(name);
  });
  const start = history.findIndex(({ createdBy }) => {
    const program = startInHistory(createdBy.slice(0, 2000));
    return program !== undefined && product.programs.some((pattern) => pattern.test(program));
  });
  if (variable < 0 || start < 0) return [];
  return [variable, start].map((step) => ({
    source: 'history',
    proof: { kind: 'history', field: `step ${step + 1}`, value: shown(history[step]?.createdBy ?? '') },
  }));
};

export const claimsOf = (product: Product, subject: Subject): readonly Claim[] => {
  const { config } = subject;
  return [
    ...byName(product, imageNamesOf(subject)),
    ...(config === undefined
      ? []
      : [...byLabel(product, config), ...byMaintainer(product, config), ...byHistory(product, config)]),
  ];
};
