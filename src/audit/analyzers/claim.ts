/** What an image says that it is, by name, label or history → whether it holds any of it. ATT&CK T1036.005. */
import type { Analyzer, Inspector, Subject } from '../../core/analyzer.ts';
import type { Evidence, Finding } from '../../core/finding.ts';
import type { ImageConfig } from '../../core/image.ts';
import { toPlainText } from '../../core/plain-text.ts';
import { claimsOf, type Claim } from '../claim/claims.ts';
import { holdingsOf, isHeld, osReleasePaths } from '../claim/holdings.ts';
import { loadProducts, type Product } from '../claim/products.ts';
import { programName, programsStarted } from '../claim/start.ts';
import { maximumBytes, readSystemIds } from '../claim/system-ids.ts';

const openInspector = (): Inspector => ({
  // wants() has told these paths from all others.
  scope: () => '',
  wants: ({ path, size }) => osReleasePaths.includes(path) && size <= maximumBytes,
  inspect(file, content) {
    const ids = file.windowOffset > 0 ? [] : readSystemIds(content);
    return ids.length === 0 ? undefined : { facts: ids };
  },
});

/** In the folders in which systems keep theirs: a shell anywhere else is only called so. */
const isShell = (program: string): boolean =>
  /^(?:\/?(?:usr\/)?(?:local\/)?s?bin\/)?(?:ba|da|a|z|k|c)?sh$/.test(program);

/** It starts, and not what it says it is: a shell is what an operating system starts. */
const startOfOther = ({ programs, ids }: Product, config: ImageConfig | undefined): string | undefined => {
  const started = config === undefined ? [] : programsStarted([...config.entrypoint, ...config.command]);
  if (ids.size > 0) return started.find((program) => !isShell(program));
  return started.some((program) => programs.some((pattern) => pattern.test(programName(program))))
    ? undefined
    : started[0];
};

const startProof = ({ entrypoint, command }: ImageConfig): Evidence => ({
  kind: 'config',
  field: entrypoint.length > 0 ? 'Entrypoint' : 'Cmd',
  value: toPlainText([...entrypoint, ...command].join(' '), 300),
});

const toFinding = (
  product: Product,
  claims: readonly [Claim, ...Claim[]],
  config: ImageConfig | undefined,
): Finding => {
  const other = startOfOther(product, config);
  const sources = new Set(claims.map(({ source }) => source));
  const [first, ...others] = claims.slice(0, 10).map(({ proof }) => proof) as [Evidence, ...Evidence[]];
  const isSystem = product.ids.size > 0;
  return {
    rule: isSystem ? 'claim/lacks-system' : 'claim/lacks-program',
    title: `The image says that it is ${product.id}, and holds no ${product.id}${other === undefined ? '' : '; it starts something else'}`,
    severity: other === undefined ? 'medium' : 'high',
    confidence: sources.size > 1 ? 'high' : 'medium',
    intent: 'impersonation',
    techniques: ['T1036.005', 'T1204.003'],
    advice: `Do not run it before you know why. The safer reference is ${product.original}, if ${product.id} is what you want.`,
    evidence: [first, ...others, ...(other === undefined || config === undefined ? [] : [startProof(config)])],
  };
};

const judge = (
  subject: Subject,
  observations: Parameters<Analyzer['conclude']>[1],
  products: readonly Product[],
): readonly Finding[] => {
  // What was not read may hold it: the gap is told, and nothing is claimed.
  if (subject.partial === true || subject.kind !== 'container') return [];
  const claimed = products.flatMap((product) => {
    const [first, ...others] = claimsOf(product, subject);
    return first === undefined ? [] : [{ product, claims: [first, ...others] as const }];
  });
  if (claimed.length === 0) return [];
  const holdings = holdingsOf(subject.inventory, observations);
  if (holdings.programs.size === 0) return [];
  return claimed
    .filter(({ product }) => !isHeld(product, holdings))
    .map(({ product, claims: [first, ...others] }) => toFinding(product, [first, ...others], subject.config));
};

export const claim: Analyzer = {
  id: 'claim',
  about: 'images that say they are a well-known program or system, and hold none of it',
  version: 1,
  async load(locations) {
    const { products, rejected, digest } = loadProducts(locations);
    return {
      digest,
      counts: { product: products.length },
      rejected,
      data: products,
      dataToOpen: () => undefined,
      gaps: [],
    };
  },
  readsAs: (path) => (osReleasePaths.includes(path) ? 'os-release' : undefined),
  open: openInspector,
  conclude: (subject, observations, data) => judge(subject, observations, data as readonly Product[]),
};
