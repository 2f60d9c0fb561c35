# shellcheck shell=bash
# Fixed ports: free, or an error that names who has them.

# The listener's "pid command" on PORT; "- another user's" when the system does not tell us.
port_owner() {
  local line pid
  line=$(ss -Hltnp "sport = :$1")
  [[ -n $line ]] || return 1
  pid=$(grep -oP 'pid=\K\d+' <<<"$line" | head -1) || { echo "- a process of another user"; return; }
  echo "$pid $(tr '\0' ' ' </proc/"$pid"/cmdline)"
}

# require_port COMPONENT PORT: passes when it is free, or held by this cluster's own.
require_port() {
  local owner pid
  owner=$(port_owner "$2") || return 0
  pid=${owner%% *}
  [[ $owner != *"$RUN_DIR/"* ]] || return 0
  die "port $2 ($1) is taken by pid $pid: ${owner#* }" \
    "stop that, or choose other ports: scripts/up --port N for the proxy," \
    "TESSERA_BASE_PORT=N for the rest (now $BASE_PORT)"
}
