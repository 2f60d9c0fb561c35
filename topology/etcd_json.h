#pragma once
// The etcd gateway's JSON: bytes are base64, 64-bit numbers are strings, and what is zero or empty
// is left out.

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "topology/store.h"

namespace tessera::topology {

[[nodiscard]] std::string base64(std::string_view bytes);
// Errors: 22P02.
[[nodiscard]] Result<std::string> bytes_from_base64(std::string_view text);

// The end of the range of keys that start with `prefix`, as etcd wants it.
[[nodiscard]] std::string range_end(std::string_view prefix);

// 0 when it is absent or no number.
[[nodiscard]] std::int64_t number_in(const boost::json::object& object, std::string_view key);
// Null when it is absent or no object.
[[nodiscard]] const boost::json::object* object_in(const boost::json::object& object,
                                                   std::string_view key);

[[nodiscard]] Revision revision_of(const boost::json::object& reply);
// Errors: 22P02.
[[nodiscard]] Result<Entry> entry_from_json(const boost::json::object& kv);
[[nodiscard]] Result<Snapshot> snapshot_from_json(const boost::json::object& reply);
// The `result` of one line of a watch.
[[nodiscard]] Result<Changes> changes_from_json(const boost::json::object& result);

[[nodiscard]] boost::json::object range_body(std::string_view prefix);
[[nodiscard]] boost::json::object watch_body(std::string_view prefix, Revision from);
[[nodiscard]] boost::json::object txn_body(const Put& put);

}  // namespace tessera::topology
