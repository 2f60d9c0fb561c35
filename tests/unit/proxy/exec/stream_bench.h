#pragma once
// Fake shards with one statement each, and streams on connections to them.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/exec/streams.h"
#include "tests/support/fake_shard.h"
#include "tests/support/run_task.h"

namespace tessera::exec {

using Lines = std::vector<std::string>;

inline constexpr std::uint32_t kInt4 = 23;
inline constexpr std::uint32_t kText = 25;

// The values of DataRow frames, a column's behind a "|": "1|NULL", one text for each row.
inline Lines values_of(std::string_view frames) {
  Lines rows;
  while (!frames.empty()) {
    const auto frame = wire::first_frame(frames, frames.size());
    if (!frame || !*frame || (*frame)->type != 'D') return {"not DataRow frames"};
    std::vector<std::optional<std::string_view>> values;
    if (!wire::decode_data_row((*frame)->body, values)) return {"not a DataRow"};
    std::string row;
    for (std::size_t i = 0; i < values.size(); ++i)
      row += (i == 0 ? "" : "|") + std::string(values[i].value_or("NULL"));
    rows.push_back(std::move(row));
    frames.remove_prefix((*frame)->bytes.size());
  }
  return rows;
}

// An answer of `count` rows of one text column: "0", "1" ...
inline test::Answer numbered(std::size_t count) {
  test::Answer answer{.columns = {{.name = "n"}}, .tag = "SELECT " + std::to_string(count)};
  for (std::size_t i = 0; i < count; ++i) answer.rows.push_back({std::to_string(i)});
  return answer;
}

inline test::Answer texts(const std::vector<std::string>& values) {
  test::Answer answer{.columns = {{.name = "n"}}, .tag = "SELECT " + std::to_string(values.size())};
  for (const std::string& value : values) answer.rows.push_back({value});
  return answer;
}

class StreamBench {
 public:
  using Conn = std::shared_ptr<backend::ServerConn>;

  // A connection to a shard that knows `answers`.
  Conn connect(test::Answers answers) {
    const std::string name = "ds_" + std::to_string(shards_.size());
    shards_.push_back(std::make_unique<test::FakeShard>(name, journal, std::move(answers)));
    rules::DataSource source;
    source.name = name;
    source.host = "127.0.0.1";
    source.port = shards_.back()->port();
    const Deadline soon = Clock::now() + std::chrono::seconds(10);
    return test::run(context, backend::ServerConn::connect(context.get_executor(), source,
                                                           backend::role_of(source), soon))
        .value();
  }
  // Runs a statement on its own, so that the connection is in a block.
  void begin(const Conn& conn) {
    conn->put_own_query("BEGIN");
    EXPECT_TRUE(run(conn->flush()));
    EXPECT_TRUE(run(conn->settle()));
  }
  Status run(Task<Status> task) { return test::run(context, std::move(task)); }

  // Sends what opens the stream.
  RowStream opened(const Conn& conn, Flow flow, const std::string& sql = "rows") {
    const std::string portal = flow == Flow::kWhole ? "" : "p" + std::to_string(++portals_);
    RowStream stream(conn, flow, portal);
    StreamSpec spec;
    spec.sql = sql;
    stream.put_open(spec);
    EXPECT_TRUE(run(conn->flush()));
    return stream;
  }
  // A stream whose description has been read.
  RowStream described(const Conn& conn, Flow flow, const std::string& sql = "rows") {
    RowStream stream = opened(conn, flow, sql);
    EXPECT_TRUE(run(stream.read_description()));
    return stream;
  }
  // Every row that is left.
  Lines read_all(RowStream& stream) {
    Lines rows;
    while (!stream.ended()) {
      if (!run(stream.refill())) break;
      for (; !stream.row().empty(); stream.advance()) rows.push_back(values_of(stream.row())[0]);
    }
    return rows;
  }
  Lines take() {
    Lines lines = journal.take();
    for (std::string& line : lines) line.erase(0, line.find(' ') + 1);
    return lines;
  }

  test::Journal journal;
  asio::io_context context;

 private:
  std::vector<std::unique_ptr<test::FakeShard>> shards_;
  int portals_ = 0;
};

}  // namespace tessera::exec
