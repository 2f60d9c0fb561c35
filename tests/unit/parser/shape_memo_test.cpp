// The memo gives what the scanner gives.

#include "parser/shape_memo.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::parser {
namespace {

bool operator==(const Constant& a, const Constant& b) {
  return a.offset == b.offset && a.length == b.length && a.kind == b.kind;
}

void expect_as_scanned(ShapeMemo& memo, std::string_view text, bool standard = true) {
  const ScanOptions options{.standard_conforming_strings = standard};
  Shape remembered;
  Shape scanned;
  const Status got = memo.scan(text, options, remembered);
  const Status expected = scan(text, 0, options, scanned);
  ASSERT_EQ(got.has_value(), expected.has_value()) << text;
  if (!got) return;
  EXPECT_EQ(remembered.fingerprint, scanned.fingerprint) << text;
  EXPECT_EQ(remembered.canonical, scanned.canonical) << text;
  EXPECT_EQ(remembered.begin, scanned.begin) << text;
  EXPECT_EQ(remembered.end, scanned.end) << text;
  EXPECT_EQ(remembered.next, scanned.next) << text;
  EXPECT_EQ(remembered.parameter_max, scanned.parameter_max) << text;
  EXPECT_EQ(remembered.folds, scanned.folds) << text;
  ASSERT_EQ(remembered.constants.size(), scanned.constants.size()) << text;
  for (std::size_t i = 0; i < scanned.constants.size(); ++i)
    EXPECT_TRUE(remembered.constants[i] == scanned.constants[i]) << text << ": constant " << i;
}

TEST(ShapeMemo, SmallIntegersMayChange) {
  ShapeMemo memo;
  for (const char* text : {
           "SELECT a FROM accounts WHERE id = 1",
           "SELECT a FROM accounts WHERE id = 999999999",
           "SELECT a FROM accounts WHERE id = 007",
           "SELECT a FROM accounts WHERE id = 12 ",
           "SELECT a FROM accounts WHERE id = 12;",
           "SELECT a FROM accounts WHERE id = 3;",
       }) {
    expect_as_scanned(memo, text);
  }
}

// Each differs from the one before in a single place, and in its tokens.
TEST(ShapeMemo, WhatMakesOtherTokensIsScanned) {
  ShapeMemo memo;
  for (const char* text : {
           "SELECT a FROM accounts WHERE id = 1",
           "SELECT a FROM accounts WHERE id = 2147483648",
           "SELECT a FROM accounts WHERE id = 3000000000",
           "SELECT a FROM accounts WHERE id = 1.5",
           "SELECT a FROM accounts WHERE id = 1e5",
           "SELECT a FROM accounts WHERE id = 1x",
           "SELECT a FROM accounts WHERE id = x1",
           "SELECT a FROM accounts WHERE id = $1",
           "SELECT a FROM accounts WHERE id = -1",
           "SELECT a FROM accounts WHERE id = '1'",
           "SELECT a FROM accounts WHERE id = '2'",
           "SELECT a FROM accounts WHERE id = 1 -- 2",
           "SELECT a FROM accounts WHERE id = 1 -- 3",
           "SELECT a FROM accounts WHERE id = 1; SELECT 1",
           "SELECT a FROM accounts WHERE id = 1; SELECT 2",
           "SELECT a FROM accounts WHERE id = ",
           "SELECT a FROM accounts WHERE id = 12 + 3",
           "SELECT a FROM accounts WHERE id = 1 + 23",
           "SELECT a FROM accounts WHERE id = 1 +  3",
       }) {
    expect_as_scanned(memo, text);
  }
}

TEST(ShapeMemo, StringsFollowTheSetting) {
  ShapeMemo memo;
  const char* text = R"(SELECT a FROM accounts WHERE name = 'b\' OR id = 1)";
  expect_as_scanned(memo, text, true);
  expect_as_scanned(memo, text, false);
  expect_as_scanned(memo, text, true);
}

TEST(ShapeMemo, RandomChangesGiveWhatTheScannerGives) {
  std::mt19937 random(7);
  const std::string texts[] = {
      "SELECT a, b1 FROM accounts WHERE id IN (1, 22, 333) AND c = 'x4' LIMIT 5;",
      "INSERT INTO accounts VALUES (1, 2.5, 'three''3', $4, x'5', 6 -- 7\n, 8)",
      "INSERT INTO accounts (a, b) VALUES (1, 2), (3, -4), (5, -6) RETURNING a + 1",
      "UPDATE accounts SET a = a + 1, b = .5, c = 1..2 WHERE id = -9 /* 10 */",
  };
  const std::string_view bytes = "0123456789 .'e$x-;";
  ShapeMemo memo;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = texts[random() % std::size(texts)];
    for (auto changes = random() % 4; changes > 0; --changes) {
      const std::size_t at = 24 + random() % (text.size() - 24);
      if (random() % 2 == 0) {
        text[at] = bytes[random() % bytes.size()];
      } else {
        text.insert(at, 1, bytes[random() % bytes.size()]);
      }
    }
    expect_as_scanned(memo, text);
    if (testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace tessera::parser
