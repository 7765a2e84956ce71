/** An analyzer for tests of the engine: inert markers in a file's content make it find, hang, die, eat memory or throw. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
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
  powers: 'TEST-MARKER-POWERS',
} as const;

const hang = (): never => {
  for (;;);
};

const eat = (): never => {
  const eaten: Uint8Array[] = [];
  for (;;) eaten.push(new Uint8Array(16 * 2 ** 20).fill(1));
};

const attempt = (act: () => unknown): string => {
  try {
    act();
    return 'done';
  } catch (thrown) {
    return (thrown as { code?: string }).code ?? 'failed';
  }
};

/** What code in a scanning process could do. */
const powers = (): Inspection => ({
  facts: {
    environment: Object.keys(process.env),
    read: attempt(() => readFileSync('/etc/passwd')),
    write: attempt(() => writeFileSync('/tmp/tidewaiter-marker', '')),
    run: attempt(() => spawnSync('true')),
    interfaces: Object.keys(networkInterfaces()),
  },
});

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
  if (text.includes(markers.powers)) return powers();
  const offset = text.indexOf(markers.find);
  return offset < 0 ? undefined : { facts: { offset } };
};

export const marker: Analyzer = {
  id: 'marker',
  about: 'finds markers',
  version: 1,
  readsAs: (path) => (path.startsWith('etc/read/') ? 'marked' : undefined),
  open: () => ({
    scope: () => '',
    inspect: (file, content) => {
      const inspection = obey(Buffer.from(content.buffer, content.byteOffset, content.length).toString('latin1'));
      const facts = inspection?.facts as { offset?: number } | undefined;
      if (facts?.offset === undefined) return inspection;
      if (facts.offset + markers.find.length <= file.overlap) return undefined;
      return { facts: { offset: file.windowOffset + facts.offset, sha256: file.sha256 } };
    },
  }),
  conclude: (_, observations) => observations.map(toFinding),
};

const textOf = ({ size, facts }: Observation): string =>
  (facts as { offset?: number }).offset === undefined ? JSON.stringify(facts) : `${size}`;

const toFinding = (observation: Observation): Finding => ({
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
      path: observation.path,
      layerIndex: observation.layerIndex,
      hidden: observation.hidden,
      sha256: observation.sha256,
      offset: (observation.facts as { offset?: number }).offset ?? 0,
      length: markers.find.length,
      text: textOf(observation),
    },
  ],
});
