# shellcheck shell=bash
# Daemons of one cluster: start in the background with a pid file and a log, stop by pid.

pid_file() { echo "$RUN_DIR/pid/$1"; }
log_file() { echo "$RUN_DIR/log/$1.log"; }

# Is PID one of this cluster's? A pid file outlives a reboot, and its number may be another's by then;
# every command line of ours names the run directory.
pid_is_ours() { [[ -n $1 ]] && grep -qsaF -- "$RUN_DIR/" "/proc/$1/cmdline"; }

daemon_pid() { cat "$(pid_file "$1")" 2>/dev/null || true; }
daemon_alive() { pid_is_ours "$(daemon_pid "$1")"; }

# start_daemon NAME COMMAND...: COMMAND stays in the foreground of its own session.
start_daemon() {
  local name=$1
  shift
  # The number in the pid file is the command's own: exec keeps it. Not the function as_run_user: the
  # shell would stay to wait for it, and hold our own output open for as long as the daemon lives.
  # shellcheck disable=SC2016,SC2154  # expanded by the inner shell; as_run_user_words is layout.sh's
  "${as_run_user_words[@]}" setsid bash -c 'cd "$1" && echo $$ >"$2" && exec "${@:4}" >>"$3" 2>&1' \
    start "$RUN_DIR" "$(pid_file "$name")" "$(log_file "$name")" "$@" \
    </dev/null >/dev/null 2>&1 8>&- &
  disown
  wait_until 5 daemon_alive "$name" || fail_component "$name" "ended as soon as it started"
}

pid_gone() { ! pid_is_ours "$1"; }

# stop_pid PID SIGNAL SECONDS: asks with SIGNAL, waits, then kills.
stop_pid() {
  kill -"$2" "$1" 2>/dev/null || ! pid_is_ours "$1" || die "may not stop process $1" "run this as root"
  wait_until "$3" pid_gone "$1" && return
  say "  process $1 did not stop in $3 s: killed"
  kill -KILL "$1" 2>/dev/null || true
  wait_until 5 pid_gone "$1"
}

# stop_daemon NAME SECONDS
stop_daemon() {
  local pid
  pid=$(daemon_pid "$1")
  if pid_is_ours "$pid"; then
    stop_pid "$pid" TERM "$2"
  fi
  rm -f "$(pid_file "$1")"
}

# fail_component NAME REASON: shows the end of its log and what to do.
fail_component() {
  local log
  log=$(log_file "$1")
  {
    echo "$1 $2. The last lines of $log:"
    tail -n 20 "$log" 2>/dev/null | sed 's/^/  | /'
    echo "What to do: mend what the log names and run scripts/up again (it keeps what runs),"
    echo "or scripts/down to stop the rest; scripts/down --wipe also removes the data."
  } >&2
  exit 1
}

# await NAME SECONDS COMMAND...: until COMMAND succeeds; a daemon that ends meanwhile fails at once.
await() {
  local name=$1 seconds=$2
  shift 2
  # shellcheck disable=SC2317  # called by wait_until
  settled() { "$@" || ! daemon_alive "$name"; }
  wait_until "$seconds" settled "$@" || fail_component "$name" "was not ready after $seconds s"
  daemon_alive "$name" || fail_component "$name" "ended"
}
