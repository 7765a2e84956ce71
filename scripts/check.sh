#!/bin/sh
# Everything that needs no running: format, lint, types, generated files fresh. The architecture test is among the tests.
set -eu
cd "$(dirname "$0")/.."
# npm puts node_modules/.bin first; scripts/with-node.sh puts the pinned Node before an older one.
. scripts/with-node.sh
echo "format";       oxfmt --check
echo "lint";         oxlint --deny-warnings
echo "types";        tsc -p .
echo "generated";    node scripts/write-modules.ts --check; node scripts/write-shelves.ts --check; node scripts/write-schemas.ts --check; node scripts/write-codes.ts --check
echo "architecture"; node --test --test-reporter=dot test/architecture.test.ts
