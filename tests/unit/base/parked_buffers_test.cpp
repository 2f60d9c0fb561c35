#include "base/parked_buffers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace tessera {
namespace {

constexpr std::size_t kMany = 40;
constexpr std::size_t kKept = 32;

// As a connection has them that has just received something and answered it.
std::unique_ptr<ParkedBuffers> used() {
  auto buffers = std::make_unique<ParkedBuffers>();
  buffers->unpark();
  buffers->out.reserve(100);
  const auto room = buffers->in.room();
  room[0] = 'x';
  buffers->in.received(1);
  buffers->in.consume(1);
  return buffers;
}

bool holds_memory(const ParkedBuffers& buffers) {
  return buffers.in.view().data() != nullptr || buffers.out.capacity() >= 100;
}

std::vector<std::unique_ptr<ParkedBuffers>> many_used() {
  std::vector<std::unique_ptr<ParkedBuffers>> all;
  std::generate_n(std::back_inserter(all), kMany, used);
  return all;
}

TEST(ParkedBuffers, OnlyTheLastThatWaitKeepTheirMemory) {
  const auto all = many_used();
  for (const auto& buffers : all) buffers->park();
  for (std::size_t i = 0; i < kMany; ++i) {
    EXPECT_EQ(holds_memory(*all[i]), i >= kMany - kKept) << i;
  }
}

TEST(ParkedBuffers, WhoWaitsNoLongerLosesNothing) {
  const auto all = many_used();
  all[0]->park();
  all[0]->unpark();
  for (std::size_t i = 1; i < kMany; ++i) all[i]->park();
  EXPECT_TRUE(holds_memory(*all[0]));
  EXPECT_FALSE(holds_memory(*all[1]));
}

TEST(ParkedBuffers, WhatIsHeldStays) {
  const auto all = many_used();
  const auto room = all[0]->in.room();
  room[0] = 'y';
  all[0]->in.received(1);
  all[0]->out = "unsent";
  for (const auto& buffers : all) buffers->park();
  EXPECT_EQ(all[0]->in.view(), "y");
  EXPECT_EQ(all[0]->out, "unsent");
}

TEST(ParkedBuffers, WhatHasGrownIsNotKept) {
  const auto buffers = used();
  while (!buffers->in.grown()) buffers->in.received(buffers->in.room().size());
  buffers->in.consume(buffers->in.view().size());
  buffers->park();
  EXPECT_EQ(buffers->in.view().data(), nullptr);
}

TEST(ParkedBuffers, WhoIsGoneIsNotLookedFor) {
  auto all = many_used();
  for (const auto& buffers : all) buffers->park();
  for (std::size_t i = 0; i < kMany; i += 2) all[i] = used();
  for (const auto& buffers : all) buffers->park();
  for (const auto& buffers : all) buffers->unpark();
  EXPECT_TRUE(holds_memory(*all[0]));
}

TEST(ParkedBuffers, ParkingTwiceIsParkingOnce) {
  const auto buffers = used();
  buffers->park();
  buffers->park();
  buffers->unpark();
  EXPECT_TRUE(holds_memory(*buffers));
}

}  // namespace
}  // namespace tessera
