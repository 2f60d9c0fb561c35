#include "proxy/exec/client_view.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "base/utf8.h"
#include "proxy/plan/route.h"
#include "proxy/wire/backend.h"

namespace tessera::exec {
namespace {

struct Renamed {
  std::string actual;
  std::string logical;
  bool suffixed = false;  // names of its indexes and constraints end in "_<actual>"
};

std::vector<Renamed> renamed_tables(const plan::Plan& plan,
                                    const std::vector<plan::Target>& targets) {
  std::vector<Renamed> out;
  for (const plan::Target& target : targets) {
    for (std::size_t slot = 0; slot < plan.slot_tables.size(); ++slot) {
      const rules::ShardingTable& table = *plan.slot_tables[slot];
      const std::string& actual = table.nodes[target.nodes[slot]].table;
      if (actual != table.name) out.push_back({actual, table.name, table.split_in_shard});
    }
  }
  return out;
}

// PostgreSQL makes names of its own of a table's: orders_0_pkey, orders_0_total_check ...
bool is_made_from(std::string_view name, std::string_view table) {
  constexpr std::array<std::string_view, 6> kEnds{"_pkey",  "_key",  "_fkey",
                                                  "_check", "_excl", "_idx"};
  if (name.size() <= table.size() || !name.starts_with(table) || name[table.size()] != '_')
    return false;
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return name.ends_with(end); });
}

std::string logical_name(std::string_view name, const std::vector<Renamed>& tables) {
  for (const Renamed& table : tables) {
    if (name == table.actual) return table.logical;
    const std::string suffix = "_" + table.actual;
    if (table.suffixed && name.size() > suffix.size() && name.ends_with(suffix))
      return std::string(name.substr(0, name.size() - suffix.size()));
    if (is_made_from(name, table.actual))
      return table.logical + std::string(name.substr(table.actual.size()));
  }
  return std::string(name);
}

// PostgreSQL's messages put names between double quotes.
std::string with_logical_names(std::string_view text, const std::vector<Renamed>& tables) {
  std::string out;
  while (true) {
    const auto open = text.find('"');
    const auto close = open == std::string_view::npos ? open : text.find('"', open + 1);
    if (close == std::string_view::npos) return out.append(text);
    out.append(text.substr(0, open + 1));
    out += logical_name(text.substr(open + 1, close - open - 1), tables);
    out += '"';
    text.remove_prefix(close + 1);
  }
}

void translate_names(Error& error, const std::vector<Renamed>& tables) {
  if (tables.empty()) return;
  wire::change_fields(error, [&tables](char code, std::string_view value) {
    if (code == 't' || code == 'n') return logical_name(value, tables);
    const bool text = code == 'M' || code == 'D' || code == 'H' || code == 'W';
    return text ? with_logical_names(value, tables) : std::string(value);
  });
}

std::size_t byte_of_character(std::string_view utf8, std::uint32_t character) {
  std::size_t at = 0;
  for (; at < utf8.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(utf8[at]) & 0xc0U) != 0x80;
    if (begins && character-- == 0) break;
  }
  return at;
}

void set_position(Error& error, std::uint32_t position) {
  wire::change_fields(error, [position](char code, std::string_view value) {
    return code == 'P' ? std::to_string(position) : std::string(value);
  });
}

// From the place in the text that the server saw to the place in the client's.
void translate_position(Error& error, const Sent& sent) {
  if (error.position == 0 || sent.edits.empty()) return;
  const plan::SlotNames names = plan::slot_names(sent.plan, sent.target);
  const plan::RenderInput input{.text = sent.text, .tokens = &sent.tokens, .tables = &names};
  const std::string rendered = plan::render(input, sent.edits);
  const std::size_t at = byte_of_character(rendered, error.position - 1);
  const std::size_t source = plan::source_offset(input, sent.edits, at);
  set_position(error, characters(sent.text.substr(0, source)) + 1);
}

}  // namespace

void move_position(Error& error, std::uint32_t characters) {
  if (error.position != 0 && characters != 0) set_position(error, error.position + characters);
}

void translate(Error& error, const Sent& sent) {
  translate_position(error, sent);
  translate_names(error, renamed_tables(sent.plan, {sent.target}));
}

void translate_names(Error& error, const plan::Plan& plan,
                     const std::vector<plan::Target>& targets) {
  translate_names(error, renamed_tables(plan, targets));
}

std::string translate_notices(std::string frames, const plan::Plan& plan,
                              const std::vector<plan::Target>& targets) {
  if (frames.empty()) return frames;
  const std::vector<Renamed> tables = renamed_tables(plan, targets);
  if (tables.empty()) return frames;
  std::string out;
  std::string_view rest = frames;
  while (!rest.empty()) {
    const auto frame = wire::first_frame(rest, rest.size());
    if (!frame || !*frame) return out.append(rest);
    Error notice = wire::decode_error((*frame)->body);
    translate_names(notice, tables);
    const std::size_t mark = wire::begin_frame(out, 'N');
    out += notice.server_fields;
    wire::end_frame(out, mark);
    rest.remove_prefix((*frame)->bytes.size());
  }
  return out;
}

}  // namespace tessera::exec
