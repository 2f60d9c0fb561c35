#include "proxy/plan/passes/blanks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/order.h"
#include "proxy/plan/passes/tokens.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Insert;
using parser::Node;
using rules::ValueType;
using Kind = Expr::Kind;

constexpr std::string_view kNextval = "nextval";

bool is_call(const Expr& expr, std::string_view function) {
  return expr.kind == Kind::kFunction && expr.function->name.name == function;
}

// Does it say anything that depends on the rows it stands among, or on other rows?
bool stands_alone(const Query& query, const Expr& expr) {
  bool alone = true;
  parser::for_each_node(Node(&expr), [&](const Node& node) {
    const auto* inner = std::get_if<const Expr*>(&node);
    if (inner == nullptr) {
      alone = false;  // a subquery
      return;
    }
    const Kind kind = (*inner)->kind;
    // An explicit collation would be lost with the expression.
    if (kind == Kind::kColumn || kind == Kind::kStar || kind == Kind::kDefault ||
        kind == Kind::kCollate || (*inner)->subquery != nullptr) {
      alone = false;
    }
    if (is_aggregate(query.schema(), **inner) || is_window_call(**inner) ||
        is_set_returning(query.schema(), **inner)) {
      alone = false;
    }
  });
  return alone;
}

// May a server be asked what it gives, beside the statement and not inside of it?
bool may_be_asked(const Query& query, const Expr& expr, bool sequences) {
  if (!stands_alone(query, expr)) return false;
  bool allowed = true;
  parser::for_each_expr(Node(&expr), [&](const Expr& inner) {
    if (inner.kind != Kind::kFunction) return;
    const std::string_view name = inner.function->name.name;
    if (name == kNextval) {
      allowed = allowed && sequences;
      return;
    }
    const catalog::Function* found = query.schema().find_function(name);
    const bool users = found != nullptr && found->user_defined &&
                       steadiness_of_call(query.schema(), name) != Steadiness::kSame;
    if (users || is_local_function(name) || call_writes(query.schema(), name)) allowed = false;
  });
  return allowed;
}

// Is there anything to compute? A constant that routing cannot use in spite of its casts is none.
bool computes(const Expr& expr) {
  bool found = false;
  parser::for_each_expr(Node(&expr), [&](const Expr& inner) {
    const bool sign = inner.kind == Kind::kOperator && inner.children.size() == 1;
    const bool null = inner.kind == Kind::kKeyword &&
                      (inner.op == "null" || inner.op == "true" || inner.op == "false");
    const bool plain = inner.kind == Kind::kConstant || inner.kind == Kind::kParameter ||
                       inner.kind == Kind::kCast;
    found = found || !(sign || null || plain);
  });
  return found;
}

bool takes_number(catalog::Oid type) {
  constexpr std::array<catalog::Oid, 6> kTypes = {20, 21, 23, 700, 701, 1700};
  return std::ranges::find(kTypes, type) != kTypes.end();
}

Blank asked(const Query& query, const Expr& expr, const catalog::Column& column) {
  Blank blank{.kind = Blank::Kind::kAsked, .replaced = expr.range, .type = column.type};
  blank.type_name = cast_name(query.schema(), column.type);
  blank.each_time = steadiness(query.schema(), Node(&expr)) == Steadiness::kVolatile;
  parser::for_each_expr(Node(&expr), [&blank](const Expr& inner) {
    blank.of_sequence = blank.of_sequence || is_call(inner, kNextval);
  });
  return blank;
}

class InsertBlanks {
 public:
  InsertBlanks(const Query& query, const Relation& target, const Insert& insert)
      : query_(query), target_(target), insert_(insert) {}

  Result<Completion> find() {
    read_columns();
    if (Status ok = generated(); !ok) return ok.error();
    if (is_values()) asked_values();
    std::ranges::stable_sort(out_.blanks, {}, [](const Blank& b) { return b.replaced.first; });
    return std::move(out_);
  }

 private:
  void read_columns() {
    for (const std::string_view name : insert_.columns) {
      columns_.push_back(target_.described->find_column(name));
    }
    if (!insert_.columns.empty()) return;
    for (const catalog::Column& column : target_.described->columns) columns_.push_back(&column);
  }

  [[nodiscard]] bool is_values() const {
    return insert_.source != nullptr && insert_.source->kind == parser::Select::Kind::kValues &&
           !insert_.source->rows.empty();
  }

  [[nodiscard]] std::size_t place_of(std::string_view name) const {
    const auto found = std::ranges::find_if(columns_, [name](const catalog::Column* column) {
      return column != nullptr && column->name == name;
    });
    return static_cast<std::size_t>(found - columns_.begin());
  }

  [[nodiscard]] Blank key(parser::TokenRange replaced) const {
    const auto& strategy = *target_.table->generated_key;
    const catalog::Column* column = target_.described->find_column(strategy.column);
    return {.kind = Blank::Kind::kGenerated,
            .replaced = replaced,
            .generator = strategy.generator,
            .number = takes_number(column->type)};
  }

  Status generated() {
    if (!target_.table->generated_key) return {};
    const std::string& name = target_.table->generated_key->column;
    if (target_.described->find_column(name) == nullptr) return {};
    if (insert_.default_values || insert_.source == nullptr) {
      // OVERRIDING before it is PostgreSQL's syntax error.
      if (!insert_.overriding) whole_row(name);
      return {};
    }
    const std::size_t place = place_of(name);
    if (is_values()) {
      in_rows(name, place);
      return {};
    }
    const auto given = source_columns();
    if (given && place >= *given) return key_for_selected_rows(target_.table->name, name);
    return {};
  }

  // How many columns an INSERT ... SELECT gives; absent: that is not followed.
  [[nodiscard]] std::optional<std::size_t> source_columns() const {
    if (!insert_.columns.empty()) return columns_.size();
    const auto level = std::ranges::find_if(
        query_.levels, [](const Level& l) { return l.use == Level::Use::kInsertSource; });
    if (level == query_.levels.end() || level->select == nullptr ||
        level->select->kind != parser::Select::Kind::kSelect)
      return std::nullopt;
    const auto found = outputs(query_, static_cast<LevelId>(level - query_.levels.begin()));
    if (!found) return std::nullopt;
    return found->size();
  }

  // DEFAULT VALUES
  void whole_row(const std::string& name) {
    parser::TokenIndex at = insert_.table->range.end;
    while (at + 1 < insert_.range.end &&
           (parser_word(at) != "default" || parser_word(at + 1) != "values")) {
      ++at;
    }
    Blank blank = key({at, at + 2});
    blank.before = "VALUES (";
    blank.after = ")";
    const parser::TokenIndex list = insert_.table->range.end;
    out_.edits.push_back(
        {.replaced = {list, list},
         .pieces = {text_piece(fmt::format(" ({})", parser::quote_identifier(name)))}});
    out_.blanks.push_back(std::move(blank));
  }

  [[nodiscard]] std::string parser_word(parser::TokenIndex at) const {
    std::string word(token_text(query_, at));
    std::ranges::transform(word, word.begin(), [](unsigned char c) { return std::tolower(c); });
    return word;
  }

  [[nodiscard]] bool has_even_rows() const {
    const auto& rows = insert_.source->rows;
    return std::ranges::all_of(
        rows, [&rows](const auto& row) { return row.size() == rows.front().size(); });
  }

  void in_rows(const std::string& name, std::size_t place) {
    if (!has_even_rows()) return;  // PostgreSQL's error
    const auto& rows = insert_.source->rows;
    const std::size_t given = rows.front().size();
    if (place < given && place < columns_.size()) {
      for (const auto& row : rows) {
        if (row[place]->kind == Kind::kDefault) out_.blanks.push_back(key(row[place]->range));
      }
      return;
    }
    if (given > columns_.size() || (!insert_.columns.empty() && given != columns_.size())) return;
    name_column(name, given);
    for (const parser::TokenRange& row : insert_.source->row_ranges) {
      Blank blank = key({row.end - 1, row.end - 1});
      blank.before = ", ";
      out_.blanks.push_back(std::move(blank));
    }
  }

  // The list of columns gets the generated one; where there is none it is written.
  void name_column(const std::string& name, std::size_t given) {
    const std::string quoted = parser::quote_identifier(name);
    if (!insert_.columns.empty()) {
      const parser::TokenIndex close = insert_.columns_range.end - 1;
      out_.edits.push_back({.replaced = {close, close}, .pieces = {text_piece(", " + quoted)}});
      return;
    }
    std::string list;
    for (std::size_t at = 0; at < given; ++at) {
      list += parser::quote_identifier(columns_[at]->name) + ", ";
    }
    const parser::TokenIndex place = insert_.table->range.end;
    out_.edits.push_back(
        {.replaced = {place, place}, .pieces = {text_piece(fmt::format(" ({}{})", list, quoted))}});
  }

  void asked_values() {
    const auto keys = target_.table->sharding_columns();
    for (const auto& row : insert_.source->rows) {
      for (std::size_t at = 0; at < row.size() && at < columns_.size(); ++at) {
        if (columns_[at] == nullptr) continue;
        const bool decides = std::ranges::find(keys, columns_[at]->name) != keys.end();
        ask_for(*row[at], *columns_[at], decides);
      }
    }
  }

  void ask_for(const Expr& expr, const catalog::Column& column, bool decides) {
    if (expr.kind == Kind::kDefault || !may_be_asked(query_, expr, true)) return;
    Blank blank = asked(query_, expr, column);
    if (!decides && !blank.of_sequence) return;
    if (blank.type_name.empty()) return;
    if (decides && !blank.of_sequence) {
      const ValueType type = query_.value_type({target_id(), column.name});
      if (type == ValueType::kUnknown || value_source(query_, expr, type, true)) return;
    }
    blank.stored = true;
    out_.blanks.push_back(std::move(blank));
  }

  [[nodiscard]] RelationId target_id() const {
    return static_cast<RelationId>(&target_ - query_.relations.data());
  }

  const Query& query_;
  const Relation& target_;
  const Insert& insert_;
  std::vector<const catalog::Column*> columns_;  // that get values, in order; null: not known
  Completion out_;
};

// Is a value of `column` known without asking?
bool is_settled(const Query& query, const ColumnId& column) {
  return std::ranges::any_of(query.restrictions, [&column](const Restriction& each) {
    return each.column == column && !each.range;
  });
}

Completion condition_blanks(const Query& query) {
  Completion out;
  out.optional = true;
  for (const Askable& each : query.askable) {
    const catalog::Column* column = query.column_of(each.column);
    const Relation& relation = query.relations[each.column.relation];
    if (column == nullptr || relation.kind != RelationKind::kSharded ||
        is_settled(query, each.column) || !computes(*each.expr) ||
        !may_be_asked(query, *each.expr, false)) {
      continue;
    }
    Blank blank = asked(query, *each.expr, *column);
    // Computed anew for each row.
    if (blank.each_time) continue;
    const bool known = std::ranges::any_of(out.blanks, [&blank](const Blank& other) {
      return other.replaced.first == blank.replaced.first;
    });
    if (!known) out.blanks.push_back(std::move(blank));
  }
  if (out.blanks.size() > kAskedMax) out.blanks.clear();
  std::ranges::sort(out.blanks, {}, [](const Blank& b) { return b.replaced.first; });
  return out;
}

std::shared_ptr<const Completion> shared(Completion completion) {
  if (completion.blanks.empty()) return nullptr;
  return std::make_shared<const Completion>(std::move(completion));
}

}  // namespace

Result<std::shared_ptr<const Completion>> find_blanks(const Query& query,
                                                      const parser::Statement& statement) {
  const auto* insert = std::get_if<Insert*>(&statement.node);
  if (insert == nullptr) return shared(condition_blanks(query));
  const auto top = std::ranges::find(query.writes, false, &Write::in_cte);
  if (top == query.writes.end()) return shared({});
  const Relation& target = query.relations[top->target];
  const bool known = target.kind == RelationKind::kSharded && target.described != nullptr;
  if (!known || (*insert)->columns_qualified) return shared({});
  auto blanks = InsertBlanks(query, target, **insert).find();
  if (!blanks) return blanks.error();
  return shared(std::move(*blanks));
}

}  // namespace tessera::plan
