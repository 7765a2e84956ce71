import assert from 'node:assert/strict';
import { test } from 'node:test';

import { describeRecord, parsed } from '../../../test/contracts/record.contract.ts';
import { parseOsRelease } from './os-release.ts';

const sample = `# comment
NAME="Debian GNU/Linux"
ID=debian
VERSION_ID="12"
PRETTY_NAME='Debian GNU/Linux 12 (bookworm)'
ODD="a \\"b\\" \\$c"
not a line
`;

const parse = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(parsed((budget) => parseOsRelease(Buffer.from(text), budget)).value);

test('assignments are unquoted, everything else is passed over', () => {
  assert.deepEqual(parse(sample), {
    name: 'Debian GNU/Linux',
    id: 'debian',
    version_id: '12',
    pretty_name: 'Debian GNU/Linux 12 (bookworm)',
    odd: 'a "b" $c',
  });
});

test('the last of two assignments counts', () => {
  assert.deepEqual(parse('ID=a\nID=b\n'), { id: 'b' });
});

describeRecord({
  name: 'os-release',
  samples: { debian: Buffer.from(sample) },
  parse: (bytes, budget) => parseOsRelease(bytes, budget),
});
