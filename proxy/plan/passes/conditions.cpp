// WHERE and ON → what they say about columns.
//
// NOT is pushed down to the comparisons first. What holds together (AND) becomes restrictions one
// by one. Of alternatives (OR), a column that every branch gives values may have the values of all
// of them; where that says less than the branches do, they are kept as a disjunction too, up to a
// number of branches. Whatever is not understood restricts nothing.

#include <algorithm>

#include "proxy/plan/passes/query.h"
#include "proxy/plan/passes/relation.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using rules::ValueType;
using Kind = Expr::Kind;
using Facts = std::vector<Restriction>;

// More alternatives than this are not worth routing one by one.
constexpr std::size_t kBranchesMax = 64;

// The order of text is its collation's, which routing does not know.
bool has_ranges(ValueType type) {
  return rules::is_integer_type(type) || type == ValueType::kDate ||
         type == ValueType::kTimestamp || type == ValueType::kTimestamptz;
}

// The comparison that is true where `op` is false.
std::string_view opposite(std::string_view op) {
  if (op == "=") return "<>";
  if (op == "<>") return "=";
  if (op == "<") return ">=";
  if (op == "<=") return ">";
  if (op == ">") return "<=";
  if (op == ">=") return "<";
  return {};
}

// A condition and whether it must be false.
struct Claim {
  const Expr* expr = nullptr;
  bool negated = false;
};

class ConditionReader {
 public:
  ConditionReader(Query& query, LevelId level, ScopeId scope)
      : query_(query), level_(level), scope_(scope) {}

  void add(const Expr& condition) {
    for (const Claim& claim : conjuncts({&condition, false})) conjunct(claim);
  }

 private:
  // NOT (a OR b) is NOT a AND NOT b.
  static Claim without_not(Claim claim) {
    while (claim.expr->kind == Kind::kNot) {
      claim = {claim.expr->children[0], !claim.negated};
    }
    return claim;
  }

  static bool is_and(const Claim& claim) {
    return claim.expr->kind == (claim.negated ? Kind::kOr : Kind::kAnd);
  }

  static bool is_or(const Claim& claim) {
    return claim.expr->kind == (claim.negated ? Kind::kAnd : Kind::kOr);
  }

  // What must all hold, in the order of the text.
  static std::vector<Claim> conjuncts(Claim condition) {
    std::vector<Claim> out;
    std::vector<Claim> waiting{condition};
    while (!waiting.empty()) {
      const Claim claim = without_not(waiting.back());
      waiting.pop_back();
      if (!is_and(claim)) {
        out.push_back(claim);
        continue;
      }
      for (std::size_t at = claim.expr->children.size(); at > 0; --at) {
        waiting.push_back({claim.expr->children[at - 1], claim.negated});
      }
    }
    return out;
  }

  void conjunct(const Claim& claim) {
    if (is_or(claim)) {
      disjunction(branches_of(claim));
      return;
    }
    if (says_nothing_matches(claim)) {
      match_nothing();
      return;
    }
    if (is_comparison(claim, "=")) equality(*claim.expr->children[0], *claim.expr->children[1]);
    if (is_row_list(claim)) disjunction(row_branches(*claim.expr));
    for (Restriction& fact : facts_of(claim)) query_.restrictions.push_back(std::move(fact));
  }

  // Is it `left op right`, or the negation of its opposite?
  static bool is_comparison(const Claim& claim, std::string_view op) {
    return claim.expr->kind == Kind::kOperator && claim.expr->children.size() == 2 &&
           claim.expr->op == (claim.negated ? opposite(op) : op);
  }

  // WHERE false, WHERE NULL
  static bool says_nothing_matches(const Claim& claim) {
    if (claim.expr->kind != Kind::kKeyword) return false;
    return claim.expr->op == "null" || claim.expr->op == (claim.negated ? "true" : "false");
  }

  void match_nothing() {
    for (RelationId id = 0; id < query_.relations.size(); ++id) {
      const Relation& relation = query_.relations[id];
      if (relation.kind != RelationKind::kSharded || relation.level != level_ ||
          !query_.inside(relation.scope, scope_)) {
        continue;
      }
      for (const std::string_view column : relation.table->level_columns()) {
        query_.restrictions.push_back(values_fact({id, column}, {}));
      }
    }
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

  [[nodiscard]] std::vector<Facts> branches_of(const Claim& claim) const {
    std::vector<Facts> out;
    for (const Expr* child : claim.expr->children) {
      out.push_back(all_facts({child, claim.negated}));
    }
    return out;
  }

  void disjunction(std::vector<Facts> branches) {
    const Facts shared = shared_values(branches);
    query_.restrictions.insert(query_.restrictions.end(), shared.begin(), shared.end());
    const bool blind = std::ranges::any_of(branches, &Facts::empty);
    if (blind || branches.size() > kBranchesMax) return;
    query_.disjunctions.push_back({.scope = scope_, .branches = std::move(branches)});
  }

  // The columns that every branch gives values, with the values of all.
  static Facts shared_values(const std::vector<Facts>& branches) {
    Facts out;
    for (const Restriction& first : branches.front()) {
      const bool again = std::ranges::find(out, first.column, &Restriction::column) != out.end();
      if (!first.range && !again) out.push_back(first);
    }
    for (const Facts& branch : std::span(branches).subspan(1)) {
      std::erase_if(out, [&branch](Restriction& so_far) {
        const auto same = std::ranges::find_if(branch, [&](const Restriction& fact) {
          return !fact.range && fact.column == so_far.column;
        });
        if (same == branch.end()) return true;
        so_far.values.insert(so_far.values.end(), same->values.begin(), same->values.end());
        return false;
      });
    }
    return out;
  }

  // What a branch says: all its conjuncts, and what the branches inside them have in common.
  [[nodiscard]] Facts all_facts(const Claim& condition) const {
    Facts out;
    for (const Claim& claim : conjuncts(condition)) {
      Facts more;
      if (is_or(claim)) {
        more = shared_values(branches_of(claim));
      } else if (is_row_list(claim)) {
        more = shared_values(row_branches(*claim.expr));
      } else {
        more = facts_of(claim);
      }
      std::ranges::move(more, std::back_inserter(out));
    }
    return out;
  }

  // (a, b) IN ((1, 2), (3, 4))
  static bool is_row_list(const Claim& claim) {
    const Expr& expr = *claim.expr;
    return expr.kind == Kind::kIn && expr.negated == claim.negated &&
           expr.children[0]->kind == Kind::kRow && expr.children.size() > 1;
  }

  [[nodiscard]] std::vector<Facts> row_branches(const Expr& list) const {
    std::vector<Facts> out;
    for (const Expr* item : list.children.subspan(1)) {
      out.push_back(equal_values(*list.children[0], *item));
    }
    return out;
  }

  // What one condition without AND and OR says.
  [[nodiscard]] Facts facts_of(const Claim& claim) const {
    const Expr& expr = *claim.expr;
    switch (expr.kind) {
      case Kind::kOperator:
        return comparison(claim);
      case Kind::kIn:
        if (expr.negated != claim.negated) return {};
        return listed(*expr.children[0], expr.children.subspan(1));
      case Kind::kQuantified:
        return any_of(claim);
      case Kind::kBetween:
        if (expr.negated != claim.negated) return {};
        return bounds(*expr.children[0], expr.children[1], expr.children[2], expr.symmetric);
      case Kind::kIsNull:
        return expr.negated == claim.negated ? is_null(*expr.children[0]) : Facts();
      case Kind::kIsDistinct:
        return expr.negated != claim.negated ? not_distinct(expr) : Facts();
      case Kind::kColumn:
        return truth(expr, claim.negated);
      default:
        return {};
    }
  }

  [[nodiscard]] Facts comparison(const Claim& claim) const {
    if (claim.expr->children.size() != 2) return {};
    const std::string_view op = claim.negated ? opposite(claim.expr->op) : claim.expr->op;
    const Expr& left = *claim.expr->children[0];
    const Expr& right = *claim.expr->children[1];
    if (op == "=") return equal_values(left, right);
    if (op == "<" || op == "<=") return ordered(left, right);
    if (op == ">" || op == ">=") return ordered(right, left);
    return {};
  }

  [[nodiscard]] Facts equal_values(const Expr& left, const Expr& right) const {
    if (left.kind == Kind::kRow && right.kind == Kind::kRow) {
      Facts out;
      const std::size_t count = std::min(left.children.size(), right.children.size());
      for (std::size_t at = 0; at < count; ++at) {
        std::ranges::move(equal_values(*left.children[at], *right.children[at]),
                          std::back_inserter(out));
      }
      return out;
    }
    auto out = one_value(left, right, false);
    return out.empty() ? one_value(right, left, false) : out;
  }

  // low <= high, or low < high. Of rows the first pair decides, or is equal: both are in the range.
  [[nodiscard]] Facts ordered(const Expr& low, const Expr& high) const {
    if (low.kind == Kind::kRow && high.kind == Kind::kRow) {
      if (low.children.empty() || high.children.empty()) return {};
      return ordered(*low.children[0], *high.children[0]);
    }
    if (low.kind == Kind::kColumn) return bounds(low, nullptr, &high, false);
    return bounds(high, &low, nullptr, false);
  }

  [[nodiscard]] std::optional<ColumnId> routable(const Expr& expr) const {
    const auto column = query_.resolve(expr, level_);
    if (!column || query_.value_type(*column) == ValueType::kUnknown) return std::nullopt;
    return column;
  }

  [[nodiscard]] Restriction values_fact(const ColumnId& column,
                                        std::vector<ValueSource> values) const {
    return {.column = column,
            .scope = scope_,
            .values = std::move(values),
            .range = false,
            .lower = {},
            .upper = {}};
  }

  [[nodiscard]] Facts one_value(const Expr& column, const Expr& value, bool null_matches) const {
    const auto found = routable(column);
    if (!found) return {};
    auto source = value_source(query_, value, query_.value_type(*found));
    if (!source) query_.askable.push_back({.expr = &value, .column = *found});
    if (!source) return {};
    source->null_matches = null_matches;
    return {values_fact(*found, {*source})};
  }

  [[nodiscard]] Facts listed(const Expr& column, std::span<Expr* const> items) const {
    const auto found = routable(column);
    if (!found) return {};
    std::vector<ValueSource> values;
    for (const Expr* item : items) {
      const auto source = value_source(query_, *item, query_.value_type(*found));
      if (source) values.push_back(*source);
      if (!source) query_.askable.push_back({.expr = item, .column = *found});
    }
    if (values.size() < items.size()) return {};
    return {values_fact(*found, std::move(values))};
  }

  // column = ANY (array); NOT column <> ALL (array) is the same.
  [[nodiscard]] Facts any_of(const Claim& claim) const {
    const Expr& expr = *claim.expr;
    if (expr.op != (claim.negated ? "<>" : "=") || expr.all != claim.negated ||
        expr.subquery != nullptr || expr.children.size() != 2) {
      return {};
    }
    const Expr& array = *expr.children[1];
    if (array.kind == Kind::kArray) return constructed(*expr.children[0], array, {});
    if (array.kind == Kind::kCast && array.children[0]->kind == Kind::kArray) {
      return constructed(*expr.children[0], *array.children[0], array.type);
    }
    const auto found = routable(*expr.children[0]);
    if (!found) return {};
    const auto source = array_source(query_, array, query_.value_type(*found));
    if (!source) return {};
    return {values_fact(*found, {*source})};
  }

  // ARRAY[...], perhaps cast as a whole. Nested arrays flatten in ANY; they are left alone.
  [[nodiscard]] Facts constructed(const Expr& column, const Expr& array,
                                  std::string_view cast) const {
    const auto found = routable(column);
    if (!found) return {};
    std::vector<ValueSource> values;
    for (const Expr* item : array.children) {
      const auto source = element_source(query_, *item, cast, query_.value_type(*found));
      if (!source) return {};
      values.push_back(*source);
    }
    return {values_fact(*found, std::move(values))};
  }

  [[nodiscard]] Facts bounds(const Expr& column, const Expr* lower, const Expr* upper,
                             bool symmetric) const {
    const auto found = routable(column);
    if (!found || !has_ranges(query_.value_type(*found))) return {};
    Restriction out = values_fact(*found, {});
    out.range = true;
    out.symmetric = symmetric;
    if (lower != nullptr) out.lower = value_source(query_, *lower, query_.value_type(*found));
    if (upper != nullptr) out.upper = value_source(query_, *upper, query_.value_type(*found));
    const bool useful = symmetric ? out.lower && out.upper : out.lower || out.upper;
    if (!useful) return {};
    return {std::move(out)};
  }

  // A column that cannot be NULL is so only where an outer join found no row: not inside its scope.
  [[nodiscard]] Facts is_null(const Expr& column) const {
    const auto found = routable(column);
    if (!found || query_.relations[found->relation].scope != scope_) return {};
    const catalog::Column* described = query_.column_of(*found);
    if (described == nullptr || !described->not_null) return {};
    return {values_fact(*found, {})};
  }

  [[nodiscard]] Facts not_distinct(const Expr& expr) const {
    if (expr.children.size() != 2) return {};
    auto out = one_value(*expr.children[0], *expr.children[1], true);
    return out.empty() ? one_value(*expr.children[1], *expr.children[0], true) : out;
  }

  // WHERE active, WHERE NOT active
  [[nodiscard]] Facts truth(const Expr& column, bool negated) const {
    const auto found = routable(column);
    if (!found || query_.value_type(*found) != ValueType::kBool) return {};
    const auto kind = negated ? ValueSource::Kind::kFalse : ValueSource::Kind::kTrue;
    return {values_fact(*found, {{.kind = kind}})};
  }

  Query& query_;
  const LevelId level_;
  const ScopeId scope_;
};

}  // namespace

void add_conditions(Query& query, const Expr& condition, LevelId level, ScopeId scope) {
  ConditionReader(query, level, scope).add(condition);
}

}  // namespace tessera::plan
