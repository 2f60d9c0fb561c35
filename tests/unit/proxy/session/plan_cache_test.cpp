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
                .search_path_text = &path_text_,
                .parameter_types = &types};
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

  std::vector<std::uint32_t> types;
  PlanCache cache{1U << 20U};
  std::shared_ptr<const catalog::Catalog> catalog = plan::testing::shop_catalog();

 private:
  std::string text_;
  std::vector<std::string> path_;
  std::string path_text_;
  parser::Shape shape_;
  PlanRequest request_;

 protected:
  parser::Shape collided_;
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

// A hash can collide; a plan of another statement would send rows to the wrong shard.
TEST_F(PlanCacheTest, ACollisionNeverGivesTheOthersPlan) {
  const auto collide = [this](const std::string& text) {
    PlanRequest request = asked(text);
    collided_ = *request.shape;
    collided_.fingerprint = {.low = 1, .high = 2};
    request.shape = &collided_;
    return request;
  };
  const auto first = cache.find_or_make(collide("SELECT 1"), catalog);
  ASSERT_TRUE(first);
  EXPECT_EQ(cache.find(collide("SELECT * FROM orders WHERE customer_id = 1"), *catalog), nullptr);
  EXPECT_FALSE(cache.knows(*collide("SELECT * FROM orders WHERE customer_id = 1").shape));
  const auto second =
      cache.find_or_make(collide("SELECT * FROM orders WHERE customer_id = 1"), catalog);
  ASSERT_TRUE(second);
  EXPECT_NE(*first, *second);
  EXPECT_EQ((*second)->plan->route.kind, plan::RouteSpec::Kind::kSharded);
  EXPECT_EQ(*cache.find(collide("SELECT 5"), *catalog), *first);
  EXPECT_EQ(*cache.find(collide("SELECT * FROM orders WHERE customer_id = 2"), *catalog), *second);
}

// What PostgreSQL says of $1 depends on the type that Parse has declared.
TEST_F(PlanCacheTest, APlanIsOfItsParameterTypes) {
  types = {23};
  const Cached number = made("SELECT $1");
  types = {25};
  EXPECT_EQ(found("SELECT $1"), nullptr);
  const Cached text = made("SELECT $1");
  EXPECT_NE(number, text);
  types = {23};
  EXPECT_EQ(found("SELECT $1"), number);
}

// The simple protocol declares none, and neither do most drivers.
TEST_F(PlanCacheTest, BothProtocolsShareAPlan) {
  const Cached simple = made("SELECT 1");
  types = {23};
  EXPECT_EQ(found("SELECT 2"), simple);
  types = {};
  const Cached extended = made("SELECT * FROM orders WHERE customer_id = $1");
  EXPECT_EQ(found("SELECT * FROM orders WHERE customer_id = $1"), extended);
}

TEST_F(PlanCacheTest, ManySessionsOfAThreadParseOnce) {
  for (int session = 0; session < 50; ++session) made("SELECT " + std::to_string(session));
  EXPECT_EQ(cache.misses(), 1U);
  EXPECT_EQ(cache.hits(), 49U);
}

std::string shape_number(int number) { return "SELECT a" + std::to_string(number); }

TEST_F(PlanCacheTest, StaysWithinItsBytes) {
  PlanCache small(64U << 10U);
  std::size_t most = 0;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(small.find_or_make(asked(shape_number(i)), catalog));
    EXPECT_LE(small.bytes(), 64U << 10U);
    most = std::max(most, small.bytes());
  }
  EXPECT_GT(most, 48U << 10U);
  EXPECT_NE(small.find(asked(shape_number(499)), *catalog), nullptr);
  EXPECT_EQ(small.find(asked(shape_number(0)), *catalog), nullptr);
}

// Alternatives that are kept are the larger part of a plan that has many.
TEST_F(PlanCacheTest, CountsAlternatives) {
  const auto bytes_of = [this](int branches) {
    std::string text = "SELECT * FROM t_order WHERE (user_id = 1 AND order_id = 1)";
    for (int i = 1; i < branches; ++i) text += " OR (user_id = 2 AND order_id = 2)";
    return made(text)->bytes;
  };
  EXPECT_GT(bytes_of(40), bytes_of(20) + 20 * 2 * sizeof(plan::Condition));
}

TEST_F(PlanCacheTest, KeepsWhatIsUsed) {
  PlanCache small(64U << 10U);
  ASSERT_TRUE(small.find_or_make(asked("SELECT 1"), catalog));
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(small.find_or_make(asked(shape_number(i)), catalog));
    ASSERT_NE(small.find(asked("SELECT 1"), *catalog), nullptr) << i;
  }
}

TEST_F(PlanCacheTest, OneThatIsTooLargeStandsAlone) {
  PlanCache tiny(16);
  ASSERT_TRUE(tiny.find_or_make(asked("SELECT 1"), catalog));
  EXPECT_NE(tiny.find(asked("SELECT 2"), *catalog), nullptr);
  ASSERT_TRUE(tiny.find_or_make(asked("SELECT 1, 2"), catalog));
  EXPECT_EQ(tiny.find(asked("SELECT 2"), *catalog), nullptr);
}

TEST_F(PlanCacheTest, StalePlansGoWithTheMissesThatFollow) {
  for (int i = 0; i < 100; ++i) made(shape_number(i));
  const std::size_t full = cache.bytes();
  auto changed = std::make_shared<catalog::Catalog>(*catalog);
  ++changed->version;
  catalog = changed;
  EXPECT_EQ(found(shape_number(1)), nullptr);
  EXPECT_EQ(cache.bytes(), full);
  for (int i = 0; i < 4; ++i) made(shape_number(i));
  EXPECT_LT(cache.bytes(), full / 10);
}

std::string in_list(int length, const std::string& behind = "") {
  std::string text = "SELECT * FROM orders WHERE customer_id IN (1";
  for (int i = 2; i <= length; ++i) text += ", " + std::to_string(i);
  return text + ")" + behind;
}

std::string rows(int length) {
  std::string text = "INSERT INTO orders (order_id, customer_id) VALUES (1, 1)";
  for (int i = 2; i <= length; ++i) text += ", (" + std::to_string(i) + ", 7)";
  return text;
}

TEST_F(PlanCacheTest, ListsOfAnyLengthHaveOnePlan) {
  const Cached list = made(in_list(3));
  const Cached insert = made(rows(1000));
  const std::size_t full = cache.bytes();
  for (int length = 2; length <= 1000; ++length) {
    ASSERT_EQ(made(in_list(length)), list) << length;
    ASSERT_EQ(made(rows(length)), insert) << length;
  }
  EXPECT_EQ(cache.misses(), 2U);
  EXPECT_EQ(cache.bytes(), full);
  EXPECT_LT(full, 8000U);
}

// A pinned constant behind the list is found behind one of another length.
TEST_F(PlanCacheTest, APinnedConstantMovesWithTheList) {
  const Cached one = made(in_list(2, " ORDER BY 1"));
  EXPECT_EQ(found(in_list(9, " ORDER BY 1")), one);
  EXPECT_EQ(found(in_list(9, " ORDER BY 2")), nullptr);
  const Cached two = made(in_list(9, " ORDER BY 2"));
  EXPECT_NE(one, two);
  EXPECT_EQ(found(in_list(5, " ORDER BY 2")), two);
  EXPECT_EQ(found(in_list(5, " ORDER BY 1")), one);
}

// Its own values decide: the two lists say the same or they do not.
std::string grouped(int length) {
  std::string list = "customer_id IN (1";
  for (int i = 2; i <= length; ++i) list += ", " + std::to_string(i);
  list += ")";
  return "SELECT " + list + ", count(*) FROM orders GROUP BY " + list;
}

TEST_F(PlanCacheTest, APlanForCertainLengthsIsForThese) {
  std::vector<Cached> plans;
  for (int length = 2; length <= 100; ++length) plans.push_back(made(grouped(length)));
  for (int length = 2; length <= 100; ++length)
    ASSERT_EQ(found(grouped(length)), plans[static_cast<std::size_t>(length) - 2]) << length;
  EXPECT_EQ(cache.misses(), 99U);
  EXPECT_TRUE(cache.knows(*asked(grouped(3)).shape));
  EXPECT_FALSE(cache.knows(*asked(grouped(101)).shape));
}

TEST_F(PlanCacheTest, PlansForCertainLengthsStayWithinTheBytes) {
  PlanCache small(64U << 10U);
  for (int length = 2; length <= 300; ++length) {
    ASSERT_TRUE(small.find_or_make(asked(grouped(length)), catalog));
    ASSERT_LE(small.bytes(), 64U << 10U);
    ASSERT_NE(small.find(asked(grouped(length)), *catalog), nullptr) << length;
  }
}

TEST_F(PlanCacheTest, AnErrorIsNotKept) {
  EXPECT_FALSE(cache.find_or_make(asked("SELECT * FROM audit, settings_kv"), catalog));
  EXPECT_FALSE(cache.find_or_make(asked("SELECT * FROM audit, settings_kv"), catalog));
  EXPECT_EQ(cache.misses(), 2U);
}

}  // namespace
}  // namespace tessera::session
