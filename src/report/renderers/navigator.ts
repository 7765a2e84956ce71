/** Verdicts → layers of the ATT&CK Navigator: the techniques of each image's findings, coloured by the worst of them. */
import { severityRank, type Finding } from '../../core/finding.ts';
import { toPlainText } from '../../core/plain-text.ts';
import type { Verdict } from '../../core/verdict.ts';
import { severityScore, toLayer, type LayerTechnique } from '../attack/layer.ts';
import { toJsonText } from '../json-text.ts';
import { layerWords, subjectWords } from '../placement.ts';
import type { Renderer } from '../renderer.ts';

const placeOf = ({ evidence: [proof], lesson }: Finding): string =>
  [subjectWords(proof), layerWords(proof), lesson === undefined ? '' : `lesson: tidewaiter explain ${lesson}`]
    .filter(Boolean)
    .join(', ');

const toTechnique = (technique: string, findings: readonly Finding[]): LayerTechnique => {
  const worst = findings.reduce((one, other) =>
    severityRank(other.severity) > severityRank(one.severity) ? other : one,
  );
  return {
    technique,
    score: severityScore(worst.severity),
    comment: findings.map(({ title, severity }) => `${severity}: ${toPlainText(title, 200)}`).join('; '),
    notes: findings.map((finding) => ({ name: finding.rule, value: placeOf(finding) })),
  };
};

const layerOf = (verdict: Verdict): object => {
  const { dossier, decision, assessment, because, policy, at } = verdict;
  const byTechnique = Map.groupBy(
    dossier.findings.flatMap((finding) => finding.techniques.map((technique) => ({ technique, finding }))),
    ({ technique }) => technique,
  );
  const untold = dossier.findings.filter(({ techniques }) => techniques.length === 0);
  return toLayer({
    name: `${decision}: ${dossier.reference}`,
    description: `${assessment}: ${because.map((reason) => toPlainText(reason, 500)).join('; ')}`,
    techniques: [...byTechnique].map(([technique, pairs]) =>
      toTechnique(
        technique,
        pairs.map(({ finding }) => finding),
      ),
    ),
    notes: [
      { name: 'platform', value: dossier.platform },
      { name: 'digest', value: dossier.digest ?? '' },
      { name: 'policy', value: policy.name },
      { name: 'rules', value: dossier.rules.version },
      { name: 'judged at', value: at },
      ...untold.map((finding) => ({ name: `no technique: ${finding.rule}`, value: placeOf(finding) })),
      // An empty matrix says nothing about what was not examined.
      ...dossier.gaps.map(({ code, where, reason }) => ({
        name: `not examined: ${code}`,
        value: `${where}: ${reason}`,
      })),
    ],
    legend: [
      { label: 'informational', color: '#fdf3e1' },
      { label: 'critical', color: '#b3261e' },
    ],
  });
};

export const navigator: Renderer = {
  id: 'navigator',
  about: 'layers for the ATT&CK Navigator (format 4.5): the techniques of the findings, coloured by the worst of them',
  mediaType: 'application/json',
  render(verdicts, { single }) {
    const layers = verdicts.map(layerOf);
    return toJsonText(single && layers.length === 1 ? layers[0] : layers);
  },
};
