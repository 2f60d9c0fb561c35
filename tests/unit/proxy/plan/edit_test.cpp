#include "proxy/plan/edit.h"

#include <gtest/gtest.h>

namespace tessera::plan {
namespace {

using parser::Token;
using parser::TokenRange;

Piece text(std::string what) {
  return {.kind = Piece::Kind::kText, .text = std::move(what), .range = {}, .slot = 0};
}

Piece copy(TokenRange range) {
  return {.kind = Piece::Kind::kTokens, .text = {}, .range = range, .slot = 0};
}

Piece piece(Piece::Kind kind, std::uint32_t slot, std::string name = {}) {
  return {.kind = kind, .text = std::move(name), .range = {}, .slot = slot};
}

class Statement {
 public:
  explicit Statement(std::string_view sql) : sql_(sql) {
    parser::tokenize(sql, 0, static_cast<std::uint32_t>(sql.size()), {}, tokens_);
  }

  [[nodiscard]] RenderInput input() const {
    return {.text = sql_,
            .tokens = &tokens_,
            .tables = &tables_,
            .partial_types = &types_,
            .first_array_parameter = 3};
  }
  [[nodiscard]] std::string with(const Edits& edits) const { return render(input(), edits); }

 private:
  std::string_view sql_;
  std::vector<Token> tokens_;
  SlotNames tables_{"orders_3", "\"Odd Name\"", "app.orders_1"};
  std::vector<std::string> types_{"bigint", "text"};
};

TEST(Edit, LeavesTheClientsTextAlone) {
  const Statement statement("SELECT  1 -- one\n , /* two */ 2");
  EXPECT_EQ(statement.with({}), "SELECT  1 -- one\n , /* two */ 2");
}

TEST(Edit, ReplacesTokensAndKeepsWhatIsAround) {
  const Statement statement("SELECT a FROM /* x */ orders WHERE a=1");
  const Edits edits{
      {.replaced = {3, 4}, .pieces = {piece(Piece::Kind::kTable, 0), text(" AS "), copy({3, 4})}}};
  EXPECT_EQ(statement.with(edits), "SELECT a FROM /* x */ orders_3 AS orders WHERE a=1");
}

// A comment that runs to the end of its line would swallow what is written behind it.
TEST(Edit, InsertsBeforeACommentAndNotInIt) {
  const Statement statement("SELECT a -- the first\nFROM t");
  EXPECT_EQ(statement.with({{.replaced = {2, 2}, .pieces = {text(", b")}}}),
            "SELECT a, b -- the first\nFROM t");
}

TEST(Edit, NeverGluesTwoTokensToOne) {
  const Statement statement("SELECT(a)FROM t");
  EXPECT_EQ(statement.with({{.replaced = {4, 4}, .pieces = {text(", b")}}}), "SELECT(a), b FROM t");
  EXPECT_EQ(statement.with({{.replaced = {1, 4}, .pieces = {text("b")}}}), "SELECT b FROM t");
}

TEST(Edit, RemovesTokens) {
  const Statement statement("SELECT a FROM t LIMIT 5 OFFSET 3");
  EXPECT_EQ(statement.with({{.replaced = {6, 8}, .pieces = {}}}), "SELECT a FROM t LIMIT 5 ");
}

// The copy of a sort expression must name the same actual table as the expression does.
TEST(Edit, AppliesEditsInsideACopy) {
  const Statement statement("SELECT 1 FROM t ORDER BY (SELECT x FROM orders)");
  const Edits edits{{.replaced = {2, 2}, .pieces = {text(", "), copy({6, 12})}},
                    {.replaced = {10, 11}, .pieces = {piece(Piece::Kind::kTable, 0)}}};
  EXPECT_EQ(statement.with(edits),
            "SELECT 1, (SELECT x FROM orders_3) FROM t ORDER BY (SELECT x FROM orders_3)");
}

TEST(Edit, CopiesWhatItReplacesWithoutEnd) {
  const Statement statement("SELECT a + b FROM t");
  EXPECT_EQ(statement.with({{.replaced = {1, 4}, .pieces = {text("f("), copy({1, 4}), text(")")}}}),
            "SELECT f(a + b) FROM t");
}

TEST(Edit, NamesArraysAndTheirTypes) {
  const Statement statement("SELECT 1");
  const std::vector<Piece> pieces{text("SELECT * FROM unnest("), piece(Piece::Kind::kArray, 1),
                                  text("::"), piece(Piece::Kind::kPartialType, 1), text("[])")};
  EXPECT_EQ(render(statement.input(), pieces, {}), "SELECT * FROM unnest($4::text[])");
}

TEST(Edit, SuffixesNamesWithTheActualTable) {
  const Statement statement("SELECT 1");
  const auto suffixed = [&](std::string name, std::uint32_t slot) {
    return render(statement.input(), {piece(Piece::Kind::kSuffixed, slot, std::move(name))}, {});
  };
  EXPECT_EQ(suffixed("idx", 0), "idx_orders_3");
  EXPECT_EQ(suffixed("idx", 1), "\"idx_Odd Name\"");
  EXPECT_EQ(suffixed("Idx", 2), "\"Idx_orders_1\"");
}

}  // namespace
}  // namespace tessera::plan
