#include "proxy/exec/array_builder.h"

#include <gtest/gtest.h>

#include <string>

namespace tessera::exec {
namespace {

using namespace std::string_literals;

// The expected bytes are what array_send() of PostgreSQL 15 gives.

TEST(ArrayBuilder, AnEmptyArrayHasNoDimension) {
  EXPECT_EQ(ArrayBuilder(23).finish(), "\0\0\0\0\0\0\0\0\0\0\0\x17"s);
}

TEST(ArrayBuilder, GivesArraySendsBytes) {
  ArrayBuilder texts(25);
  texts.add("a");
  texts.add(std::nullopt);
  texts.add("");
  EXPECT_EQ(std::move(texts).finish(),
            "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1\0\0\0\1a\xff\xff\xff\xff\0\0\0\0"s);
}

TEST(ArrayBuilder, SaysThatItHasNoNull) {
  ArrayBuilder numbers(23);
  numbers.add("\0\0\0\7"s);
  EXPECT_EQ(std::move(numbers).finish(),
            "\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\1\0\0\0\1\0\0\0\4\0\0\0\7"s);
}

TEST(ArrayBuilder, KnowsItsSize) {
  ArrayBuilder texts(25);
  EXPECT_EQ(texts.size_bytes(), 0U);
  texts.add(std::string(1000, 'x'));
  texts.add(std::nullopt);
  EXPECT_EQ(texts.size_bytes(), 1008U);
}

}  // namespace
}  // namespace tessera::exec
