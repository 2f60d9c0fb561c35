# shellcheck shell=bash
# RUN_DIR/components.json: one JSON object a line, in the order of starting. scripts/status adds to
# each what is true at the moment; tests find endpoints and pid files by it.

component() { # NAME KIND SHARD ENDPOINT [MORE JSON MEMBERS]
  printf '{"name": "%s", "kind": "%s", "shard": "%s", "endpoint": "%s", "pid_file": "%s", "log": "%s"%s}\n' \
    "$1" "$2" "$3" "$4" "$(pid_file "$1")" "$(log_file "$1")" "${5:+, $5}"
}

inventory() {
  local shard node host=127.0.0.1
  component etcd etcd '' "$host:$(etcd_port)"
  for shard in $(each_shard); do
    for node in $(each_node); do
      component "$(node_name "$shard" "$node")" node "shard_$shard" "$host:$(pg_port "$shard" "$node")" \
        "\"api\": \"http://$host:$(rest_port "$shard" "$node")\", \"data_dir\": \"$RUN_DIR/shard_$shard/node_$node/data\""
    done
    component "haproxy_$shard" haproxy "shard_$shard" "$host:$(master_port "$shard")" \
      "\"replica_endpoint\": \"$host:$(replica_port "$shard")\", \"stats\": \"http://$host:$(stats_port "$shard")/\", \"socket\": \"$RUN_DIR/shard_$shard/haproxy.sock\""
    component "agent_$shard" agent "shard_$shard" "$host:$(agent_port "$shard")"
  done
  component proxy proxy '' "$host:$PROXY_PORT"
}

write_inventory() { inventory | write_file "$RUN_DIR/components.json"; }
