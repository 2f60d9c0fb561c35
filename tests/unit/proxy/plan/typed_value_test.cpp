#include "proxy/plan/typed_value.h"

#include <gtest/gtest.h>

namespace tessera::plan {
namespace {

using rules::ValueType;
using namespace std::string_view_literals;

TEST(TypedValue, ReadsBooleans) {
  for (const auto text : {"t", "TRUE", " yes ", "on", "1", "tr"}) EXPECT_EQ(bool_form(text), "t");
  for (const auto text : {"f", "False", "no", "off", "0", "of"}) EXPECT_EQ(bool_form(text), "f");
  for (const auto text : {"o", "", "2", "truely"}) EXPECT_EQ(bool_form(text), std::nullopt);
  EXPECT_EQ(binary_form("\1"sv, ValueType::kBool), "t");
}

TEST(TypedValue, ReadsUuids) {
  constexpr auto kForm = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
  for (const auto text :
       {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}",
        "a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11"}) {
    EXPECT_EQ(uuid_form(text), kForm) << text;
  }
  for (const auto text :
       {"", "{", "{a0eebc999c0b4ef8bb6d6bb9bd380a11", "a0e-ebc999c0b4ef8bb6d6bb9b",
        "a0eebc999c0b4ef8bb6d6bb9bd380a11-", "-a0eebc999c0b4ef8bb6d6bb9bd380a11"}) {
    EXPECT_EQ(uuid_form(text), std::nullopt) << text;
  }
  EXPECT_EQ(binary_form("\xa0\xee\xbc\x99\x9c\x0b\x4e\xf8\xbb\x6d\x6b\xb9\xbd\x38\x0a\x11"sv,
                        ValueType::kUuid),
            kForm);
}

TEST(TypedValue, ReadsDates) {
  EXPECT_EQ(date_form(" 2024-02-29 "), "2024-02-29");
  for (const auto text : {"2023-02-29", "2024-2-9", "29-02-2024", "today", "20240229", ""}) {
    EXPECT_EQ(date_form(text), std::nullopt) << text;
  }
  EXPECT_EQ(binary_form("\0\0\x22\x79"sv, ValueType::kDate), "2024-02-29");
  EXPECT_EQ(binary_form("\x7f\xff\xff\xff"sv, ValueType::kDate), std::nullopt);
}

TEST(TypedValue, ReadsTimestamps) {
  EXPECT_EQ(timestamp_form("2024-02-29 13:45:00.250"), "2024-02-29 13:45:00.25");
  EXPECT_EQ(timestamp_form("2024-02-29T13:45"), "2024-02-29 13:45:00");
  EXPECT_EQ(timestamp_form("2024-02-29"), "2024-02-29 00:00:00");
  for (const auto text : {"2024-02-29 24:00:00", "2024-02-29 13:45:00+01", "2024-02-29 13",
                          "2024-02-29 13:45:00.1234567", "infinity"}) {
    EXPECT_EQ(timestamp_form(text), std::nullopt) << text;
  }
  EXPECT_EQ(binary_form("\0\0\0\0\0\0\0\1"sv, ValueType::kTimestamp), "2000-01-01 00:00:00.000001");
  EXPECT_EQ(binary_form("\xff\xff\xff\xff\xff\xff\xff\xff"sv, ValueType::kTimestamp),
            "1999-12-31 23:59:59.999999");
}

// A moment has one form, whatever the offset it was written with.
TEST(TypedValue, BringsMomentsToUtc) {
  for (const auto text : {"2024-03-01 00:30:00+01", "2024-02-29T23:30:00Z",
                          "2024-02-29 20:00:00-03:30", "2024-03-01 00:30:00.000+0100"}) {
    EXPECT_EQ(timestamptz_form(text), "2024-02-29 23:30:00") << text;
  }
  EXPECT_EQ(timestamptz_form("2024-03-01 00:30:00"), std::nullopt);
  EXPECT_EQ(timestamptz_form("2024-03-01"), std::nullopt);
}

}  // namespace
}  // namespace tessera::plan
