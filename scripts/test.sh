#!/bin/sh
# The tests: `npm test` runs those that need nothing but Node; with TIDEWAITER_REQUIRE_ALL=1 also test/integration, and
# nothing may be skipped. Arguments replace the list of files: npm test -- src/core/reference.test.ts
set -eu
cd "$(dirname "$0")/.."
. scripts/with-node.sh

# Generous bounds: they end a test that hangs, they do not judge speed.
run_tests() {
  limit_ms=$1
  shift
  "$tidewaiter_node" --disable-warning=ExperimentalWarning --test --test-concurrency=2 --test-timeout="$limit_ms" "$@"
}

if [ $# -gt 0 ]; then
  run_tests 600000 "$@"
  exit
fi

list_tests() {
  for folder in "$@"; do
    [ ! -d "$folder" ] || find "$folder" -name node_modules -prune -o -name '*.test.ts' -print
  done | sort
}

# Names are kebab-case (a test says so): none holds a space.
unit=$(list_tests src scripts bench test | grep -v '^test/integration/')
integration=$(list_tests test/integration)
case ${TIDEWAITER_REQUIRE_ALL-} in
  1)
    status=0
    # shellcheck disable=SC2086
    run_tests 120000 $unit || status=$?
    # shellcheck disable=SC2086
    [ -z "$integration" ] || run_tests 600000 $integration || status=$?
    exit "$status"
    ;;
  *)
    # shellcheck disable=SC2086
    run_tests 120000 $unit
    ;;
esac
