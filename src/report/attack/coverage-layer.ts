/** Rules → a layer that shows which techniques they look for, and how many of them. */
import { toPlainText } from '../../core/plain-text.ts';
import { counted } from '../../core/amount.ts';
import { toLayer, type LayerTechnique } from './layer.ts';
import { maliciousImage, maliciousImageNotes } from './malicious-image.ts';

export interface CoveringRule {
  readonly id: string;
  readonly title: string;
  readonly techniques: readonly string[];
}

/** So many rules or more are the strongest colour. */
const manyRules = 20;

export const toCoverageLayer = (rules: readonly CoveringRule[], version: string): object => {
  const byTechnique = new Map<string, CoveringRule[]>([[maliciousImage, []]]);
  for (const rule of rules)
    for (const technique of new Set(rule.techniques))
      byTechnique.set(technique, [...(byTechnique.get(technique) ?? []), rule]);
  const techniques = [...byTechnique].map(([technique, covering]): LayerTechnique => {
    const isOwn = technique === maliciousImage;
    const names = covering.map(({ id }) => toPlainText(id, 200)).sort();
    return {
      technique,
      // The technique itself is what the whole program is about, whichever rules name it.
      score: isOwn ? 100 : Math.round((Math.min(covering.length, manyRules) * 100) / manyRules),
      comment: counted(covering.length, 'rule'),
      notes: [
        ...(isOwn ? maliciousImageNotes : []),
        ...names.slice(0, 100).map((value) => ({ name: 'rule', value })),
        { name: 'and more', value: names.length > 100 ? String(names.length - 100) : '' },
      ],
    };
  });
  return toLayer({
    name: 'Tidewaiter: what its rules look for',
    description: `${counted(rules.length, 'rule')}, of which ${rules.filter(({ techniques: own }) => own.length > 0).length} name a technique. A rule is no promise that every procedure of a technique is seen.`,
    techniques,
    notes: [{ name: 'rules', value: version }],
    legend: [
      { label: 'few rules', color: '#fdf3e1' },
      { label: `${manyRules} rules or more`, color: '#b3261e' },
    ],
  });
};
