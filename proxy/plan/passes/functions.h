#pragma once
// What function calls and keywords mean for where a statement may run.

#include <optional>
#include <string_view>

#include "parser/walk.h"
#include "proxy/plan/passes/query.h"

namespace tessera::plan {

// Is the value of an expression the same wherever and whenever it is computed from the same rows?
enum class Steadiness : std::uint8_t {
  kSame,      // immutable, or stable and dependent on nothing but session settings
  kHere,      // the clock, the server, the role: other shards would say something else
  kVolatile,  // changes something, or another value at each call; also what is not known
};

[[nodiscard]] Steadiness steadiness_of_call(const catalog::Schema& schema,
                                            std::string_view function);
// The least steady of everything under `node`, subqueries included.
[[nodiscard]] Steadiness steadiness(const catalog::Schema& schema, const parser::Node& node);

// May a call change rows, a sequence or a large object?
[[nodiscard]] bool call_writes(const catalog::Schema& schema, std::string_view function);
// May a call leave something behind in its server session, or say something of that session? A
// volatile function of a user's may; so may one that is not known.
[[nodiscard]] bool call_pins(const catalog::Schema& schema, std::string_view function);
[[nodiscard]] bool gives_up_advisory_locks(std::string_view function);
[[nodiscard]] bool is_sequence_function(std::string_view function);
// Is what a call changes or waits for known to one server only: sequences, advisory locks,
// settings?
[[nodiscard]] bool is_local_function(std::string_view function);

// An aggregate call: sum(x), not sum(x) OVER ().
[[nodiscard]] bool is_aggregate(const catalog::Schema& schema, const parser::Expr& expr);
[[nodiscard]] bool is_window_call(const parser::Expr& expr);
[[nodiscard]] bool is_set_returning(const catalog::Schema& schema, const parser::Expr& expr);

// Visits `root` and the expressions under it that belong to the same level, not those of
// subqueries. A visitor that returns false keeps the walk out of what is under an expression.
template <class Visit>
void for_each_own_expr(const parser::Expr* root, Visit visit) {
  if (root == nullptr) return;
  parser::for_each_node(parser::Node(root), [&visit](const parser::Node& node) {
    const auto* expr = std::get_if<const parser::Expr*>(&node);
    if (expr == nullptr) return false;
    if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const parser::Expr&>, bool>) {
      return visit(**expr);
    } else {
      visit(**expr);
      return true;
    }
  });
}

// Visits every expression of one SELECT, those in FROM too, but none of its subqueries'.
template <class Visit>
void for_each_level_expr(const parser::Select& select, Visit visit) {
  parser::for_each_node(parser::Node(&select), [&](const parser::Node& node) {
    if (const auto* nested = std::get_if<const parser::Select*>(&node)) return *nested == &select;
    if (std::holds_alternative<const parser::Statement*>(node)) return false;
    if (const auto* expr = std::get_if<const parser::Expr*>(&node)) visit(**expr);
    return true;
  });
}

// Is there an expression of the same level under `root` that `matches`?
template <class Matches>
bool any_own_expr(const parser::Expr* root, Matches matches) {
  bool found = false;
  for_each_own_expr(root, [&](const parser::Expr& expr) { found = found || matches(expr); });
  return found;
}

}  // namespace tessera::plan
