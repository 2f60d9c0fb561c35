// The codec where statements spend their time: frame heads of a reply, rows that are merged,
// messages that are built.

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "proxy/exec/compare.h"
#include "proxy/wire/backend.h"
#include "proxy/wire/frontend.h"
#include "proxy/wire/scram.h"

namespace tessera {
namespace {

constexpr int kRows = 1000;
constexpr wire::FrameTypes kRelaySpecial("ESGW");

using Row = std::vector<std::optional<std::string_view>>;

std::string reply_of(int rows) {
  const Row row = {"1234567", "a name of usual length", std::nullopt, "2024-02-29 10:00:00+00"};
  std::string out;
  wire::put_row_description(out, {{.name = "id", .type = 23}, {.name = "name", .type = 25}});
  for (int i = 0; i < rows; ++i) wire::put_data_row(out, row);
  wire::put_command_complete(out, "SELECT 1000");
  wire::put_ready(out, wire::TxnStatus::kIdle);
  return out;
}

void scan_rows(benchmark::State& state) {
  const std::string reply = reply_of(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    auto scan = wire::scan_reply(reply, kRelaySpecial);
    benchmark::DoNotOptimize(scan);
  }
  state.SetItemsProcessed(state.iterations() * (state.range(0) + 3));
}
BENCHMARK(scan_rows)->Arg(1)->Arg(kRows);

void decode_rows(benchmark::State& state) {
  const std::string reply = reply_of(1);
  const std::size_t row_begin = *wire::frame_size(reply, SIZE_MAX).value();
  const auto frame = wire::first_frame(std::string_view(reply).substr(row_begin), SIZE_MAX);
  const std::string_view body = (*frame)->body;
  Row row;
  for (auto _ : state) {
    auto decoded = wire::decode_data_row(body, row);
    benchmark::DoNotOptimize(decoded);
    benchmark::DoNotOptimize(row.data());
  }
}
BENCHMARK(decode_rows);

void put_rows(benchmark::State& state) {
  const Row row = {"1234567", "a name of usual length", std::nullopt, "2024-02-29 10:00:00+00"};
  std::string out;
  for (auto _ : state) {
    out.clear();
    wire::put_data_row(out, row);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(put_rows);

void put_extended_query(benchmark::State& state) {
  wire::BindMessage bind;
  bind.statement = "tessera_1f";
  bind.parameters = {"1234567"};
  std::string out;
  for (auto _ : state) {
    out.clear();
    wire::put_bind(out, bind);
    wire::put_execute(out, "", 0);
    wire::put_sync(out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(put_extended_query);

void decode_binds(benchmark::State& state) {
  wire::BindMessage bind;
  bind.statement = "tessera_1f";
  bind.parameters = {"1234567", std::nullopt, "text"};
  std::string frame;
  wire::put_bind(frame, bind);
  const std::string_view body = std::string_view(frame).substr(wire::kFrameHead);
  wire::BindMessage decoded;
  for (auto _ : state) {
    auto status = wire::decode_bind(body, decoded);
    benchmark::DoNotOptimize(status);
  }
}
BENCHMARK(decode_binds);

void compare_numerics(benchmark::State& state) {
  constexpr std::uint32_t kNumeric = 1700;
  const auto compare = exec::comparator_for(kNumeric)->compare;
  const std::string left("\0\3\0\1\0\0\0\2\0\x0c\x12\x34\x13\x88", 14);
  const std::string right("\0\3\0\1\0\0\0\2\0\x0c\x12\x34\x13\x89", 14);
  for (auto _ : state) benchmark::DoNotOptimize(compare(left, right));
}
BENCHMARK(compare_numerics);

void answer_scram(benchmark::State& state) {
  const wire::ScramVerifier verifier = wire::make_verifier("shop");
  for (auto _ : state) {
    wire::ScramClient client("shop");
    wire::ScramServer server(verifier);
    const auto first = server.first(client.first());
    auto answer = client.answer(*first);
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK(answer_scram)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tessera
