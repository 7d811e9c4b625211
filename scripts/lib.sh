# Shared by the scripts of this folder: source it, do not run it.
#
# It sets `root` (the repository), stops on the first error, and ends with a message that names the
# script when it fails. Functions:
#   say TEXT               a progress line on standard error
#   die TEXT               an error line, exit 1
#   need_packages NAME…    installs Debian packages that are missing
#   need_swift             checks for Swift 6.3 or later
#   need_venv [DIR PINS]   creates .venv with scripts/requirements.txt, or others; sets `python`
#   build_static           release build of the programs, standard library inside; sets `bin`
#   build_tests            release build of everything with tests; sets `bin`
#   work_directory         a temporary directory, removed at exit; sets `work`
#   start_spand DIR        starts `$bin/spand` on DIR and waits until it is ready; sets `socket`
#   stop_spand             stops it with SIGTERM and fails unless it exits 0
# shellcheck shell=bash
# shellcheck disable=SC2034

set -Eeuo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
script=$(basename "$0")
work=
spand_pid=
build_packages=(liblz4-dev libzstd-dev zlib1g-dev pkg-config)

say() { printf '%s: %s\n' "$script" "$*" >&2; }
die() { say "error: $*"; exit 1; }

on_error() { say "failed at line $1: $2"; }
trap 'on_error "$LINENO" "$BASH_COMMAND"' ERR

# Leaves nothing running and nothing behind, however the script ends.
on_exit() {
    local status=$?
    trap - EXIT ERR
    if [[ -n $spand_pid ]] && kill -0 "$spand_pid" 2>/dev/null; then
        kill -KILL "$spand_pid" 2>/dev/null || true
        wait "$spand_pid" 2>/dev/null || true
    fi
    [[ -z $work ]] || rm -rf "$work"
    [[ $status -eq 0 ]] || say "FAILED (exit $status)"
    exit "$status"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

as_root() {
    if [[ $(id -u) -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

is_installed() {
    [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]
}

need_packages() {
    local name missing=()
    for name in "$@"; do is_installed "$name" || missing+=("$name"); done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    say "installing ${missing[*]}"
    command -v apt-get >/dev/null || die "install these packages first: ${missing[*]}"
    [[ $(id -u) -eq 0 ]] || command -v sudo >/dev/null \
        || die "not root and no sudo; install these packages first: ${missing[*]}"
    # The package lists may be absent or old: refresh them only when the first try fails.
    install_packages "${missing[@]}" 2>/dev/null && return
    as_root apt-get update -qq >&2
    install_packages "${missing[@]}"
}

install_packages() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >&2
}

need_swift() {
    command -v swift >/dev/null || die "Swift 6.3 or later is needed: https://www.swift.org/install"
    local version
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p')
    [[ -n $version && $(printf '%s\n6.3\n' "$version" | sort -V | head -n 1) == 6.3 ]] \
        || die "Swift 6.3 or later is needed, found ${version:-none}"
}

need_venv() {
    local venv=$root/${1:-.venv} pins=$root/${2:-scripts/requirements.txt}
    python=$venv/bin/python
    if ! cmp -s "$pins" "$venv/installed.txt"; then
        say "creating ${1:-.venv}"
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$python" -m pip install -q --disable-pip-version-check -r "$pins" >&2
        cp "$pins" "$venv/installed.txt"
    fi
}

# The two builds differ in how they link the standard library, which is a compiler flag of every
# file; each has its own directory, so that neither throws the other's work away. Test bundles
# cannot link it statically: the Testing library comes as a shared library only.
build_static() {
    build "$root/.build-static" --static-swift-stdlib "$@"
}

build_tests() {
    build "$root/.build" --build-tests "$@"
}

build() {
    local scratch=$1
    shift
    # `return`: a caller may run this as a condition, where errors do not stop the script.
    swift build -c release --package-path "$root" --scratch-path "$scratch" "$@" >&2 || return
    bin=$scratch/release
}

work_directory() {
    work=$(mktemp -d "${TMPDIR:-/tmp}/spand-$script.XXXXXX")
}

start_spand() {
    local directory=$1 log=$1.log deadline=$((SECONDS + 30))
    socket=$directory/spand.sock
    : >"$log"
    "$bin/spand" --data-dir "$directory" --socket "$socket" 2>>"$log" &
    spand_pid=$!
    until grep -q '^spand: ready' "$log"; do
        kill -0 "$spand_pid" 2>/dev/null || { cat "$log" >&2; die "spand did not start"; }
        [[ $SECONDS -lt $deadline ]] || { cat "$log" >&2; die "spand was not ready in 30 s"; }
        sleep 0.05
    done
}

stop_spand() {
    local pid=$spand_pid status=0
    kill -TERM "$pid"
    wait "$pid" || status=$?
    spand_pid=
    [[ $status -eq 0 ]] || die "spand exited $status on SIGTERM"
}
