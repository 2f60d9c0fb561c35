#include "proxy/session/parse_settings.h"

#include <array>

#include "proxy/session/setting_text.h"
#include "proxy/wire/frontend.h"

namespace tessera::session {
namespace {

// Not search_path: PostgreSQL parses a statement anew when that has changed.
constexpr std::array<std::string_view, 10> kFolded{
    "timezone",
    "datestyle",
    "intervalstyle",
    "timezone_abbreviations",
    "standard_conforming_strings",
    "backslash_quote",
    "transform_null_equals",
    "array_nulls",
    "xmloption",
    "client_encoding",
};

// SET as messages of a pipeline: a Query among them would end it.
void put_set(std::string& out, const std::string& sql) {
  constexpr std::string_view kName = "tessera_set";
  wire::put_parse(out, kName, sql, {});
  wire::BindMessage bind;
  bind.portal = kName;
  bind.statement = kName;
  wire::put_bind(out, bind);
  wire::put_execute(out, kName, 0);
  wire::put_close(out, 'P', kName);
  wire::put_close(out, 'S', kName);
}

// The change is undone by the opposite one. In a block it must not outlive the block: the server
// has its own settings of the session below it.
std::string set_messages(const backend::SessionSettings& from, const backend::SessionSettings& to,
                         bool in_block) {
  std::string messages;
  for (const std::string& change : to.changes_from(from))
    put_set(messages, with_scope(change, in_block));
  return messages;
}

}  // namespace

std::shared_ptr<const backend::SessionSettings> parse_settings(
    const txn::Transaction& transaction) {
  auto folded = std::make_shared<backend::SessionSettings>();
  for (const std::string_view name : kFolded) {
    const std::string* statement = transaction.settings.find(name);
    if (statement != nullptr) folded->set(name, with_scope(*statement, false));
    for (const auto& joining : transaction.joining_statements()) {
      if (joining.setting == name) folded->set(name, with_scope(joining.sql, false));
    }
  }
  return folded;
}

std::shared_ptr<const backend::SessionSettings> analysed_anew(
    const backend::SessionSettings& now, const backend::SessionSettings& then) {
  auto mixed = std::make_shared<backend::SessionSettings>(now);
  for (const char* name : {"client_encoding", "standard_conforming_strings", "backslash_quote"}) {
    const std::string* statement = then.find(name);
    mixed->erase(name);
    if (statement != nullptr) mixed->set(name, *statement);
  }
  return mixed;
}

exec::ParseScope parse_scope(const backend::SessionSettings& now,
                             const backend::SessionSettings& then, bool in_block) {
  if (now.fingerprint() == then.fingerprint()) return {};
  return {.before = set_messages(now, then, in_block), .after = set_messages(then, now, in_block)};
}

}  // namespace tessera::session
