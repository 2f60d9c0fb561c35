// Methods of numbers and of any value, casts, and static methods.

#include "rules/inline_methods.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "rules/errors.h"
#include "rules/java.h"
#include "rules/java_number.h"
#include "rules/java_text.h"

namespace tessera::rules {
namespace {

using java::JavaValue;
using java::NumberClass;
using java::Operator;
using Arguments = std::span<const JavaValue>;
using Called = Result<JavaValue>;

template <class T>
Called wrapped(const Result<T>& result) {
  if (!result) return result.error();
  return JavaValue(*result);
}

// A range says where it begins and ends; as part of a text it is printed as a list.
Called to_text(Arguments arguments) {
  const auto* list = std::get_if<java::ListPtr>(&arguments.front());
  if (list != nullptr && (*list)->bounds) {
    const java::List::Bounds& bounds = *(*list)->bounds;
    return java::make(java::from_ascii(std::to_string(bounds.first) +
                                       (bounds.exclusive ? "..<" : "..") +
                                       std::to_string(bounds.last)));
  }
  return java::make(java::units_of(arguments.front()));
}
Called hash_code(Arguments arguments) { return wrapped(java::hash(arguments.front())); }
Called equals(Arguments arguments) { return JavaValue(java::same(arguments[0], arguments[1])); }
Called compare_to(Arguments arguments) {
  return wrapped(java::compare(arguments[0], arguments[1]));
}

template <NumberClass kTo>
Called converted(Arguments arguments) {
  return java::convert(arguments.front(), kTo);
}

// intValue() and its like are methods of numbers; text has them only if it may be one.
template <NumberClass kTo>
Called number_value(Arguments arguments) {
  const JavaValue& value = arguments.front();
  const auto number = java::untyped_number(value);
  if (!number && !java::is_number(value)) {
    return no_such_method("intValue", java::class_name(value));
  }
  return java::convert(number ? *number : value, kTo);
}

template <Operator kWhat>
Called operated(Arguments arguments) {
  return java::operate(kWhat, arguments[0], arguments[1]);
}

Called absolute(Arguments arguments) { return java::absolute(arguments.front()); }

Called cast_to_text(Arguments arguments) {
  return java::is_null(arguments.front()) ? arguments.front() : to_text(arguments);
}

Called cast_to_boolean(Arguments arguments) { return JavaValue(java::is_true(arguments.front())); }

// A text of one character casts to the character's number, a longer one does not.
template <NumberClass kTo>
Called cast(Arguments arguments) {
  const auto* text = std::get_if<java::Text>(&arguments.front());
  if (text == nullptr) return converted<kTo>(arguments);
  const auto number = java::untyped_number(arguments.front());
  if (number) return java::convert(*number, kTo);
  if (text->units.size() != 1) {
    return inline_cannot("cast to a number the String", java::utf8(text->units));
  }
  return java::convert(JavaValue(java::Character{text->units.front()}), kTo);
}

constexpr std::array kNumberMethods{
    InlineMethod{"toString", 0, 0, to_text},
    InlineMethod{"hashCode", 0, 0, hash_code},
    InlineMethod{"equals", 1, 1, equals},
    InlineMethod{"compareTo", 1, 1, compare_to},
    InlineMethod{"toInteger", 0, 0, converted<NumberClass::kInteger>},
    InlineMethod{"toLong", 0, 0, converted<NumberClass::kLong>},
    InlineMethod{"toBigInteger", 0, 0, converted<NumberClass::kBigInteger>},
    InlineMethod{"toBigDecimal", 0, 0, converted<NumberClass::kDecimal>},
    InlineMethod{"toDouble", 0, 0, converted<NumberClass::kDouble>},
    InlineMethod{"intValue", 0, 0, number_value<NumberClass::kInteger>},
    InlineMethod{"longValue", 0, 0, number_value<NumberClass::kLong>},
    InlineMethod{"doubleValue", 0, 0, number_value<NumberClass::kDouble>},
    InlineMethod{"abs", 0, 0, absolute},
    InlineMethod{"intdiv", 1, 1, operated<Operator::kIntdiv>},
    InlineMethod{"mod", 1, 1, operated<Operator::kRemainder>},
    InlineMethod{"plus", 1, 1, operated<Operator::kAdd>},
    InlineMethod{"minus", 1, 1, operated<Operator::kSubtract>},
    InlineMethod{"multiply", 1, 1, operated<Operator::kMultiply>},
    InlineMethod{"div", 1, 1, operated<Operator::kDivide>},
    InlineMethod{"power", 1, 1, operated<Operator::kPower>},
    InlineMethod{"(Integer)", 0, 0, cast<NumberClass::kInteger>},
    InlineMethod{"(Long)", 0, 0, cast<NumberClass::kLong>},
    InlineMethod{"(BigInteger)", 0, 0, cast<NumberClass::kBigInteger>},
    InlineMethod{"(BigDecimal)", 0, 0, cast<NumberClass::kDecimal>},
    InlineMethod{"(Double)", 0, 0, cast<NumberClass::kDouble>},
    InlineMethod{"(String)", 0, 0, cast_to_text},
    InlineMethod{"(Boolean)", 0, 0, cast_to_boolean},
    InlineMethod{"as Integer", 0, 0, converted<NumberClass::kInteger>},
    InlineMethod{"as Long", 0, 0, converted<NumberClass::kLong>},
    InlineMethod{"as BigInteger", 0, 0, converted<NumberClass::kBigInteger>},
    InlineMethod{"as BigDecimal", 0, 0, converted<NumberClass::kDecimal>},
    InlineMethod{"as Double", 0, 0, converted<NumberClass::kDouble>},
    InlineMethod{"as String", 0, 0, cast_to_text},
    InlineMethod{"as Boolean", 0, 0, cast_to_boolean},
};

// Radix of parseInt(text, radix), toString(number, radix).
Result<unsigned> radix_of(const JavaValue& value) {
  const auto* radix = std::get_if<std::int32_t>(&value);
  if (radix == nullptr || *radix < 2 || *radix > 36) {
    return bad_argument("a conversion", "a radix from 2 to 36", java::text_of(value));
  }
  return static_cast<unsigned>(*radix);
}

std::string in_radix(std::uint64_t number, unsigned radix) {
  std::string digits;
  do {
    digits += "0123456789abcdefghijklmnopqrstuvwxyz"[number % radix];
    number /= radix;
  } while (number != 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

Result<std::int64_t> read_radix(const JavaValue& value, unsigned radix) {
  const std::string text = java::text_of(value);
  const bool negative = text.starts_with('-');
  java::BigInteger number = 0;
  const std::size_t start = negative || text.starts_with('+') ? 1 : 0;
  if (start == text.size() || text.size() > 80) return not_an_integer(text);
  for (const char c : text.substr(start)) {
    const unsigned letter = static_cast<unsigned char>(c) | 0x20U;
    const unsigned digit = c >= '0' && c <= '9'             ? static_cast<unsigned>(c - '0')
                           : letter >= 'a' && letter <= 'z' ? letter - 'a' + 10
                                                            : 99;
    if (digit >= radix) return not_an_integer(text);
    number = number * radix + digit;
  }
  if (negative) number = -number;
  if (!java::fits_long(number)) return integer_out_of_range(text, "bigint");
  return java::low_bits(number);
}

Called parse_int(Arguments arguments) {
  if (arguments.size() == 1) return wrapped(java::parse_int(arguments.front()));
  const auto radix = radix_of(arguments[1]);
  if (!radix) return radix.error();
  const auto number = read_radix(arguments.front(), *radix);
  if (!number) return number.error();
  return wrapped(java::parse_int(JavaValue(*number)));
}

Called parse_long(Arguments arguments) {
  if (arguments.size() == 1) return wrapped(java::parse_long(arguments.front()));
  const auto radix = radix_of(arguments[1]);
  if (!radix) return radix.error();
  return wrapped(read_radix(arguments.front(), *radix));
}

Called number_text(Arguments arguments) {
  if (arguments.size() == 1) return to_text(arguments);
  const auto radix = radix_of(arguments[1]);
  if (!radix) return radix.error();
  const auto number = java::parse_long(arguments.front());
  if (!number) return number.error();
  const auto bits = static_cast<std::uint64_t>(*number);
  return java::make(
      java::from_ascii(*number < 0 ? "-" + in_radix(0 - bits, *radix) : in_radix(bits, *radix)));
}

// Of the two's complement, 32 bits wide for Integer's and 64 for Long's methods.
template <unsigned kRadix, bool kWide>
Called bits_text(Arguments arguments) {
  const auto number = java::parse_long(arguments.front());
  if (!number) return number.error();
  const auto bits = static_cast<std::uint64_t>(*number);
  return java::make(
      java::from_ascii(in_radix(kWide ? bits : static_cast<std::uint32_t>(bits), kRadix)));
}

Called hash_of_int(Arguments arguments) { return wrapped(java::parse_int(arguments.front())); }

Called hash_of_long(Arguments arguments) {
  const auto number = java::parse_long(arguments.front());
  if (!number) return number.error();
  return JavaValue(java::hash_long(*number));
}

// Math.floorMod and Math.floorDiv have only integers.
template <Operator kWhat>
Called floored(Arguments arguments) {
  for (const JavaValue& argument : arguments) {
    const auto number = java::untyped_number(argument);
    const JavaValue& value = number ? *number : argument;
    if (!std::holds_alternative<std::int32_t>(value) &&
        !std::holds_alternative<std::int64_t>(value)) {
      return not_an_integer(java::text_of(argument));
    }
  }
  return operated<kWhat>(arguments);
}

Error no_big_integer(std::string_view method) {
  return bad_argument(method, "an Integer, a Long or a decimal", "BigInteger");
}

Called math_absolute(Arguments arguments) {
  if (std::holds_alternative<java::BigIntegerPtr>(arguments.front())) {
    return no_big_integer("Math.abs");
  }
  // Java has no abs() of decimals: they become doubles.
  const bool decimal = std::holds_alternative<java::DecimalPtr>(arguments.front());
  if (decimal) return JavaValue(std::fabs(java::double_of(arguments.front())));
  return java::absolute(arguments.front());
}

// The result has the wider class of the two; of decimals Java makes doubles.
template <bool kLess>
Called math_extreme(Arguments arguments) {
  std::array<JavaValue, 2> both;
  for (std::size_t n = 0; n < 2; ++n) {
    auto number = java::operate(Operator::kPlus, arguments[n]);
    if (!number) return number;
    both[n] = std::move(*number);
    if (std::holds_alternative<java::BigIntegerPtr>(both[n])) {
      return no_big_integer(kLess ? "Math.min" : "Math.max");
    }
  }
  const bool first = (java::compare_numbers(both[0], both[1]) <= 0) == kLess;
  const JavaValue& chosen = both[first ? 0 : 1];
  const JavaValue& other = both[first ? 1 : 0];
  const auto is_int = [](const JavaValue& value) {
    return std::holds_alternative<std::int32_t>(value);
  };
  const auto is_whole = [&](const JavaValue& value) {
    return is_int(value) || std::holds_alternative<std::int64_t>(value);
  };
  if (!is_whole(chosen) || !is_whole(other)) return JavaValue(java::double_of(chosen));
  return is_int(other) ? chosen : JavaValue(java::long_value(chosen));
}

Result<double> real(const JavaValue& value) {
  const auto number = java::operate(Operator::kPlus, value);
  if (!number) return number.error();
  return java::double_of(*number);
}

template <double (*kFunction)(double)>
Called real_function(Arguments arguments) {
  const auto number = real(arguments.front());
  if (!number) return number.error();
  return JavaValue(kFunction(*number));
}

double square_root(double number) { return std::sqrt(number); }
double round_down(double number) { return std::floor(number); }
double round_up(double number) { return std::ceil(number); }

// Java has round(float), which takes whole numbers too, and round(double).
Called round(Arguments arguments) {
  const bool whole = std::holds_alternative<std::int32_t>(arguments.front()) ||
                     std::holds_alternative<std::int64_t>(arguments.front());
  if (whole) {
    const auto size = static_cast<float>(java::long_value(arguments.front()));
    return java::convert(JavaValue(static_cast<double>(size)), NumberClass::kInteger);
  }
  const auto number = real(arguments.front());
  if (!number) return number.error();
  return JavaValue(java::long_value(JavaValue(std::floor(*number + 0.5))));
}

Called math_power(Arguments arguments) {
  const auto base = real(arguments[0]);
  if (!base) return base.error();
  const auto exponent = real(arguments[1]);
  if (!exponent) return exponent.error();
  // Of whole numbers the nearest double, as Java's; the C library's may be its neighbour.
  const bool whole = std::trunc(*base) == *base && std::fabs(*base) < 0x1p53 &&
                     std::trunc(*exponent) == *exponent && *exponent >= 0 && *exponent <= 32;
  if (!whole) return JavaValue(std::pow(*base, *exponent));
  const java::BigInteger exact = boost::multiprecision::pow(
      java::BigInteger(static_cast<std::int64_t>(*base)), static_cast<unsigned>(*exponent));
  return JavaValue(java::nearest_double(exact.str()));
}

Called hash_all(Arguments arguments) {
  return wrapped(java::hash(java::make_list({arguments.begin(), arguments.end()})));
}

Called hash_or_zero(Arguments arguments) {
  if (java::is_null(arguments.front())) return JavaValue(std::int32_t{0});
  return hash_code(arguments);
}

Called read_uuid(Arguments arguments) {
  const JavaValue uuid = java::value_of(java::text_of(arguments.front()), ValueType::kUuid);
  if (std::holds_alternative<java::Uuid>(uuid)) return uuid;
  return bad_argument("UUID.fromString", "a UUID", java::text_of(arguments.front()));
}

constexpr std::array kFunctions{
    InlineMethod{"Math.abs", 1, 1, math_absolute},
    InlineMethod{"Math.floorMod", 2, 2, floored<Operator::kFloorMod>},
    InlineMethod{"Math.floorDiv", 2, 2, floored<Operator::kFloorDiv>},
    InlineMethod{"Math.max", 2, 2, math_extreme<false>},
    InlineMethod{"Math.min", 2, 2, math_extreme<true>},
    InlineMethod{"Math.pow", 2, 2, math_power},
    InlineMethod{"Math.sqrt", 1, 1, real_function<square_root>},
    InlineMethod{"Math.floor", 1, 1, real_function<round_down>},
    InlineMethod{"Math.ceil", 1, 1, real_function<round_up>},
    InlineMethod{"Math.round", 1, 1, round},
    InlineMethod{"Math.toIntExact", 1, 1, hash_of_int},
    InlineMethod{"Integer.valueOf", 1, 2, parse_int},
    InlineMethod{"Integer.parseInt", 1, 2, parse_int},
    InlineMethod{"Integer.toString", 1, 2, number_text},
    InlineMethod{"Integer.toHexString", 1, 1, bits_text<16, false>},
    InlineMethod{"Integer.toBinaryString", 1, 1, bits_text<2, false>},
    InlineMethod{"Integer.toOctalString", 1, 1, bits_text<8, false>},
    InlineMethod{"Integer.hashCode", 1, 1, hash_of_int},
    InlineMethod{"Integer.compare", 2, 2, compare_to},
    InlineMethod{"Long.valueOf", 1, 2, parse_long},
    InlineMethod{"Long.parseLong", 1, 2, parse_long},
    InlineMethod{"Long.toString", 1, 2, number_text},
    InlineMethod{"Long.toHexString", 1, 1, bits_text<16, true>},
    InlineMethod{"Long.toBinaryString", 1, 1, bits_text<2, true>},
    InlineMethod{"Long.toOctalString", 1, 1, bits_text<8, true>},
    InlineMethod{"Long.hashCode", 1, 1, hash_of_long},
    InlineMethod{"Long.compare", 2, 2, compare_to},
    InlineMethod{"String.valueOf", 1, 1, to_text},
    InlineMethod{"String.format", 1, 15, inline_format},
    InlineMethod{"sprintf", 1, 15, inline_format},
    InlineMethod{"Objects.hash", 1, 15, hash_all},
    InlineMethod{"Objects.hashCode", 1, 1, hash_or_zero},
    InlineMethod{"UUID.fromString", 1, 1, read_uuid},
};

const InlineMethod* find(std::span<const InlineMethod> methods, std::string_view name) {
  const auto found =
      std::find_if(methods.begin(), methods.end(),
                   [name](const InlineMethod& method) { return method.name == name; });
  return found == methods.end() ? nullptr : &*found;
}

}  // namespace

std::span<const InlineMethod> inline_number_methods() { return kNumberMethods; }

const InlineMethod* find_inline_method(std::string_view name) {
  for (const auto methods :
       {inline_number_methods(), inline_text_methods(), inline_list_methods()}) {
    if (const InlineMethod* found = find(methods, name)) return found;
  }
  return nullptr;
}

const InlineMethod* find_inline_function(std::string_view name) { return find(kFunctions, name); }

}  // namespace tessera::rules
