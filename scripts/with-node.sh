# shellcheck shell=sh
# To be sourced, by the launcher and by npm scripts: makes sure that the locked dependencies and a Node of major 24 or later
# are there, installing what is missing; sets tidewaiter_node, puts that Node first in PATH and turns the compile cache on.
# When something cannot be had it says so in one line and exits with status 2.
# In:  tidewaiter_root     the clone, absolute; default: the working directory
#      tidewaiter_flavour  production or development; default: development
#      TIDEWAITER_NODE     a Node to try first, by path

tidewaiter_root=${tidewaiter_root:-$PWD}
tidewaiter_flavour=${tidewaiter_flavour:-development}
tidewaiter_runtime=$tidewaiter_root/scripts/runtime

# A stamp is a copy of the lockfile, put in place together with what was installed from it.
tidewaiter_has_modules() {
  cmp -s "$tidewaiter_root/package-lock.json" "$tidewaiter_root/node_modules/.tidewaiter-$tidewaiter_flavour"
}

tidewaiter_is_right_node() {
  case $("$1" -v 2>/dev/null) in
    v2[4-9].* | v[3-9][0-9].* | v[1-9][0-9][0-9].*) tidewaiter_node=$1 ;;
    *) return 1 ;;
  esac
}

tidewaiter_has_node() {
  { [ -n "${TIDEWAITER_NODE-}" ] && tidewaiter_is_right_node "$TIDEWAITER_NODE"; } ||
    tidewaiter_is_right_node node || tidewaiter_is_right_node node24 || {
    cmp -s "$tidewaiter_runtime/package-lock.json" "$tidewaiter_runtime/node_modules/.tidewaiter-production" &&
      tidewaiter_is_right_node "$tidewaiter_runtime/node_modules/.bin/node"
  }
}

tidewaiter_stop() {
  printf 'tidewaiter: %s\n' "$1" >&2
  exit 2
}

# The slow path, once after a clone and after each change of a lockfile. Any Node that can run npm can run the installer.
tidewaiter_install() {
  tidewaiter_found=$(node -v 2>/dev/null) || tidewaiter_found=
  case $tidewaiter_found in
    v[0-9].* | v1[0-3].*) tidewaiter_stop "Node 24 or newer is needed, and $tidewaiter_found is too old to bring it along. Install Node 24 with npm, from your system's packages or https://nodejs.org, and run this again." ;;
    v*) node "$tidewaiter_root/scripts/install.mjs" "$@" || exit $? ;;
    *)
      if [ -n "${tidewaiter_node-}" ]; then
        "$tidewaiter_node" "$tidewaiter_root/scripts/install.mjs" "$@" || exit $?
      else
        tidewaiter_stop "Node is not installed here. Install Node 24 or newer with npm, from your system's packages or https://nodejs.org, and run this again."
      fi
      ;;
  esac
}

tidewaiter_node=
tidewaiter_has_node || true
if ! tidewaiter_has_modules; then
  if [ -n "$tidewaiter_node" ]; then
    tidewaiter_install "$tidewaiter_flavour"
  else
    tidewaiter_install "$tidewaiter_flavour" --node
  fi
elif [ -z "$tidewaiter_node" ]; then
  tidewaiter_install none --node
fi
if [ -z "$tidewaiter_node" ] && ! tidewaiter_has_node; then
  tidewaiter_stop "the Node that was brought along does not run here. Install Node 24 or newer, from your system's packages or https://nodejs.org, and run this again."
fi

case $tidewaiter_node in
  node) ;;
  */*) PATH=${tidewaiter_node%/*}:$PATH ;;
  *)
    # Under another name (node24): children that ask for `node` must get the same one.
    if mkdir -p "$tidewaiter_root/.tidewaiter/bin" 2>/dev/null &&
      ln -sf "$(command -v "$tidewaiter_node")" "$tidewaiter_root/.tidewaiter/bin/node" 2>/dev/null; then
      PATH=$tidewaiter_root/.tidewaiter/bin:$PATH
    fi
    ;;
esac
[ "$tidewaiter_flavour" = production ] || PATH=$tidewaiter_root/node_modules/.bin:$PATH
export PATH

# Compiled code is only taken from a folder of our own user: whoever writes there decides what runs.
if [ -z "${NODE_COMPILE_CACHE-}" ] && [ -n "${XDG_CACHE_HOME:-${HOME-}}" ]; then
  tidewaiter_cache=${XDG_CACHE_HOME:-$HOME/.cache}/tidewaiter/compile
  [ -d "$tidewaiter_cache" ] || (umask 077 && mkdir -p "$tidewaiter_cache") 2>/dev/null || true
  # shellcheck disable=SC3067 # dash, busybox, bash, ksh and zsh all have -O
  if [ -O "$tidewaiter_cache" ]; then
    NODE_COMPILE_CACHE=$tidewaiter_cache
    export NODE_COMPILE_CACHE
  fi
fi
