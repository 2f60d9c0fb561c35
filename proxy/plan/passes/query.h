#pragma once
// A Query: a statement with every table reference classified and every condition on columns
// collected, at all levels of nesting. The other passes reason about it and never walk FROM clauses
// themselves.
//
// A *level* is one SELECT, UPDATE, DELETE or INSERT: names of columns are looked up level by level,
// inside out. A *scope* is a region of the statement in which conditions hold together: the rows
// that a level lets through (its WHERE and inner joins), or the nullable side of an outer join
// (that join's ON). A condition says something about rows of its own scope and of scopes inside it,
// and nothing about rows outside: `a LEFT JOIN b ON b.k = 5` restricts b only.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/plan/plan.h"
#include "proxy/plan/planner.h"

namespace tessera::plan {

using RelationId = std::uint32_t;
using LevelId = std::uint32_t;
using ScopeId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xffff'ffff;

enum class RelationKind : std::uint8_t {
  kSharded,
  kBroadcast,
  kSingle,
  kDerived,   // a subquery in FROM
  kCte,       // a reference to a WITH item
  kFunction,  // f(...) in FROM
};

// One occurrence of something in FROM, or the target of a write.
struct Relation {
  const parser::TableRef* ref = nullptr;
  RelationKind kind = RelationKind::kSingle;
  const rules::ShardingTable* table = nullptr;  // kSharded
  const catalog::Table* described = nullptr;    // null: its columns are not known
  rules::ShardIndex home = 0;                   // kSingle
  std::string_view name;                        // what qualifiers call it
  bool names_hidden = false;  // inside an aliased join: its qualifier means nothing outside
  bool renamed = false;       // column aliases: what its columns are called is not followed
  bool written = false;       // target of INSERT, UPDATE or DELETE
  LevelId level = 0;
  ScopeId scope = 0;
  LevelId derived = kNone;     // kDerived: the level of its subquery
  std::uint32_t slot = kNone;  // kSharded
};

struct ColumnId {
  RelationId relation = kNone;
  std::string_view column;
  friend bool operator==(const ColumnId&, const ColumnId&) = default;
};

struct Scope {
  ScopeId parent = kNone;
  // A FULL JOIN's ON: it relates its two sides and restricts neither.
  ScopeId full_left = kNone;
  ScopeId full_right = kNone;
};

// left = right for the rows of `scope`.
struct Equality {
  ColumnId left;
  ColumnId right;
  ScopeId scope = 0;
};

// What is said about a column for the rows of `scope`.
struct Restriction {
  ColumnId column;
  ScopeId scope = 0;
  std::vector<ValueSource> values;
  bool range = false;
  bool symmetric = false;
  std::optional<ValueSource> lower;
  std::optional<ValueSource> upper;
};

// OR: for the rows of `scope` everything in one of the branches holds. (The restrictions' own
// scopes are the same.)
struct Disjunction {
  ScopeId scope = 0;
  std::vector<std::vector<Restriction>> branches;
};

// Columns that JOIN ... USING made one.
struct MergedColumn {
  std::string_view column;
  RelationId left = kNone;
  RelationId right = kNone;
  parser::TableRef::Join join = parser::TableRef::Join::kInner;
};

struct Level {
  enum class Use : std::uint8_t {
    kTop,
    kArm,
    kCte,
    kDerived,
    kLateral,
    kExpression,
    kInsertSource
  };
  Use use = Use::kTop;
  LevelId parent = kNone;  // whose columns are visible too
  LevelId around = kNone;  // where it stands in the text
  ScopeId root = 0;
  const parser::Select* select = nullptr;  // null: UPDATE, DELETE, INSERT
  const parser::Expr* holder = nullptr;    // kExpression
  std::vector<RelationId> relations;
  std::vector<MergedColumn> merged;
  bool has_sharded = false;  // here or in a level inside
};

// An expression that a sharding column is compared with, and that says no value by itself.
struct Askable {
  const parser::Expr* expr = nullptr;
  ColumnId column;
};

struct Write {
  enum class Kind : std::uint8_t { kInsert, kUpdate, kDelete };
  Kind kind = Kind::kInsert;
  RelationId target = kNone;
  LevelId level = kNone;
  bool in_cte = false;
};

struct Query {
  const PlanInput* input = nullptr;
  const parser::Statement* statement = nullptr;
  std::vector<Relation> relations;
  std::vector<Level> levels;  // an outer level stands before those inside it
  std::vector<Scope> scopes;
  std::vector<Equality> equalities;
  std::vector<Restriction> restrictions;
  std::vector<Disjunction> disjunctions;
  std::vector<Askable> askable;
  std::vector<Write> writes;
  // The rows of the first relation are stored on the node of the second one's: INSERT ... SELECT.
  std::vector<std::pair<RelationId, RelationId>> followers;
  std::uint32_t slots = 0;

  [[nodiscard]] const rules::RuleSet& rules() const { return *input->catalog->rules; }
  [[nodiscard]] const catalog::Schema& schema() const { return *input->catalog->schema; }
  // Is `scope` `ancestor` or inside it?
  [[nodiscard]] bool inside(ScopeId scope, ScopeId ancestor) const;
  // Is `level` `ancestor` or inside it?
  [[nodiscard]] bool level_inside(LevelId level, LevelId ancestor) const;
  // The column of a table that `expr`, standing in `level`, names for sure; absent: it is something
  // else, or not certain.
  [[nodiscard]] std::optional<ColumnId> resolve(const parser::Expr& expr, LevelId level) const;
  // Might a table of `level` whose columns are not known have one called `name`?
  [[nodiscard]] bool may_have_column(LevelId level, std::string_view name) const;
  [[nodiscard]] const catalog::Column* column_of(const ColumnId& column) const;
  // The type that the column routes by; kUnknown for columns that must not be routed by.
  [[nodiscard]] rules::ValueType value_type(const ColumnId& column) const;
  [[nodiscard]] LevelId level_of(const parser::Select* select) const;
};

// Binds a SELECT, INSERT, UPDATE or DELETE (or what EXPLAIN and COPY wrap).
[[nodiscard]] Query bind(const PlanInput& input, const parser::Statement& statement);

// Adds to query.equalities, restrictions and disjunctions what a condition of `scope`, in `level`,
// says.
void add_conditions(Query& query, const parser::Expr& condition, LevelId level, ScopeId scope);

// A constant or parameter that a column of `type` can be compared with (`stored`: can be given as
// its value); casts whose result is known without computing are looked through.
[[nodiscard]] std::optional<ValueSource> value_source(const Query& query, const parser::Expr& expr,
                                                      rules::ValueType type, bool stored = false);
// The same for = ANY(...): '{1,2}' or a parameter, with or without a cast.
[[nodiscard]] std::optional<ValueSource> array_source(const Query& query, const parser::Expr& expr,
                                                      rules::ValueType type);
// An element of ARRAY[...]. `cast`: the type that the whole array is cast to (int[]); empty: none.
[[nodiscard]] std::optional<ValueSource> element_source(const Query& query,
                                                        const parser::Expr& expr,
                                                        std::string_view cast,
                                                        rules::ValueType type);

}  // namespace tessera::plan
