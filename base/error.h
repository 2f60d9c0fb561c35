#pragma once
// An Error is a value in PostgreSQL's own terms: what a client will read in an ErrorResponse.
// Behaviour may depend on `sqlstate` and `retry`, never on the text.

#include <cstdint>
#include <string>

namespace tessera {

// What may be done with the statement that failed, decided where the error is born.
enum class Retry : std::uint8_t {
  kNever,      // it may have executed, or it will fail again
  kElsewhere,  // it provably did not execute; another server may take it
};

struct Error {
  // First on purpose: C++20 could otherwise make an Error of a lone string, and Result<std::string>
  // would be ambiguous. Errors are written with designated initialisers.
  struct Named {};
  Named named = {};

  std::string sqlstate;  // five characters, PostgreSQL appendix A
  std::string message;
  std::string detail = {};
  std::string hint = {};
  std::uint32_t position = 0;  // 1-based character in the client's statement; 0 = none
  Retry retry = Retry::kNever;
  bool fatal = false;  // the session ends with it
  // The body of the server's own ErrorResponse when a server said it: relayed with all its fields.
  std::string server_fields = {};
};

}  // namespace tessera
