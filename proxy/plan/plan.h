#pragma once
// A Plan: what to do with every statement of one shape. Immutable, shared by all sessions of a
// thread; what belongs to one execution (constants, parameters, targets, connections) never lives
// here.
//
// A plan has two halves. `route` says which shards a given execution touches. When that is one
// target, the statement is relayed: the client's text with `rename` applied. When it is several,
// `scatter` says how to put the answers together, or why that cannot be done.

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "proxy/catalog/catalog.h"
#include "proxy/plan/completion.h"
#include "proxy/plan/condition.h"
#include "proxy/plan/edit.h"

namespace tessera::plan {

struct RouteSpec {
  enum class Kind : std::uint8_t {
    kNone,       // nothing is sent (answered here)
    kShard,      // `shard`: single tables, the default shard
    kAnyShard,   // broadcast reads: any one
    kAllShards,  // broadcast writes, objects that every shard has
    kSharded,    // by `groups`
  };
  Kind kind = Kind::kShard;
  rules::ShardIndex shard = 0;
  // kSharded. Several groups, or a required shard: each group must come to one node, and all to one
  // shard, else `scatter`'s place is taken by `apart`.
  std::vector<RouteGroup> groups;
  std::optional<rules::ShardIndex> required_shard;  // a single table takes part
  // The conditions of the one group are values of a row to be stored: NULL has no node, it is an
  // error.
  bool insert = false;
};

// One place where a statement runs: a shard and, per table slot, the actual table there.
struct Target {
  rules::ShardIndex shard = 0;
  std::vector<std::uint32_t> nodes;  // per slot: ordinal in the slot's ShardingTable::nodes
};

struct SortKey {
  // The column to compare, counted from the end of the row: hidden columns are the last ones. 1 =
  // the last.
  std::uint32_t from_end = 1;
  bool descending = false;
  bool nulls_first = false;
  bool bytewise = true;  // if its type is collatable, its collation compares by bytes
};

// LIMIT and OFFSET as the proxy applies them. An absent limit is no limit.
struct Window {
  std::optional<ValueSource> limit;
  std::optional<std::uint64_t> limit_fixed;  // FETCH FIRST ROW ONLY
  std::optional<ValueSource> offset;
};

// Rows of every target one after another, or merged by sort keys; hidden columns (asked for in
// binary) are cut off.
struct Gather {
  Edits edits;  // on top of the renames
  std::uint32_t hidden_columns = 0;
  std::vector<SortKey> keys;  // empty: concatenate
  Window window;
  bool header_per_target = false;  // EXPLAIN: a line with the shard's name before its rows
};

// The targets give partial rows, one backend makes the answer of them: partial columns become array
// parameters (binary) of `final_statement`, which unnest()s them. Exact for every type because
// PostgreSQL does the arithmetic.
struct Finish {
  Edits edits;  // makes the partial statement, on top of the renames
  std::uint32_t partial_columns = 0;
  std::vector<Piece> final_statement;
};

// A write on every target: row counts are added, RETURNING rows concatenated.
struct WriteAll {
  Edits edits;
  bool count_once = false;  // broadcast: every shard did the same; the first one's rows, tag and
                            // count are the answer
};

// INSERT ... VALUES of several rows: each row goes to the node of its own sharding value.
struct InsertSplit {
  struct Row {
    parser::TokenRange range;           // ( ... )
    std::vector<Condition> conditions;  // equalities on the sharding columns
    std::uint32_t fold = 0;             // as in ValueSource: all further rows are like it
  };
  const rules::ShardingTable* table = nullptr;
  std::vector<Row> rows;
  bool returning = false;
  bool rows_may_vanish = false;  // ON CONFLICT DO NOTHING: RETURNING's order is then not known
};

// The same DDL on every target, in one transaction each. The tag of the first is the answer.
struct Ddl {
  Edits edits;
};

using Scatter = std::variant<Error, Gather, Finish, WriteAll, InsertSplit, Ddl>;

enum class Access : std::uint8_t { kPrimary, kReplica };

// What the session does itself, besides or instead of sending the statement.
struct TransactionPlan {
  parser::TransactionStatement::Kind kind;
  std::string name;
  std::string modes;  // text after BEGIN / START TRANSACTION
  bool start = false;
  bool chain = false;
};
struct SetPlan {
  parser::SetStatement::Kind kind;
  bool local = false;
  std::string name;
};
struct ShowPlan {
  std::string name;       // tessera.* only: other names are ordinary statements
  bool previews = false;  // it is no SHOW, but PREVIEW of another statement
  bool reloads = false;   // nor this, but RELOAD RULES
};

// A statement that says nothing about the sharding columns of a table that auditors watch over.
// Hints may switch auditors off.
struct AuditRefusal {
  Error error;
  std::vector<std::string> auditors;
  bool hint_may_disable = true;
};

struct Plan {
  std::shared_ptr<const catalog::Catalog> catalog;
  RouteSpec route;
  std::uint32_t slots = 0;
  std::vector<const rules::ShardingTable*> slot_tables;  // per slot
  Edits rename;                                          // empty: the client's own bytes are sent
  Scatter scatter = Error{};
  std::optional<Error> apart;  // groups that came to different shards
  std::optional<AuditRefusal> audit;
  Access access = Access::kPrimary;
  bool writes =
      true;  // may change rows (not: Access, which also minds locks and volatile functions)
  bool returns_rows = false;  // SELECT, RETURNING, SHOW, EXPLAIN
  bool ddl = false;           // the schema may be different afterwards: it is read again
  bool pins = false;  // leaves state in its server session (temporary table, LISTEN, PREPARE,
                      // advisory lock ...)
  bool pins_unseen = false;  // what it leaves there cannot be seen in the server's catalogs
  bool lets_go = false;      // may take away what pins (UNLISTEN, DROP, CLOSE, DISCARD ...)
  bool copy = false;         // COPY: the reply may be a copy stream
  bool ask_first =
      false;  // PostgreSQL is asked (Parse) for a syntax error before `scatter`'s Error is given
  bool own_transaction =
      false;  // cannot run inside a transaction block (VACUUM, CREATE DATABASE, ... CONCURRENTLY)
  // Values that are made before each execution; the statement with them has a plan of its own.
  // Null: none.
  std::shared_ptr<const Completion> completion;
  std::optional<TransactionPlan> transaction;
  std::optional<SetPlan> set;
  std::optional<ShowPlan> show;
  // Constants whose values decided this plan (ordinals in GROUP BY, ...): another value needs
  // another plan.
  std::vector<std::uint32_t> pinned_constants;
  // It holds for lists of any length: its ordinals of constants and tokens are those of a statement
  // with two items in each fold (parser/fold.h).
  bool folded = false;
};

}  // namespace tessera::plan
