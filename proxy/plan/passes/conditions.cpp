#include <algorithm>
#include <array>

#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/relation.h"

namespace tessera::plan {
namespace {

using parser::ConstantClass;
using parser::Expr;
using rules::ValueType;
using Kind = Expr::Kind;

bool is_integer(ValueType type) {
  return type == ValueType::kInt2 || type == ValueType::kInt4 || type == ValueType::kInt8;
}

std::string_view bare_type(std::string_view type) {
  constexpr std::string_view kSchema = "pg_catalog.";
  if (type.starts_with(kSchema)) type.remove_prefix(kSchema.size());
  return type;
}

bool is_integer_name(std::string_view type) {
  constexpr std::array<std::string_view, 6> kNames = {"bigint", "int8", "integer",
                                                      "int",    "int4", "smallint"};
  return std::ranges::find(kNames, type) != kNames.end() || type == "int2";
}

// Without a length: varchar(2) would cut the value.
bool is_text_name(std::string_view type) {
  return type == "text" || type == "varchar" || type == "character varying";
}

bool is_string(ConstantClass kind) {
  return kind == ConstantClass::kString || kind == ConstantClass::kEscapeString ||
         kind == ConstantClass::kUnicodeString || kind == ConstantClass::kDollarString;
}

bool is_number(ConstantClass kind) { return kind <= ConstantClass::kNumeric; }

// Reads one value, looking through casts and a unary minus.
class ValueReader {
 public:
  ValueReader(const Query& query, ValueType type, bool stored)
      : query_(query), type_(type), stored_(stored) {}

  [[nodiscard]] std::optional<ValueSource> read(const Expr& expr) {
    switch (expr.kind) {
      case Kind::kConstant:
        return constant(expr);
      case Kind::kParameter:
        return ValueSource{.kind = ValueSource::Kind::kParameter, .index = expr.parameter - 1};
      case Kind::kKeyword:
        if (expr.op != "null") return std::nullopt;
        return ValueSource{.kind = ValueSource::Kind::kNull};
      case Kind::kOperator:
        return sign(expr);
      case Kind::kCast:
        return cast(expr);
      default:
        return std::nullopt;
    }
  }

 private:
  [[nodiscard]] std::optional<ValueSource> constant(const Expr& expr) const {
    const ConstantClass kind = query_.input->parsed->constants()[expr.constant].kind;
    const ValueSource source{.kind = ValueSource::Kind::kConstant, .index = expr.constant};
    if (is_string(kind)) return source;
    if (!is_number(kind)) return std::nullopt;
    // Rounding: (5.7)::bigint is 6, and a numeric's text is not the text of an integer.
    if (kind == ConstantClass::kNumeric && (casted_ || !is_integer(type_))) return std::nullopt;
    if (is_integer(type_) || stored_ || casted_) return source;
    return std::nullopt;
  }

  [[nodiscard]] std::optional<ValueSource> sign(const Expr& expr) {
    if (expr.children.size() != 1 || (expr.op != "-" && expr.op != "+")) return std::nullopt;
    auto source = read(*expr.children[0]);
    if (!source || source->kind != ValueSource::Kind::kConstant || source->negated) {
      return std::nullopt;
    }
    const ConstantClass kind = query_.input->parsed->constants()[source->index].kind;
    if (!is_number(kind)) return std::nullopt;
    source->negated = expr.op == "-";
    return source;
  }

  [[nodiscard]] std::optional<ValueSource> cast(const Expr& expr) {
    const std::string_view type = bare_type(expr.type);
    // One cast only: in '7'::int::text the first one rewrites the text.
    if (casted_) return std::nullopt;
    if (is_integer(type_) ? !is_integer_name(type) : !is_text_name(type)) return std::nullopt;
    casted_ = true;
    return read(*expr.children[0]);
  }

  const Query& query_;
  const ValueType type_;
  const bool stored_;
  bool casted_ = false;
};

// The values a column may have, as one condition says it.
struct ColumnValues {
  ColumnId column;
  std::vector<ValueSource> values;
};

class ConditionReader {
 public:
  ConditionReader(Query& query, LevelId level, ScopeId scope)
      : query_(query), level_(level), scope_(scope) {}

  void add(const Expr& condition) {
    std::vector<const Expr*> waiting{&condition};
    while (!waiting.empty()) {
      const Expr& expr = *waiting.back();
      waiting.pop_back();
      if (expr.kind == Kind::kAnd) {
        waiting.insert(waiting.end(), expr.children.begin(), expr.children.end());
        continue;
      }
      conjunct(expr);
    }
  }

 private:
  void conjunct(const Expr& expr) {
    if (expr.kind == Kind::kOperator && expr.op == "=" && expr.children.size() == 2) {
      equality(*expr.children[0], *expr.children[1]);
    }
    for (ColumnValues& each : values_of(expr)) {
      query_.restrictions.push_back({.column = each.column,
                                     .scope = scope_,
                                     .values = std::move(each.values),
                                     .range = false,
                                     .lower = {},
                                     .upper = {}});
    }
    range(expr);
  }

  // column = column; (a, b) = (c, d) says it for each pair.
  void equality(const Expr& left, const Expr& right) {
    if (left.kind == Kind::kRow && right.kind == Kind::kRow) {
      const std::size_t count = std::min(left.children.size(), right.children.size());
      for (std::size_t at = 0; at < count; ++at) equality(*left.children[at], *right.children[at]);
      return;
    }
    const auto a = query_.resolve(left, level_);
    const auto b = query_.resolve(right, level_);
    if (!a || !b || !comparable(query_, *a, *b)) return;
    query_.equalities.push_back({.left = *a, .right = *b, .scope = scope_});
  }

  [[nodiscard]] std::optional<ColumnId> routable(const Expr& expr) const {
    const auto column = query_.resolve(expr, level_);
    if (!column || query_.value_type(*column) == ValueType::kUnknown) return std::nullopt;
    return column;
  }

  // What `expr` being true says about columns, as lists of values.
  [[nodiscard]] std::vector<ColumnValues> values_of(const Expr& expr) const {
    switch (expr.kind) {
      case Kind::kOperator:
        if (expr.op != "=" || expr.children.size() != 2) return {};
        return equal_values(*expr.children[0], *expr.children[1]);
      case Kind::kIn:
        if (expr.negated) return {};
        return listed(*expr.children[0], expr.children.subspan(1));
      case Kind::kQuantified:
        return any_of(expr);
      case Kind::kAnd:
        return all_values(expr);
      case Kind::kOr:
        return alternatives(expr);
      default:
        return {};
    }
  }

  [[nodiscard]] std::vector<ColumnValues> equal_values(const Expr& left, const Expr& right) const {
    if (left.kind == Kind::kRow && right.kind == Kind::kRow) {
      std::vector<ColumnValues> out;
      const std::size_t count = std::min(left.children.size(), right.children.size());
      for (std::size_t at = 0; at < count; ++at) {
        for (auto& each : equal_values(*left.children[at], *right.children[at])) {
          out.push_back(std::move(each));
        }
      }
      return out;
    }
    auto out = one_value(left, right);
    return out.empty() ? one_value(right, left) : out;
  }

  [[nodiscard]] std::vector<ColumnValues> one_value(const Expr& column, const Expr& value) const {
    const auto found = routable(column);
    if (!found) return {};
    const auto source = value_source(query_, value, query_.value_type(*found));
    if (!source) return {};
    return {{*found, {*source}}};
  }

  [[nodiscard]] std::vector<ColumnValues> listed(const Expr& column,
                                                 std::span<Expr* const> items) const {
    const auto found = routable(column);
    if (!found) return {};
    ColumnValues out{*found, {}};
    for (const Expr* item : items) {
      const auto source = value_source(query_, *item, query_.value_type(*found));
      if (!source) return {};
      out.values.push_back(*source);
    }
    return {std::move(out)};
  }

  // column = ANY (ARRAY[...])
  [[nodiscard]] std::vector<ColumnValues> any_of(const Expr& expr) const {
    if (expr.op != "=" || expr.all || expr.subquery != nullptr || expr.children.size() != 2) {
      return {};
    }
    const Expr& array = *expr.children[1];
    if (array.kind != Kind::kArray || array.children.empty()) return {};
    // Nested arrays flatten in ANY; they are left alone.
    const auto nested = [](const Expr* item) { return item->kind == Kind::kArray; };
    if (std::ranges::any_of(array.children, nested)) return {};
    return listed(*expr.children[0], array.children);
  }

  [[nodiscard]] std::vector<ColumnValues> all_values(const Expr& expr) const {
    std::vector<ColumnValues> out;
    for (const Expr* child : expr.children) {
      for (ColumnValues& each : values_of(*child)) out.push_back(std::move(each));
    }
    return out;
  }

  // Only a column that every branch speaks of is restricted, to the values of all branches.
  [[nodiscard]] std::vector<ColumnValues> alternatives(const Expr& expr) const {
    std::vector<ColumnValues> out = values_of(*expr.children[0]);
    for (const Expr* child : expr.children.subspan(1)) {
      if (out.empty()) return {};
      const std::vector<ColumnValues> branch = values_of(*child);
      std::erase_if(out, [&branch](ColumnValues& so_far) {
        const auto same = std::ranges::find(branch, so_far.column, &ColumnValues::column);
        if (same == branch.end()) return true;
        so_far.values.insert(so_far.values.end(), same->values.begin(), same->values.end());
        return false;
      });
    }
    return out;
  }

  void range(const Expr& expr) {
    if (expr.kind == Kind::kBetween && !expr.negated && !expr.symmetric) {
      bounds(*expr.children[0], expr.children[1], expr.children[2]);
    }
    if (expr.kind != Kind::kOperator || expr.children.size() != 2) return;
    const Expr* left = expr.children[0];
    const Expr* right = expr.children[1];
    const bool less = expr.op == "<" || expr.op == "<=";
    const bool greater = expr.op == ">" || expr.op == ">=";
    if (!less && !greater) return;
    if (left->kind == Kind::kColumn) {
      bounds(*left, greater ? right : nullptr, less ? right : nullptr);
    } else {
      bounds(*right, less ? left : nullptr, greater ? left : nullptr);
    }
  }

  // The order of text is its collation's, which routing does not know: only integers have ranges.
  void bounds(const Expr& column, const Expr* lower, const Expr* upper) {
    const auto found = routable(column);
    if (!found || !is_integer(query_.value_type(*found))) return;
    Restriction out{
        .column = *found, .scope = scope_, .values = {}, .range = true, .lower = {}, .upper = {}};
    if (lower != nullptr) out.lower = value_source(query_, *lower, query_.value_type(*found));
    if (upper != nullptr) out.upper = value_source(query_, *upper, query_.value_type(*found));
    if (out.lower || out.upper) query_.restrictions.push_back(std::move(out));
  }

  Query& query_;
  const LevelId level_;
  const ScopeId scope_;
};

}  // namespace

std::optional<ValueSource> value_source(const Query& query, const Expr& expr, ValueType type,
                                        bool stored) {
  if (type == ValueType::kUnknown) return std::nullopt;
  return ValueReader(query, type, stored).read(expr);
}

void add_conditions(Query& query, const Expr& condition, LevelId level, ScopeId scope) {
  ConditionReader(query, level, scope).add(condition);
}

}  // namespace tessera::plan
