#pragma once
// hashCode() of the Java object that a sharding value is by its column's type: Integer, Long,
// String, BigDecimal, Boolean or UUID.

#include <cstdint>

#include "base/result.h"
#include "rules/value.h"

namespace tessera::rules {

// `value` is not Null. Numerics of equal value hash alike: the zeros at the end of a fraction do
// not count. Errors: 0A000 dates and times, whose Java hash depends on the server's time zone, and
// floating point; 22P02 the text is none of its type.
[[nodiscard]] Result<std::int32_t> java_hash(const Value& value, ValueType type);

}  // namespace tessera::rules
