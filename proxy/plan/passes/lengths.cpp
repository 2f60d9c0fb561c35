#include "proxy/plan/passes/lengths.h"

#include <algorithm>
#include <set>

#include "parser/walk.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Fold;
using parser::TokenIndex;
using parser::TokenRange;

// The lists of a statement.
struct Lists {
  using Starts = std::set<std::pair<TokenIndex, TokenIndex>>;  // ranges of items
  Starts values;                                               // of IN (...)
  Starts rows;                                                 // of VALUES
};

Lists lists_of(const parser::Statement& statement) {
  Lists out;
  parser::for_each_expr(parser::Node(&statement), [&out](const Expr& expr) {
    if (expr.kind != Expr::Kind::kIn) return;
    for (const Expr* item : expr.children.subspan(1))
      out.values.emplace(item->range.first, item->range.end);
  });
  parser::for_each_select(parser::Node(&statement), [&out](const parser::Select& select) {
    for (const TokenRange row : select.row_ranges) out.rows.emplace(row.first, row.end);
  });
  return out;
}

bool reads_or_writes_rows(const parser::Statement& statement) {
  const auto& node = statement.node;
  return std::holds_alternative<parser::Select*>(node) ||
         std::holds_alternative<parser::Insert*>(node) ||
         std::holds_alternative<parser::Update*>(node) ||
         std::holds_alternative<parser::Delete*>(node);
}

// A fold of two items in the statement that was planned.
struct Place {
  std::uint32_t number = 0;  // 1 + its ordinal
  Fold fold{};
  bool values = false;  // of IN; else rows
  TokenRange items[2];

  [[nodiscard]] bool has(std::uint32_t constant) const {
    return constant >= fold.first && constant < fold.first + 2 * fold.width;
  }
  [[nodiscard]] TokenRange range() const { return {items[0].first, items[1].end}; }
};

class Lengths {
 public:
  Lengths(const PlanInput& input, Plan& plan) : input_(input), plan_(plan) {}

  bool run() {
    if (plan_.completion || !reads_or_writes_rows(input_.parsed->statement()) || !find_places())
      return false;
    const bool pinned = std::ranges::any_of(
        plan_.pinned_constants, [this](std::uint32_t constant) { return place_of(constant); });
    if (pinned || !are_outside(plan_.rename)) return false;
    for (RouteGroup& group : plan_.route.groups) {
      for (TableRoute& table : group) {
        if (!mark(table)) return false;
      }
    }
    return std::visit([this](auto& scatter) { return mark(scatter); }, plan_.scatter);
  }

 private:
  bool find_places() {
    const Lists lists = lists_of(input_.parsed->statement());
    const auto& tokens = input_.parsed->tokens();
    const auto& constants = input_.parsed->constants();
    std::uint32_t number = 0;
    for (const Fold& fold : *input_.folds) {
      const auto constant = std::ranges::lower_bound(tokens, constants[fold.first].offset, {},
                                                     &parser::Token::offset);
      const auto first = static_cast<TokenIndex>(constant - tokens.begin()) - fold.lead;
      const TokenIndex second = first + fold.tokens + 1;
      Place place{.number = ++number,
                  .fold = fold,
                  .items = {{first, first + fold.tokens}, {second, second + fold.tokens}}};
      place.values = are_in(lists.values, place);
      if (fold.count != 2 || (!place.values && !are_in(lists.rows, place))) return false;
      places_.push_back(place);
    }
    return true;
  }

  static bool are_in(const Lists::Starts& list, const Place& place) {
    return std::ranges::all_of(place.items, [&list](TokenRange item) {
      return list.contains({item.first, item.end});
    });
  }

  // Null: it stands in no fold.
  [[nodiscard]] const Place* place_of(std::uint32_t constant) const {
    const auto found = std::ranges::find_if(
        places_, [constant](const Place& place) { return place.has(constant); });
    return found == places_.end() ? nullptr : &*found;
  }
  [[nodiscard]] const Place* place_of(const ValueSource& source) const {
    return source.kind == ValueSource::Kind::kConstant ? place_of(source.index) : nullptr;
  }

  [[nodiscard]] bool is_outside(const std::optional<ValueSource>& source) const {
    return !source || place_of(*source) == nullptr;
  }

  // Does the range cut no fold, nor lie inside one?
  [[nodiscard]] bool is_outside(TokenRange range) const {
    return std::ranges::all_of(places_, [range](const Place& place) {
      const TokenRange list = place.range();
      const bool beside = range.end <= list.first || range.first >= list.end;
      return beside || (range.first <= list.first && range.end >= list.end);
    });
  }
  [[nodiscard]] bool are_outside(const std::vector<Piece>& pieces) const {
    return std::ranges::all_of(pieces, [this](const Piece& piece) {
      return piece.kind != Piece::Kind::kTokens || is_outside(piece.range);
    });
  }
  [[nodiscard]] bool are_outside(const Edits& edits) const {
    return std::ranges::all_of(edits, [this](const Edit& edit) {
      return is_outside(edit.replaced) && are_outside(edit.pieces);
    });
  }

  bool mark(TableRoute& table) {
    if (!mark(table.conditions)) return false;
    for (Alternatives& branches : table.alternatives) {
      for (std::vector<Condition>& branch : branches) {
        if (!mark(branch)) return false;
      }
    }
    return true;
  }

  bool mark(std::vector<Condition>& conditions) {
    return std::ranges::all_of(conditions, [this](Condition& each) { return mark(each); });
  }

  // One of the values must hold: those of a list are all among them, or none.
  bool mark(Condition& condition) {
    if (!is_outside(condition.lower) || !is_outside(condition.upper)) return false;
    const bool whole = std::ranges::all_of(condition.values, [&](const ValueSource& source) {
      const Place* place = place_of(source);
      return place == nullptr ||
             (place->values && place->fold.width == 1 && !source.array &&
              has_other(condition, source, 2 * place->fold.first + 1 - source.index));
    });
    if (!whole) return false;
    for (ValueSource& source : condition.values) {
      const Place* place = place_of(source);
      if (place != nullptr && source.index > place->fold.first) source.fold = place->number;
    }
    return true;
  }

  // Is the fold's other constant, `index`, read in the same way?
  static bool has_other(const Condition& condition, ValueSource source, std::uint32_t index) {
    source.index = index;
    return std::ranges::find(condition.values, source) != condition.values.end();
  }

  [[nodiscard]] static bool mark(const Error&) { return true; }
  [[nodiscard]] bool mark(const Gather& gather) const {
    return are_outside(gather.edits) && is_outside(gather.window.limit) &&
           is_outside(gather.window.offset);
  }
  [[nodiscard]] bool mark(const Finish& finish) const {
    return are_outside(finish.edits) && are_outside(finish.final_statement);
  }
  [[nodiscard]] bool mark(const WriteAll& write) const { return are_outside(write.edits); }
  [[nodiscard]] bool mark(const Ddl& ddl) const { return are_outside(ddl.edits); }
  bool mark(InsertSplit& split) {
    return std::ranges::all_of(split.rows, [this](InsertSplit::Row& row) { return mark(row); });
  }

  // A row of a fold takes its values from itself, another row from no fold.
  bool mark(InsertSplit::Row& row) {
    const auto is_row = [&row](TokenRange item) { return item.first == row.range.first; };
    const auto own = std::ranges::find_if(
        places_, [&](const Place& place) { return std::ranges::any_of(place.items, is_row); });
    const bool second = own != places_.end() && is_row(own->items[1]);
    const std::uint32_t from =
        own == places_.end() ? 0 : own->fold.first + (second ? own->fold.width : 0);
    for (const Condition& condition : row.conditions) {
      if (!is_outside(condition.lower) || !is_outside(condition.upper)) return false;
      for (const ValueSource& source : condition.values) {
        if (source.kind != ValueSource::Kind::kConstant) continue;
        const bool inside =
            own != places_.end() && source.index >= from && source.index < from + own->fold.width;
        if (own == places_.end() ? place_of(source) != nullptr : !inside) return false;
      }
    }
    if (second) row.fold = own->number;
    return true;
  }

  const PlanInput& input_;
  Plan& plan_;
  std::vector<Place> places_;
};

}  // namespace

bool hold_for_any_length(const PlanInput& input, Plan& plan) { return Lengths(input, plan).run(); }

}  // namespace tessera::plan
