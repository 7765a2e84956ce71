import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOfGap } from './gap-kind.ts';

const kinds = {
  limit: [
    'RATIO_TOO_HIGH',
    'NESTING_TOO_DEEP',
    'UNPACKED_TOO_LARGE',
    'ENTRIES_TOO_MANY',
    'PATH_TOO_LONG',
    'RECORD_TOO_LARGE',
    'ARCHIVE_TOO_LARGE',
    'FILE_TIMED_OUT',
    'SCAN_PROCESS_DIED',
    'SHELL_TOO_COSTLY',
    'LAUNCH_PATH_NOT_FOLLOWED',
  ],
  unavailable: [
    'ZIP_MEMBER_ENCRYPTED',
    'ARCHIVE_UNSUPPORTED',
    'ZIP_METHOD_UNSUPPORTED',
    'ZSTD_DICTIONARY_NEEDED',
    'PARSER_FAILED',
    'RPMDB_JOURNAL_UNREAD',
    'BERKELEY_DB_UNSUPPORTED',
    'SQLITE_TABLE_UNREADABLE',
    'LAUNCH_SCRIPT_UNREADABLE',
  ],
  malformed: [
    'DPKG_LINE_INVALID',
    'RPM_HEADER_INVALID',
    'ZIP_MEMBER_CORRUPT',
    'GZIP_TRUNCATED',
    'TAR_HEADER_INVALID',
    'ZIP_DIRECTORY_MISSING',
  ],
} as const;

for (const [kind, codes] of Object.entries(kinds))
  test(`${kind}: ${codes.join(', ')}`, () => {
    for (const code of codes) assert.equal(kindOfGap(code), kind, code);
  });
