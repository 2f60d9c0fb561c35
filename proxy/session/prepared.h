#pragma once
// What a client has prepared and bound: statements and portals by the client's own names.

#include <memory>
#include <string>
#include <vector>

#include "proxy/exec/scatter.h"
#include "proxy/session/plan_cache.h"

namespace tessera::session {

// The client's own statement, where what runs is another text: with values put into its blanks.
struct Origin {
  std::string text;
  std::vector<parser::Token> tokens;  // of `text`
  plan::Edits edits;                  // what made the other text of it
};

// A statement that is about to run: its text, where its constants are, and its plan.
struct PlannedStatement {
  std::string text;         // the statement's own text
  std::string_view before;  // what the client wrote before it: positions count from there
  parser::Shape shape;      // spans into `text`
  parser::ScanOptions options;
  std::vector<parser::Token> tokens;    // made when first needed, folded as the plan is
  std::vector<parser::TextSpan> items;  // of folded lists; made with the tokens
  std::shared_ptr<CachedPlan> cached;   // null: an empty statement
  std::uint64_t catalog_version = 0;
  std::string deallocates;  // a statement of the protocol that this one, as SQL, names
  std::shared_ptr<const parser::Hints> hints;  // null: none
  std::shared_ptr<const Origin> origin;        // null: the text is the client's

  [[nodiscard]] const plan::Plan& plan() const { return *cached->plan; }
  const std::vector<parser::Token>& all_tokens();
  // With its constants and hints.
  [[nodiscard]] plan::Values values() const;
};

// The hints in `before`, what the client wrote between a statement and the one before it.
[[nodiscard]] std::shared_ptr<const parser::Hints> hints_before(std::string_view before);

struct PreparedStatement : PlannedStatement {
  // Would `message` give this statement again, if nothing but its text counted?
  [[nodiscard]] bool is(const wire::ParseMessage& message) const;

  std::string name;
  std::string leading;   // comments and blanks; `before` points here
  std::string trailing;  // behind the text: a semicolon, blanks
  std::vector<std::uint32_t> types;
  std::uint64_t key = 0;  // of text and types
  // The connection that the session keeps knows it by the client's own name (own_names.cpp).
  bool own_name = false;
  bool made_by_sql = false;  // by PREPARE: nothing more is known of it
  // When it was parsed, in PostgreSQL's sense:
  std::shared_ptr<const backend::SessionSettings> settings;
  std::string search_path;
  // What ran last in its place, with parameters in its blanks; null: nothing.
  std::shared_ptr<PreparedStatement> completed;
};

struct Portal {
  void take_parameters(const wire::BindMessage& message);
  // Keeps the Bind message, for what is not relayed.
  void keep(std::string_view bind_message);
  // Empties it for another; what memory it has is used again.
  void reuse();

  std::string name;
  std::uint64_t number = 0;  // counts the session's portals
  std::shared_ptr<PreparedStatement> statement;
  std::string tag;         // of a scattered write that has run
  std::string bind_body;   // kept only for what is not relayed
  wire::BindMessage bind;  // its views point into bind_body
  std::vector<plan::Parameter> parameters;
  std::vector<plan::Target> targets;
  std::vector<std::uint32_t> target_of_row;
  txn::Participant* participant = nullptr;  // relayed: the connection that has the portal
  exec::Opened opened;                      // scattered: after the first Execute
  bool renumbered = false;  // its rows have numbers of types that clients know by others
  bool started = false;
  bool ended = false;
};

}  // namespace tessera::session
