// What a statement costs before anything is sent: shape, plan cache and route of one whose shape is
// known, and the whole way of one that was never seen. The yardstick is PostgreSQL's own parser
// (libpg_query's raw parse) on the same text, in the same run. Rounds of both alternate, and each
// ratio is the median of the rounds, so a slow moment of the machine counts for both.
//
//   build/release/bin/bench_statement_cost [--once NAME]
//
// --once runs a single contestant 100,000 times, for callgrind. Exit status 1: a bar is missed.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "parser/parse.h"
#include "parser/shape_memo.h"
#include "proxy/plan/route.h"
#include "proxy/session/plan_cache.h"
#include "tests/plans/shop_catalog.h"

// libpg_query exports these but does not declare them for its users.
extern "C" {
struct RawParse {
  void* tree;
  char* stderr_buffer;
  void* error;
};
RawParse pg_query_raw_parse(const char* input);
void* pg_query_enter_memory_context();
void pg_query_exit_memory_context(void* context);
}

namespace {

std::uint64_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++allocations;
  void* made = std::malloc(size == 0 ? 1 : size);
  if (made == nullptr) throw std::bad_alloc();
  return made;
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace {

using namespace tessera;
using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;
using Texts = std::vector<std::string>;

constexpr int kRounds = 301;
constexpr int kFreshRounds = 21;
constexpr std::size_t kTexts = 64;
constexpr std::chrono::microseconds kRoundTime{400};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "bench_statement_cost: %s\n", what);
  std::exit(2);
}

// One client's statements: the same shape with other values each time.
Texts point_selects() {
  Texts out;
  for (std::size_t i = 0; i < kTexts; ++i)
    out.push_back("SELECT name, email FROM customers WHERE customer_id = " +
                  std::to_string(10'000 + 7 * i));
  return out;
}

Texts inserts() {
  Texts out;
  for (std::size_t i = 0; i < kTexts; ++i) {
    out.emplace_back("INSERT INTO orders (order_id, customer_id, status, total) VALUES ");
    for (std::size_t row = 0; row < 100; ++row)
      out.back() += (row == 0 ? "(" : ", (") + std::to_string(1'000 * i + row) + ", " +
                    std::to_string(row % 17) + ", 'open', 12.50)";
  }
  return out;
}

// Another column list each time, so another shape.
Texts new_selects() {
  Texts out;
  for (std::size_t i = 0; i < kTexts; ++i)
    out.push_back("SELECT name, email AS e" + std::to_string(i) +
                  " FROM customers WHERE customer_id = 17");
  return out;
}

Texts new_joins() {
  Texts out;
  for (std::size_t i = 0; i < kTexts; ++i)
    out.push_back("SELECT o.order_id, o.total, c.name, i.product_id AS p" + std::to_string(i) +
                  " FROM orders o JOIN customers c ON c.customer_id = o.customer_id JOIN "
                  "order_items i ON i.customer_id = o.customer_id AND i.order_id = o.order_id JOIN "
                  "countries n ON n.code = c.country JOIN products p ON p.product_id = "
                  "i.product_id WHERE o.customer_id = 42 AND o.status IN ('a', 'b') ORDER BY "
                  "o.order_id LIMIT 10");
  return out;
}

Texts new_inserts() {
  constexpr std::size_t kLongTexts = 4;
  Texts out;
  for (std::size_t i = 0; i < kLongTexts; ++i) {
    out.emplace_back("INSERT INTO orders AS o" + std::to_string(i) +
                     " (order_id, customer_id, status, total) VALUES ");
    for (std::size_t row = 0; row < 1'000; ++row)
      out.back() += (row == 0 ? "(" : ", (") + std::to_string(1'000 * i + row) + ", " +
                    std::to_string(row % 17) + ", 'open', 12.50)";
  }
  return out;
}

// The way of a statement through a session's thread.
class Proxy {
 public:
  // `remembers`: with the memo of shapes, as single statements go.
  explicit Proxy(bool remembers) : remembers_(remembers) {}

  void run(const std::string& text) {
    const Status scanned =
        remembers_ ? memo_.scan(text, {}, shape_) : parser::scan(text, 0, {}, shape_);
    require(scanned.has_value(), "a statement does not scan");
    const session::PlanRequest request{.text = text,
                                       .shape = &shape_,
                                       .options = {},
                                       .search_path = &path_,
                                       .search_path_text = &path_.front()};
    const auto* known = plans_.find(request, *catalog_);
    if (known == nullptr) {
      require(plans_.find_or_make(request, catalog_).has_value(), "a statement has no plan");
      known = plans_.find(request, *catalog_);
    }
    require(route(*(*known)->plan, plan::values_of(*(*known)->plan, text, shape_)).has_value(),
            "a statement has no route");
  }
  void forget() {
    auto changed = std::make_shared<catalog::Catalog>(*catalog_);
    ++changed->version;
    catalog_ = changed;
  }

 private:
  // As a session asks for targets.
  Status route(const plan::Plan& plan, const plan::Values& values) {
    target_of_row_.clear();
    return std::holds_alternative<plan::InsertSplit>(plan.scatter)
               ? plan::split_rows(plan, values, targets_, target_of_row_)
               : plan::route(plan, values, targets_);
  }

  const bool remembers_;
  std::shared_ptr<const catalog::Catalog> catalog_ = plan::testing::shop_catalog();
  session::PlanCache plans_{64U << 20U};
  parser::ShapeMemo memo_;
  parser::Shape shape_;
  std::vector<std::string> path_{"public"};
  std::vector<plan::Target> targets_;
  std::vector<std::uint32_t> target_of_row_;
};

void raw_parse(const std::string& text) {
  void* context = pg_query_enter_memory_context();
  const RawParse parsed = pg_query_raw_parse(text.c_str());
  require(parsed.error == nullptr, "libpg_query refuses a statement");
  std::free(parsed.stderr_buffer);
  pg_query_exit_memory_context(context);
}

// Time of this thread on its processor: what the machine does besides does not count.
nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

// Nanoseconds of one statement: whole passes over `texts` for a while.
double time_of(const Texts& texts, const std::function<void(const std::string&)>& run,
               const std::function<void()>& between) {
  const auto begin = processor_time();
  nanoseconds spent{};
  std::size_t count = 0;
  do {
    between();
    const auto from = processor_time();
    for (const std::string& text : texts) run(text);
    spent += processor_time() - from;
    count += texts.size();
  } while (processor_time() - begin < kRoundTime);
  return std::chrono::duration<double, std::nano>(spent).count() / static_cast<double>(count);
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2));
  return values[values.size() / 2];
}

struct Contest {
  const char* name;
  Texts texts;
  bool remembers = false;  // with the memo of shapes
  bool fresh = false;      // every shape is new in each round
  double bar = 0;          // 0: only reported
};

std::vector<Contest> contests() {
  return {{"point_select", point_selects(), true, false, 0.4},
          {"point_select_scanned", point_selects(), false, false, 0},
          {"insert_100_rows", inserts(), true, false, 0.3},
          {"new_point_select", new_selects(), false, true, 0},
          {"new_join_of_5", new_joins(), false, true, 0},
          {"new_insert_1000_rows", new_inserts(), false, true, 0}};
}

// Gives false when the bar is missed.
bool compete(const Contest& contest) {
  Proxy proxy(contest.remembers);
  const auto ours = [&proxy](const std::string& text) { proxy.run(text); };
  const auto between = [&] {
    if (contest.fresh) proxy.forget();
  };
  for (const std::string& text : contest.texts) proxy.run(text);
  const std::uint64_t before = allocations;
  for (const std::string& text : contest.texts) proxy.run(text);
  const double each =
      static_cast<double>(allocations - before) / static_cast<double>(contest.texts.size());
  std::vector<double> mine;
  std::vector<double> yardstick;
  std::vector<double> ratios;
  for (int round = contest.fresh ? kRounds - kFreshRounds : 0; round < kRounds; ++round) {
    mine.push_back(time_of(contest.texts, ours, between));
    yardstick.push_back(time_of(contest.texts, raw_parse, [] {}));
    ratios.push_back(mine.back() / yardstick.back());
  }
  const double ratio = median(ratios);
  const bool held = contest.bar == 0 || ratio <= contest.bar;
  std::printf("%-22s %10.0f ns %10.0f ns  ratio %6.2f  %s", contest.name, median(mine),
              median(yardstick), ratio,
              contest.bar == 0 ? ""
              : held           ? "within "
                               : "MISSES ");
  if (contest.bar != 0) std::printf("%.1f", contest.bar);
  if (!contest.fresh) std::printf("  allocations %.1f", each);
  std::printf("\n");
  return held;
}

int run_once(const char* name) {
  for (const Contest& contest : contests()) {
    if (std::strcmp(contest.name, name) != 0) continue;
    Proxy proxy(contest.remembers);
    for (int i = 0; i < 100'000; ++i) {
      const std::size_t at = static_cast<std::size_t>(i) % contest.texts.size();
      if (contest.fresh && at == 0) proxy.forget();
      proxy.run(contest.texts[at]);
    }
    return 0;
  }
  require(false, "--once: no such contestant");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--once") == 0) return run_once(argv[2]);
  Proxy first(false);
  const auto begin = Clock::now();
  first.run(point_selects().front());
  const std::chrono::duration<double, std::milli> cold = Clock::now() - begin;
  std::printf("the very first parse of a process, nothing warm: %.1f ms\n", cold.count());
  const auto warming = Clock::now();
  parser::warm_up();
  const std::chrono::duration<double, std::milli> warm = Clock::now() - warming;
  std::printf("warm_up(): %.1f ms\n\n%-22s %13s %13s\n", warm.count(), "statement", "Tessera",
              "libpg_query");
  bool held = true;
  for (const Contest& contest : contests()) held = compete(contest) && held;
  return held ? 0 : 1;
}
