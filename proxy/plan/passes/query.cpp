#include "proxy/plan/passes/query.h"

#include <algorithm>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/blanks.h"
#include "proxy/plan/passes/colocate.h"
#include "proxy/plan/passes/functions.h"
#include "proxy/plan/passes/hidden.h"
#include "proxy/plan/passes/logical_catalog.h"
#include "proxy/plan/passes/new_table.h"
#include "proxy/plan/passes/rename.h"
#include "proxy/plan/passes/select.h"
#include "proxy/plan/passes/spread.h"
#include "proxy/plan/passes/statements.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using parser::Node;
using parser::Statement;

// What the calls of a statement mean for it.
struct Calls {
  Steadiness steadiness = Steadiness::kSame;
  bool writes = false;
  bool user_defined = false;
  std::string_view local;  // a function whose effect one server knows
};

Calls calls_of(const catalog::Schema& schema, const Statement& statement) {
  Calls out;
  out.steadiness = steadiness(schema, Node(&statement));
  parser::for_each_expr(Node(&statement), [&](const Expr& expr) {
    if (expr.kind != Expr::Kind::kFunction) return;
    const std::string_view name = expr.function->name.name;
    out.writes = out.writes || call_writes(schema, name);
    if (is_local_function(name)) out.local = name;
    const catalog::Function* found = schema.find_function(name);
    out.user_defined = out.user_defined || (found != nullptr && found->user_defined);
  });
  return out;
}

bool locks_rows(const Query& query) {
  return std::ranges::any_of(query.levels, [](const Level& level) {
    return level.select != nullptr && level.select->locking;
  });
}

bool selects_into(const Query& query) {
  return std::ranges::any_of(query.levels, [](const Level& level) {
    return level.select != nullptr && level.select->into;
  });
}

// Writes inside WITH: the outer statement decides where they run, which is right for one shard
// only.
std::optional<Error> refuse_nested_writes(const Query& query) {
  for (const Write& write : query.writes) {
    if (!write.in_cte) continue;
    const Relation& target = query.relations[write.target];
    const std::string_view name = target.ref->name.name;
    if (target.kind == RelationKind::kBroadcast) return broadcast_write_in_with(name);
    if (target.kind == RelationKind::kSharded && write.kind == Write::Kind::kInsert) {
      return sharded_insert_in_with(name);
    }
  }
  return {};
}

// A sequence counts on one shard only, and an advisory lock is held on one: rows of several shards
// would get numbers of several sequences, and callers would not meet.
std::optional<Error> refuse_local_functions(const Query& query, const Calls& calls) {
  if (calls.local.empty()) return {};
  const auto found = std::ranges::find_if(query.relations, [](const Relation& relation) {
    return relation.kind == RelationKind::kSharded ||
           (relation.kind == RelationKind::kBroadcast && relation.written);
  });
  if (found == query.relations.end()) return {};
  return local_function_with_table(calls.local, found->ref->name.name);
}

// What auditors say of a statement. Hints are conditions too, and the values of a row to be stored.
std::optional<AuditRefusal> audit(const RouteSpec& route) {
  if (route.insert) return {};
  for (const RouteGroup& group : route.groups) {
    const bool says_something = std::ranges::any_of(group, [](const TableRoute& table) {
      return table.says_something() || table.table->hinted();
    });
    if (says_something) continue;
    for (const TableRoute& table : group) {
      const rules::Audit& audit = table.table->audit;
      if (audit.auditors.empty()) continue;
      return AuditRefusal{.error = no_sharding_condition(table.table->name, audit.auditors),
                          .auditors = audit.auditors,
                          .hint_may_disable = audit.hint_may_disable};
    }
  }
  return {};
}

class QueryPlanner {
 public:
  QueryPlanner(const PlanInput& input, const Statement& statement)
      : input_(input), statement_(statement), query_(bind(input, statement)) {}

  Result<Plan> run() {
    if (auto refused = refuse_hidden_tables(query_, statement_)) return std::move(*refused);
    if (auto refused = refuse_nested_writes(query_)) return std::move(*refused);
    calls_ = calls_of(query_.schema(), statement_);
    auto blanks = find_blanks(query_, statement_);
    if (!blanks) return blanks.error();
    plan_.completion = std::move(*blanks);
    if (!must_be_completed()) {
      if (auto refused = refuse_local_functions(query_, calls_)) return std::move(*refused);
    }
    auto renames = rename_edits(query_, statement_);
    if (!renames) return renames.error();
    plan_.rename = std::move(*renames);
    plan_.slots = query_.slots;
    plan_.slot_tables = slot_tables(query_);
    if (must_be_completed()) {
      // Where it runs is known when it is complete; until then it is described on some shard.
      plan_.route.kind = RouteSpec::Kind::kSharded;
      plan_.route.insert = true;
      plan_.scatter = values_not_made();
    } else if (Status ok = place(); !ok) {
      return ok.error();
    }
    if (plan_.route.kind != RouteSpec::Kind::kSharded) plan_.completion.reset();
    if (selects_into(query_) && !runs_on_default_shard()) return select_into_elsewhere();
    if (auto refused = refuse_into()) return std::move(*refused);
    if (runs_on_default_shard()) plan_.rename = logical_catalog(std::move(plan_.rename));
    describe_effects();
    if (plan_.route.kind == RouteSpec::Kind::kSharded) {
      pin_type_modifiers(query_, pins_);
      plan_.audit = audit(plan_.route);
    }
    plan_.pinned_constants.assign(pins_.begin(), pins_.end());
    return std::move(plan_);
  }

 private:
  [[nodiscard]] bool must_be_completed() const {
    return plan_.completion && !plan_.completion->optional;
  }

  Status place() {
    const auto* insert = std::get_if<parser::Insert*>(&statement_.node);
    const auto target = target_kind();
    if (target == RelationKind::kBroadcast) {
      return plan_broadcast_write(query_, statement_, plan_);
    }
    if (insert != nullptr && target == RelationKind::kSharded) {
      return plan_insert(query_, **insert, plan_, pins_);
    }
    auto spec = route_spec(query_);
    if (!spec) return spec.error();
    plan_.route = std::move(*spec);
    if (plan_.route.kind == RouteSpec::Kind::kAnyShard) settle_any_shard();
    if (plan_.route.kind != RouteSpec::Kind::kSharded) return {};
    return sharded(target);
  }

  // The kind of the table that the statement itself writes.
  [[nodiscard]] std::optional<RelationKind> target_kind() const {
    const auto top = std::ranges::find(query_.writes, false, &Write::in_cte);
    if (top == query_.writes.end()) return std::nullopt;
    return query_.relations[top->target].kind;
  }

  Status sharded(std::optional<RelationKind> target) {
    if (target == RelationKind::kSharded) {
      if (const auto* update = std::get_if<parser::Update*>(&statement_.node)) {
        return plan_update(query_, **update, plan_);
      }
      return plan_delete(query_, *std::get<parser::Delete*>(statement_.node), plan_);
    }
    if (auto reason = cannot_spread(query_, plan_.route)) {
      plan_.scatter = *reason;
      plan_.apart = std::move(*reason);
    } else {
      plan_.scatter = select_scatter(query_, 0, pins_);
    }
    return {};
  }

  // Row locks must be looked for in one place; sequences and user-defined functions may need tables
  // of the default shard.
  void settle_any_shard() {
    const bool anywhere = calls_.steadiness != Steadiness::kVolatile && !calls_.user_defined &&
                          !locks_rows(query_) && !selects_into(query_);
    if (!anywhere) plan_.route.kind = RouteSpec::Kind::kShard;
  }

  // A new table is a single table, and those are on the default shard.
  [[nodiscard]] bool runs_on_default_shard() const {
    return plan_.route.kind == RouteSpec::Kind::kShard &&
           plan_.route.shard == query_.rules().default_shard;
  }

  // There is no sharded table in it, so nothing has been renamed yet.
  Edits logical_catalog(Edits rename) {
    if (!rename.empty() || !query_.writes.empty()) return rename;
    return logical_catalog_edits(query_, pins_);
  }

  [[nodiscard]] std::optional<Error> refuse_into() const {
    for (const Level& level : query_.levels) {
      if (level.select == nullptr || !level.select->into) continue;
      if (auto refused = refuse_select_into(input_, *level.select)) return refused;
    }
    return {};
  }

  void describe_effects() {
    const bool into = selects_into(query_);
    plan_.writes = !query_.writes.empty() || into || calls_.writes;
    plan_.ddl = into;
    plan_.returns_rows = returns_rows() && !into;
    const bool reads =
        !plan_.writes && !locks_rows(query_) && calls_.steadiness != Steadiness::kVolatile;
    plan_.access = reads ? Access::kReplica : Access::kPrimary;
  }

  [[nodiscard]] bool returns_rows() const {
    if (const auto* insert = std::get_if<parser::Insert*>(&statement_.node)) {
      return !(*insert)->returning.empty();
    }
    if (const auto* update = std::get_if<parser::Update*>(&statement_.node)) {
      return !(*update)->returning.empty();
    }
    if (const auto* gone = std::get_if<parser::Delete*>(&statement_.node)) {
      return !(*gone)->returning.empty();
    }
    return true;
  }

  const PlanInput& input_;
  const Statement& statement_;
  Query query_;
  Plan plan_;
  Pins pins_;
  Calls calls_;
};

}  // namespace

Result<Plan> plan_query(const PlanInput& input, const Statement& statement) {
  return QueryPlanner(input, statement).run();
}

}  // namespace tessera::plan
