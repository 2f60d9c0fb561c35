#pragma once
// What a server says of a statement, in the client's own terms. Where actual tables have other
// names than the logical one, the server has seen another text than the client wrote.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/plan/plan.h"

namespace tessera::exec {

// A statement as one server was given it: `text` after `edits`.
struct Sent {
  const plan::Plan& plan;
  const plan::Target& target;
  const plan::Edits& edits;
  std::string_view text;
  const std::vector<parser::Token>& tokens;  // of `text`
};

// Names and the position of `error`, which is about `sent`, become the client's.
void translate(Error& error, const Sent& sent);
// The names of the actual tables of `targets`, and of their constraints, become the client's.
void translate_names(Error& error, const plan::Plan& plan,
                     const std::vector<plan::Target>& targets);
// NoticeResponse frames with such names in place.
[[nodiscard]] std::string translate_notices(std::string frames, const plan::Plan& plan,
                                            const std::vector<plan::Target>& targets);
// Moves the position, if there is one, behind so many characters of text before the statement.
void move_position(Error& error, std::uint32_t characters);

}  // namespace tessera::exec
