#include "parser/print.h"

#include <gtest/gtest.h>

namespace tessera::parser {
namespace {

std::string printed(std::string_view text) {
  Shape shape;
  EXPECT_TRUE(scan(text, 0, {}, shape));
  const auto parsed = parse(text, shape, {});
  EXPECT_TRUE(parsed) << text;
  return parsed ? print(*parsed) : "";
}

TEST(Print, WritesWordsInLowerCaseAndOneSpaceBetweenThem) {
  EXPECT_EQ(printed("SELECT  A,b\n FROM\tT -- all\n WHERE X/* it */!=1"),
            "select a, b from t where x <> 1");
}

TEST(Print, KeepsConstantsAsTheyAreWritten) {
  EXPECT_EQ(printed("select E'a\\'b', $t$c$t$ , 1.50, U&'\\0041', 'x'\n'y'"),
            "select E'a\\'b', $t$c$t$, 1.50, U&'\\0041', 'x'\n'y'");
}

// "select" is a name, and Foo is foo.
TEST(Print, QuotesNamesOnlyWhereTheyNeedIt) {
  EXPECT_EQ(printed("select \"a\", \"B c\", \"select\", \"x\"\"y\", Foo, \"int\" from \"T\""),
            "select a, \"B c\", \"select\", \"x\"\"y\", foo, \"int\" from \"T\"");
}

TEST(Print, KeepsOperatorsApart) {
  EXPECT_EQ(printed("select - -1, a*-b, c[1 : 2], (d).e.*, f::int[], a OPERATOR(pg_catalog.+) b"),
            "select - - 1, a * - b, c[1 : 2], (d).e.*, f::int[], a operator (pg_catalog.+) b");
}

TEST(Print, WritesCallsWithoutASpace) {
  EXPECT_EQ(
      printed("select Count ( * ) , f ( x ) over ( order by y ) from g ( 1 ) where a in ( 1 , 2 )"),
      "select count(*), f(x) over (order by y) from g(1) where a in (1, 2)");
}

}  // namespace
}  // namespace tessera::parser
