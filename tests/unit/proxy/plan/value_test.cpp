#include "proxy/plan/value.h"

#include <gtest/gtest.h>

namespace tessera::plan {
namespace {

using rules::Null;
using rules::Value;
using rules::ValueType;

// The one constant of a statement, decoded.
using Decoded = Result<std::optional<Value>>;

Decoded constant(std::string_view text, ValueType type, Use use = Use::kEqual,
                 bool negated = false) {
  parser::Shape shape;
  if (Status ok = parser::scan(text, 0, {}, shape); !ok) return ok.error();
  const Values values{.text = text, .constants = &shape.constants, .parameters = nullptr};
  return decode({.kind = ValueSource::Kind::kConstant, .index = 0, .negated = negated}, type,
                values, use);
}

Decoded parameter(const Parameter& parameter, ValueType type, Use use = Use::kEqual) {
  const std::vector<Parameter> all{parameter};
  const Values values{.text = {}, .constants = nullptr, .parameters = &all};
  return decode({.kind = ValueSource::Kind::kParameter, .index = 0}, type, values, use);
}

std::int64_t number(const Decoded& value) { return std::get<std::int64_t>(**value); }
std::string text(const Decoded& value) { return std::get<std::string>(**value); }
bool is_null(const Decoded& value) { return std::holds_alternative<Null>(**value); }
bool unclear(const Decoded& value) { return value.has_value() && !value->has_value(); }

TEST(Value, ReadsNumbersForIntegerColumns) {
  EXPECT_EQ(number(constant("42", ValueType::kInt8)), 42);
  EXPECT_EQ(number(constant("42", ValueType::kInt4, Use::kEqual, true)), -42);
  EXPECT_EQ(number(constant("42.0", ValueType::kInt8)), 42);
  EXPECT_EQ(number(constant("' -7 '", ValueType::kInt8)), -7);
  EXPECT_EQ(number(constant("E'\\x37'", ValueType::kInt8)), 7);
}

// 42.5 equals no integer, lies above 42, and would be stored as 43.
TEST(Value, TreatsFractionsByWhatTheyAreFor) {
  EXPECT_TRUE(is_null(constant("42.5", ValueType::kInt8)));
  EXPECT_EQ(number(constant("42.5", ValueType::kInt8, Use::kBound)), 42);
  EXPECT_EQ(number(constant("42.5", ValueType::kInt8, Use::kBound, true)), -43);
  EXPECT_EQ(constant("42.5", ValueType::kInt8, Use::kAssign).error().sqlstate, "0A000");
}

TEST(Value, SaysWhatPostgresSaysOfBadIntegers) {
  EXPECT_EQ(constant("'x'", ValueType::kInt4).error().message,
            "invalid input syntax for type integer: \"x\"");
  EXPECT_EQ(constant("'99999999999999999999'", ValueType::kInt8).error().sqlstate, "22003");
  EXPECT_EQ(constant("99999999999999999999", ValueType::kInt8, Use::kAssign).error().sqlstate,
            "22003");
}

// The text of an integer is what the cast from integer to text gives.
TEST(Value, WritesIntegersForTextColumns) {
  EXPECT_EQ(text(constant("007", ValueType::kText, Use::kAssign)), "7");
  EXPECT_EQ(text(constant("7", ValueType::kText, Use::kAssign, true)), "-7");
  EXPECT_EQ(text(constant("'it''s'", ValueType::kText)), "it's");
  EXPECT_EQ(constant("1.50", ValueType::kText, Use::kAssign).error().sqlstate, "0A000");
}

// What such a value equals is PostgreSQL's to say: every node is asked, and nothing is stored by
// it.
TEST(Value, DoesNotGuess) {
  EXPECT_TRUE(unclear(constant("B'101'", ValueType::kInt8)));
  EXPECT_EQ(constant("B'101'", ValueType::kInt8, Use::kAssign).error().sqlstate, "0A000");
  EXPECT_TRUE(unclear(parameter({.bytes = "5", .type = 701}, ValueType::kInt8)));
  EXPECT_EQ(parameter({.bytes = "5", .type = 701}, ValueType::kInt8, Use::kAssign).error().sqlstate,
            "0A000");
  EXPECT_TRUE(unclear(constant("'Jan 1 2024'", ValueType::kDate)));
  EXPECT_TRUE(unclear(constant("'2024-01-01 00:00:00'", ValueType::kTimestamptz)));
}

TEST(Value, ReadsParameters) {
  using namespace std::string_view_literals;
  EXPECT_EQ(
      number(parameter({.bytes = "\xff\xfe"sv, .binary = true, .type = 21}, ValueType::kInt8)), -2);
  EXPECT_EQ(number(parameter({.bytes = "5"sv, .binary = false, .type = 25}, ValueType::kInt8)), 5);
  EXPECT_EQ(text(parameter({.bytes = "\0\0\0\5"sv, .binary = true, .type = 23}, ValueType::kText)),
            "5");
  EXPECT_TRUE(is_null(parameter({}, ValueType::kText)));
}

// Equality with char(n) does not mind trailing spaces, but a hash would.
TEST(Value, TakesSpacesOffForCharColumnsOnly) {
  EXPECT_TRUE(unclear(parameter({.bytes = "a ", .type = 1042}, ValueType::kText)));
  EXPECT_EQ(text(parameter({.bytes = "a ", .type = 1042}, ValueType::kBpchar)), "a");
  EXPECT_EQ(text(constant("'a  '", ValueType::kBpchar)), "a");
  EXPECT_EQ(text(constant("'a '", ValueType::kText)), "a ");
  EXPECT_EQ(text(constant("'   '", ValueType::kBpchar)), "");
}

TEST(Value, ReadsNumericsInBothFormats) {
  using namespace std::string_view_literals;
  // 42, 42.5 and -70000 as numeric_send() writes them.
  const Parameter whole{.bytes = "\0\1\0\0\0\0\0\0\0\52"sv, .binary = true, .type = 1700};
  const Parameter half{.bytes = "\0\2\0\0\0\0\0\1\0\52\x13\x88"sv, .binary = true, .type = 1700};
  const Parameter large{.bytes = "\0\1\0\1\x40\0\0\0\0\7"sv, .binary = true, .type = 1700};
  EXPECT_EQ(number(parameter(whole, ValueType::kInt8)), 42);
  EXPECT_TRUE(is_null(parameter(half, ValueType::kInt8)));
  EXPECT_EQ(number(parameter(half, ValueType::kInt8, Use::kBound)), 42);
  EXPECT_EQ(number(parameter(large, ValueType::kInt8)), -70000);
  EXPECT_EQ(number(parameter({.bytes = "42.00", .type = 1700}, ValueType::kInt8)), 42);
}

std::optional<std::size_t> elements(const Parameter& parameter, ValueType type) {
  const std::vector<Parameter> all{parameter};
  const Values values{.text = {}, .constants = nullptr, .parameters = &all};
  const auto decoded = decode_array(
      {.kind = ValueSource::Kind::kParameter, .index = 0, .array = true}, type, values);
  if (!decoded || !*decoded) return std::nullopt;
  return (*decoded)->size();
}

TEST(Value, ReadsArraysInBothFormats) {
  using namespace std::string_view_literals;
  const Parameter binary{
      .bytes = "\0\0\0\1\0\0\0\1\0\0\0\27\0\0\0\2\0\0\0\1\0\0\0\4\0\0\0\5\xff\xff\xff\xff"sv,
      .binary = true,
      .type = 1007};
  EXPECT_EQ(elements(binary, ValueType::kInt8), 1U);
  EXPECT_EQ(elements({.bytes = "{1,2,NULL}", .type = 1007}, ValueType::kInt8), 2U);
  EXPECT_EQ(elements({.bytes = "{}", .type = 1007}, ValueType::kInt8), 0U);
  EXPECT_EQ(elements({.bytes = "[0:1]={1,2}", .type = 1007}, ValueType::kInt8), std::nullopt);
  EXPECT_EQ(elements({.bytes = "{1,2}", .type = 1022}, ValueType::kInt8), std::nullopt);
  EXPECT_EQ(elements({.bytes = std::nullopt, .type = 1007}, ValueType::kInt8), 0U);
}

}  // namespace
}  // namespace tessera::plan
