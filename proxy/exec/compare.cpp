#include "proxy/exec/compare.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <type_traits>

#include "proxy/wire/byte_order.h"

namespace tessera::exec {

namespace {

// A month is 30 days, a day is 24 hours: 178 million years of months do not fit 64 bits of
// microseconds.
__extension__ using Wide = __int128;

constexpr std::int64_t kMicrosecondsPerSecond = 1'000'000;
constexpr std::int64_t kMicrosecondsPerDay = 86'400 * kMicrosecondsPerSecond;
constexpr int kDaysPerMonth = 30;

template <class T>
int three_way(T left, T right) {
  return left < right ? -1 : left > right ? 1 : 0;
}

int compare_bytes(std::string_view left, std::string_view right) {
  return three_way(left.compare(right), 0);
}

// A value of a size that its type does not have is a server's bug; it gets an order all the same,
// and nothing is read past its end.
bool both_have(std::string_view left, std::string_view right, std::size_t size) {
  return left.size() == size && right.size() == size;
}

template <class T>
int compare_integers(std::string_view left, std::string_view right) {
  if (!both_have(left, right, sizeof(T))) return compare_bytes(left, right);
  using Unsigned = std::make_unsigned_t<T>;
  return three_way(static_cast<T>(wire::load<Unsigned>(left.data())),
                   static_cast<T>(wire::load<Unsigned>(right.data())));
}

template <class Float, class Bits>
int compare_floats(std::string_view left, std::string_view right) {
  if (!both_have(left, right, sizeof(Float))) return compare_bytes(left, right);
  const auto a = std::bit_cast<Float>(wire::load<Bits>(left.data()));
  const auto b = std::bit_cast<Float>(wire::load<Bits>(right.data()));
  if (std::isnan(a) || std::isnan(b)) return three_way<int>(std::isnan(a), std::isnan(b));
  return three_way(a, b);
}

std::string_view without_trailing_spaces(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

int compare_padded(std::string_view left, std::string_view right) {
  return compare_bytes(without_trailing_spaces(left), without_trailing_spaces(right));
}

// Microseconds since midnight and seconds west of Greenwich; equal instants are ordered by zone.
int compare_zoned_times(std::string_view left, std::string_view right) {
  if (!both_have(left, right, 12)) return compare_bytes(left, right);
  const auto instant = [](std::string_view value) {
    const auto zone = static_cast<std::int32_t>(wire::load<std::uint32_t>(value.data() + 8));
    return static_cast<std::int64_t>(wire::load<std::uint64_t>(value.data())) +
           zone * kMicrosecondsPerSecond;
  };
  const int order = three_way(instant(left), instant(right));
  return order != 0 ? order : compare_integers<std::int32_t>(left.substr(8), right.substr(8));
}

int compare_intervals(std::string_view left, std::string_view right) {
  if (!both_have(left, right, 16)) return compare_bytes(left, right);
  const auto span = [](std::string_view value) {
    const auto time = static_cast<std::int64_t>(wire::load<std::uint64_t>(value.data()));
    const auto days = static_cast<std::int32_t>(wire::load<std::uint32_t>(value.data() + 8));
    const auto months = static_cast<std::int32_t>(wire::load<std::uint32_t>(value.data() + 12));
    return (Wide{months} * kDaysPerMonth + days) * kMicrosecondsPerDay + time;
  };
  return three_way(span(left), span(right));
}

// numeric_send: count of digits, weight of the first one, sign, display scale, then base-10000
// digits.
class Numeric {
 public:
  // Absent: not a numeric.
  static std::optional<Numeric> of(std::string_view value);
  [[nodiscard]] int compare(const Numeric& other) const;

 private:
  enum class Kind : std::uint8_t { kMinusInfinity, kFinite, kInfinity, kNan };
  static constexpr std::size_t kHead = 8;

  [[nodiscard]] std::uint16_t digit(std::size_t i) const {
    return i < count_ ? wire::load<std::uint16_t>(digits_ + 2 * i) : std::uint16_t{0};
  }
  [[nodiscard]] int compare_magnitude(const Numeric& other) const;
  void strip_leading_zeros();

  Kind kind_ = Kind::kFinite;
  int sign_ = 0;
  int weight_ = 0;
  std::size_t count_ = 0;
  const char* digits_ = nullptr;
};

std::optional<Numeric> Numeric::of(std::string_view value) {
  if (value.size() < kHead) return {};
  Numeric number;
  number.count_ = wire::load<std::uint16_t>(value.data());
  number.weight_ = static_cast<std::int16_t>(wire::load<std::uint16_t>(value.data() + 2));
  number.digits_ = value.data() + kHead;
  if (value.size() != kHead + 2 * number.count_) return {};
  switch (wire::load<std::uint16_t>(value.data() + 4)) {
    case 0x0000:
      number.sign_ = 1;
      break;
    case 0x4000:
      number.sign_ = -1;
      break;
    case 0xC000:
      number.kind_ = Kind::kNan;
      break;
    case 0xD000:
      number.kind_ = Kind::kInfinity;
      break;
    case 0xF000:
      number.kind_ = Kind::kMinusInfinity;
      break;
    default:
      return {};
  }
  number.strip_leading_zeros();
  return number;
}

// So that weights can be compared; zero is left without digits and has no sign.
void Numeric::strip_leading_zeros() {
  while (count_ > 0 && digit(0) == 0) {
    digits_ += 2;
    --count_;
    --weight_;
  }
  if (count_ == 0) sign_ = 0;
}

int Numeric::compare_magnitude(const Numeric& other) const {
  if (weight_ != other.weight_) return three_way(weight_, other.weight_);
  const std::size_t count = std::max(count_, other.count_);
  for (std::size_t i = 0; i < count; ++i) {
    if (digit(i) != other.digit(i)) return three_way(digit(i), other.digit(i));
  }
  return 0;
}

int Numeric::compare(const Numeric& other) const {
  if (kind_ != other.kind_) return three_way(kind_, other.kind_);
  if (kind_ != Kind::kFinite) return 0;
  if (sign_ != other.sign_) return three_way(sign_, other.sign_);
  return sign_ == 0 ? 0 : sign_ * compare_magnitude(other);
}

int compare_numerics(std::string_view left, std::string_view right) {
  const std::optional<Numeric> a = Numeric::of(left);
  const std::optional<Numeric> b = Numeric::of(right);
  if (!a || !b) return compare_bytes(left, right);
  return a->compare(*b);
}

struct Known {
  std::uint32_t type;
  Comparator comparator;
};

constexpr bool kCollatable = true;

// Object identifiers of pg_type, ascending.
constexpr Known kKnown[] = {
    {16, {compare_bytes}},                           // bool
    {17, {compare_bytes}},                           // bytea
    {18, {compare_bytes}},                           // "char"
    {19, {compare_bytes, kCollatable}},              // name
    {20, {compare_integers<std::int64_t>}},          // int8
    {21, {compare_integers<std::int16_t>}},          // int2
    {23, {compare_integers<std::int32_t>}},          // int4
    {25, {compare_bytes, kCollatable}},              // text
    {26, {compare_integers<std::uint32_t>}},         // oid
    {700, {compare_floats<float, std::uint32_t>}},   // float4
    {701, {compare_floats<double, std::uint64_t>}},  // float8
    {790, {compare_integers<std::int64_t>}},         // money
    {1042, {compare_padded, kCollatable}},           // bpchar
    {1043, {compare_bytes, kCollatable}},            // varchar
    {1082, {compare_integers<std::int32_t>}},        // date
    {1083, {compare_integers<std::int64_t>}},        // time
    {1114, {compare_integers<std::int64_t>}},        // timestamp
    {1184, {compare_integers<std::int64_t>}},        // timestamptz
    {1186, {compare_intervals}},                     // interval
    {1266, {compare_zoned_times}},                   // timetz
    {1700, {compare_numerics}},                      // numeric
    {2950, {compare_bytes}},                         // uuid
    {3220, {compare_integers<std::uint64_t>}},       // pg_lsn
};

}  // namespace

std::optional<Comparator> comparator_for(std::uint32_t type) {
  const auto* const found = std::ranges::lower_bound(kKnown, type, {}, &Known::type);
  if (found == std::end(kKnown) || found->type != type) return {};
  return found->comparator;
}

}  // namespace tessera::exec
