#include "proxy/plan/value.h"

#include <gtest/gtest.h>

namespace tessera::plan {
namespace {

using rules::Null;
using rules::Value;
using rules::ValueType;

// The one constant of a statement, decoded.
Result<Value> constant(std::string_view text, ValueType type, Use use = Use::kEqual,
                       bool negated = false) {
  parser::Shape shape;
  if (Status ok = parser::scan(text, 0, {}, shape); !ok) return ok.error();
  const Values values{.text = text, .constants = &shape.constants, .parameters = nullptr};
  return decode({.kind = ValueSource::Kind::kConstant, .index = 0, .negated = negated}, type,
                values, use);
}

Result<Value> parameter(const Parameter& parameter, ValueType type, Use use = Use::kEqual) {
  const std::vector<Parameter> all{parameter};
  const Values values{.text = {}, .constants = nullptr, .parameters = &all};
  return decode({.kind = ValueSource::Kind::kParameter, .index = 0}, type, values, use);
}

std::int64_t number(const Result<Value>& value) { return std::get<std::int64_t>(*value); }
std::string text(const Result<Value>& value) { return std::get<std::string>(*value); }

TEST(Value, ReadsNumbersForIntegerColumns) {
  EXPECT_EQ(number(constant("42", ValueType::kInt8)), 42);
  EXPECT_EQ(number(constant("42", ValueType::kInt4, Use::kEqual, true)), -42);
  EXPECT_EQ(number(constant("42.0", ValueType::kInt8)), 42);
  EXPECT_EQ(number(constant("' -7 '", ValueType::kInt8)), -7);
  EXPECT_EQ(number(constant("E'\\x37'", ValueType::kInt8)), 7);
}

// 42.5 equals no integer, lies above 42, and would be stored as 43.
TEST(Value, TreatsFractionsByWhatTheyAreFor) {
  EXPECT_TRUE(std::holds_alternative<Null>(*constant("42.5", ValueType::kInt8)));
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

TEST(Value, DoesNotRouteByBits) {
  EXPECT_EQ(constant("B'101'", ValueType::kInt8).error().sqlstate, "0A000");
}

TEST(Value, ReadsParameters) {
  using namespace std::string_view_literals;
  EXPECT_EQ(
      number(parameter({.bytes = "\xff\xfe"sv, .binary = true, .type = 21}, ValueType::kInt8)), -2);
  EXPECT_EQ(number(parameter({.bytes = "5"sv, .binary = false, .type = 25}, ValueType::kInt8)), 5);
  EXPECT_EQ(text(parameter({.bytes = "\0\0\0\5"sv, .binary = true, .type = 23}, ValueType::kText)),
            "5");
  EXPECT_TRUE(std::holds_alternative<Null>(*parameter({}, ValueType::kText)));
}

// Equality with char(n) does not mind trailing spaces, but a hash would.
TEST(Value, DoesNotRouteByCharOfFixedLength) {
  using namespace std::string_view_literals;
  EXPECT_EQ(parameter({.bytes = "a "sv, .binary = false, .type = 1042}, ValueType::kText)
                .error()
                .sqlstate,
            "0A000");
}

}  // namespace
}  // namespace tessera::plan
