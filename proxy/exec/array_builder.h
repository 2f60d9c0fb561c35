#pragma once
// Collects one column's binary values into a PostgreSQL array in binary format (array_send's
// layout: dimensions, null flag, element type, then length and bytes of each element): a copy of
// bytes, nothing is decoded.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::exec {

class ArrayBuilder {
 public:
  explicit ArrayBuilder(std::uint32_t element_type);
  void add(std::optional<std::string_view> value);
  [[nodiscard]] std::size_t size_bytes() const { return bytes_.size(); }
  // One dimension with lower bound 1; an empty array has none.
  [[nodiscard]] std::string finish() &&;

 private:
  std::uint32_t element_type_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

}  // namespace tessera::exec
