#include "proxy/exec/numbers.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/wire/byte_order.h"

namespace tessera::exec {
namespace {

using catalog::Carrier;
using catalog::TypeNumbers;

constexpr std::size_t kCount = sizeof(std::uint16_t);
constexpr std::size_t kOid = sizeof(std::uint32_t);
// Of a field, behind its name: table, attribute, type, size, modifier, format.
constexpr std::size_t kTypeAt = kOid + sizeof(std::uint16_t);
constexpr std::size_t kFieldBytes = 18;

void show_parameters(const TypeNumbers& numbers, char* at, const char* end) {
  for (at += kCount; at + kOid <= end; at += kOid) {
    wire::store(at, numbers.type_for_client(wire::load<std::uint32_t>(at)));
  }
}

void show_columns(const TypeNumbers& numbers, char* at, const char* end) {
  at += kCount;
  while (at < end) {
    at = std::find(at, const_cast<char*>(end), '\0');
    if (static_cast<std::size_t>(end - at) < 1 + kFieldBytes) return;
    ++at;
    wire::store(at, numbers.table_for_client(wire::load<std::uint32_t>(at)));
    char* const type = at + kTypeAt;
    wire::store(type, numbers.type_for_client(wire::load<std::uint32_t>(type)));
    at += kFieldBytes;
  }
}

// Renumbers one binary value and what is nested in it.
class BinaryValue {
 public:
  BinaryValue(const TypeNumbers& numbers, std::span<char> value)
      : numbers_(numbers), at_(value.data()), end_(value.data() + value.size()) {}

  void show(const Carrier& carrier);

 private:
  [[nodiscard]] bool has(std::size_t bytes) const {
    return static_cast<std::size_t>(end_ - at_) >= bytes;
  }
  void skip(std::size_t bytes) { at_ += has(bytes) ? bytes : static_cast<std::size_t>(end_ - at_); }
  std::uint32_t take_u32();
  const Carrier* show_type();
  void show_part(const Carrier* carrier);
  void show_array();
  void show_record();

  const TypeNumbers& numbers_;
  char* at_;
  char* end_;
};

// 0 behind the end.
std::uint32_t BinaryValue::take_u32() {
  const std::uint32_t value = has(kOid) ? wire::load<std::uint32_t>(at_) : 0;
  skip(kOid);
  return value;
}

const Carrier* BinaryValue::show_type() {
  if (!has(kOid)) return nullptr;
  char* const place = at_;
  const std::uint32_t type = take_u32();
  wire::store(place, numbers_.type_for_client(type));
  return numbers_.carrier(type);
}

// A length and so many bytes; a null has the length -1.
void BinaryValue::show_part(const Carrier* carrier) {
  const auto length = static_cast<std::int32_t>(take_u32());
  if (length < 0) return;
  if (!has(static_cast<std::size_t>(length))) return skip(static_cast<std::size_t>(length));
  if (carrier != nullptr)
    BinaryValue(numbers_, {at_, static_cast<std::size_t>(length)}).show(*carrier);
  skip(static_cast<std::size_t>(length));
}

// Dimensions, flags, the elements' type, (length, lower bound) of each dimension, the elements.
void BinaryValue::show_array() {
  const std::size_t dimensions = take_u32();
  skip(sizeof(std::int32_t));
  const Carrier* const element = show_type();
  if (element == nullptr) return;
  skip(2 * sizeof(std::int32_t) * dimensions);
  while (at_ < end_) show_part(element);
}

// How many columns, then of each its type and value.
void BinaryValue::show_record() {
  skip(sizeof(std::int32_t));
  while (at_ < end_) show_part(show_type());
}

void BinaryValue::show(const Carrier& carrier) {
  using Layout = Carrier::Layout;
  const Carrier* const bound = numbers_.carrier(carrier.bound);
  const Carrier range{.layout = Layout::kRange, .bound = carrier.bound};
  switch (carrier.layout) {
    case Layout::kArray:
      return show_array();
    case Layout::kRecord:
      return show_record();
    case Layout::kRange:  // flags, then the bounds that it has
      for (skip(1); at_ < end_;) show_part(bound);
      return;
    case Layout::kMultirange:  // how many ranges, then these
      for (skip(sizeof(std::int32_t)); at_ < end_;) show_part(&range);
      return;
  }
}

Error refused(const catalog::Schema& schema, std::string_view what, std::uint32_t type) {
  const catalog::Type* known = schema.find_type(type);
  return Error{.sqlstate = "0A000",
               .message = fmt::format("{} of type {} cannot be transferred in binary format", what,
                                      known == nullptr ? std::to_string(type) : known->name),
               .detail = "Its values carry numbers of types, which differ between the shards.",
               .hint = "Use text format for it."};
}

std::int16_t format_of(const std::vector<std::int16_t>& formats, std::size_t column) {
  if (formats.size() == 1) return formats[0];
  return column < formats.size() ? formats[column] : std::int16_t{0};
}

}  // namespace

void show_numbers(const TypeNumbers& numbers, std::string& out, std::size_t from) {
  if (out.size() < from + wire::kFrameHead + kCount) return;
  char* const body = out.data() + from + wire::kFrameHead;
  const char* const end = out.data() + out.size();
  if (out[from] == 'T') show_columns(numbers, body, end);
  if (out[from] == 't') show_parameters(numbers, body, end);
}

void show_numbers(const TypeNumbers& numbers, std::vector<wire::Field>& fields) {
  for (wire::Field& field : fields) {
    field.table = numbers.table_for_client(field.table);
    field.type = numbers.type_for_client(field.type);
  }
}

void show_numbers(const TypeNumbers& numbers, const Carrier& carrier, std::span<char> value) {
  BinaryValue(numbers, value).show(carrier);
}

std::vector<std::uint32_t> types_for_shard(const TypeNumbers* numbers,
                                           std::vector<std::uint32_t> types) {
  if (numbers == nullptr) return types;
  for (std::uint32_t& type : types) type = numbers->type_for_shard(type);
  return types;
}

bool renumbers(const catalog::Schema& schema, const std::vector<plan::Target>& targets) {
  return !schema.type_numbers.empty() &&
         std::ranges::any_of(targets, [&](const plan::Target& target) {
           return numbers_of(schema, target.shard) != nullptr;
         });
}

bool carries_numbers(const catalog::Schema& schema, const std::vector<plan::Target>& targets,
                     std::uint32_t type) {
  return std::ranges::any_of(targets, [&](const plan::Target& target) {
    const TypeNumbers* numbers = numbers_of(schema, target.shard);
    return numbers != nullptr && numbers->carrier(numbers->type_for_shard(type)) != nullptr;
  });
}

bool asks_binary(const wire::BindMessage& bind) {
  const auto binary = [](const std::vector<std::int16_t>& formats) {
    return std::ranges::any_of(formats, [](std::int16_t format) { return format != 0; });
  };
  return binary(bind.parameter_formats) || binary(bind.result_formats);
}

bool gives_numbers(const catalog::Schema& schema, const std::vector<plan::Target>& targets,
                   const wire::BindMessage& bind, const Described& described) {
  for (std::size_t i = 0; i < described.fields.size(); ++i) {
    if (format_of(bind.result_formats, i) != 0 &&
        carries_numbers(schema, targets, described.fields[i].type))
      return true;
  }
  return false;
}

Status check_parameters(const catalog::Schema& schema, const std::vector<plan::Target>& targets,
                        const wire::BindMessage& bind, const Described& described) {
  for (std::size_t i = 0; i < described.parameter_types.size(); ++i) {
    const std::uint32_t type = described.parameter_types[i];
    const bool binary = i < bind.parameters.size() && bind.parameters[i] && bind.format_of(i) != 0;
    if (binary && carries_numbers(schema, targets, type))
      return refused(schema, fmt::format("parameter ${}", i + 1), type);
  }
  return {};
}

}  // namespace tessera::exec
