#pragma once
// The AST: what the planner must know about a statement, and where in the text it stands.
//
// It is small on purpose. Statements reach servers as the client's own text with a few edits (see
// proxy/plan/edit.h), so the tree keeps token ranges and not every word: an expression form that
// the planner does not reason about is kOther with its sub-expressions as children. Nothing may be
// *missing* though: every table reference, subquery, function call, parameter and column reference
// of the statement is reachable, because routing safety depends on having seen them all.
//
// All nodes live in the arena of their ParsedStatement and are immutable after parse().

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace tessera::parser {

using TokenIndex = std::uint32_t;

// Tokens [first, end) as tokenize() numbers them within the statement.
struct TokenRange {
  TokenIndex first = 0;
  TokenIndex end = 0;
  [[nodiscard]] bool empty() const { return first == end; }
};

// A folded or unquoted name, with its schema where one was written (a catalog part is dropped).
struct QualifiedName {
  std::string_view schema;
  std::string_view name;
  TokenRange range;
};

struct Select;
struct Statement;
struct Window;
struct SortItem;

struct Expr {
  enum class Kind : std::uint8_t {
    kColumn,     // parts: [schema,] [table,] column
    kStar,       // * or t.*; parts: [schema,] [table]
    kConstant,   // `constant`: ordinal in Shape::constants; a typed constant (date '...') is kCast
                 // over it
    kKeyword,    // TRUE, FALSE, NULL, CURRENT_DATE, CURRENT_USER ...: `op` holds the word in lower
                 // case
    kParameter,  // `parameter`: n of $n
    kFunction,   // `function`; children = arguments
    kOperator,   // `op`; children = one (prefix) or two operands. Comparison = < <= > >= <> too; !=
                 // is <>
    kAnd,        // children: two or more, flattened
    kOr,         // children: two or more, flattened
    kNot,        // one child
    kIn,         // children[0] IN (children[1] ...); `negated`
    kInSubquery,     // children[0] IN (`subquery`); `negated`
    kBetween,        // children[0] BETWEEN children[1] AND children[2]; `negated`, `symmetric`
    kIsNull,         // children[0] IS NULL; `negated`
    kIsDistinct,     // children[0] IS DISTINCT FROM children[1]; `negated`: IS NOT DISTINCT FROM
    kLike,           // [NOT] LIKE/ILIKE/SIMILAR TO: children operands; `negated`
    kCast,           // children[0] :: `type`, CAST(... AS `type`), or `type` 'constant'
    kCollate,        // children[0] COLLATE `collation`
    kSubquery,       // (SELECT ...)
    kExists,         // EXISTS (`subquery`)
    kArraySubquery,  // ARRAY(SELECT ...)
    kQuantified,     // children[0] `op` ANY|SOME|ALL (children[1] or `subquery`); `all`
    kCase,           // children: every operand
    kRow,            // ROW(...) or (a, b, ...); children
    kArray,          // ARRAY[...]; children
    kDefault,        // DEFAULT as a value in INSERT or UPDATE
    kOther,          // any other form; children: every sub-expression
  };

  Kind kind = Kind::kOther;
  bool negated = false;
  bool symmetric = false;
  bool all = false;
  std::uint32_t constant = 0;
  std::uint32_t parameter = 0;
  TokenRange range;
  std::span<Expr* const> children;
  std::span<const std::string_view> parts;  // kColumn, kStar
  std::string_view op;                      // kOperator, kQuantified, kKeyword
  std::string_view
      type;  // kCast: type name in lower case as written, e.g. "bigint", "numeric(10,2)"
  std::string_view collation;  // kCollate: last part of the name, unquoted
  Select* subquery = nullptr;  // kInSubquery, kSubquery, kExists, kArraySubquery, kQuantified

  // A parenthesised expression is its inner node; `range` covers the parentheses too.
  struct Function {
    QualifiedName name;
    bool distinct = false;  // count(DISTINCT x)
    bool star = false;      // count(*)
    bool variadic = false;
    std::span<SortItem* const> order_by;  // agg(x ORDER BY y)
    bool within_group = false;            // WITHIN GROUP (ORDER BY ...): its items are in order_by
    Expr* filter = nullptr;               // FILTER (WHERE ...)
    Window* over = nullptr;               // OVER (...) or OVER name
    TokenRange arguments;  // tokens between the call's parentheses, DISTINCT and ORDER BY included
  };
  Function* function = nullptr;
};

enum class NullsOrder : std::uint8_t { kDefault, kFirst, kLast };

struct SortItem {
  Expr* expr = nullptr;
  bool descending = false;
  bool using_operator = false;  // ORDER BY x USING >
  NullsOrder nulls = NullsOrder::kDefault;
  TokenRange range;
};

// A window definition, in OVER (...) or WINDOW name AS (...).
struct Window {
  std::string_view name;  // WINDOW clause: its name. OVER name: the name referred to, and by_name
  std::string_view base;  // (base PARTITION BY ...)
  bool by_name = false;
  std::span<Expr* const> partition_by;
  std::span<SortItem* const> order_by;
  std::span<Expr* const> frame_bounds;
  TokenRange range;
};

struct TableRef {
  enum class Kind : std::uint8_t { kTable, kSubquery, kFunction, kJoin };
  enum class Join : std::uint8_t { kInner, kLeft, kRight, kFull, kCross };

  Kind kind = Kind::kTable;
  Join join = Join::kInner;
  bool lateral = false;
  bool only = false;  // ONLY t
  bool natural = false;
  bool tablesample = false;  // its arguments are in `functions`
  QualifiedName name;        // kTable
  std::string_view alias;    // empty: none
  std::span<const std::string_view> column_aliases;
  TokenRange range;                  // the whole item, alias included
  Select* subquery = nullptr;        // kSubquery (VALUES lists too)
  std::span<Expr* const> functions;  // kFunction: f(...) or ROWS FROM (f(...), g(...))
  TableRef* left = nullptr;          // kJoin
  TableRef* right = nullptr;
  Expr* on = nullptr;
  std::span<const std::string_view> using_columns;
};

struct SelectItem {
  Expr* expr = nullptr;
  std::string_view alias;  // empty: none was written
  TokenRange range;        // alias included
};

struct Cte {
  std::string_view name;
  std::span<const std::string_view> column_aliases;
  Statement* body = nullptr;  // Select, Insert, Update or Delete
};

struct With {
  bool recursive = false;
  std::span<Cte* const> ctes;
  TokenRange range;
};

struct GroupItem {
  Expr* expr = nullptr;           // null for GROUPING SETS, CUBE, ROLLUP and ()
  std::span<Expr* const> nested;  // the expressions inside those
  TokenRange range;
};

// One SELECT, VALUES list, TABLE t or set operation. A parenthesised SELECT with no clauses of its
// own outside is the inner one.
struct Select {
  enum class Kind : std::uint8_t { kSelect, kValues, kSetOperation };
  enum class SetOperation : std::uint8_t { kUnion, kIntersect, kExcept };

  Kind kind = Kind::kSelect;
  With* with = nullptr;

  // kSetOperation
  SetOperation operation = SetOperation::kUnion;
  bool all = false;
  Select* left = nullptr;
  Select* right = nullptr;

  // kValues
  std::span<const std::span<Expr* const>> rows;
  std::span<const TokenRange> row_ranges;  // each ( ... ), parentheses included

  // kSelect. TABLE t is SELECT * FROM t with `table_form` set.
  bool table_form = false;
  bool distinct = false;  // DISTINCT or DISTINCT ON
  std::span<Expr* const> distinct_on;
  std::span<SelectItem* const> items;
  TokenIndex items_end = 0;  // the token after the last item: where more can be inserted
  bool into = false;         // SELECT INTO
  std::span<TableRef* const> from;
  Expr* where = nullptr;
  bool group_distinct = false;
  std::span<GroupItem* const> group_by;
  TokenRange group_range;  // GROUP BY ... ; empty when absent
  Expr* having = nullptr;
  TokenRange having_range;  // HAVING ...
  std::span<Window* const> windows;

  // Every kind
  std::span<SortItem* const> order_by;
  TokenRange order_range;  // ORDER BY ...
  Expr* limit = nullptr;   // null: absent, or LIMIT ALL
  bool with_ties = false;  // FETCH FIRST ... WITH TIES
  TokenRange limit_range;  // LIMIT n / FETCH FIRST n ROWS ONLY (FETCH FIRST ROW ONLY: limit null,
                           // fetch_one)
  bool fetch_one = false;
  Expr* offset = nullptr;
  TokenRange offset_range;
  bool locking = false;  // FOR UPDATE, SHARE ...
  TokenRange locking_range;
  TokenIndex tail =
      0;  // first token of ORDER BY / LIMIT / OFFSET / FETCH / FOR, or the token after the SELECT
  TokenRange range;
};

struct Assignment {
  std::span<const std::string_view> columns;  // (a, b) = ... has several
  Expr* value = nullptr;
  TokenRange range;
};

struct OnConflict {
  bool do_nothing = false;
  std::span<Expr* const> target;  // inference columns and expressions; empty: none
  std::string_view constraint;    // ON CONSTRAINT name
  Expr* target_where = nullptr;
  std::span<Assignment* const> assignments;
  Expr* where = nullptr;
  TokenRange range;
};

struct Insert {
  With* with = nullptr;
  TableRef* table = nullptr;                  // INSERT INTO t AS alias
  std::span<const std::string_view> columns;  // empty: none were listed
  bool columns_qualified = false;             // a.b or a[1] among them: not understood further
  TokenRange columns_range;                   // ( ... ), parentheses included
  bool overriding = false;
  bool default_values = false;
  Select* source = nullptr;  // VALUES or SELECT
  OnConflict* on_conflict = nullptr;
  std::span<SelectItem* const> returning;
  TokenIndex returning_end = 0;
  TokenRange range;
};

struct Update {
  With* with = nullptr;
  TableRef* table = nullptr;
  std::span<Assignment* const> assignments;
  std::span<TableRef* const> from;
  Expr* where = nullptr;
  bool current_of = false;
  std::span<SelectItem* const> returning;
  TokenRange range;
};

struct Delete {
  With* with = nullptr;
  TableRef* table = nullptr;
  std::span<TableRef* const> using_tables;
  Expr* where = nullptr;
  bool current_of = false;
  std::span<SelectItem* const> returning;
  TokenRange range;
};

struct TransactionStatement {
  enum class Kind : std::uint8_t {
    kBegin,
    kCommit,
    kRollback,
    kSavepoint,
    kRelease,
    kRollbackTo,
    kPrepare,
    kCommitPrepared,
    kRollbackPrepared
  };
  Kind kind = Kind::kBegin;
  std::string_view name;  // savepoint
  bool start = false;     // START TRANSACTION, which has that command tag
  bool chain = false;     // AND CHAIN
  TokenRange modes;       // ISOLATION LEVEL ... READ ONLY ... as written; empty: none
};

struct SetStatement {
  enum class Kind : std::uint8_t {
    kSet,
    kSetTransaction,
    kSetCharacteristics,
    kSetConstraints,
    kReset,
    kResetAll
  };
  Kind kind = Kind::kSet;
  bool local = false;
  std::string_view name;  // folded; TIME ZONE is "timezone", NAMES is "client_encoding", ROLE is
                          // "role", SESSION AUTHORIZATION is "session_authorization"
  std::span<Expr* const> values;  // empty: DEFAULT; bare words are kKeyword with the word in `op`,
                                  // as written and folded
  TokenRange value_range;
};

struct ShowStatement {
  std::string_view
      name;  // "all"; "transaction_isolation"; dotted names in full: "tessera.last_route"
};

struct ColumnDefinition {
  std::string_view name;
  std::string_view type;  // lower case, as written: "bigint", "serial", "numeric(10,2)", "timestamp
                          // with time zone"
  bool identity = false;  // GENERATED ... AS IDENTITY
  bool primary_key = false;
  bool unique = false;
  bool has_default = false;
  Expr* default_value = nullptr;
  bool references = false;
  QualifiedName referenced;          // REFERENCES t
  std::string_view constraint_name;  // of the key constraint, if one was written
  TokenRange constraint_name_range;
  TokenRange range;
};

struct TableConstraint {
  enum class Kind : std::uint8_t { kPrimaryKey, kUnique, kForeignKey, kCheck, kExclude };
  Kind kind = Kind::kCheck;
  std::string_view name;  // empty: none
  TokenRange name_range;
  std::span<const std::string_view> columns;
  QualifiedName referenced;  // kForeignKey
  TokenRange range;
};

struct CreateTable {
  bool temporary = false;
  bool unlogged = false;
  bool if_not_exists = false;
  QualifiedName name;
  std::span<ColumnDefinition* const> columns;
  std::span<TableConstraint* const> constraints;
  bool like = false;         // LIKE t INCLUDING ...
  bool partitioned = false;  // PARTITION BY or PARTITION OF
  bool inherits = false;
  bool of_type = false;
  Select* as_select = nullptr;  // CREATE TABLE AS
};

struct AlterTable {
  // kOther is every action that names no other object and adds no key: the planner lets it through.
  enum class Action : std::uint8_t {
    kAddColumn,
    kDropColumn,
    kAddConstraint,
    kDropConstraint,
    kRenameTable,
    kRenameColumn,
    kRenameConstraint,
    kSetSchema,
    kAlterColumnType,
    kOther
  };
  struct Change {
    Action action = Action::kOther;
    ColumnDefinition* column = nullptr;     // kAddColumn
    std::string_view column_name;           // kDropColumn, kRenameColumn, kAlterColumnType
    TableConstraint* constraint = nullptr;  // kAddConstraint
    std::string_view constraint_name;       // kDropConstraint, kRenameConstraint
    TokenRange constraint_name_range;
    TokenRange range;
  };
  QualifiedName name;
  bool only = false;
  bool if_exists = false;
  std::span<Change* const> changes;
};

struct DropTable {
  bool if_exists = false;
  bool cascade = false;
  std::span<const QualifiedName> names;
};

struct CreateIndex {
  bool unique = false;
  bool concurrently = false;
  bool if_not_exists = false;
  QualifiedName name;  // name.name empty: PostgreSQL chooses; name.range is then empty, at the
                       // place of the name
  TableRef* table = nullptr;
  std::span<const std::string_view>
      columns;  // plain key columns; an expression key is an empty name
};

struct DropIndex {
  bool concurrently = false;
  bool if_exists = false;
  bool cascade = false;
  std::span<const QualifiedName> names;
};

struct Truncate {
  bool cascade = false;
  bool restart_identity = false;
  std::span<TableRef* const> tables;
};

struct Explain {
  bool analyze = false;
  bool text_format = true;
  Statement* inner = nullptr;
  TokenRange inner_range;
};

struct Copy {
  QualifiedName table;  // empty name: COPY (query)
  std::span<const std::string_view> columns;
  Statement* query = nullptr;
  bool from = false;         // FROM: into the table
  bool standard_io = false;  // STDIN or STDOUT; else a file or program on the server
};

// A statement of which the planner knows the words only (CREATE VIEW, GRANT, LISTEN, VACUUM, DO
// ...), or that the grammar does not accept. `identifiers` are all its identifier tokens, folded,
// and every word inside its string constants (a DO block's body counts as text).
struct OtherStatement {
  std::string_view first_word;   // lower case
  std::string_view second_word;  // may be empty; of CREATE OR REPLACE TEMP VIEW it is "view"
  std::span<const std::string_view> identifiers;
  bool understood = false;  // false: it may hold more than its words tell, or be no SQL at all
  bool sentence = false;    // the grammar accepts it
  // If it does not: the first token that cannot stand where it does, as far as that is known.
  std::optional<TokenIndex> fault;
};

struct Statement {
  std::variant<Select*, Insert*, Update*, Delete*, TransactionStatement*, SetStatement*,
               ShowStatement*, CreateTable*, AlterTable*, DropTable*, CreateIndex*, DropIndex*,
               Truncate*, Explain*, Copy*, OtherStatement*>
      node;
  TokenRange range;
};

}  // namespace tessera::parser
