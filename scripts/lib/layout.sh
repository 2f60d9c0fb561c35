# shellcheck shell=bash disable=SC2034  # those who source this use its variables
# Where everything of one cluster is: its run directory and its ports.
#
#   RUN_DIR/cluster.env      its size and ports; exists as long as the cluster has data
#   RUN_DIR/pgpass           passwords of its PostgreSQL roles, in libpq's format
#   RUN_DIR/components.json  one line per component; `status` and tests read it
#   RUN_DIR/pid, log, etcd, proxy, shard_0, shard_1, ...

REPO=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
RUN_DIR=$(realpath -ms "${TESSERA_RUN_DIR:-$REPO/run}")
BIN_DIR=${TESSERA_BIN_DIR:-$REPO/build/release/bin}
PG_BIN=/usr/lib/postgresql/15/bin

# All below 32768: outgoing connections take the ports above it. A shard has 20 ports; see docs/operations.md.
etcd_port() { echo "$BASE_PORT"; }
etcd_peer_port() { echo $((BASE_PORT + 1)); }
master_port() { echo $((BASE_PORT + 10 + $1 * 20)); }
replica_port() { echo $((BASE_PORT + 11 + $1 * 20)); }
stats_port() { echo $((BASE_PORT + 12 + $1 * 20)); }
agent_port() { echo $((BASE_PORT + 13 + $1 * 20)); }
pg_port() { echo $((BASE_PORT + 14 + $1 * 20 + $2 * 2)); }
rest_port() { echo $((BASE_PORT + 15 + $1 * 20 + $2 * 2)); }
shards_max=32 replicas_max=7

each_shard() { seq 0 $((SHARDS - 1)); }
each_node() { seq 0 $((REPLICAS)); }
node_name() { echo "shard_$1_node_$2"; }

cluster_exists() {
  [[ ! -e $RUN_DIR || -r $RUN_DIR/. ]] ||
    die "you may not read $RUN_DIR" "run this as $(stat -Lc %U "$RUN_DIR"), or as root"
  [[ -f $RUN_DIR/cluster.env ]]
}

# Sets SHARDS, REPLICAS, BASE_PORT and PROXY_PORT as `up` noted them.
read_cluster() {
  RUN_DIR=$(realpath "$RUN_DIR")
  # shellcheck source=/dev/null
  source "$RUN_DIR/cluster.env"
}

# The user who runs the cluster: PostgreSQL refuses root.
run_user() { if ((EUID == 0)); then echo postgres; else id -un; fi; }

# The words before a command that make it run as that user, from a clean environment.
as_run_user_words=()
if ((EUID == 0)); then
  as_run_user_words=(setpriv --reuid=postgres --regid=postgres --init-groups --reset-env --)
fi
as_run_user() { "${as_run_user_words[@]}" "$@"; }

# Can the user who runs the cluster live in RUN_DIR? PostgreSQL's socket paths end at 107 bytes.
run_dir_serves() {
  local parent
  parent=$(dirname "$RUN_DIR")
  ((${#RUN_DIR} <= 70)) && (cd / && as_run_user test -x "$parent")
}

# Makes RUN_DIR, owned by the user who runs the cluster. Where the default place does not serve, the
# directory is elsewhere and RUN_DIR a link to it, so that every script still finds it.
make_run_dir() {
  if [[ -z ${TESSERA_RUN_DIR-} && ! -e $RUN_DIR ]] && ! run_dir_serves; then
    local elsewhere
    elsewhere=/var/tmp/tessera-$(sha256sum <<<"$REPO" | cut -c1-10)
    make_private_dir "$elsewhere"
    ln -sfn "$elsewhere" "$RUN_DIR"
    say "run directory: $elsewhere ($(run_user) cannot use $RUN_DIR itself)"
  else
    make_private_dir "$RUN_DIR"
  fi
  RUN_DIR=$(realpath "$RUN_DIR")
  run_dir_serves || die "$(run_user) cannot use the run directory $RUN_DIR" \
    "set TESSERA_RUN_DIR to a path of at most 70 bytes that $(run_user) can reach"
}

make_private_dir() {
  mkdir -p "$1" || die "cannot make $1; set TESSERA_RUN_DIR to a place that you may write to"
  ((EUID != 0)) || chown postgres:postgres "$1"
  [[ $(stat -c %U "$1/.") == "$(run_user)" ]] ||
    die "$1 belongs to $(stat -c %U "$1/."), and the cluster would run as $(run_user)" \
      "run this as that user, or set TESSERA_RUN_DIR"
  chmod 700 "$1"
}

# One script at a time works on a run directory; the lock ends with the script.
lock_run_dir() {
  exec 8>>"$RUN_DIR/lock"
  flock -n 8 || die "another scripts/up or scripts/down is at work in $RUN_DIR"
}
