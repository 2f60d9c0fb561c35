#include "proxy/plan/passes/aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/order.h"
#include "proxy/plan/passes/spread.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Select;
using parser::SelectItem;
using parser::TokenIndex;
using parser::TokenRange;
using Kind = Expr::Kind;

constexpr catalog::Oid kFloat4 = 700;

using Pieces = std::vector<Piece>;

Piece piece_of(Piece::Kind kind, std::uint32_t slot) {
  return {.kind = kind, .text = {}, .range = {}, .slot = slot};
}

void append(Pieces& to, Pieces from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Tokens that the final statement says in its own way.
struct Replacement {
  TokenRange range;
  Pieces pieces;
};

// Aggregates whose result over parts is the same aggregate of the parts' results.
bool is_idempotent(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames = {"min",   "max",     "bool_and", "bool_or",
                                                      "every", "bit_and", "bit_or",   "bit_xor"};
  return std::ranges::find(kNames, name) != kNames.end();
}

bool is_real(std::string_view type) { return type == "real" || type == "float4"; }

class Finisher {
 public:
  Finisher(const Query& query, LevelId level, Pins& pins)
      : query_(query), level_(level), pins_(pins), select_(*query.levels[level].select) {}

  Result<Finish> run() {
    if (Status ok = check(); !ok) return ok.error();
    if (Status ok = read_keys(); !ok) return ok.error();
    Pieces body;
    if (Status ok = write_items(body); !ok) return ok.error();
    Pieces rest;
    if (Status ok = write_rest(rest); !ok) return ok.error();
    if (columns_.empty()) return nothing_to_group();
    Finish out;
    out.partial_columns = static_cast<std::uint32_t>(columns_.size());
    out.edits = partial_edits();
    out.final_statement = {text_piece(select_.distinct ? "SELECT DISTINCT " : "SELECT ")};
    append(out.final_statement, std::move(body));
    append(out.final_statement, from_parts());
    append(out.final_statement, std::move(rest));
    return out;
  }

 private:
  // One column of the partial statement.
  struct Column {
    Pieces pieces;
    std::string collation;  // that the parts must have in the final statement; empty: their own
  };

  [[nodiscard]] Status check() const {
    if (select_.locking) return locking_groups_across_shards();
    if (select_.items.empty()) return nothing_to_group();
    if (!select_.distinct_on.empty()) return distinct_on_across_shards();
    Status ok;
    for_each_level_expr(select_, [&](const Expr& expr) {
      if (is_window_call(expr)) ok = window_across_shards();
    });
    return ok;
  }

  // Group keys are the first partial columns.
  Status read_keys() {
    if (select_.group_by.empty()) {
      if (!is_grouped(query_, level_)) return distinct_keys();
      return {};
    }
    for (const auto* item : select_.group_by) {
      if (item->expr == nullptr) return grouping_sets_across_shards();
      const auto target = sort_target(query_, level_, *item->expr, true, pins_);
      if (!target) return target.error();
      if (target->expr == nullptr) return place_in_star();
      if (Status ok = add_key(*target->expr); !ok) return ok;
    }
    return {};
  }

  Status distinct_keys() {
    for (const SelectItem* item : select_.items) {
      if (is_expanded(query_, *item->expr)) return distinct_star_across_shards();
      if (Status ok = add_key(*item->expr); !ok) return ok;
    }
    return {};
  }

  Status add_key(const Expr& expr) {
    const auto known = std::ranges::any_of(
        keys_, [&](const Expr* key) { return same_expr(query_, level_, expr, *key, pins_); });
    if (known) return {};
    const auto is_column = [](const Expr& each) { return each.kind == Kind::kColumn; };
    if (!any_own_expr(&expr, is_column)) return constant_group_across_shards();
    const auto has_subquery = [](const Expr& each) { return each.subquery != nullptr; };
    if (any_own_expr(&expr, has_subquery)) return subquery_in_groups_across_shards();
    if (steadiness(query_.schema(), parser::Node(&expr)) != Steadiness::kSame) {
      return unsteady_across_shards(select_.group_by.empty() ? "DISTINCT" : "GROUP BY");
    }
    const auto is_set = [&](const Expr& each) { return is_set_returning(query_.schema(), each); };
    if (any_own_expr(&expr, is_set)) return set_in_groups_across_shards();
    const auto collation = collation_of(expr);
    if (!collation) return collation.error();
    keys_.push_back(&expr);
    columns_.push_back({.pieces = {copy_piece(expr.range)}, .collation = *collation});
    return {};
  }

  // The collation that the parts of `expr` lose on their way; empty: none.
  [[nodiscard]] Result<std::string> collation_of(const Expr& expr) const {
    const auto own = [&](const Expr& each) -> const catalog::Column* {
      const auto column = query_.resolve(each, level_);
      const catalog::Column* found = column ? query_.column_of(*column) : nullptr;
      return found != nullptr && found->collation_explicit ? found : nullptr;
    };
    if (expr.kind == Kind::kColumn) {
      const catalog::Column* column = own(expr);
      if (column == nullptr) return std::string();
      const bool bytewise = column->collation == catalog::Collation::kBytewise;
      return bytewise ? std::string("\"C\"") : column->collation_name;
    }
    const auto loses = [&](const Expr& each) {
      return each.kind == Kind::kCollate || own(each) != nullptr;
    };
    if (any_own_expr(&expr, loses)) return collation_in_groups_across_shards();
    return std::string();
  }

  Status write_items(Pieces& out) {
    for (const SelectItem* item : select_.items) {
      if (!out.empty()) out.push_back(text_piece(", "));
      auto pieces = rewritten(item->range, *item->expr);
      if (!pieces) return pieces.error();
      append(out, std::move(*pieces));
    }
    return {};
  }

  // What follows FROM in the final statement.
  Status write_rest(Pieces& out) {
    if (!keys_.empty() && !select_.group_by.empty()) out.push_back(text_piece(group_by()));
    if (select_.having != nullptr) {
      out.push_back(text_piece(" "));
      auto having = rewritten(select_.having_range, *select_.having);
      if (!having) return having.error();
      append(out, std::move(*having));
    }
    if (Status ok = write_order(out); !ok) return ok;
    for (const TokenRange range : {select_.limit_range, select_.offset_range}) {
      if (range.empty()) continue;
      out.push_back(text_piece(" "));
      out.push_back(copy_piece(range));
    }
    return {};
  }

  [[nodiscard]] std::string group_by() const {
    std::string out = " GROUP BY ";
    for (std::size_t at = 0; at < keys_.size(); ++at) {
      out += fmt::format("{}p.c{}", at == 0 ? "" : ", ", at + 1);
    }
    return out;
  }

  Status write_order(Pieces& out) {
    for (std::size_t at = 0; at < select_.order_by.size(); ++at) {
      const parser::SortItem& item = *select_.order_by[at];
      out.push_back(text_piece(at == 0 ? " ORDER BY " : ", "));
      const auto target = sort_target(query_, level_, *item.expr, false, pins_);
      if (!target) return target.error();
      if (target->item) {
        const TokenRange range = item.range;
        out.push_back(text_piece(std::to_string(*target->item + 1)));
        if (item.expr->range.end < range.end) {
          out.push_back(text_piece(" "));
          out.push_back(copy_piece({item.expr->range.end, range.end}));
        }
        continue;
      }
      if (target->expr == nullptr) return place_in_star();
      auto pieces = rewritten(item.range, *item.expr);
      if (!pieces) return pieces.error();
      append(out, std::move(*pieces));
    }
    return {};
  }

  // FROM unnest(...) AS p(c1, ...), with the collations that columns had.
  [[nodiscard]] Pieces from_parts() const {
    const bool collated = std::ranges::any_of(
        columns_, [](const Column& column) { return !column.collation.empty(); });
    std::string names;
    std::string selected;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const std::string_view comma = at == 0 ? "" : ", ";
      const std::string& collation = columns_[at].collation;
      names += fmt::format("{}c{}", comma, at + 1);
      selected += collation.empty()
                      ? fmt::format("{}u.c{}", comma, at + 1)
                      : fmt::format("{}u.c{} COLLATE {} AS c{}", comma, at + 1, collation, at + 1);
    }
    Pieces out{
        text_piece(collated ? " FROM (SELECT " + selected + " FROM unnest(" : " FROM unnest(")};
    for (std::uint32_t at = 0; at < columns_.size(); ++at) {
      if (at > 0) out.push_back(text_piece(", "));
      out.push_back(piece_of(Piece::Kind::kArray, at));
      out.push_back(text_piece("::"));
      out.push_back(piece_of(Piece::Kind::kPartialType, at));
      out.push_back(text_piece("[]"));
    }
    out.push_back(text_piece(collated ? ") AS u(" + names + ")) AS p" : ") AS p(" + names + ")"));
    return out;
  }

  // The partial statement: keys and parts instead of the select list, and nothing that needs all
  // rows.
  [[nodiscard]] Edits partial_edits() const {
    Edits out;
    Pieces list;
    for (const Column& column : columns_) {
      if (!list.empty()) list.push_back(text_piece(", "));
      append(list, column.pieces);
    }
    const TokenIndex first = select_.items.front()->range.first;
    out.push_back({.replaced = {first, select_.items_end}, .pieces = std::move(list)});
    if (!select_.group_by.empty()) {
      std::string places = "GROUP BY ";
      for (std::size_t at = 0; at < keys_.size(); ++at) {
        places += fmt::format("{}{}", at == 0 ? "" : ", ", at + 1);
      }
      out.push_back({.replaced = select_.group_range, .pieces = {text_piece(std::move(places))}});
    }
    for (const TokenRange range :
         {select_.having_range, select_.order_range, select_.limit_range, select_.offset_range}) {
      if (!range.empty()) out.push_back({.replaced = range, .pieces = {}});
    }
    return out;
  }

  // The tokens of `range`, `expr` in them said by keys and parts.
  Result<Pieces> rewritten(TokenRange range, const Expr& expr) {
    std::vector<Replacement> replaced;
    if (Status ok = rewrite(expr, replaced); !ok) return ok.error();
    std::ranges::sort(replaced, {}, [](const Replacement& each) { return each.range.first; });
    Pieces out;
    TokenIndex next = range.first;
    for (Replacement& each : replaced) {
      if (each.range.first > next) {
        out.push_back(copy_piece({next, each.range.first}));
        out.push_back(text_piece(" "));
      }
      append(out, std::move(each.pieces));
      next = each.range.end;
      if (next < range.end) out.push_back(text_piece(" "));
    }
    if (next < range.end) out.push_back(copy_piece({next, range.end}));
    return out;
  }

  Status rewrite(const Expr& expr, std::vector<Replacement>& out) {
    for (std::size_t at = 0; at < keys_.size(); ++at) {
      if (!same_expr(query_, level_, expr, *keys_[at], pins_)) continue;
      out.push_back({.range = expr.range, .pieces = {text_piece(fmt::format("p.c{}", at + 1))}});
      return {};
    }
    if (is_aggregate(query_.schema(), expr)) {
      auto pieces = aggregate(expr);
      if (!pieces) return pieces.error();
      out.push_back({.range = expr.range, .pieces = std::move(*pieces)});
      return {};
    }
    if (expr.subquery != nullptr) return subquery_in_groups_across_shards();
    if (expr.kind == Kind::kStar) return star_in_groups_across_shards();
    if (expr.kind == Kind::kColumn) return column_not_grouped(expr.parts.back());
    for (const Expr* child : expr.children) {
      if (Status ok = rewrite(*child, out); !ok) return ok;
    }
    return {};
  }

  // A call that stands twice is computed once.
  Result<Pieces> aggregate(const Expr& expr) {
    for (const auto& [known, pieces] : calls_) {
      if (same_expr(query_, level_, expr, *known, pins_)) return pieces;
    }
    auto pieces = new_aggregate(expr);
    if (pieces) calls_.emplace_back(&expr, *pieces);
    return pieces;
  }

  // The call in the final statement; its parts become partial columns.
  Result<Pieces> new_aggregate(const Expr& expr) {
    const Expr::Function& call = *expr.function;
    const std::string_view name = call.name.name;
    const catalog::Function* known = query_.schema().find_function(name);
    // Extensions have minima, maxima and counts of their types, which are those; a sum need not be
    // one.
    const bool adds = name == "sum" || name == "avg";
    const bool foreign = (adds && known != nullptr && known->user_defined) ||
                         (!call.name.schema.empty() && call.name.schema != "pg_catalog");
    if (foreign || call.within_group || !call.order_by.empty() || call.variadic) {
      return aggregate_across_shards(name);
    }
    if (call.distinct && !counts_sharding_column(call, expr)) {
      return distinct_aggregate_across_shards(name);
    }
    if (name == "count") return count(expr);
    if (name == "sum") return sum(expr);
    if (name == "avg") return average(expr);
    if (is_idempotent(name)) return idempotent(expr);
    return aggregate_across_shards(name);
  }

  // count(DISTINCT key): no key is on two nodes.
  [[nodiscard]] bool counts_sharding_column(const Expr::Function& call, const Expr& expr) const {
    if (call.name.name != "count" || expr.children.size() != 1) return false;
    return holds_sharding_key(query_, {expr.children[0]}, level_);
  }

  std::uint32_t add_column(Pieces pieces, std::string collation = {}) {
    columns_.push_back({.pieces = std::move(pieces), .collation = std::move(collation)});
    return static_cast<std::uint32_t>(columns_.size());
  }

  Result<Pieces> count(const Expr& expr) {
    const std::uint32_t part = add_column({copy_piece(expr.range)});
    return Pieces{text_piece(fmt::format("coalesce(sum(p.c{}), 0)::int8", part))};
  }

  Result<Pieces> sum(const Expr& expr) {
    const std::uint32_t part = add_column({copy_piece(expr.range)});
    return Pieces{text_piece(fmt::format("sum(p.c{})::", part)),
                  piece_of(Piece::Kind::kPartialType, part - 1)};
  }

  Result<Pieces> idempotent(const Expr& expr) {
    auto collation = expr.children.empty() ? std::string() : collation_of(*expr.children[0]);
    if (!collation) return collation.error();
    const std::uint32_t part = add_column({copy_piece(expr.range)}, std::move(*collation));
    return Pieces{text_piece(fmt::format("{}(p.c{})::", expr.function->name.name, part)),
                  piece_of(Piece::Kind::kPartialType, part - 1)};
  }

  // PostgreSQL's avg is the sum divided by the count, in the types that sum and count give - but
  // for real, which it adds up as double precision.
  Result<Pieces> average(const Expr& expr) {
    if (expr.children.size() != 1) return aggregate_across_shards("avg");
    const auto real = real_argument(*expr.children[0]);
    if (!real) return real.error();
    const TokenRange arguments = expr.function->arguments;
    const TokenRange call = without_parentheses(query_, expr.range);
    const TokenRange filter{arguments.end + 1, call.end};
    Pieces sum{text_piece(*real ? "sum((" : "sum("), copy_piece(arguments),
               text_piece(*real ? ")::float8)" : ")")};
    Pieces count{text_piece("count("), copy_piece(arguments), text_piece(")")};
    if (filter.first < filter.end) {
      for (Pieces* part : {&sum, &count}) {
        part->push_back(text_piece(" "));
        part->push_back(copy_piece(filter));
      }
    }
    const std::uint32_t total = add_column(std::move(sum));
    const std::uint32_t rows = add_column(std::move(count));
    return Pieces{text_piece(fmt::format("(sum(p.c{}) / nullif(sum(p.c{}), 0))", total, rows))};
  }

  // Is the averaged expression of type real? An expression with a real somewhere inside may be.
  [[nodiscard]] Result<bool> real_argument(const Expr& expr) const {
    const auto is_unknown = [&](const Expr& each) {
      if (each.kind != Kind::kColumn) return false;
      const auto column = query_.resolve(each, level_);
      return !column || query_.column_of(*column) == nullptr;
    };
    if (any_own_expr(&expr, is_unknown)) return average_of_unknown_type();
    const auto touches = [&](const Expr& each) {
      if (each.kind == Kind::kCast) return is_real(each.type);
      if (each.kind == Kind::kFunction) return is_real(each.function->name.name);
      const auto column = query_.resolve(each, level_);
      const catalog::Column* found = column ? query_.column_of(*column) : nullptr;
      return found != nullptr && found->type == kFloat4;
    };
    if (!any_own_expr(&expr, touches)) return false;
    const bool plain = expr.kind == Kind::kColumn || expr.kind == Kind::kCast;
    if (plain && touches(expr)) return true;
    return real_average_across_shards();
  }

  const Query& query_;
  const LevelId level_;
  Pins& pins_;
  const Select& select_;
  std::vector<const Expr*> keys_;
  std::vector<Column> columns_;
  std::vector<std::pair<const Expr*, Pieces>> calls_;
};

std::vector<const Expr*> item_exprs(const Select& select) {
  std::vector<const Expr*> out;
  for (const SelectItem* item : select.items) out.push_back(item->expr);
  return out;
}

// A star over a table that no outer join makes NULL shows its sharding columns.
bool star_shows_key(const Query& query, LevelId level, const Expr& star) {
  return std::ranges::any_of(query.levels[level].relations, [&](RelationId id) {
    const Relation& relation = query.relations[id];
    if (relation.kind != RelationKind::kSharded) return false;
    if (relation.scope != query.levels[level].root) return false;
    if (star.parts.empty()) return true;
    return relation.name == star.parts.back() && !relation.names_hidden;
  });
}

}  // namespace

bool is_grouped(const Query& query, LevelId level) {
  const Select& select = *query.levels[level].select;
  if (!select.group_range.empty() || select.having != nullptr) return true;
  const auto aggregates = [&](const Expr* expr) {
    return any_own_expr(expr, [&](const Expr& each) { return is_aggregate(query.schema(), each); });
  };
  return std::ranges::any_of(select.items,
                             [&](const auto* item) { return aggregates(item->expr); }) ||
         std::ranges::any_of(select.order_by,
                             [&](const auto* item) { return aggregates(item->expr); }) ||
         std::ranges::any_of(select.distinct_on, aggregates);
}

bool has_local_groups(const Query& query, LevelId level, Pins& pins) {
  const Select& select = *query.levels[level].select;
  std::vector<const Expr*> keys;
  for (const auto* item : select.group_by) {
    if (item->expr == nullptr) return false;
    const auto target = sort_target(query, level, *item->expr, true, pins);
    if (target && target->expr != nullptr) keys.push_back(target->expr);
  }
  return holds_sharding_key(query, keys, level);
}

bool has_local_distinct(const Query& query, LevelId level, Pins& pins) {
  const Select& select = *query.levels[level].select;
  if (!select.distinct_on.empty()) {
    std::vector<const Expr*> keys;
    for (const Expr* expr : select.distinct_on) {
      const auto target = sort_target(query, level, *expr, false, pins);
      if (target && target->expr != nullptr) keys.push_back(target->expr);
    }
    return holds_sharding_key(query, keys, level);
  }
  const auto items = item_exprs(select);
  const bool star = std::ranges::any_of(items, [&](const Expr* expr) {
    return expr->kind == Kind::kStar && star_shows_key(query, level, *expr);
  });
  return star || holds_sharding_key(query, items, level);
}

Result<Finish> make_finish(const Query& query, LevelId level, Pins& pins) {
  return Finisher(query, level, pins).run();
}

}  // namespace tessera::plan
