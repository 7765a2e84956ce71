/** Codes of the scan itself: time, memory, scanning processes, rules that were too slow. */
import type { Explanation } from './words.ts';

const report = 'This is a bug: report it with the file, or its SHA-256. The scan of everything else went on.';

export const scan = {
  ANALYZER_FAILED: { means: 'An analyzer failed at this file in a way nobody thought of.', advice: report },
  FILE_SCANNED_IN_WINDOWS: {
    means:
      'The file is larger than 32 MiB and was scanned in overlapping windows. Rules that count, look at positions or use modules cannot be decided so.',
    advice:
      'Limit those rules with "filesize < …" in their conditions, or accept the gap in your policy. Built-in rules are not affected.',
  },
  FILE_TIMED_OUT: {
    means:
      'The file was not examined in time: 10 seconds and one more for each MiB. Its scan was stopped, the rest went on.',
    advice:
      'If the machine was busy, scan again, with fewer --cores. If it is one file each time, "tidewaiter rules check --cost" on your rules shows the slow ones.',
  },
  LAYER_ABANDONED: {
    means:
      'Scanning this layer ended the scanning process again and again; its remaining files were only listed, or not read at all.',
    advice:
      'The gaps beside this one name the files. Give the machine more memory or use fewer --cores; if it stays so, report it.',
  },
  PARSER_FAILED: { means: 'A parser failed at this layer or file in a way nobody thought of.', advice: report },
  RULE_DROPPED: {
    means: 'A rule took too long on three files and was then left out, so that it was not evaluated on this one.',
    advice: 'Make the rule cheaper: "tidewaiter rules check --cost PATH" says why it is slow.',
  },
  RULE_TIMED_OUT: {
    means:
      'A rule took too long on this file and was stopped; the others were evaluated, but for those that the message names.',
    advice: 'Make the rule cheaper: "tidewaiter rules check --cost PATH" says why it is slow.',
  },
  SCAN_PROCESS_DIED: {
    means:
      'The scanning process ended at this file: it crashed, made no progress, or used more than 1.5 GiB of memory.',
    advice:
      'Give the machine more memory or use fewer --cores. If it stays so, report it with the file: it may be made to do this.',
  },
  SCAN_STOPPED: { means: 'The scan was interrupted before this layer was read to its end.', advice: 'Scan again.' },
  SCAN_TIMED_OUT: {
    means:
      'The scan was not finished within --timeout (an hour by default). What was examined until then is in the report.',
    advice: 'Give it more time with --timeout SECONDS. Layers that were finished are remembered for the next scan.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
