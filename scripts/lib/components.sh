# shellcheck shell=bash
# The components of a cluster: how each is configured, started and seen to be ready.
#
# start_* returns at once, so that all come up side by side; await_* waits for one and reports it.

declare -A started_ms=()

start_component() { # NAME COMMAND...
  started_ms[$1]=$(now_ms)
  start_daemon "$@"
}

# report_component NAME ENDPOINT [NOTE]
report_component() {
  if [[ -v started_ms[$1] ]]; then
    report "$1" "$2" "$(seconds_since "${started_ms[$1]}") ${3-}"
  else
    report "$1" "$2" "was running ${3-}"
  fi
}

http_status() { curl -s -o /dev/null -m 2 -w '%{http_code}' "$@" || true; }
answers_200() { [[ $(http_status "$@") == 200 ]]; }

# write_file PATH [MODE]: its content from standard input, owned by the user who runs the cluster.
write_file() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_run_user sh -c 'cat >"$1.new" && chmod "$2" "$1.new" && mv "$1.new" "$1"' write "$1" "${2-600}"
}

render() { # TEMPLATE TARGET; values are in the environment
  LISTEN=127.0.0.1 HOST=127.0.0.1 "$REPO/deploy/render" "$REPO/deploy/$1" | write_file "$2"
}

# etcd

start_etcd() {
  daemon_alive etcd && return
  DATA_DIR=$RUN_DIR/etcd/data CLIENT_PORT=$(etcd_port) PEER_PORT=$(etcd_peer_port) \
    render etcd/etcd.yml "$RUN_DIR/etcd/etcd.yml"
  start_component etcd /usr/bin/etcd --config-file "$RUN_DIR/etcd/etcd.yml"
}

await_etcd() {
  await etcd 30 answers_200 "http://127.0.0.1:$(etcd_port)/health"
  report_component etcd "127.0.0.1:$(etcd_port)"
}

# A node: PostgreSQL under Patroni

password_of() { awk -F: -v role="$1" '$4 == role {print $5}' "$RUN_DIR/pgpass"; }

start_node() { # SHARD NODE
  local name dir
  name=$(node_name "$1" "$2") dir=$RUN_DIR/shard_$1/node_$2
  daemon_alive "$name" && return
  as_run_user mkdir -p -m 700 "$dir"
  SCOPE=shard_$1 NODE=$name REST_PORT=$(rest_port "$1" "$2") PG_PORT=$(pg_port "$1" "$2") \
    ETCD_HOSTS=127.0.0.1:$(etcd_port) TTL=5 LOOP_WAIT=1 RETRY_TIMEOUT=2 SHARED_BUFFERS=64MB \
    NODE_DIR=$dir DATA_DIR=$dir/data LOG_DIR=$RUN_DIR/log PROVISION=$RUN_DIR/provision \
    SUPERUSER_PASSWORD=$(password_of postgres) REPLICATION_PASSWORD=$(password_of replicator) \
    render patroni/patroni.yml "$dir/patroni.yml"
  start_component "$name" /usr/bin/patroni "$dir/patroni.yml"
}

# The newest timeline of which this node's data holds the history; nothing when it has no data.
node_timeline() { # SHARD NODE
  local wal=$RUN_DIR/shard_$1/node_$2/data/pg_wal file timeline=00000001
  [[ -d $wal ]] || return 0
  for file in "$wal"/*.history; do
    [[ ! -e $file ]] || timeline=$(basename "$file" .history)
  done
  echo "$timeline"
}

# Did this node stop as a primary, cleanly or not? A replica's state names its recovery.
was_primary() { # SHARD NODE
  local state
  state=$(LC_ALL=C as_run_user "$PG_BIN/pg_controldata" "$RUN_DIR/shard_$1/node_$2/data" 2>/dev/null |
    sed -n 's/^Database cluster state: *//p')
  [[ $state == "shut down" || $state == "in production" ]]
}

# The nodes that may become primary when a shard starts from a standstill: the last primary if its
# data is of the newest timeline, else all that know this timeline.
# One that died as primary and was never rewound can hold more WAL, of an older timeline, than the
# primary that followed it; Patroni compares positions, so that together neither would lead. And a
# replica that starts before there is a primary waits for WAL from nobody; Patroni leaves it so.
leading_nodes() { # SHARD
  local node newest
  newest=$(for node in $(each_node); do node_timeline "$1" "$node"; done | sort | tail -n 1)
  for node in $(each_node); do
    if [[ -n $newest && $(node_timeline "$1" "$node") == "$newest" ]] && was_primary "$1" "$node"; then
      echo "$node"
      return
    fi
  done
  for node in $(each_node); do
    [[ $(node_timeline "$1" "$node") != "$newest" ]] || echo "$node"
  done
}

shard_has_primary() { # SHARD
  local node
  for node in $(each_node); do ! node_is_primary "$1" "$node" || return 0; done
  return 1
}

# Starts those who may lead; the others follow in await_node.
start_shard_nodes() { # SHARD
  local node
  if shard_has_primary "$1"; then
    for node in $(each_node); do start_node "$1" "$node"; done
  else
    for node in $(leading_nodes "$1"); do start_node "$1" "$node"; done
  fi
}

# A replica that has yet to be rewound runs, and Patroni calls it healthy; only the primary knows who
# streams from it. Patroni writes one object for each, the name before the state.
node_streams() { # SHARD NODE
  local node
  for node in $(each_node); do
    if node_is_primary "$1" "$node"; then
      curl -s -m 2 "http://127.0.0.1:$(rest_port "$1" "$node")/patroni" |
        grep -q "\"$(node_name "$1" "$2")\"[^}]*\"state\": \"streaming\""
      return
    fi
  done
  return 1
}

node_serves() { # SHARD NODE: as a primary, or as a replica that streams
  answers_200 "http://127.0.0.1:$(rest_port "$1" "$2")/health" &&
    { node_is_primary "$1" "$2" || node_streams "$1" "$2"; }
}

node_is_primary() { answers_200 "http://127.0.0.1:$(rest_port "$1" "$2")/primary"; }

await_node() { # SHARD NODE
  local name role=replica
  name=$(node_name "$1" "$2")
  if ! daemon_alive "$name"; then
    # A primary that does not come back leaves the others to choose.
    wait_until 60 shard_has_primary "$1" || true
    start_node "$1" "$2"
  fi
  await "$name" 120 node_serves "$1" "$2"
  ! node_is_primary "$1" "$2" || role=primary
  report_component "$name" "127.0.0.1:$(pg_port "$1" "$2")" "$role"
}

# HAProxy: a master port and a replica port for each shard

server_lines() { # SHARD
  local node
  for node in $(each_node); do
    echo "  server $(node_name "$1" "$node") 127.0.0.1:$(pg_port "$1" "$node") check port $(rest_port "$1" "$node")"
  done
}

start_haproxy() { # SHARD
  local dir=$RUN_DIR/shard_$1
  daemon_alive "haproxy_$1" && return
  SOCKET=$dir/haproxy.sock MASTER_PORT=$(master_port "$1") REPLICA_PORT=$(replica_port "$1") \
    STATS_PORT=$(stats_port "$1") SERVERS=$(server_lines "$1") \
    render haproxy/haproxy.cfg "$dir/haproxy.cfg"
  start_component "haproxy_$1" /usr/sbin/haproxy -db -f "$dir/haproxy.cfg"
}

sql() { # PORT STATEMENT: as the application, bare result
  PGPASSWORD=shop PGCONNECT_TIMEOUT=3 "$PG_BIN/psql" --no-psqlrc -qAt \
    -h 127.0.0.1 -p "$1" -U shop -d shop -c "$2" 2>/dev/null
}

# Before its first check HAProxy takes every server for UP and sends clients anywhere.
has_checked_all() { # SHARD
  curl -s -m 2 "http://127.0.0.1:$(stats_port "$1")/;csv" | awk -F, '
    NR == 1 {for (i = 1; i <= NF; ++i) column[$i] = i}
    $2 ~ /_node_/ {++seen; if ($column["check_status"] !~ /^L[467]/) ++unchecked}
    END {exit !(seen && !unchecked)}'
}

port_leads_to() { [[ $(sql "$1" 'select pg_is_in_recovery()') == "$2" ]]; } # PORT f|t

haproxy_serves() { # SHARD
  has_checked_all "$1" && port_leads_to "$(master_port "$1")" f &&
    { ((REPLICAS == 0)) || port_leads_to "$(replica_port "$1")" t; }
}

await_haproxy() { # SHARD
  await "haproxy_$1" 120 haproxy_serves "$1"
  report_component "haproxy_$1" "127.0.0.1:$(master_port "$1"),$(replica_port "$1")" \
    "stats http://127.0.0.1:$(stats_port "$1")/"
}

# Agents and the proxy

start_agent() { # SHARD
  local program
  daemon_alive "agent_$1" && return
  program=$(usable_binary tessera-agent)
  SCOPE=shard_$1 CLUSTER=demo ETCD_URLS=http://127.0.0.1:$(etcd_port) AGENT_PORT=$(agent_port "$1") \
    render agent/agent.yaml "$RUN_DIR/shard_$1/agent.yaml"
  start_component "agent_$1" "$program" --config "$RUN_DIR/shard_$1/agent.yaml"
}

agent_sees_primary() { # SHARD
  curl -s -m 2 "http://127.0.0.1:$(agent_port "$1")/membership" | grep -q '"phase":"steady"'
}

await_agent() { # SHARD
  await "agent_$1" 120 agent_sees_primary "$1"
  report_component "agent_$1" "127.0.0.1:$(agent_port "$1")"
}

start_proxy() {
  local program
  daemon_alive proxy && return
  program=$(usable_binary tessera-proxy)
  start_component proxy "$program" --config "$RUN_DIR/proxy" --port "$PROXY_PORT"
}

proxy_serves() { [[ $(sql "$PROXY_PORT" 'select 1') == 1 ]]; }

await_proxy() {
  await proxy 30 proxy_serves
  report_component proxy "127.0.0.1:$PROXY_PORT"
}

# The path of a built program that the user who runs the cluster may execute: a copy, if need be.
usable_binary() {
  local built=$BIN_DIR/$1
  [[ -x $built ]] || die "$built is missing" "run scripts/build"
  if ! (cd / && as_run_user test -x "$built"); then
    as_run_user mkdir -p "$RUN_DIR/bin"
    install -m 755 "$built" "$RUN_DIR/bin/$1"
    built=$RUN_DIR/bin/$1
  fi
  echo "$built"
}
