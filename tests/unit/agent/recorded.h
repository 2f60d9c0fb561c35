#pragma once
// What Patroni 3.0.2 wrote into etcd and answered over REST in a cluster of two nodes, and small
// ways to change it.

#include <map>
#include <string>

#include "agent/patroni.h"

namespace tessera::agent {

using Keys = std::map<std::string, topology::Entry>;

inline constexpr const char* kSystem = "7711121035822718226";

inline void put(Keys& keys, const std::string& key, const std::string& value,
                topology::Revision modified = 1) {
  keys[key] = {
      .key = "/service/shard_0/" + key, .value = value, .created = 1, .modified = modified};
}

// n2 leads on timeline 2, n1 follows.
inline Keys recorded_keys() {
  Keys keys;
  put(keys, "config", R"({"ttl":5,"loop_wait":1,"retry_timeout":2})");
  put(keys, "history",
      R"([[1,50332064,"no recovery target specified","2026-11-22T22:08:28+00:00","n2"]])");
  put(keys, "initialize", kSystem);
  put(keys, "leader", "n2", 40);
  put(keys, "members/n1",
      R"({"conn_url":"postgres://127.0.0.1:23811/postgres","api_url":"http://127.0.0.1:23801/patroni",)"
      R"("state":"running","role":"replica","version":"3.0.2","xlog_location":50331648,"timeline":2})");
  put(keys, "members/n2",
      R"({"conn_url":"postgres://127.0.0.1:23812/postgres","api_url":"http://127.0.0.1:23802/patroni",)"
      R"("state":"running","role":"master","version":"3.0.2","xlog_location":50331648,"timeline":2})");
  put(keys, "status", R"({"optime":50331648})");
  return keys;
}

inline std::string recorded_replica() {
  return R"({"state": "running", "postmaster_start_time": "2026-11-22 22:08:00.706151+00:00", "role": "replica",)"
         R"( "server_version": 150020, "xlog": {"received_location": 50331648, "replayed_location": 50331640,)"
         R"( "replayed_timestamp": null, "paused": false}, "timeline": 2, "dcs_last_seen": 1795385286,)"
         R"( "database_system_identifier": "7711121035822718226",)"
         R"( "patroni": {"version": "3.0.2", "scope": "shard_0"}})";
}

inline std::string recorded_primary() {
  return R"({"state": "running", "postmaster_start_time": "2026-11-22 22:07:57.154477+00:00", "role": "master",)"
         R"( "server_version": 150020, "xlog": {"location": 50331648}, "timeline": 2, "replication": [)"
         R"({"usename": "replicator", "application_name": "n1", "client_addr": "127.0.0.1", "state": "streaming",)"
         R"( "sync_state": "async", "sync_priority": 0}], "dcs_last_seen": 1795385287,)"
         R"( "database_system_identifier": "7711121035822718226",)"
         R"( "patroni": {"version": "3.0.2", "scope": "shard_0"}})";
}

inline RestView recorded_rest() {
  return {{"n1", *rest_member_from_json(recorded_replica())},
          {"n2", *rest_member_from_json(recorded_primary())}};
}

}  // namespace tessera::agent
