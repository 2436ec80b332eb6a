#!/usr/bin/env bash
# Usage: tools/toolchain.sh build/emcc
#
# Writes build/emcc, and build/emar beside it: small scripts that start an Emscripten that is new enough. The machine's
# own is used ($EMSDK, or emcc on PATH) when it is; otherwise one is brought from Debian testing into the user's cache
# folder, once for all checkouts. That takes no root and changes nothing that is installed: apt works on lists of its
# own, the packages are only unpacked, and their programs are pointed at the shared libraries that came with them.
# To get a newer one, delete the cache folder.
set -euo pipefail

readonly oldest=4.0.21
readonly suite=forky # the Debian release that carries a new enough one; its stable releases do not
readonly cache=${XDG_CACHE_HOME:-$HOME/.cache}/fetchloop

say() { echo "toolchain: $*" >&2; }

# Runs a command that talks too much: fail shows its last words.
quietly() { "$@" >"$work/log" 2>&1; }

fail() {
  if [ -s "${work:-}/log" ]; then tail -n 15 "$work/log" >&2; fi
  say "$*."
  say "Emscripten $oldest or later is needed. You can install it yourself: get emsdk, run './emsdk install latest' and"
  say "'./emsdk activate latest' in its folder, then 'make EMSDK=/path/to/emsdk'."
  exit 1
}

# --- The machine's own -----------------------------------------------------------------------------------------------

new_enough() {
  local version
  version=$("$1" --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1) || return 1
  if printf '%s\n' "$oldest" "$version" | sort -V -C; then
    say "using $1 ($version)"
  else
    say "$1 is $version, too old"
    return 1
  fi
}

machines_own() {
  local emcc
  for emcc in "${EMSDK:+$EMSDK/upstream/emscripten/emcc}" "$(command -v emcc)"; do
    if [ -x "$emcc" ] && new_enough "$emcc"; then
      machine_tools=$(dirname "$(realpath "$emcc")")
      return
    fi
  done
  return 1
}

# --- Ours, from Debian testing ---------------------------------------------------------------------------------------

# A complete one in the cache. `ready` is written last: a folder without it is what an interrupted run left.
cached() {
  own=$(printf '%s\n' "$cache"/emscripten-*/ready | sort -V | tail -n 1)
  own=${own%/ready}
  [ -e "$own/ready" ]
}

check_host() {
  local program
  for program in apt-get apt-cache dpkg dpkg-deb flock; do
    command -v "$program" >/dev/null ||
      fail "there is no new enough emcc, and Debian's cannot be fetched: this machine has no $program"
  done
  if [[ $cache == *[[:space:]]* ]]; then
    fail "Emscripten cannot live in a folder with a space in its name ($cache): set XDG_CACHE_HOME to another"
  fi
  command -v node >/dev/null || fail 'Node.js is not installed: Emscripten runs on it'
}

# Everything that apt reads or writes is moved under $work, and hooks and pins are dropped. What says how to reach the
# network (proxy, certificates, passwords) stays as the machine has it.
configure_apt() {
  mkdir -p "$work"/{none,lists,archives}/partial
  architecture=$(dpkg --print-architecture)
  cat >"$work/apt.conf" <<CONF
#clear APT::Update;
#clear APT::Architectures;
APT::Architectures { "$architecture"; };
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "$work/none";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "$work/none";
Dir::State "$work";
Dir::State::Lists "$work/lists";
Dir::State::status "/dev/null";
CONF
}

private_apt() { # get|cache, arguments
  local command=apt-$1
  shift
  "$command" -q -c "$work/apt.conf" "$@"
}

# Where this machine gets Debian from. apt reads its own sources, in whatever format they are.
mirrors() {
  local codename
  # shellcheck source=/dev/null
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
  apt-get --print-uris -o Dir::State::Lists="$work/none" update 2>/dev/null |
    sed -nE "s#^'(.*)/dists/($codename|stable|testing|unstable|sid)/(In)?Release' .*#\1#p" | sort -u
}

# A machine may have other archives named like Debian's: the one that carries $suite under Debian's signature is it.
read_package_list() {
  local mirror tried='' keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  say "reading the package list of Debian $suite"
  for mirror in $(mirrors); do
    echo "deb [arch=$architecture target=Packages signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
    if quietly private_apt get update; then return; fi
    tried="$tried $mirror"
  done
  fail "could not reach Debian $suite (tried:${tried:- no Debian archive in the apt sources})"
}

depends_on() { # package, pattern of a dependency's name: prints what the pattern's group matched
  private_apt cache depends "$1" | sed -nE "s/^ *(Pre)?Depends: $2\$/\2/p" | head -n 1
}

# Emscripten's dependencies in full would bring Node and gcc's libraries, which are not used. So some packages come with
# all that they depend on, which gives the shared libraries, and others alone.
choose_packages() {
  local llvm python in_full alone
  llvm=$(depends_on emscripten 'clang-([0-9]+)')
  python=$(depends_on python3-minimal '(python3\.[0-9]+)-minimal')
  if [ -z "$llvm" ] || [ -z "$python" ]; then fail "Debian $suite has no Emscripten for $architecture"; fi
  in_full=("binaryen" "lld-$llvm" "libclang-cpp$llvm" "libclang-common-$llvm-dev" "python3-minimal" "patchelf")
  alone=("emscripten" "node-acorn" "clang-$llvm" "llvm-$llvm" "lib$python-stdlib")
  quietly private_apt get install -s "${in_full[@]}" || fail 'apt could not resolve the packages'
  mapfile -t packages < <(printf '%s\n' "${alone[@]}" && awk '/^Inst /{print $2}' "$work/log")
  version=$(private_apt cache show emscripten | sed -nE 's/^Version: ([0-9.]+).*/\1/p' | head -n 1)
  own=$cache/emscripten-$version
}

download() {
  local megabytes
  megabytes=$(private_apt get download --print-uris "${packages[@]}" | awk '{n += $3} END {print int(n / 1e6)}')
  say "downloading Emscripten $version (${#packages[@]} packages, $megabytes MB)"
  (cd "$work/archives" && quietly private_apt get download "${packages[@]}") || fail 'the download failed'
}

unpack() {
  say "unpacking it into $own"
  mkdir "$own"
  find "$work/archives" -name '*.deb' -print0 |
    quietly xargs -0 -P "$(nproc)" -I{} dpkg-deb -x {} "$own" || fail 'could not unpack the packages'
  rm -rf "$work/archives" "$own"/usr/share/{doc,man}
}

# The programs are built for a newer C library than the machine's: they get the loader and the libraries that came with
# them. An RPATH, unlike a RUNPATH, holds for a library's libraries too, as long as that has no RUNPATH of its own.
# --no-sort: patchelf 0.18 breaks Python without.
relocate() {
  local loader libraries file
  loader=$(echo "$own"/usr/lib/*/ld-linux-*.so.*)
  libraries=$(dirname "$loader")
  mv "$own/usr/bin/patchelf" "$work/patchelf"
  patchelf() { "$loader" --library-path "$libraries" "$work/patchelf" "$@" 2>>"$work/log"; }
  for file in "$libraries"/*.so*; do
    if [ ! -L "$file" ] && [ -n "$(patchelf --print-rpath "$file")" ]; then
      patchelf --remove-rpath "$file" || fail "could not relocate $file"
    fi
  done
  for file in "$own"/usr/bin/* "$own"/usr/lib/llvm-*/bin/*; do
    if [ ! -L "$file" ] && patchelf --print-interpreter "$file" >/dev/null; then
      patchelf --no-sort --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$file" ||
        fail "could not relocate $file"
    fi
  done
}

configure_emscripten() {
  ln -s ../nodejs "$own/usr/share/emscripten/node_modules"
  ln -s . "$own/usr/share/nodejs/node_modules"
  cat >"$own/emscripten.config" <<CONF
LLVM_ROOT = '$(echo "$own"/usr/lib/llvm-*/bin)'
BINARYEN_ROOT = '$own/usr'
NODE_JS = 'node'
CACHE = '$own/cache'
CONF
}

# A first program proves that all this works, and has Emscripten compile the system libraries of a release build. Those
# of a debug build (another minute) come with its first link.
try_out() {
  say "building Emscripten's system libraries (about a minute, once)"
  wrapper emcc >"$work/emcc"
  echo 'int puts(const char *); int main(void) { return puts("works") < 0; }' >"$work/first.c"
  quietly sh "$work/emcc" "$work/first.c" -O3 -sFETCH=1 -sDEFAULT_TO_CXX=0 -sENVIRONMENT=node -o "$work/first.js" ||
    fail 'a first program does not compile'
  quietly node "$work/first.js" || fail 'a first program does not run'
  touch "$own/ready"
}

# Whatever stopped this, nothing half-made stays.
clean_up() {
  rm -rf "$work"
  if [ -n "$own" ] && [ ! -e "$own/ready" ]; then rm -rf "$own"; fi
}

bring_ours() {
  check_host
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock -n 9 || { say 'waiting for another run, which is fetching Emscripten'; flock 9; }
  if cached; then return; fi
  own='' work=$cache/incoming
  rm -rf "$work" "$cache"/emscripten-*
  mkdir "$work"
  trap clean_up EXIT
  configure_apt
  read_package_list
  choose_packages
  download
  unpack
  relocate
  configure_emscripten
  try_out
}

# --- The wrappers ----------------------------------------------------------------------------------------------------

wrapper() { # emcc|emar
  echo '#!/bin/sh'
  echo '# Written by tools/toolchain.sh.'
  if [ -n "${machine_tools:-}" ]; then
    echo "exec '$machine_tools/$1' \"\$@\""
  else
    cat <<WRAPPER
own='$own'
[ -e "\$own/emscripten.config" ] || { echo "\$0: \$own is gone: delete \$0 and run make again" >&2; exit 1; }
export EM_CONFIG="\$own/emscripten.config" EMSDK_PYTHON="\$own/usr/bin/python3"
exec "\$own/usr/share/emscripten/$1" "\$@"
WRAPPER
  fi
}

write_wrapper() { # emcc|emar, file
  wrapper "$1" >"$2.new"
  chmod +x "$2.new"
  mv "$2.new" "$2"
}

main() {
  local out=${1:?usage: tools/toolchain.sh build/emcc}
  machines_own || cached || bring_ours
  mkdir -p "$(dirname "$out")"
  write_wrapper emar "$(dirname "$out")/emar"
  write_wrapper emcc "$out"
}

main "$@"
