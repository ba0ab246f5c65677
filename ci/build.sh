#!/bin/sh
# build.sh PURPOSE TARGET...: set up (see install_packages.sh), configure the release preset if that
# was not done, and build the targets. Says something only when there is something to wait for.
set -eu
purpose=$1
shift
cd "$(dirname "$0")/.."
ci/install_packages.sh "$purpose"

build=build/release
log=$build/configure.log
if [ ! -f $build/build.ninja ]; then
  echo "set-up: configuring"
  mkdir -p $build
  if ! cmake --preset release >$log 2>&1; then
    cat $log >&2
    exit 1
  fi
fi
quiet=
if [ -x $build/bin/grader ] && [ "$purpose" = check ]; then
  quiet=--quiet # a rebuild after a change is short; the first build shows its progress
else
  echo "set-up: building (the first time takes a few minutes)"
fi
NINJA_STATUS="[%f/%t] " ninja -C $build $quiet "$@"
