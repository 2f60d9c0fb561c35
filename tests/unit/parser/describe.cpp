#include "tests/unit/parser/describe.h"

namespace tessera::parser {
namespace {

class Describer {
 public:
  explicit Describer(const ParsedStatement& parsed) : parsed_(parsed) {}

  std::string of(const Statement& statement) {
    return std::visit([this](const auto* node) { return of(*node); }, statement.node);
  }

 private:
  using Kind = Expr::Kind;

  std::string text(TokenRange range) const {
    if (range.empty()) return "";
    const Token& first = parsed_.tokens()[range.first];
    const Token& last = parsed_.tokens()[range.end - 1];
    return std::string(
        parsed_.text().substr(first.offset, last.offset + last.length - first.offset));
  }

  static std::string dotted(std::span<const std::string_view> parts) {
    std::string out;
    for (const std::string_view part : parts) {
      if (!out.empty()) out += '.';
      out += part;
    }
    return out;
  }
  static std::string list(std::span<const std::string_view> names) {
    std::string out = "(";
    for (const std::string_view name : names) {
      if (out.size() > 1) out += ' ';
      out += name;
    }
    return out + ")";
  }
  static std::string name(const QualifiedName& name) {
    return name.schema.empty() ? std::string(name.name)
                               : std::string(name.schema) + "." + std::string(name.name);
  }

  template <class T>
  std::string all(std::span<T* const> items) {
    std::string out;
    for (const T* item : items) {
      if (!out.empty()) out += ' ';
      out += of(*item);
    }
    return out;
  }
  template <class T>
  std::string clause(const char* word, std::span<T* const> items) {
    return items.empty() ? "" : std::string(" ") + word + "[" + all(items) + "]";
  }
  std::string clause(const char* word, const Expr* expr) {
    return expr == nullptr ? "" : std::string(" ") + word + " " + of(*expr);
  }
  static std::string flag(bool set, const char* word) {
    return set ? std::string(" ") + word : std::string();
  }

  std::string form(std::string head, const Expr& expr) {
    if (expr.negated) head = "not-" + head;
    std::string out = "(" + head;
    for (const Expr* child : expr.children) out += " " + of(*child);
    if (expr.subquery != nullptr) out += " " + of(*expr.subquery);
    return out + ")";
  }

  std::string of(const Expr& expr) {
    switch (expr.kind) {
      case Kind::kColumn:
        return dotted(expr.parts);
      case Kind::kStar:
        return expr.parts.empty() ? "*" : dotted(expr.parts) + ".*";
      case Kind::kConstant: {
        const Constant& constant = parsed_.constants().at(expr.constant);
        return "#" + std::string(parsed_.text().substr(constant.offset, constant.length));
      }
      case Kind::kKeyword:
        return ":" + std::string(expr.op);
      case Kind::kParameter:
        return "$" + std::to_string(expr.parameter);
      case Kind::kFunction:
        return call(expr);
      case Kind::kOperator:
        return form(std::string(expr.op), expr);
      case Kind::kQuantified:
        return form(std::string(expr.op) + (expr.all ? "-all" : "-any"), expr);
      case Kind::kLike:
        return form(std::string(expr.op), expr);
      case Kind::kBetween:
        return form(expr.symmetric ? "between-symmetric" : "between", expr);
      case Kind::kCast:
        return form("cast-" + std::string(expr.type), expr);
      case Kind::kCollate:
        return form("collate-" + std::string(expr.collation), expr);
      case Kind::kDefault:
        return "default";
      default:
        return form(kind_name(expr.kind), expr);
    }
  }

  static std::string kind_name(Kind kind) {
    switch (kind) {
      case Kind::kAnd:
        return "and";
      case Kind::kOr:
        return "or";
      case Kind::kNot:
        return "not";
      case Kind::kIn:
      case Kind::kInSubquery:
        return "in";
      case Kind::kIsNull:
        return "is-null";
      case Kind::kIsDistinct:
        return "is-distinct";
      case Kind::kSubquery:
        return "query";
      case Kind::kExists:
        return "exists";
      case Kind::kArraySubquery:
        return "array-query";
      case Kind::kCase:
        return "case";
      case Kind::kRow:
        return "row";
      case Kind::kArray:
        return "array";
      default:
        return "other";
    }
  }

  std::string call(const Expr& expr) {
    const Expr::Function& function = *expr.function;
    std::string out = name(function.name) + "(";
    if (function.star) out += "*";
    if (function.distinct) out += "distinct ";
    if (function.variadic) out += "variadic ";
    out += all(expr.children) + ")";
    out += clause(function.within_group ? "within" : "order", function.order_by);
    out += clause("filter", function.filter);
    if (function.over != nullptr) out += " over " + of(*function.over);
    return out;
  }

  std::string of(const Window& window) {
    if (window.by_name) return std::string(window.name);
    std::string out = window.name.empty() ? "{" : std::string(window.name) + "={";
    out += window.base;
    out += clause("partition", window.partition_by);
    out += clause("order", window.order_by);
    out += clause("frame", window.frame_bounds);
    return out + "}";
  }

  std::string of(const SortItem& item) {
    std::string out = of(*item.expr);
    out += flag(item.descending, "desc") + flag(item.using_operator, "using");
    out += flag(item.nulls == NullsOrder::kFirst, "nulls-first");
    return out + flag(item.nulls == NullsOrder::kLast, "nulls-last");
  }
  std::string of(const SelectItem& item) {
    return of(*item.expr) + (item.alias.empty() ? "" : "@" + std::string(item.alias));
  }
  std::string of(const GroupItem& item) {
    return item.expr != nullptr ? of(*item.expr) : "sets[" + all(item.nested) + "]";
  }
  std::string of(const Assignment& assignment) {
    return list(assignment.columns) + "=" + of(*assignment.value);
  }
  std::string of(const Cte& cte) {
    std::string out(cte.name);
    if (!cte.column_aliases.empty()) out += list(cte.column_aliases);
    return out + "=" + of(*cte.body);
  }

  std::string of(const TableRef& table) {
    std::string out = flag(table.lateral, "lateral") + flag(table.only, "only");
    if (!out.empty()) out = out.substr(1) + " ";
    switch (table.kind) {
      case TableRef::Kind::kTable:
        out += name(table.name);
        break;
      case TableRef::Kind::kSubquery:
        out += of(*table.subquery);
        break;
      case TableRef::Kind::kFunction:
        out += all(table.functions);
        break;
      case TableRef::Kind::kJoin:
        out += join(table);
        break;
    }
    if (!table.alias.empty()) out += "@" + std::string(table.alias);
    if (!table.column_aliases.empty()) out += list(table.column_aliases);
    return out + flag(table.tablesample, "sampled");
  }

  std::string join(const TableRef& table) {
    static constexpr const char* kKinds[] = {"inner", "left", "right", "full", "cross"};
    std::string out = "<" + std::string(table.natural ? "natural-" : "") +
                      kKinds[static_cast<std::size_t>(table.join)] + " ";
    out += of(*table.left) + " " + of(*table.right) + clause("on", table.on);
    if (!table.using_columns.empty()) out += " using " + list(table.using_columns);
    return out + ">";
  }

  std::string of(const Select& select) {
    std::string out = "{";
    if (select.with != nullptr) {
      out += select.with->recursive ? "recursive[" : "with[";
      out += all(select.with->ctes) + "] ";
    }
    out += head(select);
    out += clause("order", select.order_by) + clause("limit", select.limit);
    out += flag(select.fetch_one, "fetch-one") + flag(select.with_ties, "with-ties");
    out += clause("offset", select.offset);
    if (select.locking) out += " lock(" + text(select.locking_range) + ")";
    return out + "}";
  }

  std::string head(const Select& select) {
    if (select.kind == Select::Kind::kSetOperation) {
      static constexpr const char* kOperations[] = {"union", "intersect", "except"};
      return std::string(kOperations[static_cast<std::size_t>(select.operation)]) +
             (select.all ? "-all " : " ") + of(*select.left) + " " + of(*select.right);
    }
    std::string out;
    if (select.kind == Select::Kind::kValues) {
      out = "values";
      for (const auto& row : select.rows) out += " (" + all(row) + ")";
      return out;
    }
    out = select.table_form ? "table" : "select";
    out += flag(select.distinct, "distinct") + clause("on", select.distinct_on);
    if (!select.items.empty()) out += " " + all(select.items);
    out += flag(select.into, "into") + clause("from", select.from);
    out += clause("where", select.where) + flag(select.group_distinct, "group-distinct");
    out += clause("group", select.group_by) + clause("having", select.having);
    return out + clause("window", select.windows);
  }

  std::string with(const With* with) {
    return with == nullptr ? "" : " with[" + all(with->ctes) + "]";
  }

  std::string of(const Insert& insert) {
    std::string out = "insert " + of(*insert.table) + with(insert.with);
    if (!insert.columns.empty()) out += " " + list(insert.columns);
    out += flag(insert.columns_qualified, "qualified") + flag(insert.overriding, "overriding");
    out += flag(insert.default_values, "default-values");
    if (insert.source != nullptr) out += " " + of(*insert.source);
    if (insert.on_conflict != nullptr) out += " " + of(*insert.on_conflict);
    return out + clause("returning", insert.returning);
  }
  std::string of(const OnConflict& conflict) {
    std::string out = "conflict" + clause("on", conflict.target);
    if (!conflict.constraint.empty()) out += " constraint " + std::string(conflict.constraint);
    out += clause("where", conflict.target_where) + flag(conflict.do_nothing, "nothing");
    return out + clause("set", conflict.assignments) + clause("where", conflict.where);
  }
  std::string of(const Update& update) {
    return "update " + of(*update.table) + with(update.with) + clause("set", update.assignments) +
           clause("from", update.from) + clause("where", update.where) +
           flag(update.current_of, "current-of") + clause("returning", update.returning);
  }
  std::string of(const Delete& statement) {
    return "delete " + of(*statement.table) + with(statement.with) +
           clause("using", statement.using_tables) + clause("where", statement.where) +
           flag(statement.current_of, "current-of") + clause("returning", statement.returning);
  }

  std::string of(const TransactionStatement& transaction) {
    static constexpr const char* kKinds[] = {"begin",     "commit",          "rollback",
                                             "savepoint", "release",         "rollback-to",
                                             "prepare",   "commit-prepared", "rollback-prepared"};
    std::string out = kKinds[static_cast<std::size_t>(transaction.kind)];
    if (!transaction.name.empty()) out += " " + std::string(transaction.name);
    out += flag(transaction.start, "start") + flag(transaction.chain, "chain");
    return transaction.modes.empty() ? out : out + " modes(" + text(transaction.modes) + ")";
  }
  std::string of(const SetStatement& set) {
    static constexpr const char* kKinds[] = {
        "set", "set-transaction", "set-characteristics", "set-constraints", "reset", "reset-all"};
    std::string out = kKinds[static_cast<std::size_t>(set.kind)] + flag(set.local, "local");
    if (!set.name.empty()) out += " " + std::string(set.name);
    if (!set.values.empty()) out += " = " + all(set.values);
    return set.value_range.empty() ? out : out + " (" + text(set.value_range) + ")";
  }
  std::string of(const ShowStatement& show) { return "show " + std::string(show.name); }

  std::string of(const ColumnDefinition& column) {
    std::string out = std::string(column.name) + ":" + std::string(column.type);
    out += flag(column.identity, "identity") + flag(column.primary_key, "primary");
    out += flag(column.unique, "unique");
    if (!column.constraint_name.empty()) {
      out += " named " + text(column.constraint_name_range);
    }
    out += flag(column.has_default, "default") + clause("=", column.default_value);
    return column.references ? out + " -> " + name(column.referenced) : out;
  }
  std::string of(const TableConstraint& constraint) {
    static constexpr const char* kKinds[] = {"primary", "unique", "foreign", "check", "exclude"};
    std::string out = "<";
    out += kKinds[static_cast<std::size_t>(constraint.kind)];
    if (!constraint.name.empty()) out += " " + text(constraint.name_range);
    if (!constraint.columns.empty()) out += " " + list(constraint.columns);
    if (!constraint.referenced.name.empty()) out += " -> " + name(constraint.referenced);
    return out + ">";
  }
  std::string of(const CreateTable& create) {
    std::string out = "create-table " + name(create.name);
    out += flag(create.temporary, "temporary") + flag(create.unlogged, "unlogged");
    out += flag(create.if_not_exists, "if-not-exists") + clause("columns", create.columns);
    out += clause("constraints", create.constraints) + flag(create.like, "like");
    out += flag(create.partitioned, "partitioned") + flag(create.inherits, "inherits");
    out += flag(create.of_type, "of-type");
    return create.as_select == nullptr ? out : out + " as " + of(*create.as_select);
  }
  std::string of(const AlterTable::Change& change) {
    static constexpr const char* kActions[] = {
        "add-column",    "drop-column",       "add-constraint", "drop-constraint",   "rename-table",
        "rename-column", "rename-constraint", "set-schema",     "alter-column-type", "other"};
    std::string out = kActions[static_cast<std::size_t>(change.action)];
    if (change.column != nullptr) out += " " + of(*change.column);
    if (change.constraint != nullptr) out += " " + of(*change.constraint);
    if (!change.column_name.empty()) out += " " + std::string(change.column_name);
    if (!change.constraint_name.empty()) out += " " + text(change.constraint_name_range);
    return out;
  }
  std::string of(const AlterTable& alter) {
    return "alter-table " + name(alter.name) + flag(alter.only, "only") +
           flag(alter.if_exists, "if-exists") + clause("do", alter.changes);
  }
  static std::string dropped(std::span<const QualifiedName> names) {
    std::string out;
    for (const QualifiedName& item : names) out += " " + name(item);
    return out;
  }
  std::string of(const DropTable& drop) {
    return "drop-table" + dropped(drop.names) + flag(drop.if_exists, "if-exists") +
           flag(drop.cascade, "cascade");
  }
  std::string of(const DropIndex& drop) {
    return "drop-index" + dropped(drop.names) + flag(drop.concurrently, "concurrently") +
           flag(drop.if_exists, "if-exists") + flag(drop.cascade, "cascade");
  }
  std::string of(const CreateIndex& create) {
    return "create-index " + text(create.name.range) + " on " + of(*create.table) + " " +
           list(create.columns) + flag(create.unique, "unique") +
           flag(create.concurrently, "concurrently") + flag(create.if_not_exists, "if-not-exists");
  }
  std::string of(const Truncate& truncate) {
    return "truncate" + clause("tables", truncate.tables) +
           flag(truncate.restart_identity, "restart") + flag(truncate.cascade, "cascade");
  }
  std::string of(const Explain& explain) {
    return "explain" + flag(explain.analyze, "analyze") + flag(!explain.text_format, "formatted") +
           " " + of(*explain.inner);
  }
  std::string of(const Copy& copy) {
    std::string out = "copy " + (copy.query != nullptr ? of(*copy.query) : name(copy.table));
    if (!copy.columns.empty()) out += " " + list(copy.columns);
    out += copy.from ? " from" : " to";
    return out + (copy.standard_io ? " client" : " server");
  }
  std::string of(const OtherStatement& other) {
    return "other " + std::string(other.first_word) + "/" + std::string(other.second_word) +
           (other.understood ? " understood " : " unknown ") + list(other.identifiers);
  }

  const ParsedStatement& parsed_;
};

}  // namespace

std::string describe(const ParsedStatement& parsed) {
  return Describer(parsed).of(parsed.statement());
}

}  // namespace tessera::parser
