/** Techniques with what belongs to them → a layer of the ATT&CK Navigator, format 4.5 (its repository, layers/spec/v4.5/layerformat.md). */
import { severities, type Severity } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';

export interface LayerNote {
  readonly name: string;
  readonly value: string;
}

export interface LayerTechnique {
  readonly technique: string;
  /** From 0 to 100. */
  readonly score: number;
  readonly comment: string;
  readonly notes: readonly LayerNote[];
}

export interface LayerMembers {
  readonly name: string;
  readonly description: string;
  readonly techniques: readonly LayerTechnique[];
  readonly notes: readonly LayerNote[];
  readonly legend: readonly { readonly label: string; readonly color: string }[];
}

/** From pale to strong: more of it, or worse. */
const colours = ['#fdf3e1', '#f6a04d', '#b3261e'] as const;

export const severityScore = (severity: Severity): number => (severities.indexOf(severity) + 1) * 20;

const toMetadata = (notes: readonly LayerNote[]): readonly LayerNote[] =>
  notes
    .filter(({ value }) => value !== '')
    .slice(0, 200)
    .map(({ name, value }) => ({ name: toPlainText(name, 200), value: toPlainText(value, 1000) }));

/** The shape alone: which techniques there are changes with every version of the matrix, and is not checked. */
export const isTechnique = (text: string): boolean => /^T\d{4}(?:\.\d{3})?$/.test(text);

/** A technique that is written otherwise is told beside the matrix, as it has no place in it. */
export const toLayer = ({ name, description, techniques, notes, legend }: LayerMembers): object => {
  const strange = techniques.filter(({ technique }) => !isTechnique(technique));
  return {
    name: toPlainText(name, 300),
    versions: { attack: '18', navigator: '5.1.0', layer: '4.5' },
    domain: 'enterprise-attack',
    description: toPlainText(description, 8000),
    sorting: 3,
    layout: { layout: 'side', showID: true, showName: true, expandedSubtechniques: 'annotated' },
    hideDisabled: false,
    techniques: techniques
      .filter(({ technique }) => isTechnique(technique))
      .toSorted((one, other) => (one.technique < other.technique ? -1 : 1))
      .map(({ technique, score, comment, notes: own }) => ({
        techniqueID: technique,
        score,
        comment: toPlainText(comment, 4000),
        enabled: true,
        showSubtechniques: true,
        metadata: toMetadata(own),
      })),
    gradient: { colors: colours, minValue: 0, maxValue: 100 },
    legendItems: legend,
    metadata: toMetadata([
      ...notes,
      ...strange.map(({ technique, comment }) => ({ name: `not in the matrix: ${technique}`, value: comment })),
    ]),
    selectTechniquesAcrossTactics: true,
    selectSubtechniquesWithParent: false,
  };
};
