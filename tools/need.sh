#!/usr/bin/env bash
# Usage: tools/need.sh PACKAGE...
#
# Installs those of the named Debian packages that are missing. Says nothing and costs nothing when none is.
set -euo pipefail

say() { echo "need: $*" >&2; }

find_missing() { # package...: sets missing
  local package installed
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  missing=()
  for package in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\n'"installed $package"$'\n'* ]] || missing+=("$package")
  done
}

apt() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
    apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >"$log" 2>&1
}

known() { apt-cache show "${missing[@]}" >/dev/null 2>&1; }

install() { apt install -y --no-install-recommends "${missing[@]}"; }

# Servers are needed as programs, which the tests start themselves: their packages must not start them now. Debian's
# way to say so is this file; a machine that has one already has its reasons.
forbid_starting_services() {
  [ ! -e /usr/sbin/policy-rc.d ] || return 0
  forbidding=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' >"$forbidding"
  chmod +x "$forbidding"
}

clean_up() { rm -f "$log" ${forbidding:+"$forbidding"}; }

main() {
  if ! command -v apt-get >/dev/null; then
    # Whether they are there, under the names they have here, is not ours to know: go on and see.
    say "this is no Debian: make sure yourself that what these packages hold is installed: $*"
    return
  fi
  find_missing "$@"
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    say "not installed: ${missing[*]}. Install with:"
    say "sudo apt-get install --no-install-recommends ${missing[*]}"
    exit 1
  fi

  # One at a time, as apt gives up on its package lists when another one is at them.
  exec 9</var/lib/dpkg
  flock 9
  find_missing "$@"
  [ ${#missing[@]} -gt 0 ] || return 0
  log=$(mktemp)
  trap clean_up EXIT
  forbid_starting_services
  say "installing ${missing[*]}"
  # Lists that are empty or outdated are read anew, others are not.
  if ! { known && install; } && ! { apt update && install; }; then
    tail -n 20 "$log" >&2
    say "could not install ${missing[*]}"
    exit 1
  fi
}

main "$@"
