// shardingAlgorithms, and the strategies that name them.

#include <fmt/format.h>

#include <algorithm>

#include "rules/load_sharding.h"
#include "rules/targets.h"

namespace tessera::rules {
namespace {

using Kind = StrategySpec::Kind;

std::vector<std::string> read_columns(const Entry& entry) {
  std::vector<std::string> columns;
  for (const Entry& name : entry.names()) {
    const std::string column = fold(name.text());
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      name.fail(fmt::format("column \"{}\" stands twice", column));
    }
    columns.push_back(column);
  }
  if (columns.size() > kComplexColumnsMax) {
    entry.fail(fmt::format("{} columns at most were expected, not {}", kComplexColumnsMax,
                           columns.size()));
  }
  return columns;
}

// The body of a strategy that has an algorithm.
StrategySpec read_body(Kind kind, const Entry& entry) {
  StrategySpec spec{.kind = kind, .columns = {}, .algorithm = {}, .entry = entry};
  Section section = entry.section();
  if (kind == Kind::kComplex) {
    spec.columns = read_columns(section.require("shardingColumns", "columns with commas"));
  } else if (kind == Kind::kStandard) {
    if (const auto column = section.find("shardingColumn")) {
      spec.columns = {fold(column->text())};
    }
  }
  spec.entry = section.require("shardingAlgorithmName", "a sharding algorithm's name");
  spec.algorithm = spec.entry.text();
  section.finish();
  return spec;
}

}  // namespace

StrategySpec read_strategy(const Entry& entry) {
  StrategySpec spec{.entry = entry};
  Section section = entry.section();
  std::size_t found = 0;
  const auto read = [&](Kind kind, std::string_view key) {
    const auto body = section.find(key);
    if (!body) return;
    ++found;
    spec = read_body(kind, *body);
  };
  read(Kind::kStandard, "standard");
  read(Kind::kComplex, "complex");
  read(Kind::kHint, "hint");
  const auto none = section.find_key("none");
  section.finish();
  if (none && !none->is_null()) none->section().finish();
  if (found + (none ? 1 : 0) != 1) {
    entry.fail(
        fmt::format("one of the strategies standard, complex, hint and none was expected, "
                    "not {}",
                    found + (none ? 1 : 0)));
  }
  return spec;
}

std::optional<StrategySpec> find_strategy(Section& section, std::string_view key) {
  const auto entry = section.find(key);
  if (!entry) return std::nullopt;
  return read_strategy(*entry);
}

void AlgorithmList::load(const Entry& entry) {
  Section all = entry.section();
  for (const Entry& algorithm : all.all()) {
    Section section = algorithm.section();
    const Entry type = section.require("type", "a type such as INLINE or HASH_MOD");
    const Status known = check_algorithm_type(type.text());
    if (!known) type.fail(known.error().message, known.error().hint);
    Spec spec{.entry = algorithm, .type = type, .properties = {}, .places = {}};
    if (const auto props = section.find("props")) {
      Section properties = props->section();
      for (const Entry& property : properties.all()) {
        spec.properties.emplace(property.name(), property.text());
        spec.places.emplace(property.name(), property);
      }
    }
    section.finish();
    algorithms_.emplace(algorithm.name(), std::move(spec));
  }
}

AlgorithmList::Spec& AlgorithmList::require(const StrategySpec& strategy) {
  const auto found = algorithms_.find(strategy.algorithm);
  if (found == algorithms_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [name, spec] : algorithms_) known.push_back(name);
    strategy.entry.fail(
        fmt::format("sharding algorithm \"{}\" does not exist; there are {}", strategy.algorithm,
                    known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
  }
  found->second.used = true;
  return found->second;
}

template <class Built>
auto AlgorithmList::unwrap(Built built, const Spec& spec) const {
  if (built) return *built;
  const auto place = spec.places.find(built.error().property);
  const Entry& entry = place == spec.places.end() ? spec.entry : place->second;
  entry.fail(built.error().error.message, built.error().error.hint);
}

Strategy AlgorithmList::make(const std::optional<StrategySpec>& spec,
                             const std::string& default_column) {
  if (!spec || spec->kind == Kind::kNone) return {};
  const Spec& found = require(*spec);
  const std::string type = found.type.text();
  if (spec->kind == Kind::kHint) {
    return {.hint = unwrap(build_hint_algorithm(type, found.properties), found)};
  }
  if (spec->kind == Kind::kComplex) {
    return {
        .columns = spec->columns,
        .complex = unwrap(build_complex_algorithm(type, found.properties, spec->columns), found)};
  }
  const std::string column = spec->columns.empty() ? default_column : spec->columns.front();
  if (column.empty()) {
    spec->entry.fail(
        "key \"shardingColumn\" is missing beside it, and there is no "
        "defaultShardingColumn");
  }
  return {.column = column,
          .algorithm = unwrap(build_algorithm(type, found.properties, column), found)};
}

void AlgorithmList::notice_unused() const {
  for (const auto& [name, algorithm] : algorithms_) {
    if (!algorithm.used) algorithm.entry.notice("no table uses this sharding algorithm");
  }
}

}  // namespace tessera::rules
