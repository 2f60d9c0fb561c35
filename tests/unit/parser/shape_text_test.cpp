// Texts and their shapes: a golden file, and the claim that two texts share a shape exactly when
// their tokens are the same but for what a shape leaves out.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

#include "parser/shape.h"

namespace tessera::parser {
namespace {

constexpr const char* kFile = TESSERA_SOURCE_DIR "/tests/unit/parser/shapes.golden";

struct Case {
  std::string comment;
  std::string text;
  std::string shape;
};

std::string shapes_of(std::string_view text) {
  std::string out;
  Shape shape;
  std::uint32_t from = 0;
  while (from < text.size()) {
    const Status scanned = scan(text, from, {}, shape);
    if (!scanned) {
      const Error& error = scanned.error();
      return out + "error " + error.sqlstate + " at " + std::to_string(error.position) + ": " +
             error.message + "\n";
    }
    from = shape.next;
    out += (shape.begin == shape.end ? "(empty)" : readable(shape)) + "\n";
  }
  return out;
}

std::vector<Case> read_cases() {
  std::vector<Case> out;
  std::ifstream file(kFile);
  Case now;
  std::string* part = &now.comment;
  for (std::string line; std::getline(file, line);) {
    if (line == "text" || line == "shape") {
      part = line == "text" ? &now.text : &now.shape;
    } else if (!line.empty()) {
      *part += line + "\n";
    } else if (part == &now.shape) {
      now.text.pop_back();  // its last line break
      out.push_back(std::exchange(now, {}));
      part = &now.comment;
    } else {
      *part += "\n";
    }
  }
  return out;
}

void write_cases(const std::vector<Case>& cases) {
  std::ofstream file(kFile);
  for (const Case& each : cases)
    file << each.comment << "text\n" << each.text << "\nshape\n" << shapes_of(each.text) << "\n";
}

TEST(ShapeText, ShapesAreAsWritten) {
  const std::vector<Case> cases = read_cases();
  ASSERT_GE(cases.size(), 100U);
  if (std::getenv("TESSERA_REGENERATE") != nullptr) write_cases(cases);
  for (const Case& each : read_cases()) EXPECT_EQ(shapes_of(each.text), each.shape) << each.text;
}

// One token: what a shape keeps of it, and two ways to write it.
struct Choice {
  std::string_view kept;
  std::array<std::string_view, 2> written;
};

constexpr std::array kChoices{
    Choice{"select", {"SELECT", "select"}},
    Choice{"a", {"a", "A"}},
    Choice{"ab", {"aB", "Ab"}},
    Choice{"b", {"b", "B"}},
    Choice{"e", {"e", "E"}},
    Choice{"u", {"u", "U"}},
    Choice{"uescape", {"uescape", "UESCAPE"}},
    Choice{"\"a\"", {"\"a\"", "\"a\""}},
    Choice{"\"A\"", {"\"A\"", "\"A\""}},
    Choice{"\"a b\"", {"\"a b\"", "\"a b\""}},
    Choice{"\"\x01\"", {"\"\x01\"", "\"\x01\""}},
    Choice{"<int4>", {"1", "2147483647"}},
    Choice{"<int8>", {"3000000000", "5000000000"}},
    Choice{"<numeric>", {"1.5", ".5e3"}},
    Choice{"<string>", {"'x'", "'it''s'"}},
    Choice{"<escape>", {"E'\\''", "e'x'"}},
    Choice{"<unicode>", {"U&'x'", "u&'\\0061'"}},
    Choice{"<dollar>", {"$$x$$", "$t$y$t$"}},
    Choice{"<bit>", {"B'0'", "b'1'"}},
    Choice{"<hex>", {"X'0'", "x'ff'"}},
    Choice{"$1", {"$1", "$1"}},
    Choice{"$11", {"$11", "$11"}},
    Choice{"+", {"+", "+"}},
    Choice{"-", {"-", "-"}},
    Choice{"@-", {"@-", "@-"}},
    Choice{"||", {"||", "||"}},
    Choice{"->>", {"->>", "->>"}},
    Choice{"=>", {"=>", "=>"}},
    Choice{"=", {"=", "="}},
    Choice{":", {":", ":"}},
    Choice{"::", {"::", "::"}},
    Choice{":=", {":=", ":="}},
    Choice{".", {".", "."}},
    Choice{",", {",", ","}},
    Choice{"(", {"(", "("}},
    Choice{")", {")", ")"}},
    Choice{"[", {"[", "["}},
    Choice{"{", {"{", "{"}},
    Choice{"\x02", {"\x02", "\x02"}},
};

using Tokens = std::vector<const Choice*>;

// Comments stand where any space may. Two strings are one if only a line break is between them, so
// there is none.
std::string written(const Tokens& tokens, std::mt19937& random) {
  constexpr std::array<std::string_view, 4> kSpaces{" ", "\t ", " /* c /* d */ */ ", "  "};
  std::string out;
  for (const Choice* token : tokens) {
    out += kSpaces[random() % kSpaces.size()];
    out += token->written[random() % 2];
  }
  return out;
}

bool shares_a_shape(const Tokens& a, const Tokens& b, std::mt19937& random) {
  Shape one;
  Shape other;
  const std::string first = written(a, random);
  const std::string second = written(b, random);
  EXPECT_TRUE(scan(first, 0, {}, one)) << first;
  EXPECT_TRUE(scan(second, 0, {}, other)) << second;
  const bool same = one.canonical == other.canonical;
  EXPECT_EQ(same, one.fingerprint == other.fingerprint) << first << "\n" << second;
  return same;
}

bool same_tokens(const Tokens& a, const Tokens& b) {
  return std::ranges::equal(a, b, {}, &Choice::kept, &Choice::kept);
}

// U&'...' uescape is one token or an error: another claim than this one.
bool is_escape_clause(const Tokens& tokens) {
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (tokens[i]->kept == "<unicode>" && tokens[i + 1]->kept == "uescape") return true;
  }
  return false;
}

TEST(ShapeText, TextsShareAShapeExactlyWhenTheirTokensAreEqual) {
  std::mt19937 random(20261123);
  const auto any = [&random] { return &kChoices[random() % kChoices.size()]; };
  int equal = 0;
  for (int round = 0; round < 40000; ++round) {
    Tokens a;
    for (std::size_t i = 1 + random() % 6; i > 0; --i) a.push_back(any());
    Tokens b = a;
    if (random() % 4 != 0) b[random() % b.size()] = any();
    if (random() % 8 == 0) b.push_back(any());
    if (random() % 8 == 0) b.erase(b.begin());
    if (is_escape_clause(a) || is_escape_clause(b)) continue;
    equal += same_tokens(a, b) ? 1 : 0;
    ASSERT_EQ(shares_a_shape(a, b, random), same_tokens(a, b)) << written(a, random) << "\n"
                                                               << written(b, random);
  }
  EXPECT_GT(equal, 5000);
}

}  // namespace
}  // namespace tessera::parser
