#pragma once
// pg_type.oid of the built-in types whose values can be routed by.

#include "proxy/catalog/schema.h"

namespace tessera::plan::oid {

inline constexpr catalog::Oid kUndeclared = 0;
inline constexpr catalog::Oid kBool = 16;
inline constexpr catalog::Oid kName = 19;
inline constexpr catalog::Oid kInt8 = 20;
inline constexpr catalog::Oid kInt2 = 21;
inline constexpr catalog::Oid kInt4 = 23;
inline constexpr catalog::Oid kText = 25;
inline constexpr catalog::Oid kUnknown = 705;
inline constexpr catalog::Oid kBpchar = 1042;
inline constexpr catalog::Oid kVarchar = 1043;
inline constexpr catalog::Oid kDate = 1082;
inline constexpr catalog::Oid kTimestamp = 1114;
inline constexpr catalog::Oid kTimestamptz = 1184;
inline constexpr catalog::Oid kNumeric = 1700;
inline constexpr catalog::Oid kUuid = 2950;

inline constexpr catalog::Oid kBoolArray = 1000;
inline constexpr catalog::Oid kInt2Array = 1005;
inline constexpr catalog::Oid kInt4Array = 1007;
inline constexpr catalog::Oid kTextArray = 1009;
inline constexpr catalog::Oid kBpcharArray = 1014;
inline constexpr catalog::Oid kVarcharArray = 1015;
inline constexpr catalog::Oid kInt8Array = 1016;
inline constexpr catalog::Oid kTimestampArray = 1115;
inline constexpr catalog::Oid kDateArray = 1182;
inline constexpr catalog::Oid kTimestamptzArray = 1185;
inline constexpr catalog::Oid kNumericArray = 1231;
inline constexpr catalog::Oid kUuidArray = 2951;

}  // namespace tessera::plan::oid
