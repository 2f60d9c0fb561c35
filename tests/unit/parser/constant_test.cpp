// Values of constants, names of identifiers, and quoting.

#include <gtest/gtest.h>

#include "parser/shape.h"

namespace tessera::parser {
namespace {

Result<std::string> value_of(std::string_view text, bool standard = true) {
  Shape shape;
  const Status status = scan(text, 0, {.standard_conforming_strings = standard}, shape);
  EXPECT_TRUE(status) << text;
  EXPECT_EQ(shape.constants.size(), 1U) << text;
  return constant_value(text, shape.constants.at(0));
}

std::string good(std::string_view text, bool standard = true) {
  const Result<std::string> value = value_of(text, standard);
  EXPECT_TRUE(value) << text << ": " << value.error().message;
  return value ? *value : std::string();
}

TEST(ConstantValue, TakesQuotesAway) {
  EXPECT_EQ(good("42"), "42");
  EXPECT_EQ(good("1.50e3"), "1.50e3");
  EXPECT_EQ(good("''"), "");
  EXPECT_EQ(good("'it''s'"), "it's");
  EXPECT_EQ(good("'a\\n'"), "a\\n");
  EXPECT_EQ(good("'a' -- it's\n 'b'"), "ab");
  EXPECT_EQ(good("$$a'b$$"), "a'b");
  EXPECT_EQ(good("$tag$a$$b$tag$"), "a$$b");
  EXPECT_EQ(good("B'101'"), "101");
  EXPECT_EQ(good("x'1F'\n'2e'"), "1F2e");
}

TEST(ConstantValue, DecodesEscapes) {
  EXPECT_EQ(good("E'\\b\\f\\n\\r\\t\\v\\\\\\'\\q'"), "\b\f\n\r\tv\\'q");
  EXPECT_EQ(good("E'\\101\\x41\\x4a\\xg'"), "AAJxg");
  EXPECT_EQ(good("E'a''b'\n'\\n'"), "a'b\n");
  EXPECT_EQ(good("'a\\nb'", false), "a\nb");
  EXPECT_EQ(good("E'\\u00e4\\U0001F600\\uD83D\\uDE00'"),
            "\xC3\xA4\xF0\x9F\x98\x80\xF0\x9F\x98\x80");
  EXPECT_EQ(good("E'\\xc3\\xa4'"), "\xC3\xA4");
}

TEST(ConstantValue, DecodesUnicodeStrings) {
  EXPECT_EQ(good("U&'d\\0061t\\+000061'"), "data");
  EXPECT_EQ(good("U&'\\\\x''y'"), "\\x'y");
  EXPECT_EQ(good("U&'d!0061t!+000061' uescape '!'"), "data");
  EXPECT_EQ(good("U&'a!!b' /* c */ UESCAPE -- d\n '!'"), "a!b");
  EXPECT_EQ(good("U&'x uescape ''!'"), "x uescape '!");
  EXPECT_EQ(good("U&'\\D83D\\DE00'"), "\xF0\x9F\x98\x80");
}

struct BadConstant {
  std::string text;
  std::string sqlstate;
  std::string message;
  std::uint32_t position;
};

class ConstantErrors : public ::testing::TestWithParam<BadConstant> {};

TEST_P(ConstantErrors, AreThoseOfPostgreSql) {
  const Result<std::string> value = value_of(GetParam().text);
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().sqlstate, GetParam().sqlstate);
  EXPECT_EQ(value.error().message, GetParam().message);
  if (GetParam().position != 0) {
    EXPECT_EQ(value.error().position, GetParam().position);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ConstantErrors,
    ::testing::Values(
        BadConstant{"select E'\\u00zz'", "22025", "invalid Unicode escape", 10},
        BadConstant{"select E'a\\uD800b'", "42601",
                    "invalid Unicode surrogate pair at or near \"b\"", 17},
        BadConstant{"select E'\\uD800\\u0041'", "42601",
                    "invalid Unicode surrogate pair at or near \"\\u0041\"", 16},
        BadConstant{"select E'\\uDC00'", "42601",
                    "invalid Unicode surrogate pair at or near \"\\uDC00\"", 10},
        BadConstant{"select E'\\uD800'", "42601", "invalid Unicode surrogate pair at or near \"'\"",
                    16},
        BadConstant{"select E'\\U00110000'", "42601",
                    "invalid Unicode escape value at or near \"\\U00110000\"", 10},
        BadConstant{"select E'\\000'", "22021", "invalid byte sequence for encoding \"UTF8\": 0x00",
                    0},
        BadConstant{"select E'\\xC3'", "22021", "invalid byte sequence for encoding \"UTF8\": 0xc3",
                    0},
        BadConstant{"select U&'\\00'", "42601", "invalid Unicode escape", 0},
        BadConstant{"select U&'abc\\'", "42601", "invalid Unicode escape", 0},
        BadConstant{"select U&'\\0000'", "42601", "invalid Unicode escape value", 0},
        BadConstant{"select U&'\\+110000'", "42601", "invalid Unicode escape value", 0},
        BadConstant{"select U&'a\\D800b'", "42601", "invalid Unicode surrogate pair", 0},
        BadConstant{"select U&'\\DC00'", "42601", "invalid Unicode surrogate pair", 0}));

TEST(IdentifierName, FoldsUnquotedAndUnquotesTheRest) {
  EXPECT_EQ(identifier_name("Foo_BAR$1"), "foo_bar$1");
  EXPECT_EQ(identifier_name("GRÖSSE"), "grÖsse");
  EXPECT_EQ(identifier_name("\"Foo\"\"Bar\""), "Foo\"Bar");
  EXPECT_EQ(identifier_name("U&\"d\\0061t\\+000061\""), "data");
  EXPECT_EQ(identifier_name("u&\"d!0061ta\" UESCAPE '!'"), "data");
}

TEST(IdentifierName, CutsAt63BytesBetweenCharacters) {
  EXPECT_EQ(identifier_name(std::string(70, 'A')), std::string(63, 'a'));
  EXPECT_EQ(identifier_name("\"" + std::string(62, 'a') + "\xC3\xA4\""), std::string(62, 'a'));
  EXPECT_EQ(identifier_name("\"" + std::string(61, 'a') + "\xC3\xA4\""),
            std::string(61, 'a') + "\xC3\xA4");
}

TEST(QuoteIdentifier, QuotesWhatNeedsIt) {
  EXPECT_EQ(quote_identifier("t_order_3"), "t_order_3");
  EXPECT_EQ(quote_identifier("order"), "\"order\"");
  EXPECT_EQ(quote_identifier("between"), "\"between\"");
  EXPECT_EQ(quote_identifier("left"), "\"left\"");
  EXPECT_EQ(quote_identifier("abort"), "abort");
  EXPECT_EQ(quote_identifier("Mixed"), "\"Mixed\"");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(quote_identifier("1a"), "\"1a\"");
  EXPECT_EQ(quote_identifier("größe"), "\"größe\"");
  EXPECT_EQ(quote_identifier(""), "\"\"");
}

TEST(QuoteLiteral, ReadsBackTheSame) {
  EXPECT_EQ(quote_literal("it's"), "'it''s'");
  EXPECT_EQ(quote_literal("a\\b'c"), "E'a\\\\b''c'");
  for (const std::string value : {"", "'", "\\", "\\'", "a\nb"}) {
    EXPECT_EQ(good(quote_literal(value)), value);
    EXPECT_EQ(good(quote_literal(value), false), value);
  }
}

TEST(IsReserved, KnowsAppendixC) {
  EXPECT_TRUE(is_reserved("select"));
  EXPECT_TRUE(is_reserved("user"));
  EXPECT_FALSE(is_reserved("abort"));
  EXPECT_FALSE(is_reserved("between"));
  EXPECT_FALSE(is_reserved("left"));
  EXPECT_FALSE(is_reserved("t_order"));
}

}  // namespace
}  // namespace tessera::parser
