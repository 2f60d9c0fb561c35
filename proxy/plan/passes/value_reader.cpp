// Expression → where the value of a sharding column comes from.
//
// A cast is looked through where what it makes of the value is known without computing: between
// integers, between kinds of text, to the column's own type. Whatever would make the comparison one
// of another type than the column's is no value, because what is equal there may hash differently.

#include <algorithm>
#include <array>
#include <charconv>

#include "proxy/plan/passes/query.h"

namespace tessera::plan {
namespace {

using parser::ConstantClass;
using parser::Expr;
using rules::ValueType;
using Kind = Expr::Kind;

// A type's name in a cast: varchar(3)[] is an array of varchar with length 3.
struct TypeName {
  std::string_view name;
  std::uint32_t length = 0;  // 0: none was written
  bool array = false;
  bool readable = true;  // no other modifier
};

TypeName read_type(std::string_view type) {
  constexpr std::string_view kSchema = "pg_catalog.";
  TypeName out;
  if (type.starts_with(kSchema)) type.remove_prefix(kSchema.size());
  if (const auto bracket = type.find('['); bracket != type.npos) {
    out.array = true;
    type = type.substr(0, bracket);
  }
  const auto open = type.find('(');
  out.name = type.substr(0, open);
  if (open == type.npos) return out;
  const char* const end = type.data() + type.size();
  const auto [stop, failed] = std::from_chars(type.data() + open + 1, end, out.length);
  out.readable = failed == std::errc() && stop + 1 == end && *stop == ')' && out.length > 0;
  return out;
}

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_integer_name(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"bigint", "int8",     "integer", "int",
                                                      "int4",   "smallint", "int2"};
  return is_one_of(name, kNames);
}

bool is_numeric_name(std::string_view name) {
  constexpr std::array<std::string_view, 3> kNames = {"numeric", "decimal", "dec"};
  return is_one_of(name, kNames);
}

bool is_varchar_name(std::string_view name) {
  return name == "varchar" || name == "character varying" || name == "char varying";
}

bool is_char_name(std::string_view name) { return name == "char" || name == "character"; }

ValueType own_type(std::string_view name) {
  if (name == "boolean" || name == "bool") return ValueType::kBool;
  if (name == "uuid") return ValueType::kUuid;
  if (name == "date") return ValueType::kDate;
  if (name == "timestamp" || name == "timestamp without time zone") return ValueType::kTimestamp;
  if (name == "timestamptz" || name == "timestamp with time zone") return ValueType::kTimestamptz;
  return ValueType::kUnknown;
}

bool is_string(ConstantClass kind) {
  return kind == ConstantClass::kString || kind == ConstantClass::kEscapeString ||
         kind == ConstantClass::kUnicodeString || kind == ConstantClass::kDollarString;
}

bool is_number(ConstantClass kind) { return kind <= ConstantClass::kNumeric; }

bool is_text(ValueType type) { return type == ValueType::kText || type == ValueType::kBpchar; }

// Reads one value from the inside out.
class ValueReader {
 public:
  ValueReader(const Query& query, ValueType type, bool stored)
      : query_(query), type_(type), stored_(stored) {}

  [[nodiscard]] std::optional<ValueSource> read(const Expr& expr) {
    auto source = inner(expr);
    return source && fits() && !needs_cast(*source) ? source : std::nullopt;
  }

  [[nodiscard]] std::optional<ValueSource> read_element(const Expr& expr, std::string_view cast) {
    if (cast.empty()) return read(expr);
    const auto source = inner(expr);
    const TypeName type = read_type(cast);
    if (!source || !type.array) return std::nullopt;
    const auto element = apply(*source, type);
    return element && fits() ? element : std::nullopt;
  }

  // An array as a whole; its elements stand for values.
  [[nodiscard]] std::optional<ValueSource> read_array(const Expr& expr) {
    const bool cast = expr.kind == Kind::kCast;
    const Expr& inside = cast ? *expr.children[0] : expr;
    std::optional<ValueSource> source;
    if (inside.kind == Kind::kParameter) source = parameter(inside);
    if (inside.kind == Kind::kConstant) source = constant(inside);
    if (!source || (inside.kind == Kind::kConstant && !is_string(kind_of(*source)))) return {};
    if (cast) {
      TypeName type = read_type(expr.type);
      if (!type.array) return {};
      source = apply(*source, type);
    }
    if (!source || !fits()) return {};
    source->array = true;
    return source;
  }

 private:
  // What the outermost cast makes of the value; kPlain: nothing.
  enum class Outcome : std::uint8_t { kPlain, kInteger, kNumeric, kText, kOwn };

  [[nodiscard]] std::optional<ValueSource> inner(const Expr& expr) {
    switch (expr.kind) {
      case Kind::kConstant:
        return constant(expr);
      case Kind::kParameter:
        return parameter(expr);
      case Kind::kKeyword:
        return keyword(expr.op);
      case Kind::kOperator:
        return sign(expr);
      case Kind::kCast:
        return cast(expr);
      default:
        return std::nullopt;
    }
  }

  static ValueSource parameter(const Expr& expr) {
    return {.kind = ValueSource::Kind::kParameter, .index = expr.parameter - 1};
  }

  [[nodiscard]] ConstantClass kind_of(const ValueSource& source) const {
    return query_.input->parsed->constants()[source.index].kind;
  }

  [[nodiscard]] std::optional<ValueSource> constant(const Expr& expr) const {
    const ValueSource source{.kind = ValueSource::Kind::kConstant, .index = expr.constant};
    const ConstantClass kind = kind_of(source);
    if (is_string(kind) || is_number(kind)) return source;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<ValueSource> keyword(std::string_view word) const {
    if (word == "null") return ValueSource{.kind = ValueSource::Kind::kNull};
    if (type_ != ValueType::kBool) return std::nullopt;
    if (word == "true") return ValueSource{.kind = ValueSource::Kind::kTrue};
    if (word == "false") return ValueSource{.kind = ValueSource::Kind::kFalse};
    return std::nullopt;
  }

  [[nodiscard]] std::optional<ValueSource> sign(const Expr& expr) {
    if (expr.children.size() != 1 || (expr.op != "-" && expr.op != "+")) return std::nullopt;
    auto source = inner(*expr.children[0]);
    if (!source || !is_signed(*source)) return std::nullopt;
    if (expr.op == "-") source->negated = !source->negated;
    return source;
  }

  // Is it a number where the sign stands?
  [[nodiscard]] bool is_signed(const ValueSource& source) const {
    if (outcome_ == Outcome::kInteger || outcome_ == Outcome::kNumeric) return true;
    return outcome_ == Outcome::kPlain && source.kind == ValueSource::Kind::kConstant &&
           is_number(kind_of(source));
  }

  [[nodiscard]] std::optional<ValueSource> cast(const Expr& expr) {
    const auto source = inner(*expr.children[0]);
    const TypeName type = read_type(expr.type);
    if (!source || type.array) return std::nullopt;
    return apply(*source, type);
  }

  [[nodiscard]] std::optional<ValueSource> apply(ValueSource source, const TypeName& type) {
    if (!type.readable) return std::nullopt;
    if (is_integer_name(type.name)) return to_integer(source);
    if (is_numeric_name(type.name)) return type.length == 0 ? to_numeric(source) : std::nullopt;
    if (type.name == "text" || is_varchar_name(type.name)) return to_text(source, type.length);
    if (is_char_name(type.name)) return to_char(source, std::max(type.length, 1U));
    if (type.name == "bpchar") return to_char(source, type.length);
    return type.length == 0 ? to_own(source, own_type(type.name)) : std::nullopt;
  }

  void begin(ValueSource& source, ReadAs read_as) const {
    if (source.read_as == ReadAs::kPlain && outcome_ == Outcome::kPlain) source.read_as = read_as;
  }

  [[nodiscard]] std::optional<ValueSource> to_integer(ValueSource source) {
    // A text that was cut is another number.
    if (source.characters > 0 || outcome_ == Outcome::kOwn) return std::nullopt;
    begin(source, ReadAs::kInteger);
    source.to_integer = true;
    outcome_ = Outcome::kInteger;
    return source;
  }

  [[nodiscard]] std::optional<ValueSource> to_numeric(ValueSource source) {
    if (is_text(type_) || source.characters > 0 || outcome_ == Outcome::kOwn) return std::nullopt;
    begin(source, ReadAs::kNumeric);
    outcome_ = Outcome::kNumeric;
    return source;
  }

  [[nodiscard]] std::optional<ValueSource> to_text(ValueSource source, std::uint32_t length) {
    // The text of a date or a boolean is not what was written.
    if (outcome_ == Outcome::kOwn || (outcome_ == Outcome::kNumeric && is_text(type_))) return {};
    begin(source, ReadAs::kText);
    outcome_ = Outcome::kText;
    if (length == 0) return source;
    if (!is_text(type_)) return std::nullopt;
    const bool shorter = source.characters == 0 || length < source.characters;
    if (shorter) source.characters = length;
    return source;
  }

  // Its spaces at the end count next to nothing but another char(n).
  [[nodiscard]] std::optional<ValueSource> to_char(const ValueSource& source,
                                                   std::uint32_t length) {
    if (type_ != ValueType::kBpchar) return std::nullopt;
    return to_text(source, length);
  }

  [[nodiscard]] std::optional<ValueSource> to_own(ValueSource source, ValueType type) {
    const bool day = type == ValueType::kDate && type_ == ValueType::kTimestamp;
    if (type == ValueType::kUnknown || (type != type_ && !day)) return std::nullopt;
    if (outcome_ == Outcome::kInteger || outcome_ == Outcome::kNumeric) return std::nullopt;
    // A timestamp made a date loses its time; the same cast twice changes nothing.
    if (outcome_ == Outcome::kOwn && day) return std::nullopt;
    const bool bare_number =
        source.kind == ValueSource::Kind::kConstant && is_number(kind_of(source));
    if (bare_number) return std::nullopt;
    if (day) {
      source.read_as = ReadAs::kDate;
    } else {
      begin(source, ReadAs::kOwn);
    }
    outcome_ = Outcome::kOwn;
    return source;
  }

  // PostgreSQL compares no text with a number, but stores it as one.
  [[nodiscard]] bool needs_cast(const ValueSource& source) const {
    return is_text(type_) && !stored_ && outcome_ == Outcome::kPlain &&
           source.kind == ValueSource::Kind::kConstant && is_number(kind_of(source));
  }

  // Does PostgreSQL compare by the column's own type, or store without another cast than ours?
  [[nodiscard]] bool fits() const {
    if (rules::is_integer_type(type_))
      return outcome_ != Outcome::kText && outcome_ != Outcome::kOwn;
    if (is_text(type_)) return outcome_ != Outcome::kInteger || stored_;
    if (type_ == ValueType::kNumeric) return outcome_ != Outcome::kText;
    return outcome_ == Outcome::kPlain || outcome_ == Outcome::kOwn;
  }

  const Query& query_;
  const ValueType type_;
  const bool stored_;
  Outcome outcome_ = Outcome::kPlain;
};

}  // namespace

std::optional<ValueSource> value_source(const Query& query, const Expr& expr, ValueType type,
                                        bool stored) {
  if (type == ValueType::kUnknown) return std::nullopt;
  return ValueReader(query, type, stored).read(expr);
}

std::optional<ValueSource> array_source(const Query& query, const Expr& expr, ValueType type) {
  if (type == ValueType::kUnknown) return std::nullopt;
  return ValueReader(query, type, false).read_array(expr);
}

std::optional<ValueSource> element_source(const Query& query, const Expr& expr,
                                          std::string_view cast, ValueType type) {
  if (type == ValueType::kUnknown) return std::nullopt;
  return ValueReader(query, type, false).read_element(expr, cast);
}

}  // namespace tessera::plan
