#pragma once
// Reads a YAML file so that nothing in it goes unnoticed: each key is asked for by its name, and a
// key that nobody asked for is an error with its file, line and column.
//
// Loading stops at the first fault, from wherever it is found: a ConfigFault is thrown, and caught
// by parse_settings() alone.

#include <yaml-cpp/yaml.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace tessera::rules {

class ConfigFault : public std::exception {
 public:
  explicit ConfigFault(Error error) : error_(std::move(error)) {}
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

 private:
  Error error_;
};

// Lines for the log at start, each once however often its reason occurs.
class Notices {
 public:
  void add(const std::string& place, const std::string& text);
  [[nodiscard]] std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::vector<std::string> lines_;
  std::vector<std::string> seen_;
};

// What all entries of one file share. Outlives them.
struct YamlFile {
  std::string path;
  Notices* notices;
};

class Section;

// A value with its place.
class Entry {
 public:
  // The root of a file.
  Entry(const YamlFile& file, YAML::Node node, const YAML::Mark& mark)
      : file_(&file), node_(std::move(node)) {
    move_to(mark);
  }
  Entry(const Entry&) = default;
  // Assigning a YAML::Node would change the document; this makes the entry another one.
  Entry& operator=(const Entry& other);
  ~Entry() = default;

  // All of these throw a ConfigFault that says what was expected.
  [[nodiscard]] std::string text() const;           // without space around it, never empty
  [[nodiscard]] std::string text_or_empty() const;  // as it stands
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::uint64_t integer(std::uint64_t min, std::uint64_t max) const;
  [[nodiscard]] std::uint16_t port() const;
  // 10s, 500ms, 2m, 1h.
  [[nodiscard]] std::chrono::milliseconds duration() const;
  // 64MiB, 512KiB, 1GiB, or bytes.
  [[nodiscard]] std::uint64_t bytes() const;
  [[nodiscard]] Section section() const;
  [[nodiscard]] std::vector<Entry> list() const;
  // The text as a file's name; a relative one is looked for beside the configuration file.
  [[nodiscard]] std::string file() const { return beside(text()); }
  [[nodiscard]] std::string beside(const std::string& path) const;
  // A list of texts, or one text with commas.
  [[nodiscard]] std::vector<Entry> names() const;

  [[nodiscard]] bool is_null() const { return !node_.IsDefined() || node_.IsNull(); }
  [[nodiscard]] bool is_scalar() const { return node_.IsScalar(); }
  [[nodiscard]] std::string tag() const { return node_.Tag(); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string place() const;
  // "FILE:LINE:COLUMN: key", for what is found wrong later.
  [[nodiscard]] std::string place_and_key() const;
  // The same place and key with another value.
  [[nodiscard]] Entry with(std::string text) const;

  // "FILE:LINE:COLUMN: key: text"
  [[noreturn]] void fail(std::string_view text, std::string_view hint = {}) const;
  void notice(std::string_view text) const;

 private:
  friend class Section;
  struct Scaled {
    std::uint64_t number;
    std::string_view unit;
  };
  [[nodiscard]] Entry child(std::string name, YAML::Node node, const YAML::Mark& mark) const;
  // A mark that says nothing leaves the place what it was.
  void move_to(const YAML::Mark& mark);
  // What stands there, for messages: "a list", "a map", "nothing" or the text in quotes.
  [[nodiscard]] std::string found() const;
  [[nodiscard]] Scaled scaled(std::string_view expected) const;

  const YamlFile* file_;
  std::string path_;  // the keys above it and its own, joined by dots
  std::string name_;  // its own key
  YAML::Node node_;
  int line_ = 0;
  int column_ = 0;
};

// A map.
class Section {
 public:
  explicit Section(Entry entry);

  [[nodiscard]] const Entry& entry() const { return entry_; }
  // Absent if the key is absent or its value is null.
  [[nodiscard]] std::optional<Entry> find(std::string_view key);
  // Also with a null value.
  [[nodiscard]] std::optional<Entry> find_key(std::string_view key);
  [[nodiscard]] Entry require(std::string_view key, std::string_view expected);
  // A key that has no effect here: a notice if it is there.
  void ignore(std::string_view key, std::string_view why);
  // A key that must not be silently without effect: a fault if it is there.
  void refuse(std::string_view key, std::string_view why);
  // Every entry, for maps whose keys are the user's names.
  [[nodiscard]] const std::vector<Entry>& all();
  // A fault for a key that nobody asked for.
  void finish() const;

 private:
  Entry entry_;
  std::vector<Entry> entries_;
  std::vector<std::string> known_;
  bool all_known_ = false;
};

// The root of the file. Absent: the file has no content. Throws for broken YAML.
[[nodiscard]] std::optional<Entry> read_yaml(const YamlFile& file, const std::string& text);

}  // namespace tessera::rules
