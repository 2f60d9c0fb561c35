// Texts and their shapes: a golden file, and the claim that two texts share a shape exactly when
// their tokens are the same but for what a shape leaves out.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <random>
#include <vector>

#include "parser/fold.h"

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

// What a shape keeps of the tokens, lists folded: of equal neighbours the first, and that there are
// more. Told once more than the scanner does, from what is written about it.
class Folded {
 public:
  explicit Folded(const Tokens& tokens) {
    for (const Choice* token : tokens) kept_.push_back(token->kept);
  }

  std::vector<std::string> run() {
    while (at_ < kept_.size()) {
      const bool list = at_ + 1 < kept_.size() && kept_[at_ + 1] == "(";
      const bool rows = list && kept_[at_] == "values";
      const bool values = list && kept_[at_] == "in";
      put();
      if (values) put();
      if (rows || values) items(rows);
    }
    return std::move(out_);
  }

 private:
  void put() { out_.emplace_back(kept_[at_++]); }

  void items(bool rows) {
    std::vector<std::string> last;
    bool more = false;
    for (std::size_t end = item_end(at_, rows); end != 0; end = item_end(at_ + 1, rows)) {
      const bool first = last.empty();
      const std::size_t begin = first ? at_ : at_ + 1;
      const std::vector<std::string> item(kept_.begin() + static_cast<std::ptrdiff_t>(begin),
                                          kept_.begin() + static_cast<std::ptrdiff_t>(end));
      const bool constants =
          std::ranges::any_of(item, [](const auto& token) { return token.front() == '<'; });
      if (constants && item == last) {
        if (!more) out_.emplace_back(", more");
        more = true;
      } else {
        if (!first) out_.emplace_back(",");
        out_.insert(out_.end(), item.begin(), item.end());
        more = false;
      }
      last = item;
      at_ = end;
      if (at_ >= kept_.size() || kept_[at_] != ",") return;
    }
  }

  // 0: no item of constants begins at `at`.
  [[nodiscard]] std::size_t item_end(std::size_t at, bool row) const {
    if (row && (at >= kept_.size() || kept_[at++] != "(")) return 0;
    const std::size_t begin = at;
    for (; at < kept_.size(); ++at) {
      const std::string_view token = kept_[at];
      if (token == ")" && row) return at + 1;
      if (token == ")" || (token == "," && !row)) return at > begin ? at : 0;
      const bool constant = token.front() == '<' || token == "+" || token == "-" ||
                            token == "null" || token == "true";
      if (!constant && !(row && token == ",")) return 0;
    }
    return 0;
  }

  std::vector<std::string_view> kept_;
  std::size_t at_ = 0;
  std::vector<std::string> out_;
};

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

// The tokens of which lists are made, and a few that end one.
constexpr std::array kListChoices{
    Choice{"in", {"IN", "in"}},
    Choice{"values", {"VALUES", "Values"}},
    Choice{"(", {"(", "("}},
    Choice{")", {")", ")"}},
    Choice{",", {",", ","}},
    Choice{"<int4>", {"1", "2147483647"}},
    Choice{"<int8>", {"3000000000", "5000000000"}},
    Choice{"<string>", {"'x'", "'it''s'"}},
    Choice{"<escape>", {"E'\\''", "e'x'"}},
    Choice{"+", {"+", "+"}},
    Choice{"-", {"-", "-"}},
    Choice{"null", {"NULL", "null"}},
    Choice{"true", {"TRUE", "true"}},
    Choice{"a", {"a", "A"}},
    Choice{"$1", {"$1", "$1"}},
    Choice{"::", {"::", "::"}},
    Choice{"\"in\"", {"\"in\"", "\"in\""}},
    Choice{"\x10", {"\x10", "\x10"}},
};

const Choice* list_choice(std::string_view kept) {
  return std::ranges::find(kListChoices, kept, &Choice::kept);
}

// The items that a list is made of: rows or values of two kinds.
struct ListItems {
  bool rows = false;
  std::array<Tokens, 2> kinds;
};

ListItems random_items(std::mt19937& random) {
  constexpr std::array<std::string_view, 3> kValues{"<int4>", "<string>", "null"};
  ListItems out{.rows = random() % 2 == 0};
  for (Tokens& item : out.kinds) {
    if (out.rows) item.push_back(list_choice("("));
    for (std::size_t i = 0, width = out.rows ? 1 + random() % 2 : 1; i < width; ++i) {
      if (i > 0) item.push_back(list_choice(","));
      if (random() % 4 == 0) item.push_back(list_choice("-"));
      item.push_back(list_choice(kValues[random() % kValues.size()]));
    }
    if (out.rows) item.push_back(list_choice(")"));
  }
  return out;
}

// A list of them, in which a token may be wrong.
Tokens random_list(const ListItems& items, std::mt19937& random) {
  Tokens out{list_choice("a"), list_choice(items.rows ? "values" : "in")};
  if (!items.rows) out.push_back(list_choice("("));
  for (std::size_t i = 0, count = 1 + random() % 5; i < count; ++i) {
    if (i > 0) out.push_back(list_choice(","));
    const Tokens& item = items.kinds[random() % 6 == 0 ? 1 : 0];
    out.insert(out.end(), item.begin(), item.end());
  }
  if (!items.rows) out.push_back(list_choice(")"));
  if (random() % 4 == 0) out[random() % out.size()] = &kListChoices[random() % kListChoices.size()];
  if (random() % 4 == 0) out.push_back(&kListChoices[random() % kListChoices.size()]);
  return out;
}

// The statement with two items in each list has the same shape, and its constants are those that
// the folds say.
void expect_two_items_are_enough(const std::string& text) {
  Shape shape;
  Shape folded;
  ASSERT_TRUE(scan(text, 0, {}, shape)) << text;
  const std::string shorter = with_two_items(text, shape, {});
  ASSERT_TRUE(scan(shorter, 0, {}, folded)) << shorter;
  ASSERT_EQ(folded.canonical, shape.canonical) << text << "\n" << shorter;
  for (std::uint32_t at = 0; at < folded.constants.size(); ++at) {
    const Constant& one = folded.constants[at];
    const Constant& other = shape.constants[full_ordinal(shape.folds, at)];
    ASSERT_EQ(shorter.substr(one.offset, one.length), text.substr(other.offset, other.length))
        << text;
  }
}

TEST(ShapeText, ListsShareAShapeExactlyWhenTheirTokensAreEqualOnceFolded) {
  std::mt19937 random(20261124);
  int equal = 0;
  int longer = 0;
  for (int round = 0; round < 60000; ++round) {
    const ListItems items = random_items(random);
    const Tokens a = random_list(items, random);
    const Tokens b = random_list(random() % 4 == 0 ? random_items(random) : items, random);
    expect_two_items_are_enough(written(a, random));
    const bool same = Folded(a).run() == Folded(b).run();
    equal += same ? 1 : 0;
    longer += same && a.size() != b.size() ? 1 : 0;
    ASSERT_EQ(shares_a_shape(a, b, random), same) << written(a, random) << "\n"
                                                  << written(b, random);
  }
  EXPECT_GT(equal, 3000);
  EXPECT_GT(longer, 1500);
}

}  // namespace
}  // namespace tessera::parser
