#pragma once
// A FakeShard is a FakeServer that behaves as a PostgreSQL whose answers were thought out
// beforehand. It keeps a transaction's status and portals, says nothing between an error and the
// next Sync, and writes into a Journal what it was asked.

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tests/support/fake_server.h"

namespace tessera::test {

// What several shards were asked, in the order in which it came: "ds_0: BEGIN".
class Journal {
 public:
  void write(std::string line);
  [[nodiscard]] std::vector<std::string> lines() const;
  // The lines so far, which are then forgotten.
  std::vector<std::string> take();
  // Waits until `line` is there, ten seconds at most. False: it is not.
  [[nodiscard]] bool wait_for(std::string_view line);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// What a shard says to one statement.
struct Answer {
  struct Column {
    std::string name;
    std::uint32_t type = 25;
  };
  using Row = std::vector<std::optional<std::string>>;
  enum class End : std::uint8_t {
    kTag,             // CommandComplete
    kError,           // `error`
    kCut,             // the connection closes
    kCutInRow,        // the same, in the middle of a row
    kCutBehindTag,    // the same, before ReadyForQuery
    kUntilCancelled,  // silence until a cancel request has come, then 57014
  };

  std::vector<Column> columns = {};  // none: NoData
  std::vector<Row> rows = {};
  std::string tag = "SELECT 0";
  End end = End::kTag;
  int cancels = 1;  // kUntilCancelled: how many requests it takes
  std::optional<Error> error = {};
  std::string before = {};  // frames in front of the rows: notices, changed parameters
  std::vector<std::uint32_t> parameters = {};  // types, as ParameterDescription gives them
  std::vector<std::string> frames = {};        // DataRow frames behind `rows`, as they are
};

using Answers = std::map<std::string, Answer, std::less<>>;

[[nodiscard]] Answer tagged(std::string tag);
[[nodiscard]] Answer failing(std::string sqlstate, std::string message, bool fatal = false);

// What was asked is written down: a Query as its text, else "parse TEXT", "bind VALUE VALUE",
// "execute ROWS_MAX", "close", "flush", "sync", "cancel".
class FakeShard {
 public:
  // Statements without an answer: those that begin and end transactions and savepoints, SET and
  // RESET are obeyed, others are refused with 42601. `journal` outlives this.
  FakeShard(std::string name, Journal& journal, Answers answers = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  // How many connections came, cancel requests too.
  [[nodiscard]] std::size_t accepted() const { return server_.accepted(); }
  // Waits until `count` connections have ended, ten seconds at most. False: they have not.
  [[nodiscard]] bool wait_for_ended(std::size_t count) { return server_.wait_for_ended(count); }

 private:
  class Conversation;

  void serve(FakeConnection& peer);
  void wait_for_cancels(int count);

  const std::string name_;
  Journal& journal_;
  const Answers answers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int cancels_ = 0;
  FakeServer server_;
};

}  // namespace tessera::test
