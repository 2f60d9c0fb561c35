#pragma once
// Walks a tree: every node, at every nested level, in the order of the text.
//
// The walk keeps its own stack, so that a chain of ten thousand operators costs memory and not the
// thread's stack.

#include <concepts>
#include <type_traits>
#include <variant>
#include <vector>

#include "parser/ast.h"

namespace tessera::parser {

using Node = std::variant<const Statement*, const Select*, const Expr*, const TableRef*>;

// Appends the nodes directly under `node`, in the order of the text. Sort items, windows,
// assignments and the like are passed through: their expressions are children of the node they
// belong to.
void append_children(const Node& node, std::vector<Node>& out);

// Calls `visit` for `root` and for every node under it. If `visit` returns bool, false means: not
// what is under this node.
template <class Visit>
void for_each_node(const Node& root, Visit visit) {
  std::vector<Node> stack{root};
  std::vector<Node> children;
  while (!stack.empty()) {
    const Node node = stack.back();
    stack.pop_back();
    if constexpr (std::convertible_to<std::invoke_result_t<Visit&, const Node&>, bool>) {
      if (!visit(node)) continue;
    } else {
      visit(node);
    }
    children.clear();
    append_children(node, children);
    stack.insert(stack.end(), children.rbegin(), children.rend());
  }
}

// Calls `visit(const T&)` for every T under `root`, and for `root` itself if it is one.
template <class T, class Visit>
void for_each(const Node& root, Visit visit) {
  for_each_node(root, [&visit](const Node& node) {
    if (const auto* found = std::get_if<const T*>(&node)) visit(**found);
  });
}

template <class Visit>
void for_each_expr(const Node& root, Visit visit) {
  for_each<Expr>(root, visit);
}

// Table references of every kind; those that name a table are kTable. The targets of INSERT,
// UPDATE, DELETE, TRUNCATE and CREATE INDEX are among them; names in other DDL and COPY are not
// TableRefs.
template <class Visit>
void for_each_table(const Node& root, Visit visit) {
  for_each<TableRef>(root, visit);
}

// Every Select: the statement's own, subqueries, CTEs, arms of set operations, sources of INSERT.
template <class Visit>
void for_each_select(const Node& root, Visit visit) {
  for_each<Select>(root, visit);
}

template <class Visit>
void for_each_statement(const Node& root, Visit visit) {
  for_each<Statement>(root, visit);
}

}  // namespace tessera::parser
