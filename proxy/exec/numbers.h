#pragma once
// Numbers of types and tables on their way between a client and a shard that has others than the
// default shard (catalog/type_numbers.h).

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "proxy/catalog/type_numbers.h"
#include "proxy/exec/request.h"

namespace tessera::exec {

// Null: the shard's numbers are the client's.
[[nodiscard]] inline const catalog::TypeNumbers* numbers_of(const catalog::Schema& schema,
                                                            rules::ShardIndex shard) {
  return shard < schema.type_numbers.size() ? schema.type_numbers[shard].get() : nullptr;
}

// The client's numbers in place of the shard's, in the RowDescription or ParameterDescription that
// begins at `from` in `out`. Its length stays. Other messages stay as they are.
void show_numbers(const catalog::TypeNumbers& numbers, std::string& out, std::size_t from);
void show_numbers(const catalog::TypeNumbers& numbers, std::vector<wire::Field>& fields);
// `types` of a Parse with the shard's numbers; `numbers` may be null.
[[nodiscard]] std::vector<std::uint32_t> types_for_shard(const catalog::TypeNumbers* numbers,
                                                         std::vector<std::uint32_t> types);

// The client's numbers in place of the shard's, in a binary value. A value that is not as
// PostgreSQL sends it stays as it is from there on.
void show_numbers(const catalog::TypeNumbers& numbers, const catalog::Carrier& carrier,
                  std::span<char> value);

// Has any of the targets numbers of its own?
[[nodiscard]] bool renumbers(const catalog::Schema& schema,
                             const std::vector<plan::Target>& targets);
// Does a binary value of the type (in the client's number) carry numbers that differ on any of
// them?
[[nodiscard]] bool carries_numbers(const catalog::Schema& schema,
                                   const std::vector<plan::Target>& targets, std::uint32_t type);
[[nodiscard]] bool asks_binary(const wire::BindMessage& bind);
// Does a column in binary format carry such numbers?
[[nodiscard]] bool gives_numbers(const catalog::Schema& schema,
                                 const std::vector<plan::Target>& targets,
                                 const wire::BindMessage& bind, const Described& described);
// Errors: 0A000 a parameter in binary format carries such numbers.
[[nodiscard]] Status check_parameters(const catalog::Schema& schema,
                                      const std::vector<plan::Target>& targets,
                                      const wire::BindMessage& bind, const Described& described);

}  // namespace tessera::exec
