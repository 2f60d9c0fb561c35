#include "proxy/exec/array_builder.h"

#include <utility>

#include "proxy/wire/frame.h"

namespace tessera::exec {

namespace {

constexpr std::int32_t kNull = -1;
constexpr std::int32_t kLowerBound = 1;

}  // namespace

ArrayBuilder::ArrayBuilder(std::uint32_t element_type) : element_type_(element_type) {}

void ArrayBuilder::add(std::optional<std::string_view> value) {
  ++count_;
  if (!value) {
    has_null_ = true;
    wire::put_i32(bytes_, kNull);
    return;
  }
  wire::put_i32(bytes_, static_cast<std::int32_t>(value->size()));
  bytes_.append(*value);
}

std::string ArrayBuilder::finish() && {
  const std::int32_t dimensions = count_ == 0 ? 0 : 1;
  std::string head;
  wire::put_i32(head, dimensions);
  wire::put_i32(head, has_null_ ? 1 : 0);
  wire::put_i32(head, static_cast<std::int32_t>(element_type_));
  if (dimensions == 1) {
    wire::put_i32(head, static_cast<std::int32_t>(count_));
    wire::put_i32(head, kLowerBound);
  }
  bytes_.insert(0, head);
  return std::move(bytes_);
}

}  // namespace tessera::exec
