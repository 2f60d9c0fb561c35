#include "proxy/wire/frame.h"

#include <gtest/gtest.h>

#include <random>

namespace tessera::wire {
namespace {

using namespace std::string_literals;

constexpr std::size_t kBodyMax = 1 << 20;

std::string frame_of(char type, std::string_view body) {
  std::string out;
  const std::size_t mark = begin_frame(out, type);
  out.append(body);
  end_frame(out, mark);
  return out;
}

std::string with_length(char type, std::uint32_t length) {
  std::string out(1, type);
  put_i32(out, static_cast<std::int32_t>(length));
  return out + "body"s;
}

TEST(Frame, IsAbsentAtEveryCutAndWholeAtItsEnd) {
  const std::string bytes = frame_of('Q', "select 1\0"s);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto frame = first_frame(std::string_view(bytes).substr(0, cut), kBodyMax);
    ASSERT_TRUE(frame) << cut;
    EXPECT_FALSE(frame->has_value()) << cut;
  }
  const auto frame = first_frame(bytes, kBodyMax);
  ASSERT_TRUE(frame && *frame);
  EXPECT_EQ((*frame)->type, 'Q');
  EXPECT_EQ((*frame)->body, "select 1\0"s);
  EXPECT_EQ((*frame)->bytes, bytes);
}

TEST(Frame, TwoInOneBufferAreTakenOneAfterTheOther) {
  const std::string bytes = frame_of('P', "one") + frame_of('S', "");
  const auto first = first_frame(bytes, kBodyMax);
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->body, "one");
  const auto second = first_frame(std::string_view(bytes).substr((*first)->bytes.size()), kBodyMax);
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->type, 'S');
  EXPECT_TRUE((*second)->body.empty());
}

TEST(Frame, SizeIsKnownFromFiveBytesOn) {
  const std::string bytes = frame_of('D', std::string(1000, 'x'));
  for (std::size_t cut = 0; cut < kFrameHead; ++cut) {
    const auto size = frame_size(std::string_view(bytes).substr(0, cut), kBodyMax);
    ASSERT_TRUE(size);
    EXPECT_FALSE(size->has_value());
  }
  const auto size = frame_size(std::string_view(bytes).substr(0, kFrameHead), kBodyMax);
  ASSERT_TRUE(size && *size);
  EXPECT_EQ(**size, bytes.size());
}

TEST(Frame, RefusesLengthsThatCannotBe) {
  for (const std::uint32_t length : {0U, 1U, 2U, 3U, 0x80000000U, 0xffffffffU}) {
    const auto frame = first_frame(with_length('Q', length), SIZE_MAX);
    ASSERT_FALSE(frame) << length;
    EXPECT_EQ(frame.error().sqlstate, "08P01");
    EXPECT_EQ(frame.error().message, "invalid message length");
    EXPECT_TRUE(frame.error().fatal);
  }
}

TEST(Frame, RefusesABodyAboveTheLimitBeforeItArrives) {
  EXPECT_TRUE(frame_size(with_length('Q', 104), 100));
  EXPECT_FALSE(frame_size(with_length('Q', 105), 100));
}

TEST(Frame, NeverReadsPastRandomBytes) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 24, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 8 == 0 ? random() : random() % 6);
    const auto frame = first_frame(bytes, kBodyMax);
    if (frame && *frame) {
      EXPECT_LE((*frame)->bytes.size(), bytes.size());
    }
  }
}

TEST(Reader, GivesFieldsInOrder) {
  std::string body = "\x07"s;
  put_i16(body, -2);
  put_i32(body, 70'000);
  put_cstring(body, "name");
  body += "xyz";
  Reader reader(body);
  EXPECT_EQ(reader.u8(), 7);
  EXPECT_EQ(reader.i16(), -2);
  EXPECT_EQ(reader.i32(), 70'000);
  EXPECT_EQ(reader.cstring(), "name");
  EXPECT_EQ(reader.size(), 3U);
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.finish().error().message, "invalid message format");
  EXPECT_EQ(reader.bytes(3), "xyz");
  EXPECT_TRUE(reader.done());
  EXPECT_TRUE(reader.finish());
}

TEST(Reader, StaysFailedOnceItReadPastTheEnd) {
  Reader reader("\0\1\2"s);
  EXPECT_EQ(reader.i32(), 0);
  EXPECT_TRUE(reader.failed());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.i16(), 0);
  EXPECT_EQ(reader.cstring(), "");
  EXPECT_EQ(reader.bytes(0), "");
  EXPECT_FALSE(reader.done());
  EXPECT_EQ(reader.finish().error().sqlstate, "08P01");
  EXPECT_EQ(reader.finish().error().message, "insufficient data left in message");
}

TEST(Reader, SaysThatAStringHasNoEnd) {
  Reader reader("no end");
  EXPECT_EQ(reader.cstring(), "");
  EXPECT_EQ(reader.finish().error().message, "invalid string in message");
  EXPECT_FALSE(reader.finish().error().fatal);
}

}  // namespace
}  // namespace tessera::wire
