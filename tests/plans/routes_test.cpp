// Statement → nodes, as the table routes.golden says. TESSERA_REGENERATE=1 writes what is there
// now, for review.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "proxy/plan/route.h"
#include "tests/plans/shop_catalog.h"

namespace tessera::plan::testing {
namespace {

constexpr const char* kPath = TESSERA_SOURCE_DIR "/tests/plans/routes.golden";

// A line of the file: a statement with its nodes below it, or anything else as it stands.
struct Line {
  std::string text;
  std::string nodes;  // empty: not a statement
};

std::vector<Line> read_lines() {
  std::vector<Line> out;
  std::ifstream file(kPath);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("  ")) {
      out.back().nodes = line;
    } else {
      out.push_back({.text = line, .nodes = {}});
    }
  }
  return out;
}

bool is_statement(const Line& line) { return !line.text.empty() && !line.text.starts_with('#'); }

std::string node_name(const Plan& plan, const Target& target) {
  std::string out = plan.catalog->rules->shards[target.shard].name;
  if (!plan.slot_tables.empty()) out += "." + slot_names(plan, target).front();
  return out;
}

// The nodes of a statement without parameters, or why there are none.
std::string nodes_of(const std::string& text) {
  const auto parsed = parse_one(text);
  if (!parsed) return "  " + parsed.error().sqlstate + " " + parsed.error().message;
  const auto plan = make_plan({.parsed = &*parsed, .catalog = shop_catalog()});
  if (!plan) return "  " + plan.error().sqlstate + " " + plan.error().message;
  const auto hints = parser::read_hints(text.substr(0, text.find("*/") + 2));
  const Values values{.text = parsed->text(),
                      .constants = &parsed->constants(),
                      .hints = hints ? &*hints : nullptr};
  std::vector<Target> targets;
  if (Status ok = route(**plan, values, targets); !ok) {
    return "  " + ok.error().sqlstate + " " + ok.error().message;
  }
  std::string out = " ";
  for (const Target& target : targets) out += " " + node_name(**plan, target);
  return out;
}

TEST(Routes, AreAsWritten) {
  std::vector<Line> lines = read_lines();
  ASSERT_GT(lines.size(), 100U);
  if (std::getenv("TESSERA_REGENERATE") != nullptr) {
    std::ofstream file(kPath);
    for (Line& line : lines) {
      if (is_statement(line)) line.nodes = nodes_of(line.text);
      file << line.text << "\n" << (is_statement(line) ? line.nodes + "\n" : "");
    }
  }
  for (const Line& line : lines) {
    if (is_statement(line)) {
      EXPECT_EQ(nodes_of(line.text), line.nodes) << line.text;
    }
  }
}

}  // namespace
}  // namespace tessera::plan::testing
