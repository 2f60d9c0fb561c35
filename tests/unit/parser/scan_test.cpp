// The scanner: shapes, tokens and errors, by PostgreSQL 15's lexical rules.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "parser/shape.h"

namespace tessera::parser {
namespace {

using ::testing::ElementsAre;

Shape shape_of(std::string_view text, bool standard = true) {
  Shape shape;
  const Status status = scan(text, 0, {.standard_conforming_strings = standard}, shape);
  EXPECT_TRUE(status) << text << ": " << status.error().message;
  return shape;
}

bool same(std::string_view a, std::string_view b) {
  return shape_of(a).fingerprint == shape_of(b).fingerprint;
}

std::vector<std::string> words(std::string_view text, bool standard = true) {
  std::vector<Token> tokens;
  tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {standard}, tokens);
  std::vector<std::string> out;
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::kEnd) out.emplace_back(text.substr(token.offset, token.length));
  }
  return out;
}

std::vector<TokenKind> kinds(std::string_view text) {
  std::vector<Token> tokens;
  tokenize(text, 0, static_cast<std::uint32_t>(text.size()), {}, tokens);
  std::vector<TokenKind> out;
  for (const Token& token : tokens) out.push_back(token.kind);
  return out;
}

ConstantClass class_of(std::string_view constant, bool standard = true) {
  const std::string text = "select " + std::string(constant);
  const Shape shape = shape_of(text, standard);
  EXPECT_EQ(shape.constants.size(), 1U) << constant;
  if (shape.constants.size() != 1) return ConstantClass::kInt4;
  EXPECT_EQ(text.substr(shape.constants[0].offset, shape.constants[0].length), constant);
  return shape.constants[0].kind;
}

Error error_of(std::string_view text, bool standard = true) {
  Shape shape;
  const Status status = scan(text, 0, {.standard_conforming_strings = standard}, shape);
  EXPECT_FALSE(status) << text;
  return status ? Error{} : status.error();
}

TEST(Scan, TakesConstantsOutOfTheShape) {
  EXPECT_TRUE(same("select * from t where id = 1", "select * from t where id = 42"));
  EXPECT_TRUE(same("select 'a'", "select 'it''s another'"));
  EXPECT_TRUE(same("select E'a'", "select e'\\n'"));
  EXPECT_TRUE(same("select $$a$$", "select $x$b$x$"));
  EXPECT_TRUE(same("select 1.5", "select .5e10"));
}

TEST(Scan, IgnoresSpaceCommentsAndCase) {
  EXPECT_TRUE(same("SELECT  A\n\t from\fT -- x", "select a FROM t"));
  EXPECT_TRUE(same("select/* a /* nested */ b */1", "select 1"));
  EXPECT_TRUE(same("select a+b", "select a + b"));
  EXPECT_TRUE(same("select 1;", "select 1"));
  EXPECT_TRUE(same("select N'x'", "select nchar 'x'"));
}

TEST(Scan, KeepsDifferentTokensApart) {
  EXPECT_FALSE(same("select a", "select b"));
  EXPECT_FALSE(same("select \"select\"", "select select"));
  EXPECT_FALSE(same("select \"a\"", "select a"));
  EXPECT_FALSE(same("select \"A\"", "select \"a\""));
  EXPECT_FALSE(same("select \"a b\"", "select \"a\" \"b\""));
  EXPECT_FALSE(same("select a b", "select ab"));
  EXPECT_FALSE(same("select a @ -b", "select a @- b"));
  EXPECT_FALSE(same("select a < = b", "select a <= b"));
  EXPECT_FALSE(same("select $1", "select $2"));
  EXPECT_FALSE(same("select n 'x'", "select N'x'"));
  EXPECT_FALSE(same("select U&\"d!0061\" uescape '!'", "select U&\"d!0061\" uescape '?'"));
  EXPECT_FALSE(same("select 1", "select '1'"));
  EXPECT_FALSE(same("select \x01", "select 1"));
  EXPECT_FALSE(same("select true", "select false"));
}

TEST(Scan, KeepsClassesOfConstantsApart) {
  const std::vector<std::string> constants = {
      "1",     "2147483648", "3000000000", "9223372036854775808", "1.0", "'x'", "E'x'", "U&'x'",
      "$$x$$", "B'1'",       "X'1f'"};
  for (std::size_t i = 0; i < constants.size(); ++i) {
    for (std::size_t j = 0; j < constants.size(); ++j) {
      EXPECT_EQ(same("select " + constants[i], "select " + constants[j]), i == j)
          << constants[i] << " and " << constants[j];
    }
  }
}

TEST(Scan, LongStatementsHashAsShortOnesDo) {
  std::string a = "select ";
  std::string b = "SELECT";
  for (int i = 0; i < 5000; ++i) {
    a += "column_" + std::to_string(i) + " + ";
    b += "  Column_" + std::to_string(i) + "+";
  }
  EXPECT_TRUE(same(a + "x", b + "X"));
  EXPECT_FALSE(same(a + "x", b + "y"));
  const std::string name(10000, 'x');
  EXPECT_TRUE(same("select " + name, "select " + std::string(10000, 'X')));
  EXPECT_FALSE(same("select \"" + name + "\"", "select \"" + name + "y\""));
}

TEST(Scan, ClassifiesNumbersByMagnitude) {
  EXPECT_EQ(class_of("0"), ConstantClass::kInt4);
  EXPECT_EQ(class_of("2147483647"), ConstantClass::kInt4);
  EXPECT_EQ(class_of("0000000000000000000001"), ConstantClass::kInt4);
  EXPECT_EQ(class_of("2147483648"), ConstantClass::kInt4Edge);
  EXPECT_EQ(class_of("2147483649"), ConstantClass::kInt8);
  EXPECT_EQ(class_of("99999999999"), ConstantClass::kInt8);
  EXPECT_EQ(class_of("9223372036854775807"), ConstantClass::kInt8);
  EXPECT_EQ(class_of("9223372036854775808"), ConstantClass::kInt8Edge);
  EXPECT_EQ(class_of("9223372036854775809"), ConstantClass::kNumeric);
  EXPECT_EQ(class_of("100000000000000000000"), ConstantClass::kNumeric);
  for (const char* number : {"1.5", ".5", "1.", "1e3", "1.5e3", "1.5E+3", "1e-3", ".5e1"}) {
    EXPECT_EQ(class_of(number), ConstantClass::kNumeric) << number;
  }
}

TEST(Scan, ClassifiesStrings) {
  EXPECT_EQ(class_of("'a''b'"), ConstantClass::kString);
  EXPECT_EQ(class_of("'a\\'"), ConstantClass::kString);
  EXPECT_EQ(class_of("E'a\\'b'"), ConstantClass::kEscapeString);
  EXPECT_EQ(class_of("'a\\'b'", false), ConstantClass::kEscapeString);
  EXPECT_EQ(class_of("u&'\\0061'"), ConstantClass::kUnicodeString);
  EXPECT_EQ(class_of("U&'!0061' UESCAPE '!'"), ConstantClass::kUnicodeString);
  EXPECT_EQ(class_of("$$it's$$"), ConstantClass::kDollarString);
  EXPECT_EQ(class_of("$a$ $b$ $$ $a$"), ConstantClass::kDollarString);
  EXPECT_EQ(class_of("b'101'"), ConstantClass::kBitString);
  EXPECT_EQ(class_of("X'1FF'"), ConstantClass::kHexString);
}

TEST(Scan, StringsContinueOverLinesOnly) {
  EXPECT_EQ(class_of("'a'\n'b'"), ConstantClass::kString);
  EXPECT_EQ(class_of("'a' -- comment\n  'b'\r\n'c'"), ConstantClass::kString);
  EXPECT_EQ(class_of("E'a\\''\n'\\'b'"), ConstantClass::kEscapeString);
  EXPECT_EQ(shape_of("select 'a' 'b'").constants.size(), 2U);
  EXPECT_EQ(shape_of("select 'a' /* \n */ 'b'").constants.size(), 2U);
}

TEST(Scan, ReportsTheLargestParameter) {
  EXPECT_EQ(shape_of("select 1").parameter_max, 0U);
  EXPECT_EQ(shape_of("select $2, $13, $1").parameter_max, 13U);
  EXPECT_EQ(shape_of("select $99999999999999999999").parameter_max, UINT32_MAX);
}

TEST(Scan, SplitsStatementsAtSemicolons) {
  const std::string text = "  select 1 ; ;select ';' -- ;\n; select 2";
  std::vector<std::string> statements;
  Shape shape;
  for (std::uint32_t from = 0; from < text.size(); from = shape.next) {
    ASSERT_TRUE(scan(text, from, {}, shape));
    statements.push_back(text.substr(shape.begin, shape.end - shape.begin));
  }
  EXPECT_THAT(statements, ElementsAre("select 1", "", "select ';'", "select 2"));
}

TEST(Scan, DoesNotSplitInsideParenthesesOrRoutineBodies) {
  const std::vector<std::string> whole = {
      "create rule r as on insert to t do also (select 1; select 2)",
      "create function f() returns int begin atomic select 1; select case when a then b end; end",
      "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); END",
      "do $$ begin; end $$",
  };
  for (const std::string& statement : whole) {
    const Shape shape = shape_of(statement + "; select 2");
    EXPECT_EQ(shape.end, statement.size()) << statement;
    EXPECT_EQ(shape.next, statement.size() + 1);
  }
  EXPECT_EQ(shape_of("begin; select 1").end, 5U);
  EXPECT_EQ(shape_of("create function begin() returns int as 'x'; select 1").end, 42U);
}

TEST(Scan, EmptyTextIsAnEmptyStatement) {
  for (const char* text : {"", "  ", "-- only a comment", "/* a */"}) {
    const Shape shape = shape_of(text);
    EXPECT_EQ(shape.begin, shape.end) << text;
    EXPECT_EQ(shape.next, std::string_view(text).size());
  }
}

TEST(Scan, ReusesTheVectorOfConstants) {
  Shape shape;
  ASSERT_TRUE(scan("select 1, 2, 3, $7", 0, {}, shape));
  const Constant* before = shape.constants.data();
  ASSERT_TRUE(scan("select 4", 0, {}, shape));
  EXPECT_EQ(shape.constants.data(), before);
  EXPECT_EQ(shape.constants.size(), 1U);
  EXPECT_EQ(shape.parameter_max, 0U);
}

struct BadText {
  std::string text;
  std::string message;
  std::uint32_t position;
  bool standard = true;
};

class ScanErrors : public ::testing::TestWithParam<BadText> {};

TEST_P(ScanErrors, AreWordedAsPostgreSqlDoes) {
  const Error error = error_of(GetParam().text, GetParam().standard);
  EXPECT_EQ(error.message, GetParam().message);
  EXPECT_EQ(error.position, GetParam().position);
  EXPECT_EQ(error.sqlstate, "42601");
}

INSTANTIATE_TEST_SUITE_P(
    All, ScanErrors,
    ::testing::Values(
        BadText{"select 'abc", "unterminated quoted string at or near \"'abc\"", 8},
        BadText{"select 'abc\\'", "unterminated quoted string at or near \"'abc\\'\"", 8, false},
        BadText{"select E'abc\\'", "unterminated quoted string at or near \"E'abc\\'\"", 8},
        BadText{"select 'a'\n'b", "unterminated quoted string at or near \"'a'\n'b\"", 8},
        BadText{"select \"abc", "unterminated quoted identifier at or near \"\"abc\"", 8},
        BadText{"select \"\"", "zero-length delimited identifier at or near \"\"\"\"", 8},
        BadText{"select U&\"\"", "zero-length delimited identifier at or near \"U&\"\"\"", 8},
        BadText{"select $$abc", "unterminated dollar-quoted string at or near \"$$abc\"", 8},
        BadText{"select $a$ $b$", "unterminated dollar-quoted string at or near \"$a$ $b$\"", 8},
        BadText{"select B'1", "unterminated bit string literal at or near \"B'1\"", 8},
        BadText{"select x'1", "unterminated hexadecimal string literal at or near \"x'1\"", 8},
        BadText{"select /* /* */ 1", "unterminated /* comment at or near \"/* /* */ 1\"", 8},
        BadText{"select 123abc", "trailing junk after numeric literal at or near \"123abc\"", 8},
        BadText{"select 1e+", "trailing junk after numeric literal at or near \"1e+\"", 8},
        BadText{"select 1.5e", "trailing junk after numeric literal at or near \"1.5e\"", 8},
        BadText{"select 0x1F", "trailing junk after numeric literal at or near \"0x1F\"", 8},
        BadText{"select $1a", "trailing junk after parameter at or near \"$1a\"", 8},
        BadText{"select 'äß', 'x", "unterminated quoted string at or near \"'x\"", 14},
        BadText{"select U&'a' uescape x",
                "UESCAPE must be followed by a simple string literal at or near \"x\"", 22},
        BadText{"select U&\"a\" uescape",
                "UESCAPE must be followed by a simple string literal at end of input", 21},
        BadText{"select U&'a' uescape 'a'", "invalid Unicode escape character at or near \"'a'\"",
                22}));

TEST(Scan, RefusesUnicodeStringsWithoutStandardStrings) {
  const Error error = error_of("select U&'x'", false);
  EXPECT_EQ(error.sqlstate, "0A000");
  EXPECT_EQ(error.message, "unsafe use of string constant with Unicode escapes");
  EXPECT_EQ(error.position, 8U);
}

TEST(Scan, RefusesOperatorsLongerThanNames) {
  EXPECT_EQ(error_of("select 1 " + std::string(64, '!') + " 2").message,
            "operator too long at or near \"" + std::string(64, '!') + "\"");
}

TEST(Tokenize, EndsOperatorsAsPostgreSqlDoes) {
  EXPECT_THAT(words("a=-1"), ElementsAre("a", "=", "-", "1"));
  EXPECT_THAT(words("a@-1"), ElementsAre("a", "@-", "1"));
  EXPECT_THAT(words("a*-+-b"), ElementsAre("a", "*", "-", "+", "-", "b"));
  EXPECT_THAT(words("a%-b"), ElementsAre("a", "%-", "b"));
  EXPECT_THAT(words("a<>-b"), ElementsAre("a", "<>", "-", "b"));
  EXPECT_THAT(words("a->>'b'#>>c"), ElementsAre("a", "->>", "'b'", "#>>", "c"));
  EXPECT_THAT(words("a?|b"), ElementsAre("a", "?|", "b"));
  EXPECT_THAT(words("a+--b\nc"), ElementsAre("a", "+", "c"));
  EXPECT_THAT(words("a*/* x */b"), ElementsAre("a", "*", "b"));
  EXPECT_THAT(words("a||/*x*/b"), ElementsAre("a", "||", "b"));
  EXPECT_THAT(words("f(a=>b,c:=d)::int[1:2]"),
              ElementsAre("f", "(", "a", "=>", "b", ",", "c", ":=", "d", ")", "::", "int", "[", "1",
                          ":", "2", "]"));
  EXPECT_THAT(words("a=>=b"), ElementsAre("a", "=>=", "b"));
}

TEST(Tokenize, ReadsNumbersAndParameters) {
  EXPECT_THAT(words("1..2"), ElementsAre("1", "..", "2"));
  EXPECT_THAT(words("1.5.2"), ElementsAre("1.5", ".2"));
  EXPECT_THAT(words("t.1"), ElementsAre("t", ".1"));
  EXPECT_THAT(words("$1,$22"), ElementsAre("$1", ",", "$22"));
  EXPECT_THAT(words("a$1 $ b"), ElementsAre("a$1", "$", "b"));
}

TEST(Tokenize, ReadsNames) {
  EXPECT_THAT(words("\"a\"\"b\".größe"), ElementsAre("\"a\"\"b\"", ".", "größe"));
  EXPECT_THAT(words("U&\"a\" uescape '!' x"), ElementsAre("U&\"a\" uescape '!'", "x"));
  EXPECT_THAT(words("u & \"a\" u&b"), ElementsAre("u", "&", "\"a\"", "u", "&", "b"));
  EXPECT_THAT(words("N'x' e 'y'"), ElementsAre("N", "'x'", "e", "'y'"));
}

TEST(Tokenize, GivesKindsAndAnEnd) {
  EXPECT_THAT(kinds("a \"b\" 1 'c' $1 + ; { =>"),
              ElementsAre(TokenKind::kIdentifier, TokenKind::kQuotedIdentifier,
                          TokenKind::kConstant, TokenKind::kConstant, TokenKind::kParameter,
                          TokenKind::kOperator, TokenKind::kPunctuation, TokenKind::kPunctuation,
                          TokenKind::kPunctuation, TokenKind::kEnd));
  EXPECT_THAT(kinds(""), ElementsAre(TokenKind::kEnd));
}

TEST(Tokenize, IsLinearInUnicodeStrings) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "U&'a' ";
  EXPECT_EQ(words(text).size(), 100000U);
}

// Whatever the bytes, scanning ends, and what scans without an error gives tokens inside the text.
TEST(Scan, SurvivesRandomBytes) {
  std::mt19937 random(20240521);
  const std::string_view alphabet =
      "'\"$aeEuU&xbnN\\-/*+=<>:;.,()[]{} \n\t0123456789!@#%^~|?_\xC3\xA4";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    const std::size_t size = random() % 60;
    for (std::size_t i = 0; i < size; ++i) {
      text += round % 4 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
    }
    Shape shape;
    std::uint32_t from = 0;
    while (from < text.size() && scan(text, from, {round % 3 != 0}, shape)) {
      ASSERT_GT(shape.next, from);
      ASSERT_LE(shape.end, shape.next);
      ASSERT_LE(shape.next, text.size());
      for (const Constant& constant : shape.constants) {
        ASSERT_LE(constant.offset + constant.length, shape.end);
        (void)constant_value(text, constant);
      }
      from = shape.next;
    }
  }
}

}  // namespace
}  // namespace tessera::parser
