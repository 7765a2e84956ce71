/** An analyzer for tests of the engine: inert markers in a file's content make it find, hang, die, eat memory or throw. */
import type { Analyzer, Inspection, Observation } from '../../src/core/analyzer.ts';
import { malformed } from '../../src/core/fault.ts';
import type { Finding } from '../../src/core/finding.ts';

export const markers = {
  find: 'TEST-MARKER-FIND',
  hang: 'TEST-MARKER-HANG',
  exit: 'TEST-MARKER-EXIT',
  die: 'TEST-MARKER-DIE',
  memory: 'TEST-MARKER-MEMORY',
  fault: 'TEST-MARKER-FAULT',
  bug: 'TEST-MARKER-BUG',
} as const;

const hang = (): never => {
  for (;;);
};

const eat = (): never => {
  const eaten: Uint8Array[] = [];
  for (;;) eaten.push(new Uint8Array(16 * 2 ** 20).fill(1));
};

const obey = (text: string): Inspection | undefined => {
  if (text.includes(markers.hang)) hang();
  if (text.includes(markers.exit)) process.exit(3);
  if (text.includes(markers.die)) {
    process.kill(process.pid, 'SIGSEGV');
    hang();
  }
  if (text.includes(markers.memory)) eat();
  if (text.includes(markers.fault)) throw malformed('MARKER_FAULT', 'the marker says so');
  if (text.includes(markers.bug)) throw new TypeError('the marker says so');
  const offset = text.indexOf(markers.find);
  return offset < 0 ? undefined : { facts: { offset } };
};

export const marker: Analyzer = {
  id: 'marker',
  about: 'finds markers',
  version: 1,
  open: () => ({
    scope: () => '',
    inspect: (file, content) => {
      const inspection = obey(Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1'));
      const facts = inspection?.facts as { offset: number } | undefined;
      if (facts === undefined) return inspection;
      if (facts.offset + markers.find.length <= file.overlap) return undefined;
      return { facts: { offset: file.windowOffset + facts.offset, sha256: file.sha256 } };
    },
  }),
  conclude: (_, observations) => observations.map(toFinding),
};

const toFinding = ({ path, sha256, size, layerIndex, hidden, facts }: Observation): Finding => ({
  rule: 'found',
  title: 'A marker',
  severity: 'low',
  confidence: 'high',
  intent: 'hygiene',
  techniques: [],
  advice: 'None.',
  evidence: [
    {
      kind: 'excerpt',
      path,
      layerIndex,
      hidden,
      sha256,
      offset: (facts as { offset: number }).offset,
      length: markers.find.length,
      text: `${size}`,
    },
  ],
});
