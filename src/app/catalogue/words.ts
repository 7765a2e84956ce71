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
  critical: {
    means: 'The severity of a finding: if it is what it looks like, the image is made to do harm.',
    advice: 'Do not run the image. With confidence high it is malicious by this alone.',
  },
  high: {
    means: 'The severity of a finding: honest images hardly ever have it.',
    advice: 'Read the finding before the image runs. Its intent, its confidence and its place decide what follows.',
  },
  medium: {
    means: 'The severity of a finding: worth a question; it counts where the image starts it, or together with others.',
    advice: 'Ask whoever built the image what it is for.',
  },
  low: {
    means: 'The severity of a finding: common in honest images too, and decides nothing alone.',
    advice: 'Read it when something else in the image is odd.',
  },
  info: {
    means:
      'The severity of a finding: a fact for the reader, no sign of anything. The text report shows it with --verbose.',
    advice: 'Nothing to do.',
  },
  confidence: {
    means:
      'How sure a rule is that what it found is what its title says: low, medium or high. Severity says how bad that would be.',
    advice: 'The lower it is, the more the proof itself must be looked at.',
  },
  launched: {
    means:
      '“Started by the image”: entry point, command, services or scripts lead to this file. It runs wherever the image does.',
    advice: 'Take such findings first. The section Start-up says which step starts it.',
  },
  unowned: {
    means:
      '“No package owns it”: the image has a database of packages, and this file is in none of its records. Somebody put it there otherwise.',
    advice: 'Compare it with the build: the report names the layer and the step that made it.',
  },
  owned: {
    means:
      '“Delivered by the package”: the records of the image’s packages name this file, with the content that it has.',
    advice:
      'The records lie in the image and can be forged: scan with --verify-packages to compare with the distribution’s archive.',
  },
  nested: {
    means: 'It lies in an archive inside a layer, such as a jar, and nothing starts it there. It weighs less.',
    advice: 'Find out what unpacks the archive.',
  },
  example: {
    means: 'It lies among documentation, tests or examples, where honest packages keep such things. It weighs less.',
    advice: 'Make sure that nothing runs it from there.',
  },
  'start-up': {
    means:
      'What the image does when it starts, step by step, as far as its configuration and scripts tell without running them.',
    advice: 'Compare it with what the image is for. "story" is its name in JSON.',
  },
  exception: {
    means: 'A finding or gap that the policy lets pass, for a reason, until a day.',
    advice:
      'Look at the reason again when the day comes: the exception then ends by itself. docs/policy.md says how one is written.',
  },
};
