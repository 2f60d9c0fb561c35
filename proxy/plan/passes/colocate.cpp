#include "proxy/plan/passes/colocate.h"

#include <algorithm>
#include <numeric>

#include "proxy/plan/errors.h"
#include "proxy/plan/passes/relation.h"

namespace tessera::plan {
namespace {

using parser::Expr;
using rules::RuleSet;
using rules::ShardingTable;
using rules::ValueType;

std::uint32_t top_of(const std::vector<std::uint32_t>& root, std::uint32_t at) {
  while (root[at] != at) at = root[at];
  return at;
}

// Would equal values of these tables' sharding columns come to the same node?
bool same_layout(const Query& query, RelationId a, RelationId b) {
  const ShardingTable& one = *query.relations[a].table;
  const ShardingTable& other = *query.relations[b].table;
  if (&one == &other) return true;
  if (!RuleSet::binding(one, other) || one.nodes.size() != other.nodes.size()) return false;
  const auto mine = one.level_columns();
  const auto theirs = other.level_columns();
  if (mine.size() != theirs.size()) return false;
  for (std::size_t at = 0; at < mine.size(); ++at) {
    // The same number hashes differently as integer and as bigint.
    const ValueType type = query.value_type({a, mine[at]});
    if (type == ValueType::kUnknown || type != query.value_type({b, theirs[at]})) {
      return false;
    }
  }
  return true;
}

// Are all sharding columns of the two equal, as `equal(column of a, column of b)` says?
template <class Equal>
bool keys_equal(const Query& query, RelationId a, RelationId b, Equal equal) {
  const ShardingTable& one = *query.relations[a].table;
  const ShardingTable& other = *query.relations[b].table;
  if (!rules::columns_settle_node(one) || !rules::columns_settle_node(other)) return false;
  const auto mine = one.level_columns();
  const auto theirs = other.level_columns();
  if (mine.empty() || mine.size() != theirs.size()) return false;
  for (std::size_t at = 0; at < mine.size(); ++at) {
    if (!equal(ColumnId{a, mine[at]}, ColumnId{b, theirs[at]})) return false;
  }
  return true;
}

// Builds groups. Two relations inside one scope whose keys are equal there are *mates*: whatever
// row of the scope has both, has both from one node. A relation inside a scope *follows* one
// outside: its rows matter only to rows of the same node - but two that it follows need not meet
// each other.
class Grouping {
 public:
  explicit Grouping(const Query& query) : query_(query), mate_(query.relations.size()) {
    std::iota(mate_.begin(), mate_.end(), 0U);
    for (RelationId id = 0; id < query.relations.size(); ++id) {
      if (query.relations[id].kind == RelationKind::kSharded) sharded_.push_back(id);
    }
  }

  Groups run() {
    for (ScopeId scope = 0; scope < query_.scopes.size(); ++scope) relate(scope);
    for (const Level& level : query_.levels) membership(level);
    follows_.insert(follows_.end(), query_.followers.begin(), query_.followers.end());
    leader_.assign(query_.relations.size(), kNone);
    for (const auto& [follower, leader] : follows_) follow(follower, leader);
    // A FULL JOIN inside another one has a lower number.
    for (const auto& [full, pair] : full_pairs_) join_fully(full, pair);
    return collect();
  }

 private:
  void relate(ScopeId scope) {
    const EqualColumns columns(query_, scope);
    const auto equal = [&](const ColumnId& a, const ColumnId& b) { return columns.equal(a, b); };
    for (const RelationId a : sharded_) {
      for (const RelationId b : sharded_) {
        if (a >= b || !same_layout(query_, a, b) || !keys_equal(query_, a, b, equal)) continue;
        relate(scope, a, b);
      }
    }
  }

  void relate(ScopeId scope, RelationId a, RelationId b) {
    if (const Scope& full = query_.scopes[scope]; full.full_left != kNone) {
      if (across(full, a, b) || across(full, b, a)) full_pairs_.emplace_back(full, std::pair(a, b));
      return;
    }
    const bool a_inside = query_.inside(query_.relations[a].scope, scope);
    const bool b_inside = query_.inside(query_.relations[b].scope, scope);
    if (a_inside && b_inside) mate(a, b);
    if (a_inside && !b_inside) follows_.emplace_back(a, b);
    if (b_inside && !a_inside) follows_.emplace_back(b, a);
  }

  [[nodiscard]] bool across(const Scope& full, RelationId left, RelationId right) const {
    return query_.inside(query_.relations[left].scope, full.full_left) &&
           query_.inside(query_.relations[right].scope, full.full_right);
  }

  // A FULL JOIN keeps all rows of both sides, so each side must be whole on its nodes by itself
  // before the ON can say that they are the same nodes.
  void join_fully(const Scope& full, std::pair<RelationId, RelationId> pair) {
    if (!is_one_group(full.full_left) || !is_one_group(full.full_right)) return;
    const std::uint32_t left = head_of(pair.first);
    const std::uint32_t right = head_of(pair.second);
    if (left != right) leader_[right] = left;
  }

  [[nodiscard]] bool is_one_group(ScopeId side) const {
    std::uint32_t head = kNone;
    for (const RelationId id : sharded_) {
      if (!query_.inside(query_.relations[id].scope, side)) continue;
      if (head != kNone && head != head_of(id)) return false;
      head = head_of(id);
    }
    return true;
  }

  // The set of mates that the relation's own set follows, directly or not; its own if it follows
  // none.
  [[nodiscard]] std::uint32_t head_of(RelationId id) const {
    std::uint32_t head = top_of(mate_, id);
    while (leader_[head] != kNone) head = leader_[head];
    return head;
  }

  void mate(RelationId a, RelationId b) { mate_[top_of(mate_, b)] = top_of(mate_, a); }

  // key IN (SELECT key FROM ...): of the rows that the subquery gives, those that decide are on the
  // outer row's node.
  void membership(const Level& level) {
    const Expr* in = level.holder;
    if (in == nullptr || in->kind != Expr::Kind::kInSubquery || !is_plain_column(level)) return;
    const auto outer = query_.resolve(*in->children[0], level.around);
    const auto inner = query_.resolve(*level.select->items[0]->expr, query_.level_of(level.select));
    if (!outer || !inner || !comparable(query_, *outer, *inner)) return;
    const Relation& a = query_.relations[inner->relation];
    const Relation& b = query_.relations[outer->relation];
    if (a.kind != RelationKind::kSharded || b.kind != RelationKind::kSharded) return;
    // A column of a nullable side can be NULL. NULL among the subquery's values changes NOT IN for
    // every row, and NULL NOT IN (...) asks whether the subquery is empty, on all nodes together.
    if (a.scope != level.root || b.scope != query_.levels[b.level].root) return;
    if (!same_layout(query_, inner->relation, outer->relation)) return;
    const auto equal = [&](const ColumnId& left, const ColumnId& right) {
      return left == *inner && right == *outer;
    };
    if (keys_equal(query_, inner->relation, outer->relation, equal)) {
      follows_.emplace_back(inner->relation, outer->relation);
    }
  }

  // SELECT column FROM ... WHERE ..., nothing that looks at all rows together.
  static bool is_plain_column(const Level& level) {
    const parser::Select& select = *level.select;
    return select.kind == parser::Select::Kind::kSelect && select.items.size() == 1 &&
           select.items[0]->expr->kind == Expr::Kind::kColumn && select.group_by.empty() &&
           select.having == nullptr && select.distinct_on.empty() && select.limit == nullptr &&
           !select.fetch_one && select.offset == nullptr && !select.locking;
  }

  void follow(RelationId follower, RelationId leader) {
    const std::uint32_t mine = top_of(mate_, follower);
    const std::uint32_t theirs = top_of(mate_, leader);
    if (mine == theirs || leader_[mine] != kNone) return;
    for (std::uint32_t up = theirs; up != kNone; up = leader_[up]) {
      if (up == mine) return;
    }
    leader_[mine] = theirs;
  }

  Groups collect() {
    Groups out;
    std::vector<std::uint32_t> heads;
    for (const RelationId id : sharded_) {
      const std::uint32_t head = head_of(id);
      const auto known = std::ranges::find(heads, head);
      if (known == heads.end()) {
        heads.push_back(head);
        out.push_back({id});
      } else {
        out[static_cast<std::size_t>(known - heads.begin())].push_back(id);
      }
    }
    return out;
  }

  const Query& query_;
  std::vector<RelationId> sharded_;
  std::vector<std::uint32_t> mate_;    // union-find over relations
  std::vector<std::uint32_t> leader_;  // of a set of mates: the set it follows
  std::vector<std::pair<RelationId, RelationId>> follows_;
  std::vector<std::pair<Scope, std::pair<RelationId, RelationId>>> full_pairs_;
};

bool same_source(const ValueSource& a, const ValueSource& b) {
  return a.kind == b.kind && a.index == b.index && a.negated == b.negated;
}

bool same_bound(const std::optional<ValueSource>& a, const std::optional<ValueSource>& b) {
  return a.has_value() == b.has_value() && (!a || same_source(*a, *b));
}

bool says_the_same(const Condition& a, const Condition& b) {
  return a.range == b.range && a.type == b.type &&
         std::ranges::equal(a.values, b.values, same_source) && same_bound(a.lower, b.lower) &&
         same_bound(a.upper, b.upper);
}

// Makes the routes of one group. A condition counts when its scope is around every member: only
// then do rows that fail it have no part in the result.
class GroupRoutes {
 public:
  GroupRoutes(const Query& query, const std::vector<RelationId>& group)
      : query_(query), group_(group) {}

  RouteGroup run() {
    RouteGroup out;
    for (const RelationId id : group_) {
      const Relation& relation = query_.relations[id];
      TableRoute route{.table = relation.table, .conditions = {}, .slot = relation.slot};
      std::size_t position = 0;
      for (const std::string_view column : relation.table->level_columns()) {
        add(route, id, column, position++);
      }
      out.push_back(std::move(route));
    }
    return out;
  }

 private:
  void add(TableRoute& route, RelationId id, std::string_view column, std::size_t position) {
    const ColumnId key{id, column};
    const ValueType type = query_.value_type(key);
    if (type == ValueType::kUnknown) return;
    if (already(route, column)) return;
    for (ScopeId scope = query_.relations[id].scope; scope != kNone;
         scope = query_.scopes[scope].parent) {
      if (!around_all(scope)) continue;
      const EqualColumns columns(query_, scope);
      for (const Restriction& each : query_.restrictions) {
        if (each.scope != scope && !query_.inside(scope, each.scope)) continue;
        if (!(each.column == key) && !columns.equal(each.column, key)) continue;
        keep(route,
             {.column = std::string(column),
              .type = type,
              .values = each.values,
              .length_max = 0,
              .range = each.range,
              .lower = each.lower,
              .upper = each.upper},
             position);
      }
    }
  }

  // One column can be both the database's and the table's.
  static bool already(const TableRoute& route, std::string_view column) {
    return std::ranges::any_of(route.conditions,
                               [&](const Condition& each) { return each.column == column; });
  }

  [[nodiscard]] bool around_all(ScopeId scope) const {
    return std::ranges::all_of(
        group_, [&](RelationId id) { return query_.inside(query_.relations[id].scope, scope); });
  }

  // What a mate already says at the same position adds nothing.
  void keep(TableRoute& route, Condition condition, std::size_t position) {
    for (const auto& [place, known] : said_) {
      if (place == position && says_the_same(known, condition)) return;
    }
    said_.emplace_back(position, condition);
    route.conditions.push_back(std::move(condition));
  }

  const Query& query_;
  const std::vector<RelationId>& group_;
  std::vector<std::pair<std::size_t, Condition>> said_;
};

// The home of all single tables.
Result<std::optional<rules::ShardIndex>> single_home(const Query& query) {
  std::optional<rules::ShardIndex> home;
  const Relation* first = nullptr;
  for (const Relation& relation : query.relations) {
    if (relation.kind != RelationKind::kSingle) continue;
    if (home && *home != relation.home) {
      return single_tables_apart(first->ref->name.name, relation.ref->name.name);
    }
    home = relation.home;
    first = &relation;
  }
  return home;
}

bool has_kind(const Query& query, RelationKind kind) {
  return std::ranges::any_of(query.relations,
                             [kind](const Relation& each) { return each.kind == kind; });
}

}  // namespace

EqualColumns::EqualColumns(const Query& query, ScopeId scope) {
  for (const Equality& each : query.equalities) {
    if (!query.inside(scope, each.scope)) continue;
    const std::uint32_t left = top_of(root_, add(each.left));
    const std::uint32_t right = top_of(root_, add(each.right));
    root_[right] = left;
  }
}

std::uint32_t EqualColumns::find(const ColumnId& column) const {
  const auto found = std::ranges::find(columns_, column);
  return found == columns_.end() ? kNone : static_cast<std::uint32_t>(found - columns_.begin());
}

std::uint32_t EqualColumns::add(const ColumnId& column) {
  const std::uint32_t known = find(column);
  if (known != kNone) return known;
  columns_.push_back(column);
  root_.push_back(static_cast<std::uint32_t>(root_.size()));
  return static_cast<std::uint32_t>(columns_.size() - 1);
}

bool EqualColumns::equal(const ColumnId& a, const ColumnId& b) const {
  const std::uint32_t left = find(a);
  const std::uint32_t right = find(b);
  if (left == kNone || right == kNone) return false;
  return top_of(root_, left) == top_of(root_, right);
}

bool same_key(const Query& query, const ColumnId& a, const ColumnId& b) {
  if (!same_layout(query, a.relation, b.relation)) return false;
  const auto mine = query.relations[a.relation].table->level_columns();
  const auto theirs = query.relations[b.relation].table->level_columns();
  bool found = false;
  for (std::size_t at = 0; at < mine.size(); ++at) {
    if (mine[at] != a.column && theirs[at] != b.column) continue;
    if (mine[at] != a.column || theirs[at] != b.column) return false;
    found = true;
  }
  return found;
}

Groups colocated_groups(const Query& query) { return Grouping(query).run(); }

Result<RouteSpec> route_spec(const Query& query) {
  RouteSpec out;
  const auto home = single_home(query);
  if (!home) return home.error();
  out.shard = home->value_or(query.rules().default_shard);
  if (!has_kind(query, RelationKind::kSharded)) {
    const bool any = !home->has_value() && has_kind(query, RelationKind::kBroadcast);
    out.kind = any ? RouteSpec::Kind::kAnyShard : RouteSpec::Kind::kShard;
    return out;
  }
  out.kind = RouteSpec::Kind::kSharded;
  out.required_shard = *home;
  for (const auto& group : colocated_groups(query)) {
    out.groups.push_back(GroupRoutes(query, group).run());
  }
  return out;
}

std::vector<const ShardingTable*> slot_tables(const Query& query) {
  std::vector<const ShardingTable*> out(query.slots);
  for (const Relation& relation : query.relations) {
    if (relation.slot != kNone) out[relation.slot] = relation.table;
  }
  return out;
}

}  // namespace tessera::plan
