#include "proxy/session/shared_plans.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "proxy/session/plan_cache.h"
#include "tests/plans/shop_catalog.h"

namespace tessera::session {
namespace {

// What one thread asks by; valid as long as it stands where it is.
struct Question {
  explicit Question(std::string statement) : text(std::move(statement)) {
    EXPECT_TRUE(parser::scan(text, 0, {}, shape));
    request = {.text = text,
               .shape = &shape,
               .options = {},
               .search_path = &path,
               .search_path_text = &path.front()};
  }
  Question(const Question&) = delete;

  std::string text;
  std::vector<std::string> path{"public"};
  parser::Shape shape;
  PlanRequest request;
};

std::string wide_join() {
  std::string text = "SELECT * FROM orders o WHERE customer_id = 1";
  for (int i = 0; i < 300; ++i) text += " AND (total > 1 OR status IN ('a', 'b', 'c'))";
  return text;
}

class SharedPlansTest : public testing::Test {
 protected:
  SharedPlans shared;
  std::shared_ptr<const catalog::Catalog> catalog = plan::testing::shop_catalog();
};

TEST_F(SharedPlansTest, AStormOfMissesParsesOnce) {
  constexpr int kThreads = 8;
  std::atomic<int> ready{0};
  std::vector<std::shared_ptr<const CachedPlan>> plans(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const Question question(wide_join());
      PlanCache cache(1U << 20U, &shared);
      ++ready;
      while (ready < kThreads) std::this_thread::yield();
      const auto made = cache.find_or_make(question.request, catalog);
      if (made) plans[static_cast<std::size_t>(i)] = (*made)->origin;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(shared.made(), 1U);
  EXPECT_EQ(shared.found(), kThreads - 1U);
  for (const auto& plan : plans) EXPECT_EQ(plan, plans.front());
}

// What one thread has planned for a list of one length serves another's of another length, but
// where the list itself has decided the plan.
TEST_F(SharedPlansTest, ThreadsShareListsOfAllLengths) {
  PlanCache one(1U << 20U, &shared);
  PlanCache other(1U << 20U, &shared);
  const Question three("SELECT * FROM orders WHERE customer_id IN (1, 2, 3)");
  const Question five("SELECT * FROM orders WHERE customer_id IN (1, 2, 3, 4, 5)");
  ASSERT_TRUE(one.find_or_make(three.request, catalog));
  ASSERT_TRUE(other.find_or_make(five.request, catalog));
  EXPECT_EQ(shared.made(), 1U);
  const std::string grouped = "SELECT count(*) FROM orders GROUP BY status IN ";
  const Question two(grouped + "('a', 'b') ORDER BY status IN ('a', 'b')");
  const Question more(grouped + "('a', 'b', 'c') ORDER BY status IN ('a', 'b', 'c')");
  ASSERT_TRUE(one.find_or_make(two.request, catalog));
  ASSERT_TRUE(other.find_or_make(more.request, catalog));
  EXPECT_EQ(shared.made(), 3U);
  ASSERT_TRUE(other.find_or_make(two.request, catalog));
  EXPECT_EQ(shared.made(), 3U);
}

TEST_F(SharedPlansTest, AnErrorIsEverybodysOwn) {
  std::vector<std::thread> threads;
  std::atomic<int> errors{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Question question("SELECT * FROM audit, settings_kv");
      if (!shared.find_or_make(question.request, catalog)) ++errors;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(errors, 4);
  EXPECT_EQ(shared.made(), 0U);
}

// What a thread learns of a plan (its description) is not seen by the others.
TEST_F(SharedPlansTest, ThreadsShareThePlanOnly) {
  const Question question("SELECT 1");
  PlanCache one(1U << 20U, &shared);
  PlanCache other(1U << 20U, &shared);
  const auto first = one.find_or_make(question.request, catalog);
  ASSERT_TRUE(first);
  (*first)->described = std::make_shared<exec::Described>();
  const auto second = other.find_or_make(question.request, catalog);
  ASSERT_TRUE(second);
  EXPECT_EQ((*first)->plan, (*second)->plan);
  EXPECT_EQ((*second)->described, nullptr);
}

TEST_F(SharedPlansTest, AnotherCatalogAndOtherConstantsNeedAnotherPlan) {
  const Question two("SET statement_timeout = 2");
  const Question three("SET statement_timeout = 3");
  const auto newer = std::make_shared<const catalog::Catalog>(*catalog);
  const auto first = shared.find_or_make(two.request, catalog);
  const auto second = shared.find_or_make(three.request, catalog);
  const auto third = shared.find_or_make(two.request, newer);
  EXPECT_EQ(shared.made(), 3U);
  EXPECT_EQ((*third)->plan->catalog, newer);
  EXPECT_EQ(*shared.find_or_make(three.request, catalog), *second);
}

// It is no cache: a plan is forgotten with the last thread's.
TEST_F(SharedPlansTest, KeepsNoPlanAlive) {
  const Question question("SELECT 1");
  EXPECT_TRUE(shared.find_or_make(question.request, catalog));
  EXPECT_TRUE(shared.find_or_make(question.request, catalog));
  EXPECT_EQ(shared.made(), 2U);
}

}  // namespace
}  // namespace tessera::session
