/** The words of a report: assessments, decisions, intents, severities, and what each asks of its reader. */

export interface Explanation {
  readonly means: string;
  /** What the reader should do. */
  readonly advice: string;
}

export const words: Readonly<Record<string, Explanation>> = {
  malicious: {
    means: 'At least one finding is proof enough by itself that the image does harm or is not what it says it is.',
    advice:
      'Do not run it. If it ran: isolate the host, look for what the findings name, and change the secrets that it could read.',
  },
  suspicious: {
    means: 'Something is there that honest images rarely have, but it does not prove harm by itself.',
    advice:
      'Read the findings. When they are meant to be there, write an exception with a reason and an expiry into the policy.',
  },
  clean: {
    means:
      'Every byte was examined, each in the one way it can be read, and nothing worth acting on was found. It is no proof of innocence.',
    advice: 'Run it by its digest, so that what runs is what was judged.',
  },
  incomplete: {
    means:
      'Some content was not examined, so nothing can be said about the image as a whole. The gaps say what and why.',
    advice:
      'Remove the cause of the gaps (a broken download, missing credentials, an encrypted layer) and scan again, or accept that kind of gap in the policy.',
  },
  allow: { means: 'Policy lets the image run. Exit status 0.', advice: 'Nothing to do.' },
  warn: {
    means: 'Policy lets the image run but wants a person to look. Exit status 0, or 1 with --fail-on warn.',
    advice: 'Read the findings before the image goes further.',
  },
  deny: {
    means:
      'Policy does not let the image run. Exit status 1, or 3 when it is denied only because it could not be examined.',
    advice: 'Read "because" in the report; it names the facts that decided.',
  },
  gap: {
    means:
      'A part of the image that was not examined, and why. Silence is never evidence: policy judges gaps like findings.',
    advice: 'Look the code of the gap up with: tidewaiter explain CODE.',
  },
  implant: {
    means: 'The intent of a finding: code that gives somebody else control, or keeps it.',
    advice: 'Treat the image as hostile until the finding is understood.',
  },
  miner: {
    means: 'The intent of a finding: software that spends your machines on somebody else’s coins.',
    advice: 'When you run it on purpose, except it by digest in the policy.',
  },
  'dual-use': {
    means: 'The intent of a finding: honest tools that attackers bring along, such as scanners and tunnels.',
    advice: 'Ask whether this image has a use for it.',
  },
  exposure: {
    means: 'The intent of a finding: secrets and keys that everybody who can pull the image can read.',
    advice: 'Revoke them: deleting them in a later layer does not take them out of the image.',
  },
  impersonation: {
    means: 'The intent of a finding: the image or a file pretends to be something else.',
    advice: 'Compare it with the original from its publisher.',
  },
  tampering: {
    means:
      'The intent of a finding: content that is not what its digest or table of contents says, or that two readers would read in two ways.',
    advice: 'Fetch the image again from its publisher; if it stays so, report it to the publisher and do not run it.',
  },
  hygiene: {
    means: 'The intent of a finding: carelessness that helps an attacker later, not an attack.',
    advice: 'Mend it in the next build.',
  },
  hidden: {
    means:
      'The file is in a layer but deleted or overwritten by a later one. Whoever pulls the image has it; `ls` in a container does not show it.',
    advice: 'Look at the layer named beside it, not at the running container.',
  },
  coverage: {
    means:
      'How much was seen, examined, skipped by policy and unreadable, in files and bytes, for layers and for the archives inside them.',
    advice: 'seen = examined + skipped + unreadable. When unreadable is not 0, the gaps say why.',
  },
};
