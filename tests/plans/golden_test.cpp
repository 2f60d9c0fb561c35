// Statement → plan as golden text. TESSERA_REGENERATE=1 writes what is there now, for review.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/plans/shop_catalog.h"

namespace tessera::plan::testing {
namespace {

struct Case {
  std::string comment;  // lines before `query`
  std::string query;
  std::string plan;
};

std::vector<std::filesystem::path> plan_files() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(TESSERA_SOURCE_DIR "/tests/plans")) {
    if (entry.path().extension() == ".plan") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

// A file is a row of cases: comments, `query`, its lines, `plan`, its lines, an empty line.
std::vector<Case> read_cases(const std::filesystem::path& path) {
  std::vector<Case> out;
  std::ifstream file(path);
  Case now;
  std::string* part = &now.comment;
  for (std::string line; std::getline(file, line);) {
    if (line == "query") {
      part = &now.query;
    } else if (line == "plan") {
      part = &now.plan;
    } else if (line.empty() && part != &now.comment) {
      if (!now.query.empty()) out.push_back(std::move(now));
      now = {};
      part = &now.comment;
    } else {
      *part += line + "\n";
    }
  }
  if (!now.query.empty()) out.push_back(std::move(now));
  return out;
}

void write_cases(const std::filesystem::path& path, const std::vector<Case>& cases) {
  std::ofstream file(path);
  for (std::size_t at = 0; at < cases.size(); ++at) {
    if (at > 0) file << "\n";
    file << cases[at].comment << "query\n"
         << cases[at].query << "plan\n"
         << plan_text(cases[at].query);
  }
}

class Golden : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Golden, PlansAreAsWritten) {
  const std::vector<Case> cases = read_cases(GetParam());
  ASSERT_FALSE(cases.empty());
  if (std::getenv("TESSERA_REGENERATE") != nullptr) write_cases(GetParam(), cases);
  for (const Case& each : read_cases(GetParam())) {
    EXPECT_EQ(plan_text(each.query), each.plan) << each.query;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, ::testing::ValuesIn(plan_files()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace tessera::plan::testing
