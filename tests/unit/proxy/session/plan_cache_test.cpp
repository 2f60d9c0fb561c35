#include "proxy/session/plan_cache.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parser/shape.h"
#include "tests/plans/shop_catalog.h"

namespace tessera::session {
namespace {

using Cached = std::shared_ptr<CachedPlan>;

class PlanCacheTest : public testing::Test {
 protected:
  // A statement as a session asks for it; valid until the next.
  const PlanRequest& asked(const std::string& text, const std::string& path = "public") {
    text_ = text;
    path_ = {path};
    path_text_ = path;
    EXPECT_TRUE(parser::scan(text_, 0, {}, shape_));
    request_ = {.text = text_,
                .shape = &shape_,
                .options = {},
                .search_path = &path_,
                .search_path_text = &path_text_};
    return request_;
  }
  Cached made(const std::string& text, const std::string& path = "public") {
    auto cached = cache.find_or_make(asked(text, path), catalog);
    EXPECT_TRUE(cached) << cached.error().message;
    return cached ? *cached : nullptr;
  }
  Cached found(const std::string& text, const std::string& path = "public") {
    const Cached* cached = cache.find(asked(text, path), *catalog);
    return cached == nullptr ? nullptr : *cached;
  }

  PlanCache cache{3};
  std::shared_ptr<const catalog::Catalog> catalog = plan::testing::shop_catalog();

 private:
  std::string text_;
  std::vector<std::string> path_;
  std::string path_text_;
  parser::Shape shape_;
  PlanRequest request_;
};

TEST_F(PlanCacheTest, FindsWhatWasMadeForTheSameShape) {
  EXPECT_EQ(found("SELECT 1"), nullptr);
  const Cached plan = made("SELECT 1");
  EXPECT_EQ(found("select  2 -- a comment"), plan);
  EXPECT_EQ(made("SELECT 3"), plan);
  EXPECT_EQ(cache.misses(), 1U);
  EXPECT_EQ(cache.hits(), 2U);
}

TEST_F(PlanCacheTest, FindsEachOfSeveralShapes) {
  const Cached one = made("SELECT 1");
  const Cached two = made("SELECT 1, 2");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(found("SELECT 7"), one);
    EXPECT_EQ(found("SELECT 7, 8"), two);
    EXPECT_EQ(found("SELECT 9, 10"), two);
    EXPECT_EQ(found("SELECT 7, 8, 9"), nullptr);
  }
}

TEST_F(PlanCacheTest, APlanIsOfItsSearchPath) {
  const Cached here = made("SELECT 1");
  EXPECT_EQ(found("SELECT 1", "elsewhere"), nullptr);
  const Cached there = made("SELECT 1", "elsewhere");
  EXPECT_NE(here, there);
  EXPECT_EQ(found("SELECT 1"), here);
  EXPECT_EQ(found("SELECT 1", "elsewhere"), there);
}

// What the constants of a DDL statement or a SET mean is not known: its plan is of its values.
TEST_F(PlanCacheTest, APlanIsOfTheConstantsThatDecidedIt) {
  const Cached second = made("SET statement_timeout = 2");
  EXPECT_EQ(found("SET statement_timeout = 3"), nullptr);
  const Cached third = made("SET statement_timeout = 3");
  EXPECT_NE(second, third);
  EXPECT_EQ(found("SET statement_timeout = 2"), second);
  EXPECT_EQ(found("SET statement_timeout = 3"), third);
}

TEST_F(PlanCacheTest, ForgetsAllWhenTheCatalogChanges) {
  made("SELECT 1");
  auto changed = std::make_shared<catalog::Catalog>(*catalog);
  ++changed->version;
  catalog = changed;
  EXPECT_EQ(found("SELECT 1"), nullptr);
  const Cached anew = made("SELECT 1");
  EXPECT_EQ(found("SELECT 2"), anew);
}

TEST_F(PlanCacheTest, ForgetsWhatWasUsedLongestAgo) {
  const Cached one = made("SELECT 1");
  made("SELECT 1, 2");
  const Cached three = made("SELECT 1, 2, 3");
  EXPECT_EQ(found("SELECT 4"), one);
  const Cached four = made("SELECT 1, 2, 3, 4");
  EXPECT_EQ(found("SELECT 1, 2"), nullptr);
  EXPECT_EQ(found("SELECT 4"), one);
  EXPECT_EQ(found("SELECT 4, 5, 6"), three);
  EXPECT_EQ(found("SELECT 4, 5, 6, 7"), four);
}

TEST_F(PlanCacheTest, AnErrorIsNotKept) {
  EXPECT_FALSE(cache.find_or_make(asked("SELECT * FROM audit, settings_kv"), catalog));
  EXPECT_FALSE(cache.find_or_make(asked("SELECT * FROM audit, settings_kv"), catalog));
  EXPECT_EQ(cache.misses(), 2U);
}

}  // namespace
}  // namespace tessera::session
