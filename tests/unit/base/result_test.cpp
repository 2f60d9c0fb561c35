#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace tessera {
namespace {

Error refused() { return Error{.sqlstate = "0A000", .message = "refused"}; }

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> value = 7;
  const Result<int> error = refused();
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, 7);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().sqlstate, "0A000");
}

TEST(Result, OfTextIsNoError) {
  const Result<std::string> text = std::string("0A000");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "0A000");
}

TEST(Result, IsMadeOfWhatItsValueIsMadeOf) {
  const Result<std::shared_ptr<const int>> shared = std::make_shared<int>(3);
  ASSERT_TRUE(shared);
  EXPECT_EQ(**shared, 3);
  Result<std::shared_ptr<int>> narrow = std::make_shared<int>(4);
  const Result<std::shared_ptr<const int>> wide = std::move(narrow);
  ASSERT_TRUE(wide);
  EXPECT_EQ(**wide, 4);
  const Result<std::shared_ptr<const int>> failed = Result<std::shared_ptr<int>>(refused());
  EXPECT_EQ(failed.error().message, "refused");
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 5);
}

TEST(Result, CopiesAreTheirOwn) {
  Result<int> error = refused();
  const Result<int> copy = error;
  error = 8;
  EXPECT_FALSE(copy);
  EXPECT_EQ(copy.error().message, "refused");
  EXPECT_EQ(*error, 8);
}

TEST(Result, WithoutAValueIsNotAskedForOne) {
  Result<int> error = refused();
  EXPECT_THROW((void)error.value(), std::logic_error);
  EXPECT_THROW(Status(refused()).value(), std::logic_error);
}

TEST(Status, SucceedsUnlessItHoldsAnError) {
  Status status;
  EXPECT_TRUE(status);
  status = refused();
  EXPECT_FALSE(status);
  EXPECT_EQ(status.error().sqlstate, "0A000");
  const Status copy = status;
  status = Status{};
  EXPECT_TRUE(status);
  EXPECT_FALSE(copy);
}

// Frames of coroutines, which idle clients hold, are made of them.
TEST(Status, IsAsLargeAsAPointer) { EXPECT_EQ(sizeof(Status), sizeof(void*)); }

}  // namespace
}  // namespace tessera
