/** Findings and gaps of the analyzer `launch-path`: what an image does when it starts. */
import type { Explanation } from './words.ts';

const readStory = 'Read the start-up story in the report; the evidence names the line of the script.';
const doNotRun = 'Do not run it. Where it ran, treat the machine as taken over.';

export const launchPath = {
  LAUNCH_PATH_NOT_FOLLOWED: {
    means:
      'What the image does when it starts was followed only in part: its scripts take more work, nest deeper or do more than start scripts do. An attacker can write a script so.',
    advice: 'Read the script that the gap names; accept the gap in your policy only when you know what it does.',
  },
  LAUNCH_SCRIPT_TOO_LARGE: {
    means: 'A script that runs when the image starts is larger than what is followed (64 KiB).',
    advice: 'Read it yourself: large start scripts carry archives, or hide what they do in their length.',
  },
  LAUNCH_SCRIPT_UNREADABLE: {
    means:
      'A shell reads this file when the image starts, but its name and place are those of data, so its text was not kept.',
    advice: 'Read it yourself, or give it a name that says what it is.',
  },
  'launch-path/decode-and-run': {
    means:
      'What the image starts undoes an encoding (base64, hex, gzip, reversed text and the like) and runs what comes out.',
    advice: `Honest images do not hide what they start. ${readStory}`,
  },
  'launch-path/fetch-and-run': {
    means:
      'What the image starts downloads a program and runs it. What runs is not in the image, so no scan of the image can say what it does.',
    advice: `Ask for an image that carries its programs, and block the address. ${readStory}`,
  },
  'launch-path/hidden-program': {
    means:
      'What the image starts lies where files are hidden, is named like a thread of the kernel, or has the name of a system tool in a folder where no such tool lies.',
    advice: 'Look at the program itself, not at its name.',
  },
  'launch-path/history-cleared': {
    means: 'At its start the image clears or switches off the shell’s memory of what was typed.',
    advice: readStory,
  },
  'launch-path/host-escape': {
    means:
      'At its start the image reaches for the host: its namespaces, its root folder, the socket of its container engine, or a setting by which the kernel runs a program on the host.',
    advice: 'Never start it privileged, or with the host’s root, process ids or engine socket bound into it.',
  },
  'launch-path/hosts-blackholed': {
    means: 'At its start the image makes registries, updates or other engines unreachable for the machine.',
    advice: 'Look at /etc/hosts and the firewall where it ran.',
  },
  'launch-path/persistence-planted': {
    means:
      'At its start the image plants something that stays or starts again: a key for logging in, a timetable that fetches, a library forced into every program, a module of the kernel.',
    advice:
      'Look for it where the image ran with a folder of the host bound into it: deleting the container leaves it.',
  },
  'launch-path/program-missing': {
    means: 'The start command leads to a program that the image does not hold, and nothing that runs before brings it.',
    advice: 'Ask what is bound into the container to supply it: what runs then is not what was scanned.',
  },
  'launch-path/remote-shell': {
    means: 'At its start the image gives a shell to somebody elsewhere, or waits for somebody who wants one.',
    advice: doNotRun,
  },
  'launch-path/renamed-program': {
    means: 'At its start the image gives a downloaded or decoded program the name of a system tool.',
    advice: doNotRun,
  },
  'launch-path/rivals-killed': {
    means: 'At its start the image stops coin miners of others. Only a miner does.',
    advice: doNotRun,
  },
  'launch-path/scans-for-engines': {
    means:
      'At its start the image looks for container engines on the network, or starts containers on engines elsewhere.',
    advice: doNotRun,
  },
  'launch-path/security-agents-stopped': {
    means: 'At its start the image stops or removes programs that guard the machine.',
    advice: 'Check that the agents still run where the image ran.',
  },
  'launch-path/sells-bandwidth': {
    means:
      'At its start the image runs a client that sells the machine’s network connection, by the arguments that its maker gives for it.',
    advice: 'Ask who earns with it: your address becomes the origin of strangers’ traffic.',
  },
  'launch-path/starts-miner': {
    means:
      'At its start the image runs a program with the arguments of a coin miner: a pool, an account, an algorithm.',
    advice: 'Unless mining is what you want, do not run it; block the pool.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
