#include "parser/walk.h"

namespace tessera::parser {
namespace {

// Appends what hangs under one node; null pointers are absent parts.
class Children {
 public:
  explicit Children(std::vector<Node>& out) : out_(out) {}

  void of(const Statement& statement) {
    std::visit([this](const auto* node) { part(*node); }, statement.node);
  }

  void of(const Select& select) {
    part(select.with);
    node(select.left);
    node(select.right);
    for (const auto& row : select.rows) nodes(row);
    nodes(select.distinct_on);
    parts(select.items);
    nodes(select.from);
    node(select.where);
    parts(select.group_by);
    node(select.having);
    parts(select.windows);
    parts(select.order_by);
    node(select.limit);
    node(select.offset);
  }

  void of(const Expr& expr) {
    nodes(expr.children);
    node(expr.subquery);
    if (expr.function == nullptr) return;
    parts(expr.function->order_by);
    node(expr.function->filter);
    if (expr.function->over != nullptr) part(*expr.function->over);
  }

  void of(const TableRef& table) {
    node(table.subquery);
    nodes(table.functions);
    node(table.left);
    node(table.right);
    node(table.on);
  }

 private:
  template <class T>
  void node(const T* child) {
    if (child != nullptr) out_.emplace_back(static_cast<const T*>(child));
  }
  template <class T>
  void nodes(std::span<T* const> children) {
    for (const T* child : children) node(child);
  }
  template <class T>
  void parts(std::span<T* const> items) {
    for (const T* item : items) part(*item);
  }

  void part(const With* with) {
    if (with == nullptr) return;
    for (const Cte* cte : with->ctes) node(cte->body);
  }
  void part(const SelectItem& item) { node(item.expr); }
  void part(const SortItem& item) { node(item.expr); }
  void part(const GroupItem& item) {
    node(item.expr);
    nodes(item.nested);
  }
  void part(const Window& window) {
    nodes(window.partition_by);
    parts(window.order_by);
    nodes(window.frame_bounds);
  }
  void part(const Assignment& assignment) { node(assignment.value); }
  void part(const OnConflict& conflict) {
    nodes(conflict.target);
    node(conflict.target_where);
    parts(conflict.assignments);
    node(conflict.where);
  }

  void part(const Select& select) { node(&select); }
  void part(const Insert& insert) {
    part(insert.with);
    node(insert.table);
    node(insert.source);
    if (insert.on_conflict != nullptr) part(*insert.on_conflict);
    parts(insert.returning);
  }
  void part(const Update& update) {
    part(update.with);
    node(update.table);
    parts(update.assignments);
    nodes(update.from);
    node(update.where);
    parts(update.returning);
  }
  void part(const Delete& statement) {
    part(statement.with);
    node(statement.table);
    nodes(statement.using_tables);
    node(statement.where);
    parts(statement.returning);
  }
  void part(const TransactionStatement&) {}
  void part(const SetStatement& set) { nodes(set.values); }
  void part(const ShowStatement&) {}
  void part(const ColumnDefinition& column) { node(column.default_value); }
  void part(const CreateTable& create) {
    parts(create.columns);
    node(create.as_select);
  }
  void part(const AlterTable& alter) {
    for (const AlterTable::Change* change : alter.changes) {
      if (change->column != nullptr) part(*change->column);
    }
  }
  void part(const DropTable&) {}
  void part(const CreateIndex& create) { node(create.table); }
  void part(const DropIndex&) {}
  void part(const Truncate& truncate) { nodes(truncate.tables); }
  void part(const Explain& explain) { node(explain.inner); }
  void part(const Copy& copy) { node(copy.query); }
  void part(const OtherStatement&) {}

  std::vector<Node>& out_;
};

}  // namespace

void append_children(const Node& node, std::vector<Node>& out) {
  std::visit([&out](const auto* found) { Children(out).of(*found); }, node);
}

}  // namespace tessera::parser
