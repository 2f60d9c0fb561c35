// tessera-sql: what the proxy would make of statements, without a server. docs/tools.md.

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "rules/settings.h"
#include "tools/answers.h"
#include "tools/schema_file.h"

namespace {

using namespace tessera;
using tools::Catalog;

constexpr const char* kUsage =
    "usage: tessera-sql shape|parse|route [--config DIR] [--database NAME] [--schema FILE.sql]\n"
    "                   [FILE...]\n"
    "\n"
    "Reads SQL statements from the files, or from standard input, and prints a line of JSON for\n"
    "each: its shape, the statement as it was understood, or the shards it goes to and what they\n"
    "are sent. `route` needs --config (docs/tools.md).\n";

struct Options {
  std::string command;
  std::string config;
  std::string database;
  std::string schema;
  std::vector<std::string> files;
};

// Gives none after saying what is wrong.
std::optional<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& word = words[at];
    std::string* place = word == "--config"     ? &options.config
                         : word == "--database" ? &options.database
                         : word == "--schema"   ? &options.schema
                                                : nullptr;
    if (place != nullptr && at + 1 < words.size()) {
      *place = words[++at];
    } else if (place != nullptr || (word.starts_with("--") && word.size() > 2)) {
      fmt::print(stderr, "tessera-sql: {}: {}\n{}", word,
                 place != nullptr ? "needs a value" : "unknown option", kUsage);
      return std::nullopt;
    } else if (options.command.empty()) {
      options.command = word;
    } else {
      options.files.push_back(word);
    }
  }
  const bool known =
      options.command == "shape" || options.command == "parse" || options.command == "route";
  if (known && (options.command != "route" || !options.config.empty())) return options;
  fmt::print(stderr, "tessera-sql: {}\n{}",
             known                     ? "route needs --config"
             : options.command.empty() ? "what shall be done?"
                                       : options.command + ": unknown command",
             kUsage);
  return std::nullopt;
}

// "-" is standard input. Gives none after saying why.
std::optional<std::string> read_file(const std::string& name) {
  if (name == "-")
    return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
  std::ifstream file(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.is_open() && !file.bad()) return text;
  fmt::print(stderr, "tessera-sql: {}: cannot be read\n", name);
  return std::nullopt;
}

// Null after saying why: the directory cannot be read, or no single database of it is meant.
std::shared_ptr<const rules::RuleSet> read_rules(const Options& options) {
  auto settings = rules::load_settings(options.config);
  if (!settings) {
    fmt::print(stderr, "tessera-sql: {}\n", settings.error().message);
    if (!settings.error().hint.empty()) fmt::print(stderr, "hint: {}\n", settings.error().hint);
    return nullptr;
  }
  std::string names;
  for (rules::RuleSet& one : settings->databases) {
    const bool only = options.database.empty() && settings->databases.size() == 1;
    if (only || one.database == options.database)
      return std::make_shared<const rules::RuleSet>(std::move(one));
    names += (names.empty() ? "" : ", ") + one.database;
  }
  fmt::print(stderr, "tessera-sql: --database: expected one of {}\n", names);
  return nullptr;
}

// None after saying why. A null catalog: no rules were given.
std::optional<Catalog> make_catalog(const Options& options) {
  if (options.config.empty()) return Catalog();
  auto made = std::make_shared<catalog::Catalog>();
  made->rules = read_rules(options);
  if (!made->rules) return std::nullopt;
  std::optional<std::string> ddl = std::string();
  if (!options.schema.empty()) ddl = read_file(options.schema);
  if (!ddl) return std::nullopt;
  std::vector<std::string> notices;
  made->schema = std::make_shared<const catalog::Schema>(tools::read_schema(*ddl, notices));
  made->version = 1;
  for (const std::string& notice : notices) fmt::print(stderr, "{}: {}\n", options.schema, notice);
  return Catalog(std::move(made));
}

void answer(const std::string& text, const Options& options, const Catalog& catalog) {
  const auto give = [](std::uint32_t line, boost::json::object body) {
    boost::json::object out;
    out["line"] = line;
    for (auto& member : body) out[member.key()] = std::move(member.value());
    std::cout << boost::json::serialize(out) << '\n';
  };
  tools::for_each_statement(
      text,
      [&](const tools::Statement& statement) {
        if (options.command == "shape") give(statement.line, shape_answer(statement, catalog));
        if (options.command == "parse") give(statement.line, parse_answer(statement));
        if (options.command == "route") give(statement.line, route_answer(statement, catalog));
      },
      [&](std::uint32_t line, const Error& error) {
        boost::json::object out;
        out["error"] = tools::error_answer(error);
        give(line, std::move(out));
      });
}

}  // namespace

int main(int argc, char** argv) {
  auto options = read_options({argv + 1, argv + argc});
  if (!options) return 2;
  const auto catalog = make_catalog(*options);
  if (!catalog) return 1;
  if (options->files.empty()) options->files.emplace_back("-");
  int status = 0;
  for (const std::string& name : options->files) {
    const auto text = read_file(name);
    if (text) answer(*text, *options, *catalog);
    if (!text) status = 1;
  }
  return status;
}
