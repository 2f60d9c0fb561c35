#include "proxy/exec/numbers.h"

#include <gtest/gtest.h>

namespace tessera::exec {
namespace {

catalog::TypeNumbers numbers() {
  catalog::TypeNumbers out;
  out.types_to_client = {{200, 100}};
  out.types_to_shard = {{100, 200}};
  out.tables_to_client = {{60, 50}};
  return out;
}

TEST(Numbers, AreReplacedInARowDescription) {
  std::string out = "before";
  wire::put_row_description(out, {wire::Field{.name = "a", .table = 60, .type = 200},
                                  wire::Field{.name = "", .table = 0, .type = 23}});
  std::string wanted = "before";
  wire::put_row_description(wanted, {wire::Field{.name = "a", .table = 50, .type = 100},
                                     wire::Field{.name = "", .table = 0, .type = 23}});

  show_numbers(numbers(), out, 6);

  EXPECT_EQ(out, wanted);
}

TEST(Numbers, AreReplacedInAParameterDescription) {
  const auto described = [](std::int32_t type) {
    std::string out;
    const std::size_t mark = wire::begin_frame(out, 't');
    wire::put_i16(out, 2);
    wire::put_i32(out, type);
    wire::put_i32(out, 25);
    wire::end_frame(out, mark);
    return out;
  };
  std::string out = described(200);

  show_numbers(numbers(), out, 0);

  EXPECT_EQ(out, described(100));
}

// What a server should never send is left as it is, and nothing is read past its end.
TEST(Numbers, LeaveOtherMessagesAndShortOnes) {
  for (const std::string& bytes : {std::string("T\0\0\0\5\0", 6), std::string("T\0\0\0\7\0\1a", 8),
                                   std::string("D\0\0\0\x0a\0\1\0\0\0\xc8", 11), std::string()}) {
    std::string out = bytes;
    show_numbers(numbers(), out, 0);
    EXPECT_EQ(out, bytes);
  }
}

TEST(Numbers, OfAParseAreTheShards) {
  const catalog::TypeNumbers some = numbers();
  const std::vector<std::uint32_t> types{100, 0, 23};
  EXPECT_EQ(types_for_shard(&some, types), (std::vector<std::uint32_t>{200, 0, 23}));
  EXPECT_EQ(types_for_shard(nullptr, types), types);
}

}  // namespace
}  // namespace tessera::exec
