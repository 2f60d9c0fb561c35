// What a shape says of lists, and how longer ones are counted as shorter ones.

#include "parser/fold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tessera::parser {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Shape shape_of(std::string_view text) {
  Shape shape;
  EXPECT_TRUE(scan(text, 0, {}, shape)) << text;
  return shape;
}

bool same(std::string_view a, std::string_view b) {
  const bool equal = shape_of(a).fingerprint == shape_of(b).fingerprint;
  EXPECT_EQ(equal, shape_of(a).canonical == shape_of(b).canonical);
  return equal;
}

// The folded tokens, then where the items stand.
struct Folding {
  std::vector<std::string> tokens;
  std::vector<std::string> items;
};

Folding folding_of(std::string_view text) {
  std::vector<Token> tokens;
  std::vector<TextSpan> items;
  tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {}, tokens);
  fold_tokens(shape_of(text), tokens, items);
  Folding out;
  for (const Token& token : tokens)
    out.tokens.emplace_back(text.substr(token.offset, token.length));
  for (const TextSpan& item : items)
    out.items.emplace_back(text.substr(item.begin, item.end - item.begin));
  return out;
}

TEST(Fold, ListsOfTwoAndMoreShareAShape) {
  EXPECT_TRUE(same("a IN (1, 2)", "a in (3, 4, 5, 6 /* c */, 7)"));
  EXPECT_TRUE(same("insert into t values (1, 'a'), (2, 'b')",
                   "insert into t values (1, 'a'), (2, 'b'), (3, 'c')"));
  EXPECT_TRUE(same("a in (-1, -2)", "a in (- 1, -2, -3)"));
  EXPECT_TRUE(same("values (1, NULL), (2, null)", "values (1, NULL), (2, null), (3, Null)"));
}

TEST(Fold, WhatDiffersInMoreThanValuesIsAnotherShape) {
  EXPECT_FALSE(same("a in (1)", "a in (1, 2)"));
  EXPECT_FALSE(same("a in (1, 2)", "a in (1, 'x')"));
  EXPECT_FALSE(same("a in (1, 2)", "a in (1, 3000000000)"));
  EXPECT_FALSE(same("a in ('x', 'y')", "a in ('x', E'y')"));
  EXPECT_FALSE(same("a in (1, 2)", "a in (1, -2)"));
  EXPECT_FALSE(same("a in (1, 2)", "a in (1, 2), 3"));
  EXPECT_FALSE(same("values (1), (2)", "values (1), (2, 3)"));
  EXPECT_FALSE(same("values (1), (2)", "values (1), (NULL)"));
  EXPECT_FALSE(same("a in ($1, $2)", "a in ($1, $2, $3)"));
  EXPECT_FALSE(same("f (1, 2)", "f (1, 2, 3)"));
  EXPECT_FALSE(same("\"in\" (1, 2)", "\"in\" (1, 2, 3)"));
  EXPECT_FALSE(same("values (null), (null)", "values (null), (null), (null)"));
}

TEST(Fold, RunsOfAMixedListFoldEachByItself) {
  const Shape shape = shape_of("a in (1, 2, 'x', 3, 4, 5) and b = 6");
  ASSERT_EQ(shape.folds.size(), 2U);
  EXPECT_EQ(shape.folds[0],
            (Fold{.first = 0, .width = 1, .count = 2, .tokens = 1, .lead = 0, .beyond = 0}));
  EXPECT_EQ(shape.folds[1],
            (Fold{.first = 3, .width = 1, .count = 3, .tokens = 1, .lead = 0, .beyond = 0}));
  EXPECT_TRUE(same("a in (1, 2, 'x', 3, 4, 5)", "a in (1, 2, 3, 'x', 3, 4)"));
}

TEST(Fold, AListEndsWhereAnItemIsNoConstant) {
  const Shape shape = shape_of("a in (1, 2, 3, f(4), 5, 6)");
  ASSERT_EQ(shape.folds.size(), 1U);
  EXPECT_EQ(shape.folds[0].count, 3U);
  EXPECT_EQ(shape.constants.size(), 6U);
  EXPECT_THAT(shape_of("a in (select 1, 2)").folds, IsEmpty());
  EXPECT_THAT(shape_of("a in (1::int, 2::int)").folds, IsEmpty());
  EXPECT_THAT(shape_of("values (1, f(2)), (3, f(4))").folds, IsEmpty());
  EXPECT_THAT(shape_of("values (now(), 1), (now(), 2)").folds, IsEmpty());
}

TEST(Fold, ARowTooLongIsLeftAsItIs) {
  std::string row = "(0";
  for (int column = 1; column < 500; ++column) row += ", " + std::to_string(column);
  row += ")";
  const std::string two = "values " + row + ", " + row;
  EXPECT_THAT(shape_of(two).folds, IsEmpty());
  EXPECT_FALSE(same(two, two + ", " + row));
}

TEST(Fold, OrdinalsBehindAListMove) {
  const Folds folds =
      shape_of("a in (1, 2, 3, 4) and b = 5 and c in (6, 7) and d in (8, 9, 10)").folds;
  EXPECT_EQ(full_ordinal(folds, 0), 0U);
  EXPECT_EQ(full_ordinal(folds, 1), 1U);
  EXPECT_EQ(full_ordinal(folds, 2), 4U);
  EXPECT_EQ(full_ordinal(folds, 3), 5U);
  EXPECT_EQ(full_ordinal(folds, 4), 6U);
  EXPECT_EQ(full_ordinal(folds, 5), 7U);
  EXPECT_EQ(full_ordinal(folds, 6), 8U);
}

TEST(Fold, TokensOfFurtherItemsAreTheSecondsLast) {
  const Folding folding = folding_of("values (1, -2), (3, -4), (5 , -6) , (7, -8) order by 9");
  EXPECT_THAT(folding.tokens,
              ElementsAre("values", "(", "1", ",", "-", "2", ")", ",", "(", "3", ",", "-", "4",
                          "), (5 , -6) , (7, -8)", "order", "by", "9", ""));
  EXPECT_THAT(folding.items, ElementsAre("(1, -2)", "(3, -4)", "(5 , -6)", "(7, -8)"));
  EXPECT_THAT(folding_of("a in (-1, -2, -3)").tokens,
              ElementsAre("a", "in", "(", "-", "1", ",", "-", "2, -3", ")", ""));
}

TEST(Fold, TwoItemsAreLeftOfEach) {
  const std::string text = "; select a in (1, 2, 3) , b in ('x','y','z', 4,5,6) -- c";
  Shape shape;
  ASSERT_TRUE(scan(text, 1, {}, shape));
  const std::string shorter = with_two_items(text, shape, {});
  EXPECT_EQ(shorter, "select a in (1, 2) , b in ('x','y', 4,5)");
  EXPECT_EQ(shape_of(shorter).fingerprint, shape.fingerprint);
}

// Nothing of a list's length is left in what the plan cache keeps.
TEST(Fold, AThousandRowsAreAShortShape) {
  std::string text = "insert into t values (1, 'a')";
  for (int row = 0; row < 1000; ++row) text += ", (2, 'b')";
  EXPECT_EQ(shape_of(text).canonical,
            shape_of("insert into t values (1, 'a'), (2, 'b')").canonical);
  EXPECT_EQ(shape_of(text).constants.size(), 2002U);
}

}  // namespace
}  // namespace tessera::parser
