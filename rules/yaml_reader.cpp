#include "rules/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <sstream>

#include "rules/targets.h"

namespace tessera::rules {
namespace {

Error config_error(std::string message, std::string_view hint) {
  return {.sqlstate = "F0000", .message = std::move(message), .hint = std::string(hint)};
}

std::string trimmed(std::string_view text) {
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return {};
  return std::string(text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1));
}

}  // namespace

void Notices::add(const std::string& place, const std::string& text) {
  if (std::find(seen_.begin(), seen_.end(), text) != seen_.end()) return;
  seen_.push_back(text);
  lines_.push_back(place + ": " + text);
}

Entry& Entry::operator=(const Entry& other) {
  if (this == &other) return *this;
  file_ = other.file_;
  path_ = other.path_;
  name_ = other.name_;
  node_.reset(other.node_);
  line_ = other.line_;
  column_ = other.column_;
  return *this;
}

std::string Entry::beside(const std::string& path) const {
  return (std::filesystem::path(file_->path).parent_path() / path).string();
}

std::string Entry::place() const {
  return fmt::format("{}:{}:{}", file_->path, line_ + 1, column_ + 1);
}

std::string Entry::place_and_key() const {
  return path_.empty() ? place() : fmt::format("{}: {}", place(), path_);
}

void Entry::move_to(const YAML::Mark& mark) {
  if (mark.line < 0) return;
  line_ = mark.line;
  column_ = std::max(mark.column, 0);
}

std::string Entry::found() const {
  if (is_null()) return "nothing";
  if (node_.IsSequence()) return "a list";
  if (node_.IsMap()) return "a map";
  constexpr std::size_t kMax = 60;
  const std::string& text = node_.Scalar();
  return text.size() <= kMax ? fmt::format("\"{}\"", text) : "a long text";
}

Entry Entry::child(std::string name, YAML::Node node, const YAML::Mark& mark) const {
  Entry entry(*this);
  entry.node_.reset(node);
  entry.move_to(mark);
  entry.path_ = path_.empty() ? name : path_ + "." + name;
  entry.name_ = std::move(name);
  return entry;
}

Entry Entry::with(std::string text) const {
  Entry entry(*this);
  entry.node_.reset(YAML::Node(std::move(text)));
  return entry;
}

void Entry::fail(std::string_view text, std::string_view hint) const {
  throw ConfigFault(config_error(fmt::format("{}: {}", place_and_key(), text), hint));
}

void Entry::notice(std::string_view text) const {
  file_->notices->add(place(), fmt::format("{}: {}", name_, text));
}

std::string Entry::text() const {
  std::string value = trimmed(text_or_empty());
  if (value.empty()) fail("a text was expected, not nothing");
  return value;
}

std::string Entry::text_or_empty() const {
  if (is_null()) return {};
  if (!node_.IsScalar()) fail(fmt::format("a text was expected, not {}", found()));
  return node_.Scalar();
}

bool Entry::boolean() const {
  const std::string value = fold(text());
  if (value != "true" && value != "false")
    fail(fmt::format("true or false was expected, not {}", found()));
  return value == "true";
}

std::uint64_t Entry::integer(std::uint64_t min, std::uint64_t max) const {
  const std::string value = text();
  std::uint64_t number = 0;
  const char* last = value.data() + value.size();
  const auto [end, failure] = std::from_chars(value.data(), last, number);
  if (failure != std::errc{} || end != last || number < min || number > max) {
    fail(fmt::format("a number from {} to {} was expected, not \"{}\"", min, max, value));
  }
  return number;
}

std::uint16_t Entry::port() const { return static_cast<std::uint16_t>(integer(1, 65'535)); }

// A number and the unit after it.
Entry::Scaled Entry::scaled(std::string_view expected) const {
  if (!node_.IsScalar()) fail(fmt::format("{}, not {}", expected, found()));
  const std::string& value = node_.Scalar();
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
  // Small enough that no unit makes it overflow.
  if (failure != std::errc{} || number > std::numeric_limits<std::uint32_t>::max()) {
    fail(fmt::format("{}, not {}", expected, found()));
  }
  return {number, std::string_view(value).substr(static_cast<std::size_t>(end - value.data()))};
}

std::chrono::milliseconds Entry::duration() const {
  constexpr std::string_view kExpected = "a duration such as 500ms, 10s, 2m or 1h was expected";
  const auto [count, unit] = scaled(kExpected);
  const auto number = static_cast<std::int64_t>(count);
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s") return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  fail(fmt::format("{}, not {}", kExpected, found()));
}

std::uint64_t Entry::bytes() const {
  constexpr std::string_view kExpected = "a size such as 512KiB, 64MiB or 1GiB was expected";
  const auto [number, unit] = scaled(kExpected);
  if (unit.empty() || unit == "B") return number;
  if (unit == "KiB") return number << 10U;
  if (unit == "MiB") return number << 20U;
  if (unit == "GiB") return number << 30U;
  fail(fmt::format("{}, not {}", kExpected, found()));
}

Section Entry::section() const { return Section(*this); }

std::vector<Entry> Entry::list() const {
  if (!node_.IsSequence()) fail(fmt::format("a list was expected, not {}", found()));
  std::vector<Entry> entries;
  for (const YAML::Node& item : node_) {
    Entry entry(*this);
    entry.node_.reset(item);
    entry.move_to(item.Mark());
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<Entry> Entry::names() const {
  if (!node_.IsScalar()) return list();
  std::vector<Entry> entries;
  std::string_view rest = node_.Scalar();
  while (true) {
    const std::size_t comma = rest.find(',');
    entries.push_back(with(trimmed(rest.substr(0, comma))));
    if (comma == rest.npos) return entries;
    rest.remove_prefix(comma + 1);
  }
}

Section::Section(Entry entry) : entry_(std::move(entry)) {
  if (!entry_.node_.IsMap())
    entry_.fail(fmt::format("a map of keys was expected, not {}", entry_.found()));
  for (const auto& pair : entry_.node_) {
    if (!pair.first.IsScalar()) entry_.fail("a key must be a text, not a list or a map");
    Entry child = entry_.child(pair.first.Scalar(), pair.second, pair.first.Mark());
    const auto same = [&](const Entry& other) { return other.name_ == child.name_; };
    const auto first = std::find_if(entries_.begin(), entries_.end(), same);
    if (first != entries_.end()) {
      child.fail(fmt::format("stands twice, first in line {}", first->line_ + 1));
    }
    entries_.push_back(std::move(child));
  }
}

std::optional<Entry> Section::find_key(std::string_view key) {
  known_.emplace_back(key);
  for (const Entry& entry : entries_) {
    if (entry.name_ == key) return entry;
  }
  return std::nullopt;
}

std::optional<Entry> Section::find(std::string_view key) {
  auto entry = find_key(key);
  if (entry && entry->is_null()) return std::nullopt;
  return entry;
}

Entry Section::require(std::string_view key, std::string_view expected) {
  auto entry = find(key);
  if (!entry) entry_.fail(fmt::format("key \"{}\" is missing: {} was expected", key, expected));
  return *entry;
}

void Section::ignore(std::string_view key, std::string_view why) {
  if (const auto entry = find(key)) entry->notice(why);
}

void Section::refuse(std::string_view key, std::string_view why) {
  if (const auto entry = find(key)) entry->fail(why);
}

const std::vector<Entry>& Section::all() {
  all_known_ = true;
  return entries_;
}

void Section::finish() const {
  if (all_known_) return;
  for (const Entry& entry : entries_) {
    if (std::find(known_.begin(), known_.end(), entry.name_) != known_.end()) continue;
    entry.fail(fmt::format("is an unknown key; expected: {}", fmt::join(known_, ", ")));
  }
}

namespace {

// Remembers where a document starts, and nothing else of it.
class DocumentStart : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
  [[nodiscard]] const YAML::Mark& mark() const { return mark_; }

 private:
  YAML::Mark mark_;
};

// YAML::Load() takes the first document and is silent about what follows it, be it another
// document or rubbish; YAML::LoadAll() never ends on some rubbish.
void check_one_document(const YamlFile& file, const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart document;
  if (!parser.HandleNextDocument(document) || !parser.HandleNextDocument(document)) return;
  throw ConfigFault(
      config_error(fmt::format("{}:{}:{}: one YAML document was expected, not a second one",
                               file.path, document.mark().line + 1, document.mark().column + 1),
                   ""));
}

}  // namespace

std::optional<Entry> read_yaml(const YamlFile& file, const std::string& text) {
  try {
    check_one_document(file, text);
    const YAML::Node document = YAML::Load(text);
    if (document.IsNull()) return std::nullopt;
    return Entry(file, document, document.Mark());
  } catch (const YAML::Exception& broken) {
    throw ConfigFault(config_error(
        fmt::format("{}:{}:{}: broken YAML: {}", file.path, std::max(broken.mark.line, 0) + 1,
                    std::max(broken.mark.column, 0) + 1, broken.msg),
        ""));
  }
}

}  // namespace tessera::rules
