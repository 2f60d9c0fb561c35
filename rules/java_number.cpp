#include "rules/java_number.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "rules/errors.h"
#include "rules/integer_text.h"
#include "rules/java.h"
#include "rules/java_text.h"

namespace tessera::rules::java {
namespace {

constexpr std::int64_t kIntMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();

bool fits_int(std::int64_t number) { return number >= kIntMin && number <= kIntMax; }

// `value` is a number.
NumberClass class_of(const JavaValue& value) {
  if (std::holds_alternative<std::int32_t>(value)) return NumberClass::kInteger;
  if (std::holds_alternative<std::int64_t>(value)) return NumberClass::kLong;
  if (std::holds_alternative<BigIntegerPtr>(value)) return NumberClass::kBigInteger;
  if (std::holds_alternative<DecimalPtr>(value)) return NumberClass::kDecimal;
  return NumberClass::kDouble;
}

NumberClass wider(const JavaValue& a, const JavaValue& b) {
  const NumberClass left = class_of(a);
  const NumberClass right = class_of(b);
  return left < right ? right : left;
}

BigInteger big_of(const JavaValue& number) {
  switch (class_of(number)) {
    case NumberClass::kInteger:
      return std::get<std::int32_t>(number);
    case NumberClass::kLong:
      return std::get<std::int64_t>(number);
    case NumberClass::kBigInteger:
      return *std::get<BigIntegerPtr>(number);
    case NumberClass::kDecimal:
      return truncate(*std::get<DecimalPtr>(number));
    case NumberClass::kDouble:
      break;
  }
  return BigInteger(std::get<double>(number));
}

Result<JavaValue> sized(BigInteger number) {
  if (is_too_large(number)) return number_too_large();
  return make(std::move(number));
}

Result<JavaValue> sized(Decimal number) {
  if (is_too_large(number)) return number_too_large();
  return make(std::move(number));
}

JavaValue make_integer(bool is_int, std::int64_t number) {
  return is_int ? JavaValue(narrow(number)) : JavaValue(number);
}

// Java's quotient wraps for the one case that overflows.
std::int64_t quotient(std::int64_t a, std::int64_t b) {
  return b == -1 ? wrap(0 - static_cast<std::uint64_t>(a)) : a / b;
}

std::int64_t divide(Operator what, std::int64_t a, std::int64_t b) {
  const std::int64_t truncated = quotient(a, b);
  const std::int64_t rest = b == -1 ? 0 : a % b;
  const bool lower = rest != 0 && (rest < 0) != (b < 0);
  switch (what) {
    case Operator::kRemainder:
      return rest;
    case Operator::kFloorMod:
      return lower ? rest + b : rest;
    case Operator::kFloorDiv:
      return lower ? truncated - 1 : truncated;
    default:
      return truncated;
  }
}

// A shift has the type of its left operand, and Java takes the distance modulo the width.
JavaValue shift(Operator what, const JavaValue& left, std::int64_t distance) {
  const bool is_int = std::holds_alternative<std::int32_t>(left);
  const std::int64_t number = long_value(left);
  const auto by = static_cast<unsigned>(distance) & (is_int ? 31U : 63U);
  const auto bits = static_cast<std::uint64_t>(number);
  if (what == Operator::kShiftRight) return make_integer(is_int, number >> by);
  if (what == Operator::kShiftLeft) return make_integer(is_int, wrap(bits << by));
  return is_int ? JavaValue(narrow(static_cast<std::uint32_t>(bits) >> by))
                : JavaValue(wrap(bits >> by));
}

bool is_shift(Operator what) {
  return what >= Operator::kShiftLeft && what <= Operator::kShiftRightUnsigned;
}

// Computed in Java's long, of integers.
bool is_plain(Operator what) {
  return what <= Operator::kXor && what != Operator::kDivide && what != Operator::kPower &&
         !is_shift(what);
}

bool is_whole(const JavaValue& value) {
  return std::holds_alternative<std::int32_t>(value) || std::holds_alternative<std::int64_t>(value);
}

bool divides(Operator what) { return what >= Operator::kDivide && what <= Operator::kFloorDiv; }

std::string_view spelling(Operator what) {
  constexpr std::array<std::string_view, 28> kSpellings{
      "+",  "-",   "*",  "/",   "%", "intdiv", "floorMod", "floorDiv", "**", "<<",
      ">>", ">>>", "&",  "|",   "^", "==",     "!=",       "<",        "<=", ">",
      ">=", "<=>", "in", "!in", "-", "+",      "~",        "!"};
  return kSpellings[static_cast<std::size_t>(what)];
}

Error no_operator(Operator what, const JavaValue& a, const JavaValue& b) {
  return inline_cannot(std::string(class_name(a)) + " " + std::string(spelling(what)),
                       class_name(b));
}

std::uint64_t combine(Operator what, std::uint64_t a, std::uint64_t b) {
  switch (what) {
    case Operator::kAdd:
      return a + b;
    case Operator::kSubtract:
      return a - b;
    case Operator::kMultiply:
      return a * b;
    case Operator::kAnd:
      return a & b;
    case Operator::kOr:
      return a | b;
    default:
      return a ^ b;
  }
}

// Math.floorMod(long, int) is an int.
JavaValue operate_longs(Operator what, const JavaValue& a, const JavaValue& b) {
  const bool int_divisor = std::holds_alternative<std::int32_t>(b);
  const bool is_int =
      int_divisor && (what == Operator::kFloorMod || std::holds_alternative<std::int32_t>(a));
  const std::int64_t left = long_value(a);
  const std::int64_t right = long_value(b);
  if (divides(what)) return make_integer(is_int, divide(what, left, right));
  return make_integer(is_int, wrap(combine(what, static_cast<std::uint64_t>(left),
                                           static_cast<std::uint64_t>(right))));
}

Result<JavaValue> operate_bigs(Operator what, const JavaValue& a, const JavaValue& b) {
  const BigInteger left = big_of(a);
  const BigInteger right = big_of(b);
  switch (what) {
    case Operator::kAdd:
      return sized(BigInteger(left + right));
    case Operator::kSubtract:
      return sized(BigInteger(left - right));
    case Operator::kMultiply:
      return sized(BigInteger(left * right));
    case Operator::kRemainder:
      // BigInteger.mod(), which is never negative, and takes no negative modulus.
      if (right < 0) return no_operator(what, a, b);
      return sized(BigInteger((left % right + right) % right));
    case Operator::kAnd:
      return sized(BigInteger(left & right));
    case Operator::kOr:
      return sized(BigInteger(left | right));
    case Operator::kXor:
      return sized(BigInteger(left ^ right));
    case Operator::kIntdiv:
      return sized(BigInteger(left / right));
    default:
      return no_operator(what, a, b);
  }
}

Result<JavaValue> operate_decimals(Operator what, const JavaValue& a, const JavaValue& b) {
  const Decimal left = decimal_of(a);
  const Decimal right = decimal_of(b);
  switch (what) {
    case Operator::kAdd:
      return sized(add(left, right));
    case Operator::kSubtract:
      return sized(subtract(left, right));
    case Operator::kMultiply:
      return sized(multiply(left, right));
    case Operator::kDivide:
      return sized(java::divide(left, right));
    case Operator::kRemainder:
      return sized(remainder(left, right));
    default:
      return no_operator(what, a, b);
  }
}

Result<JavaValue> operate_doubles(Operator what, const JavaValue& a, const JavaValue& b) {
  const double left = double_of(a);
  const double right = double_of(b);
  switch (what) {
    case Operator::kAdd:
      return JavaValue(left + right);
    case Operator::kSubtract:
      return JavaValue(left - right);
    case Operator::kMultiply:
      return JavaValue(left * right);
    case Operator::kDivide:
      return JavaValue(left / right);
    case Operator::kRemainder:
      return JavaValue(std::fmod(left, right));
    default:
      return no_operator(what, a, b);
  }
}

// Without the exponent's class Integer, and for a negative one, Groovy computes in doubles and
// takes an integer where the result is one.
JavaValue power_of_doubles(const JavaValue& a, const JavaValue& b) {
  const double answer = std::pow(double_of(a), double_of(b));
  if (answer >= -0x1p31 && answer < 0x1p31 && std::trunc(answer) == answer) {
    return static_cast<std::int32_t>(answer);
  }
  if (answer >= -0x1p63 && answer < 0x1p63 && std::trunc(answer) == answer) {
    return static_cast<std::int64_t>(answer);
  }
  return answer;
}

Result<JavaValue> power(const JavaValue& a, const JavaValue& b) {
  const NumberClass type = class_of(a);
  const bool whole = class_of(b) == NumberClass::kInteger ||
                     (type == NumberClass::kBigInteger && class_of(b) <= NumberClass::kBigInteger);
  const std::int64_t distance = whole ? std::min(long_value(b), kIntMax) : -1;
  const auto* exponent = &distance;
  if (*exponent < 0 || type == NumberClass::kDouble) {
    return power_of_doubles(a, b);
  }
  const Decimal base = decimal_of(a);
  const bool unit = base.scale == 0 && base.unscaled >= -1 && base.unscaled <= 1;
  if (*exponent > kDigitsMax * 4 && !unit) return number_too_large();
  const auto times = static_cast<unsigned>(unit ? 2 - *exponent % 2 : *exponent);
  const bool none = *exponent == 0;
  const auto bits = base.unscaled == 0 ? 0 : boost::multiprecision::msb(abs(base.unscaled)) + 1;
  if (bits * times > kDigitsMax * 4U) return number_too_large();
  const BigInteger answer = none ? BigInteger(1) : boost::multiprecision::pow(base.unscaled, times);
  if (type == NumberClass::kDecimal) {
    return sized(Decimal{answer, none ? 0 : base.scale * static_cast<std::int32_t>(times)});
  }
  const bool fits =
      type == NumberClass::kInteger ? answer >= kIntMin && answer <= kIntMax : fits_long(answer);
  if (type == NumberClass::kBigInteger || !fits) return sized(answer);
  return make_integer(type == NumberClass::kInteger, low_bits(answer));
}

Result<JavaValue> operate_numbers(Operator what, const JavaValue& a, const JavaValue& b) {
  const NumberClass type = wider(a, b);
  if (what == Operator::kPower) return power(a, b);
  if (is_shift(what)) {
    if (type > NumberClass::kLong) return no_operator(what, a, b);
    return shift(what, a, long_value(b));
  }
  if (type == NumberClass::kDouble) return operate_doubles(what, a, b);
  if (divides(what) && sign(b) == 0) return division_by_zero();
  if (type == NumberClass::kDecimal || what == Operator::kDivide) {
    return operate_decimals(what, a, b);
  }
  if (type == NumberClass::kBigInteger) return operate_bigs(what, a, b);
  return operate_longs(what, a, b);
}

// The operand of arithmetic. Text in arithmetic means something else in Groovy ('4' + 2 is '42'),
// so only text whose type nobody knows is taken for the number that it holds.
Result<JavaValue> as_number(Operator what, const JavaValue& value) {
  if (is_number(value)) return value;
  if (auto number = untyped_number(value)) return *number;
  if (const auto* character = std::get_if<Character>(&value)) {
    return JavaValue(static_cast<std::int32_t>(character->unit));
  }
  if (is_null(value)) return null_in_expression(spelling(what));
  return not_an_integer(text_of(value));
}

bool joins_text(const JavaValue& a, const JavaValue& b) {
  const bool text = std::holds_alternative<Text>(a) || std::holds_alternative<Text>(b);
  if (!text) return false;
  const bool number = (is_number(a) || untyped_number(a)) && (is_number(b) || untyped_number(b));
  return !number;
}

Result<JavaValue> operate_booleans(Operator what, bool a, bool b) {
  if (what == Operator::kAnd) return JavaValue(a && b);
  if (what == Operator::kOr) return JavaValue(a || b);
  if (what == Operator::kXor) return JavaValue(a != b);
  return no_operator(what, a, b);
}

// Text without the first place where `part` is.
JavaValue without(std::u16string text, const std::u16string& part) {
  const std::size_t at = text.find(part);
  if (at != text.npos) text.erase(at, part.size());
  return make(std::move(text));
}

constexpr std::size_t kTextMax = 1U << 16U;
constexpr std::size_t kElementsMax = 1U << 16U;

Result<JavaValue> repeat(const std::u16string& text, std::int64_t times) {
  if (times < 0) return inline_cannot("repeat a text", std::to_string(times) + " times");
  if (times > 0 && text.size() > kTextMax / static_cast<std::uint64_t>(times))
    return inline_too_much();
  std::u16string all;
  for (std::int64_t n = 0; n < times && !text.empty(); ++n) all += text;
  return make(std::move(all));
}

Result<JavaValue> operate_text(Operator what, const JavaValue& a, const JavaValue& b) {
  if (what == Operator::kAdd) {
    std::u16string text = units_of(a);
    text += units_of(b);
    if (text.size() > kTextMax) return inline_too_much();
    return make(std::move(text));
  }
  if (what == Operator::kSubtract) return without(units_of(a), units_of(b));
  return repeat(units_of(a), long_value(b));
}

Result<JavaValue> operate_list(Operator what, const List& list, const JavaValue& b) {
  const auto* other = std::get_if<ListPtr>(&b);
  std::vector<JavaValue> elements = list.elements;
  if (what == Operator::kAdd) {
    if (other == nullptr) {
      elements.push_back(b);
    } else {
      elements.insert(elements.end(), (*other)->elements.begin(), (*other)->elements.end());
    }
    if (elements.size() > kElementsMax) return inline_too_much();
    return make_list(std::move(elements));
  }
  if (what != Operator::kSubtract) return no_operator(what, make_list({}), b);
  const std::vector<JavaValue> removed = other == nullptr ? std::vector{b} : (*other)->elements;
  if (elements.size() * removed.size() > kElementsMax) return inline_too_much();
  std::erase_if(elements, [&](const JavaValue& element) {
    return std::any_of(removed.begin(), removed.end(),
                       [&](const JavaValue& one) { return equal(element, one); });
  });
  return make_list(std::move(elements));
}

// Lists compare by equals(): 1L is not in [1].
Result<JavaValue> contained(const JavaValue& a, const JavaValue& b) {
  if (const auto* list = std::get_if<ListPtr>(&b)) {
    for (const JavaValue& element : (*list)->elements) {
      if (same(element, a)) return JavaValue(true);
    }
    return JavaValue(false);
  }
  return JavaValue(!is_null(b) && equal(a, b));
}

Result<JavaValue> relate(Operator what, const JavaValue& a, const JavaValue& b) {
  if (what == Operator::kEqual) return JavaValue(equal(a, b));
  if (what == Operator::kNotEqual) return JavaValue(!equal(a, b));
  if (what == Operator::kIn) return contained(a, b);
  if (what == Operator::kNotIn) {
    const auto found = contained(a, b);
    if (!found) return found.error();
    return JavaValue(!is_true(*found));
  }
  const auto order = compare(a, b);
  if (!order) return order.error();
  switch (what) {
    case Operator::kLess:
      return JavaValue(*order < 0);
    case Operator::kLessOrEqual:
      return JavaValue(*order <= 0);
    case Operator::kGreater:
      return JavaValue(*order > 0);
    case Operator::kGreaterOrEqual:
      return JavaValue(*order >= 0);
    default:
      return JavaValue(static_cast<std::int32_t>(*order > 0) -
                       static_cast<std::int32_t>(*order < 0));
  }
}

// parseInt() and parseLong() take no space around the number; toLong() does, and so does text
// without a type, as PostgreSQL's integers do.
Result<std::int64_t> read_long(const JavaValue& value, bool trims) {
  if (!std::holds_alternative<Text>(value) && !std::holds_alternative<Character>(value)) {
    return not_an_integer(text_of(value));
  }
  const std::string text = text_of(value);
  const auto* plain = std::get_if<Text>(&value);
  const bool exact = !trims && (plain == nullptr || !plain->untyped);
  if (exact && trim(units_of(value)).size() != units_of(value).size()) return not_an_integer(text);
  std::int64_t number = 0;
  switch (read_integer(text, number)) {
    case IntegerText::kInteger:
      return number;
    case IntegerText::kOutOfRange:
      return integer_out_of_range(text, "bigint");
    case IntegerText::kInvalid:
      break;
  }
  return not_an_integer(text);
}

// The number that a text holds, which has to fit `to`.
Result<JavaValue> read_number(const JavaValue& text, NumberClass to) {
  if (to <= NumberClass::kLong) {
    const auto number = read_long(text, true);
    if (!number) return number.error();
    if (to == NumberClass::kLong) return JavaValue(*number);
    const auto narrow_one = parse_int(JavaValue(*number));
    if (!narrow_one) return narrow_one.error();
    return JavaValue(*narrow_one);
  }
  const auto decimal = read_decimal(utf8(trim(units_of(text))));
  const bool fraction = decimal && decimal->scale != 0;
  if (!decimal || (fraction && to == NumberClass::kBigInteger))
    return not_an_integer(text_of(text));
  return make(*decimal);
}

}  // namespace

Result<JavaValue> operate(Operator what, const JavaValue& a, const JavaValue& b) {
  // Integers, which nearly all expressions have.
  if (is_whole(a) && is_whole(b) && is_plain(what)) {
    if (!divides(what) || long_value(b) != 0) return operate_longs(what, a, b);
  }
  if (what >= Operator::kEqual && what <= Operator::kNotIn) return relate(what, a, b);
  if (is_number(a) && is_number(b)) return operate_numbers(what, a, b);
  const auto* yes = std::get_if<bool>(&a);
  const auto* other = std::get_if<bool>(&b);
  if (yes != nullptr && other != nullptr) return operate_booleans(what, *yes, *other);
  if (const auto* list = std::get_if<ListPtr>(&a)) return operate_list(what, **list, b);
  if (what == Operator::kAdd && joins_text(a, b)) return operate_text(what, a, b);
  const auto* text = std::get_if<Text>(&a);
  const bool plain_text = text != nullptr && !untyped_number(a);
  if (plain_text && what == Operator::kSubtract) return operate_text(what, a, b);
  if (plain_text && what == Operator::kMultiply && is_number(b)) return operate_text(what, a, b);
  const auto left = as_number(what, a);
  if (!left) return left.error();
  const auto right = as_number(what, b);
  if (!right) return right.error();
  return operate_numbers(what, *left, *right);
}

Result<JavaValue> operate(Operator what, const JavaValue& operand) {
  if (what == Operator::kNot) return JavaValue(!is_true(operand));
  const auto number = as_number(what, operand);
  if (!number) return number.error();
  if (what == Operator::kPlus) return *number;
  if (what == Operator::kComplement) {
    if (class_of(*number) > NumberClass::kLong) return inline_cannot("~", class_name(*number));
    return make_integer(std::holds_alternative<std::int32_t>(*number), ~long_value(*number));
  }
  if (const auto* size = std::get_if<double>(&*number)) return JavaValue(-*size);
  if (const auto* decimal = std::get_if<DecimalPtr>(&*number)) {
    return make(Decimal{-(*decimal)->unscaled, (*decimal)->scale});
  }
  return operate_numbers(Operator::kSubtract, JavaValue(std::int32_t{0}), *number);
}

std::optional<JavaValue> untyped_number(const JavaValue& value) {
  const auto* text = std::get_if<Text>(&value);
  if (text == nullptr || !text->untyped) return std::nullopt;
  std::int64_t number = 0;
  if (read_integer(utf8(text->units), number) != IntegerText::kInteger) return std::nullopt;
  return make_integer(fits_int(number), number);
}

std::int32_t compare_numbers(const JavaValue& a, const JavaValue& b) {
  const NumberClass type = wider(a, b);
  const auto order = [](const auto& left, const auto& right) {
    return left < right ? -1 : left > right ? 1 : 0;
  };
  if (type <= NumberClass::kLong) return order(long_value(a), long_value(b));
  if (type == NumberClass::kDouble) return order(double_of(a), double_of(b));
  return compare(decimal_of(a), decimal_of(b));
}

std::int32_t sign(const JavaValue& number) {
  return compare_numbers(number, JavaValue(std::int32_t{0}));
}

Result<JavaValue> absolute(const JavaValue& value) {
  if (is_whole(value)) {
    const std::int64_t number = long_value(value);
    const bool is_int = std::holds_alternative<std::int32_t>(value);
    return make_integer(is_int, number < 0 ? wrap(0 - static_cast<std::uint64_t>(number)) : number);
  }
  const auto number = as_number(Operator::kPlus, value);
  if (!number) return number.error();
  return sign(*number) < 0 ? operate(Operator::kNegate, *number) : *number;
}

Decimal decimal_of(const JavaValue& number) {
  if (const auto* decimal = std::get_if<DecimalPtr>(&number)) return **decimal;
  if (std::holds_alternative<double>(number)) {
    return read_decimal(text_of(number)).value_or(Decimal{});
  }
  return {big_of(number), 0};
}

double nearest_double(const std::string& text) {
  double read = 0;
  const auto failure = std::from_chars(text.data(), text.data() + text.size(), read).ec;
  if (failure != std::errc::result_out_of_range) return read;
  // Only what is huge or tiny is out of range.
  if (text.find("E-") != text.npos || text.find("0.0") != text.npos) return 0;
  return text.starts_with('-') ? -std::numeric_limits<double>::infinity()
                               : std::numeric_limits<double>::infinity();
}

double double_of(const JavaValue& number) {
  if (const auto* size = std::get_if<double>(&number)) return *size;
  if (const auto* decimal = std::get_if<DecimalPtr>(&number)) {
    return nearest_double(to_text(**decimal));
  }
  return nearest_double(big_of(number).str());
}

std::int64_t long_value(const JavaValue& number) {
  if (const auto* integer = std::get_if<std::int32_t>(&number)) return *integer;
  if (const auto* integer = std::get_if<std::int64_t>(&number)) return *integer;
  if (const auto* size = std::get_if<double>(&number)) {
    if (std::isnan(*size)) return 0;
    if (*size >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
    if (*size < -0x1p63) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(*size);
  }
  return low_bits(big_of(number));
}

Result<std::int64_t> parse_long(const JavaValue& value) {
  if (!is_number(value)) return read_long(value, false);
  if (class_of(value) <= NumberClass::kLong) return long_value(value);
  if (class_of(value) != NumberClass::kBigInteger) return not_an_integer(text_of(value));
  const BigInteger number = big_of(value);
  if (!fits_long(number)) return integer_out_of_range(number.str(), "bigint");
  return low_bits(number);
}

Result<std::int32_t> parse_int(const JavaValue& value) {
  const auto number = parse_long(value);
  if (!number) return number.error();
  if (!fits_int(*number)) return integer_out_of_range(std::to_string(*number), "integer");
  return narrow(*number);
}

Result<JavaValue> convert(const JavaValue& value, NumberClass to) {
  JavaValue number = value;
  if (const auto* character = std::get_if<Character>(&value)) {
    number = static_cast<std::int32_t>(character->unit);
  } else if (std::holds_alternative<Text>(value)) {
    auto read = read_number(value, to);
    if (!read) return read;
    number = std::move(*read);
  }
  if (!is_number(number)) return inline_cannot("take for a number", class_name(value));
  switch (to) {
    case NumberClass::kInteger:
      if (const auto* size = std::get_if<double>(&number)) {
        return JavaValue(static_cast<std::int32_t>(
            std::isnan(*size) ? 0 : std::min(std::max(*size, -0x1p31), 0x1p31 - 1)));
      }
      return JavaValue(narrow(long_value(number)));
    case NumberClass::kLong:
      return JavaValue(long_value(number));
    case NumberClass::kBigInteger:
      if (const auto* size = std::get_if<double>(&number)) {
        if (!std::isfinite(*size)) return number_too_large();
      }
      return sized(big_of(number));
    case NumberClass::kDecimal:
      return sized(decimal_of(number));
    case NumberClass::kDouble:
      break;
  }
  return JavaValue(double_of(number));
}

}  // namespace tessera::rules::java
