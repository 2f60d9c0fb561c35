# shellcheck shell=bash
# What a person sees: one line per component with the time it took, and errors that say what to do.

now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }

seconds_since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100))
}

say() { printf '%s\n' "$*"; }

die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  (($# == 1)) || printf '  %s\n' "${@:2}" >&2
  exit 1
}

# report COMPONENT ENDPOINT TEXT
report() { printf '  %-18s %-22s %s\n' "$1" "$2" "$3"; }

# wait_until SECONDS COMMAND...: runs COMMAND until it succeeds; fails when the time is over.
wait_until() {
  local end=$(($(now_ms) + $1 * 1000))
  shift
  until "$@"; do
    (($(now_ms) < end)) || return 1
    sleep 0.2
  done
}
