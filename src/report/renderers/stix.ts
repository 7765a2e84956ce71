/** Verdicts → one STIX 2.1 bundle: images and files as observables, hostile files as indicators with their sightings, the rest as notes. */
import { toJsonText } from '../json-text.ts';
import type { Renderer } from '../renderer.ts';
import { toBundle } from '../stix/objects.ts';
import { toStixObjects } from '../stix/record-objects.ts';
import { toVerdictDocument } from '../verdict-document.ts';

export const stix: Renderer = {
  id: 'stix',
  about: 'STIX 2.1, for exchanges of threat intelligence: one bundle with observables, indicators, sightings and notes',
  mediaType: 'application/stix+json; version=2.1',
  render: (verdicts) =>
    toJsonText(
      toBundle(
        verdicts.flatMap((verdict) => {
          const { digest, reference, platform } = verdict.dossier;
          const id = JSON.stringify(['verdict', digest, reference, platform]);
          return toStixObjects({ type: 'verdict', id, at: verdict.at, value: { ...toVerdictDocument(verdict) } });
        }),
      ),
    ),
};
