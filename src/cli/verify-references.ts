/** References → who signed them, on standard output or in a file, and the exit status. */
import { judgementTime } from '../app/inspect.ts';
import { platformChoice } from '../app/image-sources.ts';
import { demandsTrust, type Settings } from '../app/settings.ts';
import { openConfiguredDesk } from '../app/verify/configured-desk.ts';
import { discoverReference, verifyReference, verifyStatus, type VerifyQuestion } from '../app/verify/verify.ts';
import { isFault, misuse } from '../core/fault.ts';
import type { Verification } from '../core/verification.ts';
import { toJsonText } from '../report/json-text.ts';
import { toVerificationDocument } from '../report/verification-document.ts';
import { discoveryText, verificationText } from '../report/verification-text.ts';
import { complaintOf } from './complaint.ts';
import { openCommandContext } from './command-context.ts';
import { openProgress } from './progress.ts';
import { requireReferences } from './reference-hint.ts';
import type { Terminal } from './terminal.ts';
import { writeWhole } from './write-whole.ts';

const exitMisuse = 2;

const nobodyNamed =
  'nobody is named who must have signed: write --key FILE, or --certificate-identity NAME with --certificate-oidc-issuer URL, or --trust FILE';

const textOptions = (settings: Settings, terminal: Terminal) => ({
  colour: settings.output === undefined && terminal.colour,
  width: terminal.width,
  verbose: settings.verbose,
});

/** Nobody to trust is misuse; what lies there is shown all the same, since what one may name is seen from it. */
const showWhatLiesThere = async (
  references: readonly string[],
  settings: Settings,
  terminal: Terminal,
): Promise<never> => {
  if (settings.format !== 'text') throw misuse('TRUST_MISSING', nobodyNamed);
  await using context = await openCommandContext(settings, terminal);
  for (const asked of references)
    try {
      for (const { reference, discovery } of await discoverReference(
        { asked, choice: platformChoice(settings) },
        context,
      ))
        await terminal.print(`${discoveryText(reference, discovery, textOptions(settings, terminal))}\n`);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      terminal.complain(complaintOf(thrown));
    }
  throw misuse('TRUST_MISSING', nobodyNamed);
};

export const verifyReferences = async (
  references: readonly string[],
  settings: Settings,
  terminal: Terminal,
): Promise<number> => {
  requireReferences(references);
  if (!demandsTrust(settings)) return showWhatLiesThere(references, settings, terminal);
  const progress = openProgress(terminal, settings.quiet);
  await using context = await openCommandContext(settings, terminal, (step) => progress.update(step));
  const { desk, configuration } = await openConfiguredDesk(settings, context);
  if (configuration === undefined) throw misuse('TRUST_MISSING', nobodyNamed);
  const at = judgementTime(settings, context);
  const isText = settings.format === 'text';
  const streams = isText && settings.output === undefined;
  const all: Verification[] = [];
  let misused = false;
  try {
    for (const asked of references) {
      const question: VerifyQuestion = { asked, choice: platformChoice(settings), at };
      try {
        const answers = await verifyReference(question, configuration, desk, context);
        progress.clear();
        if (streams)
          await terminal.print(
            `${all.length > 0 ? '\n' : ''}${verificationText(answers, textOptions(settings, terminal))}`,
          );
        all.push(...answers);
      } catch (thrown) {
        progress.clear();
        if (terminal.signal.aborted || !isFault(thrown) || thrown.kind !== 'misuse' || references.length === 1)
          throw thrown;
        terminal.complain(complaintOf(thrown));
        misused = true;
      }
    }
  } finally {
    desk.close();
  }
  if (!streams) {
    const documents = all.map(toVerificationDocument);
    const single = references.length === 1 && !settings.allPlatforms && documents.length === 1;
    const text = isText
      ? verificationText(all, textOptions(settings, terminal))
      : toJsonText(single ? documents[0] : documents);
    if (settings.output === undefined) await terminal.print(text);
    else await writeWhole(settings.output, text);
  }
  return misused ? exitMisuse : verifyStatus(all);
};
