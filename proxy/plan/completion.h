#pragma once
// A Completion: what of a statement has to be made before it can be routed. Keys that the rules
// generate, and values of sharding columns that PostgreSQL alone can compute (now(), nextval()).
//
// Each such value is a blank. Once all are known they are put into the statement's text, as
// constants or as parameters, and the statement that comes of it is planned and routed like any
// other: what decides the shard is what is stored and compared.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/catalog/schema.h"
#include "proxy/plan/edit.h"

namespace tessera::plan {

struct Blank {
  enum class Kind : std::uint8_t { kGenerated, kAsked };
  Kind kind = Kind::kGenerated;
  // What the value takes the place of: of kAsked the expression. Empty: it stands before `first`.
  parser::TokenRange replaced;
  std::string before;     // stands in front of the value
  std::string after;      // and behind it
  std::string generator;  // kGenerated: its name in the rules
  bool number = false;    // kGenerated: the column holds numbers
  // kAsked:
  catalog::Oid type = 0;     // the column's
  std::string type_name;     // as SQL needs it
  bool stored = false;       // it is assigned to the column; else it is compared with it
  bool each_time = false;    // volatile: a value of its own wherever it stands
  bool of_sequence = false;  // sequences are on the default shard
};

struct Completion {
  std::vector<Blank> blanks;  // in the order of the text
  Edits edits;                // column lists that name the generated column
  // Without it the statement can be routed all the same, to more shards than need be.
  bool optional = false;
};

// More values than this are not asked for: a select list ends at 1,664.
inline constexpr std::size_t kAskedMax = 800;

// What a server is asked. Each answer is two columns: the value, for its type, and its text.
struct Question {
  std::string sql;
  std::vector<std::uint32_t> parameters;  // $1, $2 ... of `sql`: the client's, from 0
  // Of each blank: which answer is its own; absent: it is generated.
  std::vector<std::optional<std::uint32_t>> answer_of_blank;
  std::uint32_t answers = 0;  // 0: there is nothing to ask
  bool of_sequence = false;
  std::uint32_t expressions_at = 0;  // where in `sql` the client's own text begins
};
[[nodiscard]] Question make_question(const Completion& completion, std::string_view text,
                                     const std::vector<parser::Token>& tokens);

// The text of an answer as PostgreSQL reads it in every DateStyle.
[[nodiscard]] std::string readable_answer(const Blank& blank, std::string text);

// The type's name in a cast, as routing knows it too; empty: there is none.
[[nodiscard]] std::string cast_name(const catalog::Schema& schema, catalog::Oid type);

// Does PostgreSQL store a value of type `from` in a column of type `to` without being told to cast?
[[nodiscard]] bool is_assignable(catalog::Oid from, catalog::Oid to);

// 'text' as SQL, whatever standard_conforming_strings says.
[[nodiscard]] std::string quoted_literal(std::string_view text);

// The edits that put `values` (SQL) into the blanks; an absent one leaves its blank as it is.
[[nodiscard]] Edits completing_edits(const Completion& completion,
                                     const std::vector<std::optional<std::string>>& values);

}  // namespace tessera::plan
