/** Verdicts → a list of OCSF 1.5.0 Detection Findings: one for each verdict, and one for each of its findings and gaps. */
import { toJsonText } from '../json-text.ts';
import { toOcsfEvents } from '../ocsf/record-event.ts';
import type { Renderer } from '../renderer.ts';
import { toVerdictDocument } from '../verdict-document.ts';

export const ocsf: Renderer = {
  id: 'ocsf',
  about: 'Open Cybersecurity Schema Framework 1.5.0, for security lakes: a list of Detection Findings (class 2004)',
  mediaType: 'application/json',
  render: (verdicts) =>
    toJsonText(
      verdicts.flatMap((verdict) => {
        const { digest, reference, platform } = verdict.dossier;
        const id = JSON.stringify(['verdict', digest, reference, platform, verdict.at]);
        return toOcsfEvents({ type: 'verdict', id, at: verdict.at, value: { ...toVerdictDocument(verdict) } });
      }),
    ),
};
