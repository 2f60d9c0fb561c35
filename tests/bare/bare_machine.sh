#!/usr/bin/env bash
# Does a machine with nothing on it get a running cluster? Makes a minimal Debian 12 in a directory,
# clones this repository into it and follows the README there. As root; needs debootstrap and git.
#
#   tests/bare/bare_machine.sh [--test]    --test: scripts/test too, not only up, status and down
#
# TESSERA_PORT and TESSERA_BASE_PORT count inside; it shares this machine's network, not its processes.
set -euo pipefail
repo=$(realpath "$(dirname "$0")/../..")
source "$repo/scripts/lib/terminal.sh"

((EUID == 0)) || die "debootstrap and chroot want root"
command -v debootstrap >/dev/null || die "debootstrap is missing" "apt-get install debootstrap"
case ${1-} in
  '' | --test) ;;
  *) die "unknown option $1" "usage: tests/bare/bare_machine.sh [--test]" ;;
esac

root=$(mktemp -d /var/tmp/tessera-bare.XXXXXX)
# It will be `/` inside, where everybody may look.
chmod 755 "$root"
# The mounts live in a namespace of their own that is gone by now: only the directory is left.
trap 'rm -rf --one-file-system "$root"' EXIT

# The packages come from where this machine's own come from.
install_debian() {
  local mirror
  # shellcheck disable=SC2016  # apt's own placeholder
  mirror=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | head -1)
  debootstrap --variant=minbase bookworm "$root" "${mirror:-http://deb.debian.org/debian}" >"$root.log" 2>&1 ||
    die "debootstrap failed" "$(tail -5 "$root.log")"
  rm "$root.log" "$root/etc/apt/sources.list"
  cp -r /etc/apt/sources.list /etc/apt/sources.list.d "$root/etc/apt/" 2>/dev/null || true
  cp -n /usr/share/keyrings/* "$root/usr/share/keyrings/"
  { grep -rls 'Acquire::' /etc/apt/apt.conf.d || true; } | xargs -r cp -t "$root/etc/apt/apt.conf.d/"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
}

# What a person types who has just installed the machine.
follow_readme() {
  cat <<'END'
set -euxo pipefail
cd /tessera
time scripts/up
PGPASSWORD=shop psql -h 127.0.0.1 -p "${TESSERA_PORT:-6432}" -U shop -d shop \
  -c 'SELECT status, count(*), sum(total) FROM orders GROUP BY status ORDER BY status'
scripts/status
scripts/down
time scripts/up
scripts/down --wipe
test ! -e /usr/sbin/policy-rc.d
test ! -e run
! ls /var/lib/postgresql/15/main
END
  [[ ${1-} != --test ]] || echo 'time scripts/test'
}

# Its own processes and mounts: what is left running at the end is killed, nothing stays mounted.
run_inside() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --mount --propagation private --pid --fork --kill-child bash -euc '
    mount -t proc proc "$1/proc"
    mount -t tmpfs tmpfs "$1/dev/shm"
    mount -t devpts devpts "$1/dev/pts"
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
      ${TESSERA_PORT:+TESSERA_PORT=$TESSERA_PORT} \
      ${TESSERA_BASE_PORT:+TESSERA_BASE_PORT=$TESSERA_BASE_PORT} chroot "$1" bash /follow_readme </dev/null' inside "$root"
}

began=$(now_ms)
install_debian
git clone -q --no-hardlinks "$repo" "$root/tessera"
say "a bare Debian 12 with a fresh clone: $(seconds_since "$began")"
follow_readme "${1-}" >"$root/follow_readme"
run_inside
say "followed the README in $(seconds_since "$began")"
