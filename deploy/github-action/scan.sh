#!/bin/sh
# The step of action.yml: its inputs (ACTION_… variables) → one `tidewaiter scan`, its outputs and its status.
set -eu

newline='
'

# One item a line → one argument each, with the option before it where there is one. Blank lines and edges do not count.
add_lines() {
  option=$1
  rest=$2$newline
  while [ -n "$rest" ]; do
    line=${rest%%"$newline"*}
    rest=${rest#*"$newline"}
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [ -n "$line" ] || continue
    [ -z "$option" ] || printf '%s\n' "$option"
    printf '%s\n' "$line"
  done
}

stop() {
  printf 'tidewaiter: %s\n' "$1" >&2
  exit 2
}

case ${ACTION_OUTPUT-} in
  *"$newline"*) stop 'the input "output" must be one line' ;;
esac
format=${ACTION_FORMAT:-text}
report=${ACTION_OUTPUT-}
case $format in
  text) ;;
  json | sarif | html | cyclonedx | junit | ocsf | stix | navigator) report=${report:-tidewaiter-report.$format} ;;
  *) stop 'the input "format" must be text, json, sarif, html, cyclonedx, junit, ocsf, stix or navigator' ;;
esac

references=$(add_lines '' "${ACTION_REFERENCE-}")
[ -n "$references" ] || stop 'the input "reference" names no image'

# Arguments are kept apart by lines from here on, and by nothing else: no other splitting, no file name patterns.
set -f
IFS=$newline
set -- scan --format "$format" --fail-on "${ACTION_FAIL_ON:-deny}"
[ -z "$report" ] || set -- "$@" --output "$report"
[ -z "${ACTION_POLICY-}" ] || set -- "$@" --policy "$ACTION_POLICY"
[ -z "${ACTION_TRUST-}" ] || set -- "$@" --trust "$ACTION_TRUST"
[ -z "${ACTION_CACHE_FOLDER-}" ] || set -- "$@" --cache-dir "$ACTION_CACHE_FOLDER"
case ${ACTION_PLATFORM-} in
  '') ;;
  all) set -- "$@" --all-platforms ;;
  *) set -- "$@" --platform "$ACTION_PLATFORM" ;;
esac
# shellcheck disable=SC2046,SC2086
set -- "$@" $(add_lines --rules "${ACTION_RULES-}") -- $references

status=0
"${ACTION_PATH:-$(dirname "$0")}/../../tidewaiter" "$@" || status=$?

if [ -n "${GITHUB_OUTPUT-}" ]; then
  printf 'status=%s\n' "$status" >>"$GITHUB_OUTPUT"
  [ -z "$report" ] || [ ! -f "$report" ] || printf 'report=%s\n' "$report" >>"$GITHUB_OUTPUT"
fi
exit "$status"
