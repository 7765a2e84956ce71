/** Codes of the second flow: records that are replayed, what is kept of events, and what is asked of it. */
import type { Explanation } from './words.ts';

export const follow = {
  EVENTS_FORGOTTEN: {
    means:
      'To stay within its bounds, or since events came too late or from the future, what follows events left something out: a chain may have been missed. Told at the first, and whenever a count is ten times as high.',
    advice:
      'correlation-late: logs come more than a quarter of an hour behind others; look at what holds them up. correlation-early: a clock is ahead; set it. Others: more groups, images or processes at once than there is room for; split the sources, or leave out rules with ever new groups.',
  },
  HUNT_UNKNOWN: {
    means: 'What hunt was asked after is no name by which anything is remembered.',
    advice:
      'Write a digest (sha256:…), an AMI (ami-…), PACKAGE@VERSION, a reference such as nginx:1.27, or a file with hashes.',
  },
  RECORDS_NOT_FOUND: {
    means: 'replay was given no file of records, one that is not there, or a folder.',
    advice: 'Name the files one by one, as your shell does for AWSLogs/*.json.gz; - is standard input.',
  },
  RECORDS_UNREADABLE: {
    means: 'A file of records could not be opened, or not be read to its end: what it says from there on is unknown.',
    advice: 'Look at the rights of the file and at the disk that it lies on, and replay it again.',
  },
  SENSOR_UNKNOWN: {
    means: 'Nothing reads records of that kind.',
    advice: 'Write one of the sensors that "tidewaiter replay --help" lists behind --sensor or --also.',
  },
} as const satisfies Readonly<Record<string, Explanation>>;
