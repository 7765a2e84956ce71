/** `scan --attest`: Verdicts → signed bundles, in a file and beside the images in their registries. */
import { readAttestKey } from '../app/attest-key.ts';
import { pushBundle } from '../app/push-bundle.ts';
import type { Settings } from '../app/settings.ts';
import { toVerdictStatement } from '../app/verdict-statement.ts';
import type { Context } from '../core/context.ts';
import { isFault, misuse } from '../core/fault.ts';
import { toPlainText } from '../core/plain-text.ts';
import { parseReference } from '../core/reference.ts';
import type { Verdict } from '../core/verdict.ts';
import { programVersion } from './program-version.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write-whole.ts';

export type AttestSettings = Pick<Settings, 'attest' | 'attestOutput' | 'attestPush' | 'quiet'>;

/** Where bundles go when nobody says where. */
const usualFile = 'verdict.sigstore.json';

const exitMisuse = 2;
const exitUndecided = 3;

/** Misuse outranks what could not be found out. */
const worse = (one: number, other: number): number =>
  [exitMisuse, exitUndecided].find((status) => status === one || status === other) ?? 0;

export interface Attester {
  /** @returns the exit status that follows from it: 0, 2 for an image that cannot have a bundle, 3 where a registry did not take one */
  attest(verdicts: readonly Verdict[]): Promise<number>;
}

/**
 * Before anything is scanned: a mistake costs no scan.
 * @throws {Fault} misuse `ATTEST_KEY_INVALID`, `SETTING_INVALID`
 */
export const openAttester = async (
  references: readonly string[],
  settings: AttestSettings,
  terminal: Terminal,
  context: Context,
): Promise<Attester> => {
  const { attest, attestOutput, attestPush } = settings;
  if (attest === undefined)
    throw misuse('SETTING_INVALID', `--attest-${attestPush ? 'push' : 'output'} needs --attest KEY, which signs`);
  const key = await readAttestKey(attest, context);
  const elsewhere = references.find((reference) => parseReference(reference).scheme !== 'docker');
  if (attestPush && elsewhere !== undefined)
    throw misuse(
      'SETTING_INVALID',
      `--attest-push puts verdicts beside images in registries, and ${toPlainText(elsewhere, 200)} is not in one`,
    );

  const push = async (bundle: string, verdict: Verdict): Promise<number> => {
    const reference = parseReference(verdict.dossier.asked);
    const { manifest } = verdict.dossier.identity;
    if (reference.scheme !== 'docker' || manifest === undefined) return exitMisuse;
    try {
      const { digest } = await pushBundle(bundle, reference, manifest, verdict.at, context);
      if (!settings.quiet) terminal.complain(`pushed the signed verdict on ${manifest} as ${digest}`);
      return 0;
    } catch (thrown) {
      context.signal.throwIfAborted();
      if (!isFault(thrown)) throw thrown;
      terminal.complain(
        `tidewaiter: the signed verdict on ${manifest} was not pushed: ${toPlainText(thrown.message, 400)}`,
      );
      return thrown.kind === 'misuse' ? exitMisuse : exitUndecided;
    }
  };

  return {
    async attest(verdicts) {
      const bundles: string[] = [];
      let status = 0;
      for (const verdict of verdicts) {
        const statement = toVerdictStatement(verdict, programVersion());
        if (statement === undefined) {
          // What could not even be had is told by its verdict.
          if (verdict.dossier.layers.length > 0) status = exitMisuse;
          terminal.complain(
            `tidewaiter: no signed verdict on ${toPlainText(verdict.dossier.reference, 300)}: it has no manifest by whose digest anybody would know it`,
          );
          continue;
        }
        const bundle = key.sign(statement);
        bundles.push(bundle);
        if (attestPush) status = worse(status, await push(bundle, verdict));
      }
      const file = attestOutput ?? (attestPush ? undefined : usualFile);
      if (file !== undefined && bundles.length > 0)
        await writeWhole(file, bundles.map((bundle) => `${bundle}\n`).join(''), '--attest-output');
      return status;
    },
  };
};
