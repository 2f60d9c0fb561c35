#include "topology/etcd_json.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <charconv>

namespace tessera::topology {
namespace {

namespace json = boost::json;

Error bad(std::string_view what) {
  return Error{.sqlstate = "22P02", .message = "etcd: " + std::string(what)};
}

std::string_view text_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

const json::array* array_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

Result<Change> change_from_json(const json::object& event) {
  const json::object* kv = object_in(event, "kv");
  if (kv == nullptr) return bad("an event without a key");
  auto entry = entry_from_json(*kv);
  if (!entry) return entry.error();
  Change out{.key = entry->key, .entry = std::nullopt};
  if (text_in(event, "type") != "DELETE") out.entry = std::move(*entry);
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Result<std::string> bytes_from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return bad("invalid base64");
  // OpenSSL counts the padding as bytes.
  std::size_t padding = 0;
  while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(size) - padding);
  return Result<std::string>(std::move(out));
}

std::string range_end(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && static_cast<unsigned char>(out.back()) == 0xFF) out.pop_back();
  if (out.empty()) return std::string(1, '\0');  // etcd: all keys from `key` on
  out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

std::int64_t number_in(const json::object& object, std::string_view key) {
  const std::string_view text = text_in(object, key);
  std::int64_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

const json::object* object_in(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

Revision revision_of(const json::object& reply) {
  const json::object* header = object_in(reply, "header");
  return header == nullptr ? 0 : number_in(*header, "revision");
}

Result<Entry> entry_from_json(const json::object& kv) {
  auto key = bytes_from_base64(text_in(kv, "key"));
  if (!key) return key.error();
  auto value = bytes_from_base64(text_in(kv, "value"));
  if (!value) return value.error();
  return Entry{.key = std::move(*key),
               .value = std::move(*value),
               .created = number_in(kv, "create_revision"),
               .modified = number_in(kv, "mod_revision")};
}

Result<Snapshot> snapshot_from_json(const json::object& reply) {
  Snapshot out{.revision = revision_of(reply), .entries = {}};
  const json::array* kvs = array_in(reply, "kvs");
  if (kvs == nullptr) return out;
  for (const json::value& kv : *kvs) {
    if (!kv.is_object()) return bad("a key that is no object");
    auto entry = entry_from_json(kv.get_object());
    if (!entry) return entry.error();
    out.entries.push_back(std::move(*entry));
  }
  return out;
}

Result<Changes> changes_from_json(const json::object& result) {
  Changes out{.revision = revision_of(result),
              .changes = {},
              .lost = number_in(result, "compact_revision") > 0};
  const json::array* events = array_in(result, "events");
  if (events == nullptr) return out;
  for (const json::value& event : *events) {
    if (!event.is_object()) return bad("an event that is no object");
    auto change = change_from_json(event.get_object());
    if (!change) return change.error();
    // The header's revision is the store's: while a watch catches up, it is ahead of the events.
    const Revision modified = number_in(*object_in(event.get_object(), "kv"), "mod_revision");
    out.revision = out.changes.empty() ? modified : std::max(out.revision, modified);
    out.changes.push_back(std::move(*change));
  }
  return out;
}

json::object range_body(std::string_view prefix) {
  return {{"key", base64(prefix)}, {"range_end", base64(range_end(prefix))}};
}

json::object watch_body(std::string_view prefix, Revision from) {
  json::object create = range_body(prefix);
  create["start_revision"] = std::to_string(from);
  return {{"create_request", std::move(create)}};
}

json::object txn_body(const Put& put) {
  json::array compare;
  for (const Expected& expected : put.expected) {
    compare.push_back(json::object{{"key", base64(expected.key)},
                                   {"target", "MOD"},
                                   {"result", "EQUAL"},
                                   {"mod_revision", std::to_string(expected.modified)}});
  }
  json::object request{{"key", base64(put.key)}, {"value", base64(put.value)}};
  if (put.lease != 0) request["lease"] = std::to_string(put.lease);
  json::array success{json::object{{"request_put", std::move(request)}}};
  return {{"compare", std::move(compare)}, {"success", std::move(success)}};
}

}  // namespace tessera::topology
