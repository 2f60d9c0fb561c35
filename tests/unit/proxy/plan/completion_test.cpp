#include "proxy/plan/completion.h"

#include <gtest/gtest.h>

namespace tessera::plan {
namespace {

std::vector<parser::Token> tokens_of(std::string_view text) {
  std::vector<parser::Token> tokens;
  parser::tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {}, tokens);
  return tokens;
}

Blank asked(parser::TokenRange range, bool each_time = false) {
  return {.kind = Blank::Kind::kAsked,
          .replaced = range,
          .type = 20,
          .type_name = "pg_catalog.int8",
          .each_time = each_time};
}

// What cannot change is asked once, wherever it stands; the parameters are the question's own.
TEST(Question, AsksOnceForWhatCannotChange) {
  const std::string_view text = "($3 + $1), ($3 + $1), ($1)";
  const auto tokens = tokens_of(text);
  const Completion completion{.blanks = {asked({0, 5}), asked({6, 11}), asked({12, 15})}};
  const Question question = make_question(completion, text, tokens);
  EXPECT_EQ(question.answers, 2U);
  EXPECT_EQ(question.parameters, (std::vector<std::uint32_t>{2, 0}));
  EXPECT_EQ(question.answer_of_blank[1], question.answer_of_blank[0]);
  EXPECT_NE(question.sql.find("(($1 + $2)) AS v0, (($2)) AS v1"), std::string::npos)
      << question.sql;
}

TEST(Question, AsksAnewForWhatIsVolatile) {
  const std::string_view text = "random(), random()";
  const auto tokens = tokens_of(text);
  const Completion completion{.blanks = {asked({0, 3}, true), asked({4, 7}, true)}};
  EXPECT_EQ(make_question(completion, text, tokens).answers, 2U);
}

TEST(Question, IsNoneForKeysAlone) {
  const Completion completion{.blanks = {{.kind = Blank::Kind::kGenerated}}};
  const Question question = make_question(completion, "x", tokens_of("x"));
  EXPECT_EQ(question.answers, 0U);
  EXPECT_FALSE(question.answer_of_blank[0].has_value());
}

// E'' means the same under both settings of standard_conforming_strings.
TEST(QuotedLiteral, EscapesWhatASettingReadsInTwoWays) {
  EXPECT_EQ(quoted_literal("it's"), "'it''s'");
  EXPECT_EQ(quoted_literal(R"(a\b)"), R"(E'a\\b')");
  EXPECT_EQ(quoted_literal(""), "''");
}

TEST(ReadableAnswer, HasABlankBeforeTheTimeOfDay) {
  Blank moment;
  moment.type = 1114;
  EXPECT_EQ(readable_answer(moment, "2026-01-02T03:04:05"), "2026-01-02 03:04:05");
  Blank word;
  word.type = 25;
  EXPECT_EQ(readable_answer(word, "TTT"), "TTT");
}

// pg_cast's assignment casts among the types that can be routed by.
TEST(IsAssignable, FollowsPostgreSQLsAssignmentCasts) {
  EXPECT_TRUE(is_assignable(1700, 20));
  EXPECT_TRUE(is_assignable(1184, 1082));
  EXPECT_TRUE(is_assignable(20, 25));
  EXPECT_FALSE(is_assignable(25, 20));
  EXPECT_FALSE(is_assignable(1114, 20));
  EXPECT_FALSE(is_assignable(23, 16));
}

TEST(CompletingEdits, LeaveABlankWithoutAValueAsItIs) {
  const Completion completion{.blanks = {asked({0, 3}), asked({4, 7})}};
  const Edits edits = completing_edits(completion, {std::nullopt, "5"});
  ASSERT_EQ(edits.size(), 1U);
  EXPECT_EQ(edits.front().replaced.first, 4U);
  EXPECT_EQ(edits.front().pieces.front().text, "5");
}

}  // namespace
}  // namespace tessera::plan
