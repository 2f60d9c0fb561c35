// The parser: token ranges, limits, names, and that nothing of a statement goes missing.

#include "parser/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "parser/keywords.h"
#include "parser/walk.h"

namespace tessera::parser {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Result<ParsedStatement> try_parse(std::string_view text) {
  Shape shape;
  const Status scanned = scan(text, 0, {}, shape);
  if (!scanned) return scanned.error();
  return parse(text, shape, {});
}

ParsedStatement parse_good(std::string_view text) {
  Result<ParsedStatement> parsed = try_parse(text);
  EXPECT_TRUE(parsed) << text.substr(0, 200) << ": " << parsed.error().message;
  return *parsed;
}

template <class T>
const T& as(const ParsedStatement& parsed) {
  return *std::get<T*>(parsed.statement().node);
}

std::string text_of(const ParsedStatement& parsed, TokenRange range) {
  if (range.empty()) return "";
  const Token& first = parsed.tokens().at(range.first);
  const Token& last = parsed.tokens().at(range.end - 1);
  return std::string(parsed.text().substr(first.offset, last.offset + last.length - first.offset));
}

std::vector<std::string> tables_of(const ParsedStatement& parsed) {
  std::vector<std::string> names;
  for_each_table(&parsed.statement(), [&names](const TableRef& table) {
    if (table.kind == TableRef::Kind::kTable) names.emplace_back(table.name.name);
  });
  return names;
}

bool is_other(const ParsedStatement& parsed) {
  return std::holds_alternative<OtherStatement*>(parsed.statement().node);
}

TEST(Parse, GivesTheStatementsOwnTextAndTokens) {
  const std::string text = "select 1; /* c */ update t set a = 'x' where b = 2.5 ; select 3";
  Shape shape;
  ASSERT_TRUE(scan(text, 9, {}, shape));
  const Result<ParsedStatement> parsed = parse(text, shape, {});
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->text(), "update t set a = 'x' where b = 2.5");
  EXPECT_EQ(parsed->tokens().size(), 11U);
  EXPECT_EQ(parsed->tokens().back().kind, TokenKind::kEnd);
  ASSERT_EQ(parsed->constants().size(), 2U);
  const Constant& second = parsed->constants()[1];
  EXPECT_EQ(parsed->text().substr(second.offset, second.length), "2.5");
  EXPECT_EQ(text_of(*parsed, parsed->statement().range), parsed->text());
}

TEST(Parse, KeepsTheTreeWhenTheStatementMoves) {
  ParsedStatement first = parse_good("select a from t");
  const Statement* statement = &first.statement();
  const ParsedStatement second = std::move(first);
  EXPECT_EQ(&second.statement(), statement);
  EXPECT_THAT(tables_of(second), ElementsAre("t"));
}

TEST(Parse, MarksTheClausesOfASelect) {
  const ParsedStatement parsed = parse_good(
      "select distinct a, b as c from t as u where x group by a, (b) having y order by a desc, b "
      "limit 1 offset 2 for update");
  const auto& select = as<Select>(parsed);
  EXPECT_EQ(text_of(parsed, select.range), parsed.text());
  EXPECT_EQ(text_of(parsed, select.items[1]->range), "b as c");
  EXPECT_EQ(text_of(parsed, {select.items_end, select.items_end + 1}), "from");
  EXPECT_EQ(text_of(parsed, select.from[0]->range), "t as u");
  EXPECT_EQ(text_of(parsed, select.from[0]->name.range), "t");
  EXPECT_EQ(text_of(parsed, select.group_range), "group by a, (b)");
  EXPECT_EQ(text_of(parsed, select.having_range), "having y");
  EXPECT_EQ(text_of(parsed, select.order_range), "order by a desc, b");
  EXPECT_EQ(text_of(parsed, select.order_by[0]->range), "a desc");
  EXPECT_EQ(text_of(parsed, select.limit_range), "limit 1");
  EXPECT_EQ(text_of(parsed, select.offset_range), "offset 2");
  EXPECT_EQ(text_of(parsed, select.locking_range), "for update");
  EXPECT_EQ(text_of(parsed, {select.tail, select.tail + 1}), "order");
}

TEST(Parse, PutsTheTailAfterASelectWithoutOne) {
  const ParsedStatement parsed = parse_good("select a from (select b from t) s");
  const auto& select = as<Select>(parsed);
  EXPECT_EQ(select.tail, select.range.end);
  const Select& inner = *select.from[0]->subquery;
  EXPECT_EQ(text_of(parsed, inner.range), "select b from t");
  EXPECT_EQ(text_of(parsed, {inner.tail, inner.tail + 1}), ")");
  EXPECT_EQ(text_of(parsed, select.from[0]->range), "(select b from t) s");
}

TEST(Parse, CoversParenthesesWithTheInnerNode) {
  const ParsedStatement parsed = parse_good("select * from t where ((a = 1)) and (b) > 2");
  const Expr& where = *as<Select>(parsed).where;
  EXPECT_EQ(text_of(parsed, where.children[0]->range), "((a = 1))");
  EXPECT_EQ(text_of(parsed, where.children[1]->children[0]->range), "(b)");
}

TEST(Parse, MarksPartsOfInserts) {
  const ParsedStatement parsed = parse_good(
      "insert into s.t as x (a, b) values (1, 'x'), (2, f(3)) on conflict (a) do nothing returning "
      "a, b as c");
  const auto& insert = as<Insert>(parsed);
  EXPECT_EQ(text_of(parsed, insert.table->name.range), "s.t");
  EXPECT_EQ(text_of(parsed, insert.columns_range), "(a, b)");
  EXPECT_EQ(text_of(parsed, insert.source->row_ranges[1]), "(2, f(3))");
  EXPECT_EQ(text_of(parsed, insert.on_conflict->range), "on conflict (a) do nothing");
  EXPECT_EQ(text_of(parsed, {insert.returning_end, insert.returning_end + 1}), "");
  EXPECT_EQ(insert.returning_end, parsed.statement().range.end);
}

TEST(Parse, MarksArgumentsOfCalls) {
  const ParsedStatement parsed = parse_good("select count(distinct a order by b), f(), s.g(1, 2)");
  const auto& select = as<Select>(parsed);
  const auto arguments = [&](std::size_t i) {
    return text_of(parsed, select.items[i]->expr->function->arguments);
  };
  EXPECT_EQ(arguments(0), "distinct a order by b");
  EXPECT_EQ(arguments(1), "");
  EXPECT_EQ(arguments(2), "1, 2");
  EXPECT_EQ(text_of(parsed, select.items[2]->expr->function->name.range), "s.g");
}

TEST(Parse, CountsConstantsAsTheShapeDoes) {
  const ParsedStatement parsed = parse_good("select 'a', varchar(5) 'b', c::numeric(3, 1), 4");
  std::vector<std::uint32_t> ordinals;
  for_each_expr(&parsed.statement(), [&](const Expr& expr) {
    if (expr.kind == Expr::Kind::kConstant) ordinals.push_back(expr.constant);
  });
  EXPECT_THAT(ordinals, ElementsAre(0, 2, 5));
}

TEST(Parse, FoldsNamesAndDropsCatalogs) {
  const ParsedStatement parsed = parse_good("select T.\"Col\" from Db.Sch.\"Tab\" T, U&\"\\0061\"");
  const auto& select = as<Select>(parsed);
  EXPECT_THAT(select.items[0]->expr->parts, ElementsAre("t", "Col"));
  EXPECT_EQ(select.from[0]->name.schema, "sch");
  EXPECT_EQ(select.from[0]->name.name, "Tab");
  EXPECT_EQ(select.from[1]->name.name, "a");
}

// Routing safety: a table that is not seen is a table that is not routed.
TEST(Walk, ReachesEveryTable) {
  EXPECT_THAT(
      tables_of(parse_good(
          "with c1 as (select * from t1 where a in (select b from t2)), c2 as (update t3 set a = "
          "(select x from t4) from t5 where exists (select 1 from t6) returning (select y from "
          "t7)) "
          "select (select max(z) from t8), f((select 1 from t9)), array(select 1 from t10), case "
          "when "
          "a = any (select b from t11) then (select c from t12) end, count(*) filter (where a > "
          "(select 1 from t13)) over (partition by (select 1 from t14) order by (select 2 from "
          "t15)) "
          "from t16 left join (t17 join t18 using (a)) on t16.x = (select 1 from t19), lateral "
          "(select "
          "* from t20) l, g((select 1 from t21)) where (a, b) = (select 1, 2 from t22) group by "
          "rollup ((select 1 from t23)) having (select true from t24) window w as (order by "
          "(select 1 "
          "from t25)) union (values ((select 1 from t26))) order by (select 1 from t27) limit "
          "(select 1 "
          "from t28) offset (select 1 from t29)")),
      ElementsAre("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11", "t12", "t13",
                  "t14", "t15", "t16", "t17", "t18", "t19", "t20", "t21", "t22", "t23", "t24",
                  "t25", "t26", "t27", "t28", "t29"));
  EXPECT_THAT(
      tables_of(parse_good(
          "insert into t1 (a) select b from t2 on conflict (a) where (select true from t3) do "
          "update set (b, c) = (select 1, 2 from t4), d[(select 1 from t5)] = 1 where exists "
          "(table t6) returning (select 1 from t7)")),
      ElementsAre("t1", "t2", "t3", "t4", "t5", "t6", "t7"));
  EXPECT_THAT(
      tables_of(parse_good("delete from t1 using t2 join t3 on (select true from t4) where a in "
                           "(select b from t5 tablesample system ((select 1 from t6)))")),
      ElementsAre("t1", "t2", "t3", "t4", "t5", "t6"));
  EXPECT_THAT(tables_of(parse_good("explain analyze create table x as select * from t1")),
              ElementsAre("t1"));
  EXPECT_THAT(tables_of(parse_good("copy (select * from t1, (table t2) s) to stdout")),
              ElementsAre("t1", "t2"));
}

TEST(Walk, DoesNotGoIntoWhatTheVisitorDeclines) {
  const ParsedStatement parsed = parse_good("select a, (select b from t) from u");
  std::vector<std::string_view> columns;
  const Select* top = &as<Select>(parsed);
  for_each_node(&parsed.statement(), [&](const Node& node) {
    if (const auto* expr = std::get_if<const Expr*>(&node)) {
      if ((*expr)->kind == Expr::Kind::kColumn) columns.push_back((*expr)->parts[0]);
    }
    const auto* select = std::get_if<const Select*>(&node);
    return select == nullptr || *select == top;
  });
  EXPECT_THAT(columns, ElementsAre("a"));
}

std::string repeated(std::string_view head, std::string_view part, int count,
                     std::string_view tail) {
  std::string text(head);
  for (int i = 0; i < count; ++i) text += part;
  return text.append(tail);
}

TEST(Parse, TakesLongChainsWithoutRecursion) {
  constexpr int kMany = 10000;
  const std::vector<std::string> statements = {
      repeated("select a from t where a = 1", " or b = 2", kMany, ""),
      repeated("select a from t where a = 1", " and b = 2", kMany, ""),
      repeated("select 1", " + 1", kMany, ""),
      repeated("select 'x'", " || a", kMany, ""),
      repeated("select ", "- ", kMany, "1"),
      repeated("select ", "not ", kMany, "true"),
      repeated("select a", "::int", kMany, ""),
      repeated("select a", "[1]", kMany, ""),
      repeated("select 1", " union all select 2", kMany, ""),
      repeated("insert into t values (1, 'a')", ", (2, 'b')", kMany, ""),
      repeated("select a from t where a in (1", ", 2", kMany, ")"),
      repeated("select a", ", b", kMany, " from t"),
      repeated("select * from t", " cross join u", kMany, ""),
      repeated("select * from t", " join u on true", kMany, ""),
      repeated("select case", " when a then b", kMany, " end"),
  };
  for (const std::string& statement : statements) {
    const ParsedStatement parsed = parse_good(statement);
    EXPECT_FALSE(is_other(parsed)) << statement.substr(0, 60);
    std::size_t nodes = 0;
    for_each_node(&parsed.statement(), [&nodes](const Node&) { ++nodes; });
    EXPECT_GT(nodes, 1U);
  }
}

TEST(Parse, FlattensChainsOfAndAndOr) {
  const ParsedStatement parsed = parse_good(repeated("select 1 where a", " or b", 9999, ""));
  EXPECT_EQ(as<Select>(parsed).where->children.size(), 10000U);
}

TEST(Parse, TakesReasonableDepth) {
  constexpr int kDeep = 900;
  EXPECT_FALSE(
      is_other(parse_good(repeated("select ", "(", kDeep, "1") + std::string(kDeep, ')'))));
  EXPECT_FALSE(
      is_other(parse_good(repeated("select ", "f(", kDeep, "1") + std::string(kDeep, ')'))));
  EXPECT_FALSE(is_other(parse_good(repeated("", "(select * from ", kDeep, "t") +
                                   repeated("", ") s", kDeep - 1, ")"))));
  EXPECT_FALSE(is_other(parse_good(repeated("select ", "case when a then ", kDeep, "1") +
                                   repeated("", " end", kDeep, ""))));
  EXPECT_FALSE(
      is_other(parse_good(repeated("select ", "array[", kDeep, "1") + std::string(kDeep, ']'))));
  EXPECT_FALSE(is_other(parse_good(repeated("select * from t", " join u", kDeep, "") +
                                   repeated("", " on true", kDeep, ""))));
}

TEST(Parse, RefusesEndlessDepth) {
  constexpr int kEndless = 100000;
  const std::vector<std::string> statements = {
      repeated("select ", "(", kEndless, "1") + std::string(kEndless, ')'),
      repeated("select ", "(", kEndless, ""),
      repeated("select ", "case when a then ", kEndless, "1"),
      repeated("select ", "a[", kEndless, "1"),
      repeated("select * from t", " join u", kEndless, ""),
      repeated("", "(select ", kEndless, ""),
      repeated("insert into t values (", "f(", kEndless, ""),
  };
  for (const std::string& statement : statements) {
    const Result<ParsedStatement> parsed = try_parse(statement);
    ASSERT_FALSE(parsed) << statement.substr(0, 40);
    EXPECT_EQ(parsed.error().sqlstate, "54001");
    EXPECT_EQ(parsed.error().message, "stack depth limit exceeded");
    EXPECT_THAT(parsed.error().hint, ::testing::HasSubstr("max_stack_depth"));
  }
}

TEST(Parse, RefusesConstantsThatCannotBeDecoded) {
  const Result<ParsedStatement> parsed = try_parse("select E'\\uD800'");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().sqlstate, "42601");
}

// Every word that PostgreSQL lets be a name is one here, as a column, a table and a label.
TEST(Parse, TakesKeywordsAsNames) {
  const auto is_rare = [](std::string_view word) { return word == "between" || word == "exists"; };
  const ParseCounts before = parse_counts();
  for (const Keyword& keyword : keywords()) {
    const std::string word(keyword.word);
    std::vector<std::string> statements = {"select 1 as " + word + ", t." + word + " from t"};
    const bool column = keyword.kind == KeywordClass::kUnreserved ||
                        (keyword.kind == KeywordClass::kColumnName && !is_rare(word));
    if (column) {
      statements.push_back("select " + word + ", f(" + word + ") from " + word + " where " + word +
                           " = 1 group by " + word + " order by " + word);
      statements.push_back("update " + word + " set " + word + " = 1 where " + word + " = 2");
      statements.push_back("create table " + word + " (a int, " + word + " int default 1)");
    }
    for (const std::string& statement : statements) {
      EXPECT_FALSE(is_other(parse_good(statement))) << statement;
    }
  }
  EXPECT_EQ(parse_counts().full, before.full);
}

TEST(Parse, KeepsAllNamesOfWhatItDoesNotUnderstand) {
  const ParsedStatement parsed = parse_good(
      "do $x$ begin execute 'delete from ' || \"T_Order\"; end $x$ language E'\\x74_item'");
  const auto& other = as<OtherStatement>(parsed);
  EXPECT_EQ(other.first_word, "do");
  EXPECT_TRUE(other.understood);
  const std::vector<std::string_view> names(other.identifiers.begin(), other.identifiers.end());
  EXPECT_THAT(names, ::testing::IsSupersetOf({"do", "language", "execute", "delete", "from",
                                              "T_Order", "t_order", "t_item"}));
}

TEST(Parse, NamesTheKindOfObjectThatIsCreated) {
  const auto second = [](std::string_view text) {
    return std::string(as<OtherStatement>(parse_good(text)).second_word);
  };
  EXPECT_EQ(second("create or replace temp view v as select 1"), "view");
  EXPECT_EQ(second("create function f() returns int language sql as ''"), "function");
  EXPECT_EQ(second("drop sequence s"), "sequence");
  EXPECT_EQ(second("listen a"), "a");
}

TEST(Parse, ReadsTheSameInEveryThread) {
  std::vector<std::thread> threads;
  std::vector<std::size_t> counts(4);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    threads.emplace_back([&counts, i] {
      for (int round = 0; round < 50; ++round) {
        const Result<ParsedStatement> parsed = try_parse(
            "select a, sum(b) over (order by c) from t join u using (x) where y in (1, 2)");
        if (parsed && tables_of(*parsed).size() == 2) ++counts[i];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(counts, ElementsAre(50, 50, 50, 50));
}

TEST(WarmUp, LeavesNothingToFullPrediction) {
  const ParseCounts before = parse_counts();
  warm_up();
  EXPECT_GT(parse_counts().fast, before.fast + 10);
  EXPECT_EQ(parse_counts().full, before.full);
  EXPECT_EQ(parse_counts().other, before.other);
}

// Whatever the words, parsing ends without a crash, and ranges stay inside the statement.
TEST(Parse, SurvivesRandomTokens) {
  const std::vector<std::string> words = {
      "select", "from", "where", "join",   "on",      "(",      ")",      ",",       "a",
      "t",      "1",    "'x'",   "and",    "or",      "not",    "in",     "between", "=",
      "+",      "-",    "case",  "when",   "then",    "end",    "union",  "with",    "as",
      "order",  "by",   "limit", "insert", "into",    "values", "update", "set",     "delete",
      "$1",     "[",    "]",     "::",     "int",     "group",  "array",  "exists",  "over",
      ".",      "*",    "like",  "is",     "null",    "row",    "create", "table",   "alter",
      "add",    "drop", "any",   "for",    "lateral", "cast"};
  std::mt19937 random(7);
  for (int round = 0; round < 5000; ++round) {
    std::string text = words[random() % words.size()];
    const std::size_t size = random() % 25;
    for (std::size_t i = 0; i < size; ++i) text += " " + words[random() % words.size()];
    const Result<ParsedStatement> parsed = try_parse(text);
    ASSERT_TRUE(parsed) << text;
    const std::size_t end = parsed->tokens().size() - 1;
    for_each_expr(&parsed->statement(), [&](const Expr& expr) {
      ASSERT_LE(expr.range.end, end) << text;
      ASSERT_LT(expr.range.first, expr.range.end) << text;
    });
  }
}

}  // namespace
}  // namespace tessera::parser
