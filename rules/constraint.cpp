#include "rules/constraint.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>

#include "rules/errors.h"
#include "rules/integer_text.h"

namespace tessera::rules {
namespace {

Result<std::int64_t> integer_of(std::string_view text, ValueType type) {
  std::int64_t number = 0;
  const IntegerText read = read_integer(text, number);
  if (read == IntegerText::kInvalid) return invalid_integer(text, type_name(type));
  if (read == IntegerText::kOutOfRange || !fits(number, type)) {
    return integer_out_of_range(text, type_name(type));
  }
  return number;
}

// Numbers that PostgreSQL takes for equal get one text: "007.50" and "7.5" are 7.5.
std::string plain_numeric(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  while (text.size() > 1 && text[0] == '0' && text[1] != '.') text.remove_prefix(1);
  if (text.find('.') != text.npos) {
    while (text.ends_with('0')) text.remove_suffix(1);
    if (text.ends_with('.')) text.remove_suffix(1);
  }
  const bool zero = text.empty() || text == "0";
  std::string plain = negative && !zero ? "-" : "";
  if (text.starts_with('.') || text.empty()) plain += '0';
  return plain + std::string(text);
}

// Only numbers are compared here: the order of text is its collation's, which PostgreSQL knows.
bool less(const Value& a, const Value& b) {
  const auto* left = std::get_if<std::int64_t>(&a);
  const auto* right = std::get_if<std::int64_t>(&b);
  return left != nullptr && right != nullptr && *left < *right;
}

// An order of values, whatever it is. None of them is Null.
bool comes_before(const Value& a, const Value& b) {
  if (a.index() != b.index()) return a.index() < b.index();
  if (const auto* number = std::get_if<std::int64_t>(&a)) {
    return *number < std::get<std::int64_t>(b);
  }
  return std::get<std::string>(a) < std::get<std::string>(b);
}

// Puts the constraint together, one condition after the other.
class Gatherer {
 public:
  Status add(const ColumnCondition& condition);
  [[nodiscard]] Constraint finish();

 private:
  Status add_values(const ColumnCondition& condition);
  Status add_bound(const std::optional<Value>& bound, ValueType type, bool is_lower);
  void match_nothing() { values_.emplace(); }

  ValueType type_ = ValueType::kUnknown;
  bool ranged_ = false;
  std::optional<std::vector<Value>> values_;
  std::optional<Value> lower_;
  std::optional<Value> upper_;
};

Status Gatherer::add(const ColumnCondition& condition) {
  type_ = condition.type;
  if (!condition.range) return add_values(condition);
  ranged_ = true;
  const Status lower = add_bound(condition.lower, condition.type, true);
  if (!lower) return lower.error();
  return add_bound(condition.upper, condition.type, false);
}

Status Gatherer::add_values(const ColumnCondition& condition) {
  std::vector<Value> kept;
  for (const Value& value : condition.values) {
    Value storage;
    const auto normal = normalize(value, condition.type, storage);
    if (!normal) return normal.error();
    if (*normal != nullptr) kept.push_back(**normal);
  }
  // Arrays bring many thousands.
  std::ranges::sort(kept, comes_before);
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  if (values_) {
    std::vector<Value> both;
    std::ranges::set_intersection(kept, *values_, std::back_inserter(both), comes_before);
    kept = std::move(both);
  }
  values_ = std::move(kept);
  return {};
}

Status Gatherer::add_bound(const std::optional<Value>& bound, ValueType type, bool is_lower) {
  if (!bound) return {};
  if (std::holds_alternative<Null>(*bound)) {
    match_nothing();
    return {};
  }
  Value normal = *bound;
  if (const auto* text = std::get_if<std::string>(&*bound); text && is_integer_type(type)) {
    const auto number = integer_of(*text, type);
    if (!number) return number.error();
    normal = *number;
  }
  std::optional<Value>& kept = is_lower ? lower_ : upper_;
  const bool narrower = !kept || (is_lower ? less(*kept, normal) : less(normal, *kept));
  if (narrower) kept = std::move(normal);
  return {};
}

Constraint Gatherer::finish() {
  Constraint result;
  result.type = type_;
  const bool empty = lower_ && upper_ && less(*upper_, *lower_);
  const bool point =
      lower_ && upper_ && *lower_ == *upper_ && std::holds_alternative<std::int64_t>(*lower_);
  if (empty) match_nothing();
  if (point && !values_) values_ = std::vector<Value>{*lower_};
  if (values_) {
    result.kind = Constraint::Kind::kValues;
    result.values = std::move(*values_);
    std::erase_if(result.values, [&](const Value& value) {
      return (lower_ && less(value, *lower_)) || (upper_ && less(*upper_, value));
    });
  } else if (ranged_ && (lower_ || upper_)) {
    result.kind = Constraint::Kind::kRange;
    result.lower = std::move(lower_);
    result.upper = std::move(upper_);
  }
  return result;
}

}  // namespace

std::string_view type_name(ValueType type) {
  constexpr std::array<std::string_view, 15> kNames{"smallint",
                                                    "integer",
                                                    "bigint",
                                                    "text",
                                                    "unknown",
                                                    "numeric",
                                                    "boolean",
                                                    "uuid",
                                                    "date",
                                                    "time without time zone",
                                                    "timestamp without time zone",
                                                    "timestamp with time zone",
                                                    "real",
                                                    "double precision",
                                                    "character"};
  return kNames[static_cast<std::size_t>(type)];
}

bool fits(std::int64_t number, ValueType type) {
  if (type == ValueType::kInt2) {
    return number >= std::numeric_limits<std::int16_t>::min() &&
           number <= std::numeric_limits<std::int16_t>::max();
  }
  if (type == ValueType::kInt4) {
    return number >= std::numeric_limits<std::int32_t>::min() &&
           number <= std::numeric_limits<std::int32_t>::max();
  }
  return true;
}

Result<const Value*> normalize(const Value& value, ValueType type, Value& storage) {
  constexpr const Value* kNoRow = nullptr;
  if (std::holds_alternative<Null>(value)) return kNoRow;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (is_integer_type(type) && !fits(*number, type)) return kNoRow;
    if (is_integer_type(type) || type == ValueType::kUnknown) return &value;
    storage = std::to_string(*number);
    return &storage;
  }
  if (type == ValueType::kNumeric) {
    storage = plain_numeric(std::get<std::string>(value));
    return &storage;
  }
  if (!is_integer_type(type)) return &value;
  const auto number = integer_of(std::get<std::string>(value), type);
  if (!number) return number.error();
  storage = *number;
  return &storage;
}

Result<Constraint> constrain(std::string_view column,
                             const std::vector<ColumnCondition>& conditions) {
  Gatherer gatherer;
  for (const ColumnCondition& condition : conditions) {
    if (condition.column != column) continue;
    const Status added = gatherer.add(condition);
    if (!added) return added.error();
  }
  return gatherer.finish();
}

}  // namespace tessera::rules
