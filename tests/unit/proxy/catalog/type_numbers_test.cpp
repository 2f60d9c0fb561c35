#include "proxy/catalog/type_numbers.h"

#include <gtest/gtest.h>

namespace tessera::catalog {
namespace {

// On the default shard 100 and 101 are mood and mood[], 102 a composite; the other shard counts
// otherwise.
std::vector<NumberedType> reference() {
  return {{.oid = 100, .name = "public.mood", .kind = 'e'},
          {.oid = 101, .name = "public._mood", .element = 100},
          {.oid = 102, .name = "public.place", .kind = 'c', .relation = 50},
          {.oid = 103, .name = "public.gone"}};
}

TEST(TypeNumbers, AreNoneWhereAllAgree) {
  EXPECT_EQ(make_type_numbers(reference(), reference(), {}), nullptr);
}

TEST(TypeNumbers, MapByNameInBothDirections) {
  const auto numbers = make_type_numbers(reference(),
                                         {{.oid = 101, .name = "public.mood", .kind = 'e'},
                                          {.oid = 100, .name = "public._mood", .element = 101}},
                                         {{7, 8}});
  ASSERT_NE(numbers, nullptr);
  EXPECT_EQ(numbers->type_for_client(101), 100U);
  EXPECT_EQ(numbers->type_for_client(100), 101U);
  EXPECT_EQ(numbers->type_for_shard(100), 101U);
  EXPECT_EQ(numbers->type_for_shard(101), 100U);
  EXPECT_EQ(numbers->type_for_client(23), 23U);
  EXPECT_EQ(numbers->table_for_client(7), 8U);
}

// A number that means another type on the other side must not be taken for it.
TEST(TypeNumbers, HideWhatTheOtherSideLacks) {
  const auto numbers = make_type_numbers(
      reference(), {{.oid = 103, .name = "public.mine"}, {.oid = 200, .name = "public.mood"}}, {});
  ASSERT_NE(numbers, nullptr);
  EXPECT_EQ(numbers->type_for_client(103), 705U);
  EXPECT_EQ(numbers->type_for_shard(103), 0U);
}

TEST(TypeNumbers, KnowWhatCarriesNumbersInBinary) {
  const auto numbers =
      make_type_numbers(reference(),
                        {{.oid = 200, .name = "public.mood", .kind = 'e'},
                         {.oid = 201, .name = "public._mood", .element = 200},
                         {.oid = 202, .name = "public.place", .kind = 'c', .relation = 50},
                         {.oid = 203, .name = "public.domain", .kind = 'd', .base = 201},
                         {.oid = 204, .name = "public.range", .kind = 'r', .bound = 200},
                         {.oid = 205, .name = "public.numbers", .element = 23},
                         {.oid = 206, .name = "public.far", .kind = 'r', .bound = 202},
                         {.oid = 207, .name = "public.fars", .kind = 'm', .bound = 202}},
                        {});
  ASSERT_NE(numbers, nullptr);
  using Layout = Carrier::Layout;
  for (const Oid array : {201U, 203U, 2287U}) {
    ASSERT_NE(numbers->carrier(array), nullptr) << array;
    EXPECT_EQ(numbers->carrier(array)->layout, Layout::kArray) << array;
  }
  for (const Oid record : {202U, 2249U}) {
    ASSERT_NE(numbers->carrier(record), nullptr) << record;
    EXPECT_EQ(numbers->carrier(record)->layout, Layout::kRecord) << record;
  }
  for (const auto& [range, layout] :
       {std::pair{206U, Layout::kRange}, {207U, Layout::kMultirange}}) {
    ASSERT_NE(numbers->carrier(range), nullptr) << range;
    EXPECT_EQ(numbers->carrier(range)->layout, layout) << range;
    EXPECT_EQ(numbers->carrier(range)->bound, 202U) << range;
  }
  for (const Oid none : {200U, 204U, 205U, 23U}) EXPECT_EQ(numbers->carrier(none), nullptr) << none;
}

// The row type of an actual table with a name of its own, and its array.
TEST(TypeNumbers, FindRowTypesByTheirTables) {
  const auto numbers =
      make_type_numbers({{.oid = 100, .name = "public.t_0", .kind = 'c', .relation = 50},
                         {.oid = 101, .name = "public._t_0", .element = 100}},
                        {{.oid = 301, .name = "public._t_3", .element = 300},
                         {.oid = 300, .name = "public.t_3", .kind = 'c', .relation = 60}},
                        {{60, 50}});
  ASSERT_NE(numbers, nullptr);
  EXPECT_EQ(numbers->type_for_client(300), 100U);
  EXPECT_EQ(numbers->type_for_client(301), 101U);
}

}  // namespace
}  // namespace tessera::catalog
