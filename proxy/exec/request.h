#pragma once
// A Request: one execution of a plan, with everything that belongs to this execution only. A small
// struct of references; it lives in the frame of the coroutine that runs it.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/plan/route.h"
#include "proxy/txn/transaction.h"

namespace tessera::exec {

// What PostgreSQL says of the client's own statement: the types of its parameters and its columns.
struct Described {
  std::vector<std::uint32_t> parameter_types;
  bool returns_rows = false;
  std::string row_description;  // body of the message; `fields` points into it
  std::vector<wire::Field> fields;
};

// Messages around a Parse; their replies say nothing.
struct ParseScope {
  std::string before;
  std::string after;
};

struct Request {
  txn::Transaction& transaction;
  const plan::Plan& plan;
  std::string_view text;                       // the statement's own text
  const std::vector<parser::Token>& tokens;    // of `text`, folded as the plan is
  const std::vector<parser::TextSpan>& items;  // of folded lists, where the plan is folded
  const plan::Values& values;
  const std::vector<plan::Target>& targets;  // not empty
  const std::vector<std::uint32_t>* target_of_row =
      nullptr;                                // InsertSplit: ordinal in `targets` of each row
  std::vector<std::uint32_t> declared_types;  // of Parse; empty in the simple protocol
  const wire::BindMessage* bind = nullptr;    // null in the simple protocol
  ParseScope scope;
  bool suspendable = false;  // the client fetches n rows at a time
  backend::Side side = backend::Side::kPrimary;
  Deadline deadline;
  std::uint64_t memory_bytes_max = 0;
  // Filled by describe() when it is needed; may outlive the request with the cached plan.
  std::shared_ptr<const Described>& described;
};

// Asks the first target about the client's statement, once.
// Errors: the server's (42P01, 42703, 42804 ...).
Task<Result<std::shared_ptr<const Described>>> describe(Request& request);

}  // namespace tessera::exec
