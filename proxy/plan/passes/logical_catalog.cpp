#include "proxy/plan/passes/logical_catalog.h"

#include <algorithm>
#include <array>
#include <set>

#include "parser/walk.h"
#include "proxy/plan/passes/disguised_names.h"
#include "proxy/plan/passes/relation_names.h"
#include "proxy/plan/passes/system_tables.h"

namespace tessera::plan {
namespace {

using catalog::Disguise;
using parser::Expr;
using parser::Select;
using parser::TableRef;
using parser::TokenIndex;
using parser::TokenRange;
using Names = NameColumn::Names;

constexpr std::array<std::string_view, 6> kSystemColumns = {"tableoid", "xmin", "xmax",
                                                            "cmin",     "cmax", "ctid"};
constexpr catalog::Oid kNodeTree = 194;  // pg_node_tree, which cannot be grouped

std::string of_row(std::string_view column) { return "r." + parser::quote_identifier(column); }

// What a subquery in the place of `table` selects and lets through.
struct Shown {
  std::map<std::string_view, std::string> columns;  // other than as they are
  std::vector<std::string> conditions;
};

class LogicalCatalog {
 public:
  LogicalCatalog(const Query& query, Pins& pins)
      : query_(query), names_(query.schema().disguises), pins_(pins) {}

  Edits run() && {
    note_words();
    for (const Relation& relation : query_.relations) show(relation);
    for_each_expression();
    add_relation_name_edits(query_, edits_, pins_);
    if (reads_catalogs()) show_regclasses();
    sort_edits(edits_);
    return std::move(edits_);
  }

 private:
  [[nodiscard]] std::string_view text(TokenIndex token) const { return token_text(query_, token); }

  // Which columns are spoken of, anywhere.
  void note_words() {
    parser::for_each_expr(parser::Node(query_.statement), [&](const Expr& expr) {
      if (expr.kind == Expr::Kind::kColumn) columns_.insert(expr.parts.back());
      stars_ = stars_ || expr.kind == Expr::Kind::kStar;
    });
    parser::for_each_table(parser::Node(query_.statement), [&](const TableRef& ref) {
      for (const Expr* call : ref.functions) tables_.insert(call);
    });
  }

  void show(const Relation& relation) {
    const bool readable = relation.kind == RelationKind::kSingle && !relation.written &&
                          relation.described != nullptr && !relation.ref->tablesample;
    if (!readable) return;
    const catalog::Table& table = *relation.described;
    const Shown shown = shown_of(table);
    if (shown.columns.empty() && shown.conditions.empty()) return;
    const auto system = system_columns(table);
    if (!system.empty() && stars_) return;  // they would be among what * stands for
    Edits group;
    if (!keep_groups(relation, group)) return;
    edits_.push_back(in_place_of(relation, subquery(table, shown, system)));
    edits_.insert(edits_.end(), group.begin(), group.end());
    shown_.push_back(&relation);
  }

  [[nodiscard]] Shown shown_of(const catalog::Table& table) const {
    Shown out;
    for (const NameColumn& column : name_columns(table.schema, table.name)) {
      const bool known = column.column.empty() || table.find_column(column.column) != nullptr;
      if (known) add(table, column, out);
    }
    return out;
  }

  void add(const catalog::Table& table, const NameColumn& column, Shown& out) const {
    const std::string name = of_row(column.column);
    if (column.names == Names::kDefinition) {
      out.columns[column.column] =
          names_.before_definition(column.column) + name + names_.after_definition();
      return;
    }
    const DisguisedNames::Subject subject{.constraints = column.names == Names::kConstraint,
                                          .by_name = column.oid.empty()};
    const std::string key =
        subject.by_name
            ? of_row(column.schema) + "::pg_catalog.text || '.' || " + name + "::pg_catalog.text"
            : of_row(column.oid);
    const bool row_type = column.names == Names::kRowType;
    std::string condition = row_type
                                ? names_.visible_row_type(key)
                                : names_.visible(subject, subject.by_name ? "(" + key + ")" : key);
    if (!condition.empty()) out.conditions.push_back(std::move(condition));
    if (column.column.empty()) return;
    const std::string mapped = names_.mapped(subject, key, name);
    if (!mapped.empty()) out.columns[column.column] = typed(table, column.column, mapped);
  }

  // The views of information_schema have domains for types.
  [[nodiscard]] std::string typed(const catalog::Table& table, std::string_view column,
                                  const std::string& value) const {
    const catalog::Type* type = query_.schema().find_type(table.find_column(column)->type);
    const bool same = type == nullptr || type->name == "pg_catalog.name";
    return same ? value : "(" + value + ")::" + type->name;
  }

  [[nodiscard]] std::vector<std::string_view> system_columns(const catalog::Table& table) const {
    std::vector<std::string_view> out;
    if (table.kind != 'r') return out;
    std::ranges::copy_if(kSystemColumns, std::back_inserter(out),
                         [&](std::string_view name) { return columns_.contains(name); });
    return out;
  }

  [[nodiscard]] static std::string subquery(const catalog::Table& table, const Shown& shown,
                                            const std::vector<std::string_view>& system) {
    std::string out = "(SELECT ";
    for (const catalog::Column& column : table.columns) {
      if (&column != &table.columns.front()) out += ", ";
      const auto changed = shown.columns.find(column.name);
      if (changed == shown.columns.end()) {
        out += of_row(column.name);
      } else {
        out += changed->second + " AS " + parser::quote_identifier(column.name);
      }
    }
    for (const std::string_view column : system) out += ", " + of_row(column);
    out += " FROM " + table.schema + "." + table.name + " AS r";
    for (const std::string& condition : shown.conditions) {
      out += (&condition == &shown.conditions.front() ? " WHERE " : " AND ") + condition;
    }
    return out + ")";
  }

  [[nodiscard]] Edit in_place_of(const Relation& relation, std::string subquery) const {
    const TableRef& ref = *relation.ref;
    const TokenRange name = ref.name.range;
    const Select* select = query_.levels[relation.level].select;
    Edit edit{.replaced = whole_name(ref), .pieces = {}};
    if (select != nullptr && select->table_form) {
      --edit.replaced.first;  // TABLE t
      subquery = "SELECT * FROM " + subquery;
    }
    edit.pieces.push_back(text_piece(std::move(subquery)));
    if (ref.alias.empty()) {
      edit.pieces.push_back(text_piece(" AS "));
      edit.pieces.push_back(copy_piece({name.end - 1, name.end}));
    }
    return edit;
  }

  // ONLY t, ONLY (t) and t * mean the same of a catalog.
  [[nodiscard]] TokenRange whole_name(const TableRef& ref) const {
    TokenRange out = ref.name.range;
    if (ref.only) {
      if (text(out.first - 1) == "(") ++out.end;
      out.first = ref.range.first;
    }
    if (text(out.end) == "*") ++out.end;
    return out;
  }

  // GROUP BY a catalog's primary key stands for all its columns, which that of a subquery does not:
  // the columns that are spoken of are added. False: that cannot be done.
  bool keep_groups(const Relation& relation, Edits& out) const {
    const Select* select = query_.levels[relation.level].select;
    if (select == nullptr || select->group_by.empty() || relation.described->kind != 'r')
      return true;
    const bool plain = std::ranges::all_of(select->group_by,
                                           [](const auto* item) { return item->expr != nullptr; });
    if (!plain) return true;
    std::string more;
    for (const catalog::Column& column : relation.described->columns) {
      if (!columns_.contains(column.name) || is_grouped_by(*select, column.name)) continue;
      if (column.type == kNodeTree) return false;
      more += ", " + parser::quote_identifier(relation.name) + "." +
              parser::quote_identifier(column.name);
    }
    const bool by_key = is_grouped_by(*select, "oid");
    if (by_key && !more.empty()) {
      const TokenIndex end = select->group_range.end;
      out.push_back({{end, end}, {text_piece(std::move(more))}});
    }
    return true;
  }

  [[nodiscard]] static bool is_grouped_by(const Select& select, std::string_view column) {
    return std::ranges::any_of(select.group_by, [&](const auto* item) {
      return item->expr->kind == Expr::Kind::kColumn && item->expr->parts.back() == column;
    });
  }

  void for_each_expression() {
    parser::for_each_expr(parser::Node(query_.statement), [&](const Expr& expr) {
      shorten(expr);
      define(expr);
    });
  }

  // pg_catalog.pg_class.relname does not find a subquery that is called pg_class.
  void shorten(const Expr& expr) {
    const std::size_t parts = expr.parts.size();
    const bool is_long = (expr.kind == Expr::Kind::kColumn && parts == 3) ||
                         (expr.kind == Expr::Kind::kStar && parts == 2);
    if (!is_long) return;
    const bool shown = std::ranges::any_of(shown_, [&](const Relation* relation) {
      return relation->name == expr.parts[1] && relation->described->schema == expr.parts[0];
    });
    if (!shown) return;
    TokenIndex first = expr.range.first;
    while (text(first) == "(") ++first;
    edits_.push_back({{first, first + 2}, {}});
  }

  // Definitions as functions print them.
  void define(const Expr& expr) {
    static const std::set<std::string_view> kFunctions = {
        "pg_get_indexdef", "pg_get_constraintdef", "pg_get_triggerdef", "pg_get_statisticsobjdef"};
    if (expr.kind != Expr::Kind::kFunction || tables_.contains(&expr)) return;
    const parser::QualifiedName& name = expr.function->name;
    const bool own = name.schema.empty() || name.schema == "pg_catalog";
    if (!own || !kFunctions.contains(name.name)) return;
    edits_.push_back({expr.range,
                      {text_piece(names_.before_definition(name.name)), copy_piece(expr.range),
                       text_piece(names_.after_definition())}});
  }

  [[nodiscard]] bool reads_catalogs() const {
    return std::ranges::any_of(query_.relations, [](const Relation& relation) {
      return relation.described != nullptr && relation.described->schema == "pg_catalog";
    });
  }

  // A column that the client is shown as regclass: the server would print actual names.
  void show_regclasses() {
    const auto* select = std::get_if<Select*>(&query_.statement->node);
    if (select == nullptr || (*select)->kind != Select::Kind::kSelect) return;
    if ((*select)->distinct || !(*select)->group_by.empty()) return;
    for (const parser::SelectItem* item : (*select)->items) show_regclass(*item);
  }

  void show_regclass(const parser::SelectItem& item) {
    const Expr& cast = *item.expr;
    const bool regclass = cast.kind == Expr::Kind::kCast &&
                          (cast.type == "regclass" || cast.type == "pg_catalog.regclass");
    if (!regclass || cast.children[0]->kind != Expr::Kind::kColumn) return;
    const TokenRange number = cast.children[0]->range;
    Edit edit{.replaced = cast.range, .pieces = {}};
    edit.pieces.push_back(text_piece("coalesce((" + array_constant(shown_names(), "text") +
                                     ")[pg_catalog.array_position(" +
                                     array_constant(shown_numbers(), "oid") + ", "));
    edit.pieces.push_back(copy_piece(number));
    edit.pieces.push_back(text_piece("::pg_catalog.oid)], "));
    edit.pieces.push_back(copy_piece(number));
    edit.pieces.push_back(text_piece("::pg_catalog.regclass::pg_catalog.text)"));
    if (item.alias.empty()) {
      edit.pieces.push_back(
          text_piece(" AS " + parser::quote_identifier(cast.children[0]->parts.back())));
    }
    edits_.push_back(std::move(edit));
  }

  [[nodiscard]] std::vector<const Disguise*> relations() const {
    std::vector<const Disguise*> out;
    for (const Disguise& disguise : query_.schema().disguises) {
      if (disguise.kind != Disguise::Kind::kConstraint && disguise.actual != disguise.logical) {
        out.push_back(&disguise);
      }
    }
    return out;
  }

  [[nodiscard]] std::vector<std::string> shown_names() const {
    const auto& path = query_.input->search_path;
    std::vector<std::string> out;
    for (const Disguise* disguise : relations()) {
      const bool visible = std::ranges::find(path, disguise->schema) != path.end();
      out.push_back((visible ? "" : parser::quote_identifier(disguise->schema) + ".") +
                    parser::quote_identifier(disguise->logical));
    }
    return out;
  }

  [[nodiscard]] std::vector<std::string> shown_numbers() const {
    std::vector<std::string> out;
    for (const Disguise* disguise : relations()) out.push_back(std::to_string(disguise->oid));
    return out;
  }

  const Query& query_;
  const DisguisedNames names_;
  Pins& pins_;
  Edits edits_;
  std::set<std::string_view> columns_;
  bool stars_ = false;
  std::set<const Expr*> tables_;  // calls that are FROM items
  std::vector<const Relation*> shown_;
};

}  // namespace

Edits logical_catalog_edits(const Query& query, Pins& pins) {
  if (query.schema().disguises.empty() || query.slots > 0) return {};
  return LogicalCatalog(query, pins).run();
}

}  // namespace tessera::plan
