#include "proxy/plan/passes/order.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/functions.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Select;
using parser::SelectItem;
using parser::SortItem;
using Kind = Expr::Kind;

bool star_covers(const Expr& star, const Relation& relation) {
  if (star.parts.empty()) return true;
  return relation.name == star.parts.back() && !relation.names_hidden;
}

// The name PostgreSQL gives an output column that has no alias, where that is certain; empty: none
// that could be referred to.
std::optional<std::string_view> implicit_name(const Query& query, const Expr& expr) {
  switch (expr.kind) {
    case Kind::kColumn:
      return expr.parts.back();
    case Kind::kFunction:
      return expr.function->name.name;
    case Kind::kConstant:
    case Kind::kParameter:
    case Kind::kOperator:
    case Kind::kAnd:
    case Kind::kOr:
    case Kind::kNot:
    case Kind::kIn:
    case Kind::kBetween:
    case Kind::kIsNull:
    case Kind::kLike:
      return std::string_view();
    case Kind::kCast:
    case Kind::kCollate: {
      const auto inner = implicit_name(query, *expr.children[0]);
      if (inner && !inner->empty()) return inner;
      if (!inner || expr.kind == Kind::kCast) return std::nullopt;
      return inner;
    }
    default:
      return std::nullopt;
  }
}

// Names that PostgreSQL gives to output columns of certain forms without their being written.
bool is_given_name(std::string_view name) {
  constexpr std::array<std::string_view, 18> kNames = {
      "case",    "exists",  "array",       "row",    "timezone", "overlaps",
      "bool",    "int2",    "int4",        "int8",   "float4",   "float8",
      "numeric", "varchar", "timestamptz", "bpchar", "timetz",   "varbit"};
  return std::ranges::find(kNames, name) != kNames.end();
}

// Does the output item have `name`? Absent: it cannot be told.
std::optional<bool> is_named(const Query& query, const SelectItem& item, std::string_view name) {
  if (!item.alias.empty()) return item.alias == name;
  if (item.expr->kind == Kind::kStar) return false;
  if (const auto known = implicit_name(query, *item.expr)) return *known == name;
  if (mentions(query, item.range, name) || is_given_name(name)) return std::nullopt;
  return false;
}

Result<std::optional<std::size_t>> item_named(const Query& query, const Select& select,
                                              std::string_view name) {
  for (std::size_t at = 0; at < select.items.size(); ++at) {
    const auto named = is_named(query, *select.items[at], name);
    if (!named) return unclear_output_name(name);
    if (*named) return std::optional(at);
  }
  return std::optional<std::size_t>();
}

Result<SortTarget> by_place(const Query& query, LevelId level, std::uint64_t place, bool grouping) {
  const Select& select = *query.levels[level].select;
  const bool has_star = std::ranges::any_of(
      select.items, [&](const auto* item) { return is_expanded(query, *item->expr); });
  const auto all = outputs(query, level);
  if (!all) return place_in_star();
  if (place == 0 || place > all->size()) {
    if (has_star) return place_in_star();
    return place_not_in_list(grouping ? "GROUP BY" : "ORDER BY", place);
  }
  const Output& output = (*all)[place - 1];
  if (output.star_column) {
    return SortTarget{.expr = nullptr, .item = {}, .star_column = output.star_column};
  }
  return SortTarget{
      .expr = select.items[*output.item]->expr, .item = output.item, .star_column = {}};
}

bool is_c_collation(std::string_view name) {
  return name == "C" || name == "POSIX" || name == "ucs_basic";
}

bool column_is_bytewise(const Query& query, const ColumnId& id) {
  const catalog::Column* column = query.column_of(id);
  return column != nullptr && (column->collation == catalog::Collation::kNone ||
                               column->collation == catalog::Collation::kBytewise);
}

// Columns that cannot be followed to a table could have any collation that some table here has.
bool all_bytewise(const Query& query) {
  return query.schema().default_bytewise &&
         std::ranges::all_of(query.relations, [](const Relation& relation) {
           return relation.described == nullptr ||
                  std::ranges::all_of(relation.described->columns, [](const auto& column) {
                    return column.collation == catalog::Collation::kNone ||
                           column.collation == catalog::Collation::kBytewise;
                  });
         });
}

Status check_sort_item(const Query& query, const SortItem& item, const Expr* expr) {
  if (item.using_operator) return order_using_across_shards();
  if (expr == nullptr) return {};
  // As a hidden column it would be as many as the row has.
  if (is_expanded(query, *expr)) return row_in_order_across_shards();
  if (steadiness(query.schema(), parser::Node(expr)) != Steadiness::kSame) {
    return unsteady_across_shards("ORDER BY");
  }
  const auto is_set = [&](const Expr& each) { return is_set_returning(query.schema(), each); };
  if (any_own_expr(expr, is_set)) return set_in_order_across_shards();
  return {};
}

std::vector<Piece> hidden_column(const Query& query, const SortTarget& target) {
  if (target.star_column) return {text_piece(qualified_column(query, *target.star_column))};
  return {copy_piece(target.expr->range)};
}

bool nulls_first(const SortItem& item) {
  if (item.nulls == parser::NullsOrder::kDefault) return item.descending;
  return item.nulls == parser::NullsOrder::kFirst;
}

void add_hidden(Gather& gather, std::vector<Piece>& inserted, std::vector<Piece> column,
                bool first) {
  if (!first) inserted.push_back(text_piece(", "));
  inserted.insert(inserted.end(), column.begin(), column.end());
  ++gather.hidden_columns;
  // A name of its own: the client's ORDER BY must not find the copy.
  inserted.push_back(text_piece(fmt::format(" AS tessera_sort_{}", gather.hidden_columns)));
}

// LIMIT of both together. Of type numeric on the way: LIMIT 9223372036854775807 OFFSET 1 means all
// but one. NULL, no limit, becomes the largest one.
std::vector<Piece> limit_and_offset(const Select& select) {
  std::vector<Piece> out{text_piece("LIMIT least(")};
  if (select.fetch_one) {
    out.push_back(text_piece("1"));
  } else {
    // The cast says what the type of a parameter is, as LIMIT alone does.
    out.push_back(text_piece("("));
    out.push_back(copy_piece(select.limit->range));
    out.push_back(text_piece(")::int8"));
  }
  out.push_back(text_piece("::numeric + coalesce(("));
  out.push_back(copy_piece(select.offset->range));
  out.push_back(text_piece(")::int8, 0), 9223372036854775807)::int8"));
  return out;
}

}  // namespace

std::optional<std::vector<Output>> outputs(const Query& query, LevelId level) {
  std::vector<Output> out;
  const auto& items = query.levels[level].select->items;
  for (std::size_t at = 0; at < items.size(); ++at) {
    const bool is_star = items[at]->expr->kind == Kind::kStar;
    if (!is_star && is_expanded(query, *items[at]->expr)) return std::nullopt;
    if (!is_star) {
      out.push_back({.item = at, .star_column = {}});
      continue;
    }
    // USING puts its columns first; no such list is made here.
    if (!query.levels[level].merged.empty()) return std::nullopt;
    for (const RelationId id : query.levels[level].relations) {
      const Relation& relation = query.relations[id];
      if (!star_covers(*items[at]->expr, relation)) continue;
      if (relation.described == nullptr || relation.renamed || relation.names_hidden) {
        return std::nullopt;
      }
      for (const catalog::Column& column : relation.described->columns) {
        out.push_back({.item = {}, .star_column = ColumnId{id, column.name}});
      }
    }
  }
  return out;
}

std::string qualified_column(const Query& query, const ColumnId& column) {
  return parser::quote_identifier(query.relations[column.relation].name) + "." +
         parser::quote_identifier(column.column);
}

Result<SortTarget> sort_target(const Query& query, LevelId level, const Expr& expr, bool grouping,
                               Pins& pins) {
  const Select& select = *query.levels[level].select;
  if (expr.kind == Kind::kConstant) {
    pins.insert(expr.constant);
    const auto place = integer_of(query, expr);
    if (place) return by_place(query, level, *place, grouping);
  }
  const bool bare = expr.kind == Kind::kColumn && expr.parts.size() == 1;
  if (!bare || (grouping && query.resolve(expr, level))) {
    return SortTarget{.expr = &expr, .item = {}, .star_column = {}};
  }
  const auto item = item_named(query, select, expr.parts[0]);
  if (!item) return item.error();
  // An input column of that name would come first, if there is one.
  if (*item && grouping && query.may_have_column(level, expr.parts[0])) {
    return unclear_output_name(expr.parts[0]);
  }
  if (*item)
    return SortTarget{.expr = select.items[**item]->expr, .item = *item, .star_column = {}};
  return SortTarget{.expr = &expr, .item = {}, .star_column = {}};
}

bool is_bytewise(const Query& query, LevelId level, const Expr& expr) {
  if (expr.kind == Kind::kCollate) return is_c_collation(expr.collation);
  if (expr.kind == Kind::kColumn) {
    const auto column = query.resolve(expr, level);
    return column ? column_is_bytewise(query, *column) : all_bytewise(query);
  }
  bool bytewise = query.schema().default_bytewise;
  for_each_own_expr(&expr, [&](const Expr& each) {
    if (each.kind == Kind::kCollate) bytewise = bytewise && is_c_collation(each.collation);
    if (each.subquery != nullptr) bytewise = bytewise && all_bytewise(query);
    if (each.kind == Kind::kColumn) bytewise = bytewise && is_bytewise(query, level, each);
  });
  return bytewise;
}

Status add_sort_keys(const Query& query, LevelId level, Gather& gather, Pins& pins) {
  const Select& select = *query.levels[level].select;
  if (select.order_by.empty()) return {};
  if (select.table_form) return table_form_order_across_shards();
  std::vector<Piece> inserted;
  for (const SortItem* item : select.order_by) {
    const auto target = sort_target(query, level, *item->expr, false, pins);
    if (!target) return target.error();
    if (Status ok = check_sort_item(query, *item, target->expr); !ok) return ok;
    const bool first = select.items.empty() && inserted.empty();
    add_hidden(gather, inserted, hidden_column(query, *target), first);
    const bool bytewise = target->star_column ? column_is_bytewise(query, *target->star_column)
                                              : is_bytewise(query, level, *target->expr);
    gather.keys.push_back({.from_end = 0,
                           .descending = item->descending,
                           .nulls_first = nulls_first(*item),
                           .bytewise = bytewise});
  }
  for (std::size_t at = 0; at < gather.keys.size(); ++at) {
    gather.keys[at].from_end = static_cast<std::uint32_t>(gather.keys.size() - at);
  }
  const parser::TokenIndex place = select.items_end;
  gather.edits.push_back({.replaced = {place, place}, .pieces = std::move(inserted)});
  return {};
}

Status add_window(const Query& query, LevelId level, Gather& gather) {
  const Select& select = *query.levels[level].select;
  if (select.with_ties) return with_ties_across_shards();
  const bool limited = select.limit != nullptr || select.fetch_one;
  if (select.locking && (limited || select.offset != nullptr)) {
    return locking_limit_across_shards();
  }
  const auto number = [&](const Expr& expr) {
    return value_source(query, expr, rules::ValueType::kInt8, true);
  };
  if (select.fetch_one) gather.window.limit_fixed = 1;
  if (select.limit != nullptr) {
    gather.window.limit = number(*select.limit);
    if (!gather.window.limit) return limit_expression_across_shards("LIMIT");
  }
  if (select.offset == nullptr) return {};
  gather.window.offset = number(*select.offset);
  if (!gather.window.offset) return limit_expression_across_shards("OFFSET");
  gather.edits.push_back({.replaced = select.offset_range, .pieces = {}});
  if (!limited) return {};
  gather.edits.push_back({.replaced = select.limit_range, .pieces = limit_and_offset(select)});
  return {};
}

}  // namespace tessera::plan
