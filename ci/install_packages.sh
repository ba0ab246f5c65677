#!/bin/sh
# install_packages.sh check|test: makes sure that the Debian packages of ci/packages.txt are there.
# Installs what is missing as root or by password-less sudo; else prints the one line to type and
# fails. A run that finds everything leaves a stamp, so that the next costs nothing until the list
# or the machine's packages change.
set -eu
purpose=${1:?usage: install_packages.sh check|test}
here=$(cd "$(dirname "$0")" && pwd)
list=${GRADER_PACKAGES:-$here/packages.txt}
stamp=${GRADER_STAMP:-$here/../build/.packages-$purpose}
status=${GRADER_DPKG_STATUS:-/var/lib/dpkg/status}

if [ "$stamp" -nt "$list" ] && [ "$stamp" -nt "$status" ]; then exit 0; fi

case $purpose in
  check) wanted=$(awk '!/^#/ && $2 == "check" {print $1}' "$list") ;;
  test) wanted=$(awk '!/^#/ && NF {print $1}' "$list") ;;
  *) echo "install_packages.sh: unknown purpose '$purpose': check or test" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "set-up: this is no Debian system; install what corresponds to:" $wanted >&2
  exit 0 # the build says what is really missing
fi

find_missing() {
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    awk '$1 == "installed" {print $2}' || true)
  missing=
  for package in $wanted; do
    echo "$installed" | grep -qxF -- "$package" || missing="$missing $package"
  done
}

remember() {
  mkdir -p "$(dirname "$stamp")"
  : >"$stamp"
}

find_missing
if [ -z "$missing" ]; then
  remember
  exit 0
fi

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  echo "set-up: packages are missing. Type this once, then start again:" >&2
  echo "  sudo apt-get install --yes --no-install-recommends$missing" >&2
  exit 1
fi

echo "set-up: installing$missing"
install() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
    --no-install-recommends $missing </dev/null
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The lists of a fresh machine are empty or old: fetch them; if that fails, the old may still do.
$as_root apt-get update --quiet=2 </dev/null >"$log" 2>&1 || cat "$log" >&2
install >"$log" 2>&1 || cat "$log" >&2

find_missing
if [ -n "$missing" ]; then
  echo "set-up: apt-get could not install$missing (its messages are above)." >&2
  echo "Without a network, have this typed where there is one:" >&2
  echo "  sudo apt-get install --yes --no-install-recommends$missing" >&2
  exit 1
fi
remember
echo "set-up: all packages are there"
