#include "tests/support/fake_shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "proxy/wire/backend.h"
#include "proxy/wire/frontend.h"

namespace tessera::test {
namespace {

constexpr std::chrono::seconds kPatience{10};

std::vector<std::string> parts_of(const std::string& sql) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= sql.size()) {
    const std::size_t end = std::min(sql.find(';', begin), sql.size());
    if (end > begin) parts.push_back(sql.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// The command tag of statements that every shard knows.
std::optional<std::string> tag_of(std::string_view sql) {
  for (const char* word :
       {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "RESET", "DEALLOCATE"}) {
    if (sql.starts_with(word)) return word;
  }
  return {};
}

std::string row_frame(const Answer::Row& row) {
  std::vector<std::optional<std::string_view>> values(row.begin(), row.end());
  std::string out;
  wire::put_data_row(out, values);
  return out;
}

}  // namespace

void Journal::write(std::string line) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::move(line));
  changed_.notify_all();
}

std::vector<std::string> Journal::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

std::vector<std::string> Journal::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lines_, {});
}

bool Journal::wait_for(std::string_view line) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] {
    return std::find(lines_.begin(), lines_.end(), line) != lines_.end();
  });
}

Answer tagged(std::string tag) { return Answer{.tag = std::move(tag)}; }

Answer failing(std::string sqlstate, std::string message, bool fatal) {
  return Answer{
      .end = Answer::End::kError,
      .error =
          Error{.sqlstate = std::move(sqlstate), .message = std::move(message), .fatal = fatal}};
}

// One connection after its login. obey() tells by false that the connection is to be closed.
class FakeShard::Conversation {
 public:
  Conversation(FakeConnection& peer, FakeShard& shard) : peer_(peer), shard_(shard) {}
  bool obey(const FakeConnection::Message& message);

 private:
  struct Portal {
    Answer answer;
    std::size_t row = 0;
    bool began = false;
  };

  bool query(const std::string& sql);
  bool parse(std::string_view body);
  bool bind(std::string_view body);
  void describe(std::string_view body);
  bool execute(std::string_view body);
  void close(std::string_view body);
  bool sync();
  bool extended(const FakeConnection::Message& message);

  // Obeys one statement; its answer may be the journal's or the shard's own.
  Answer answer_to(const std::string& sql);
  void note_status(std::string_view sql, const Answer& answer);
  void put_description(const Answer& answer);
  void put_rows(Portal& portal, std::size_t rows_max);
  bool put_end(const Answer& answer);
  void put_failure(const Error& error);
  bool send();
  void note(std::string line) { shard_.journal_.write(shard_.name_ + ": " + line); }

  FakeConnection& peer_;
  FakeShard& shard_;
  std::string out_;
  wire::TxnStatus status_ = wire::TxnStatus::kIdle;
  bool skipping_ = false;  // up to the next Sync
  std::string parsed_;
  Answer parsed_answer_;
  std::map<std::string, Portal> portals_;
};

bool FakeShard::Conversation::send() { return peer_.send(std::exchange(out_, {})); }

void FakeShard::Conversation::put_failure(const Error& error) {
  wire::put_error(out_, error);
  if (status_ == wire::TxnStatus::kInBlock) status_ = wire::TxnStatus::kFailed;
}

Answer FakeShard::Conversation::answer_to(const std::string& sql) {
  const bool leaves = sql.starts_with("ROLLBACK") || sql.starts_with("COMMIT");
  if (status_ == wire::TxnStatus::kFailed && !leaves)
    return failing("25P02", "current transaction is aborted");
  const auto found = shard_.answers_.find(sql);
  if (found != shard_.answers_.end()) return found->second;
  const auto tag = tag_of(sql);
  if (!tag) return failing("42601", "the shard has no answer to " + sql);
  const bool failed = status_ == wire::TxnStatus::kFailed && sql == "COMMIT";
  return tagged(failed ? "ROLLBACK" : *tag);
}

// What a statement that has run means for the block.
void FakeShard::Conversation::note_status(std::string_view sql, const Answer& answer) {
  const bool ends = sql == "COMMIT" || sql == "ROLLBACK";
  if (ends) {
    status_ = wire::TxnStatus::kIdle;
    portals_.clear();
  } else if (answer.end == Answer::End::kTag &&
             (sql.starts_with("BEGIN") || sql.starts_with("ROLLBACK TO"))) {
    status_ = wire::TxnStatus::kInBlock;
  }
}

bool FakeShard::Conversation::query(const std::string& sql) {
  note(sql);
  for (const std::string& part : parts_of(sql)) {
    Portal whole{.answer = answer_to(part)};
    put_description(whole.answer);
    put_rows(whole, whole.answer.rows.size());
    if (!put_end(whole.answer)) return false;
    note_status(part, whole.answer);
    if (whole.answer.end != Answer::End::kTag) break;
  }
  wire::put_ready(out_, status_);
  return send();
}

bool FakeShard::Conversation::parse(std::string_view body) {
  wire::ParseMessage message;
  if (!wire::decode_parse(body, message)) return false;
  parsed_ = std::string(message.query);
  std::string types;
  for (const std::uint32_t type : message.parameter_types) types += fmt::format(" {}", type);
  note("parse " + parsed_ + (types.empty() ? "" : " (types" + types + ")"));
  parsed_answer_ = answer_to(parsed_);
  // A statement that fails without a row fails as it is parsed.
  if (parsed_answer_.end == Answer::End::kError && parsed_answer_.columns.empty()) {
    put_failure(*parsed_answer_.error);
    skipping_ = true;
    return true;
  }
  wire::put_empty(out_, '1');
  return true;
}

bool FakeShard::Conversation::bind(std::string_view body) {
  wire::BindMessage message;
  if (!wire::decode_bind(body, message)) return false;
  std::string line = "bind";
  for (const auto& value : message.parameters) line += " " + std::string(value.value_or("NULL"));
  for (std::size_t i = 0; i < message.result_formats.size(); ++i)
    line += fmt::format("{}{}", i == 0 ? " formats " : "", message.result_formats[i]);
  note(line);
  portals_[std::string(message.portal)] = Portal{.answer = parsed_answer_};
  wire::put_empty(out_, '2');
  return true;
}

void FakeShard::Conversation::put_description(const Answer& answer) {
  if (answer.columns.empty()) return;
  std::vector<wire::Field> fields;
  for (const Answer::Column& column : answer.columns)
    fields.push_back({.name = column.name, .type = column.type});
  wire::put_row_description(out_, fields);
}

void FakeShard::Conversation::describe(std::string_view body) {
  const auto message = wire::decode_named(body);
  if (message && message->kind == 'S') {
    const std::size_t mark = wire::begin_frame(out_, 't');
    wire::put_i16(out_, static_cast<std::int16_t>(parsed_answer_.parameters.size()));
    for (const std::uint32_t type : parsed_answer_.parameters)
      wire::put_i32(out_, static_cast<std::int32_t>(type));
    wire::end_frame(out_, mark);
  }
  put_description(parsed_answer_);
  if (parsed_answer_.columns.empty()) wire::put_empty(out_, 'n');
}

void FakeShard::Conversation::put_rows(Portal& portal, std::size_t rows_max) {
  if (!std::exchange(portal.began, true)) out_ += portal.answer.before;
  const auto& rows = portal.answer.rows;
  for (std::size_t i = 0; i < rows_max && portal.row < rows.size(); ++i)
    out_ += row_frame(rows[portal.row++]);
}

// False: the connection is to be closed.
bool FakeShard::Conversation::put_end(const Answer& answer) {
  for (const std::string& frame : answer.frames) out_ += frame;
  switch (answer.end) {
    case Answer::End::kTag:
      wire::put_command_complete(out_, answer.tag);
      return true;
    case Answer::End::kUntilCancelled:
      if (!send()) return false;
      shard_.wait_for_cancels(answer.cancels);
      put_failure({.sqlstate = "57014", .message = "canceling statement due to user request"});
      return true;
    case Answer::End::kError:
      put_failure(*answer.error);
      if (answer.error->fatal) send();
      return !answer.error->fatal;
    case Answer::End::kCutInRow: {
      const std::string row = row_frame({"never whole"});
      out_ += row.substr(0, row.size() / 2);
      break;
    }
    case Answer::End::kCutBehindTag:
      wire::put_command_complete(out_, answer.tag);
      break;
    case Answer::End::kCut:
      break;
  }
  send();
  return false;
}

bool FakeShard::Conversation::execute(std::string_view body) {
  const auto message = wire::decode_execute(body);
  if (!message) return false;
  note(fmt::format("execute {}", message->rows_max));
  const auto found = portals_.find(std::string(message->portal));
  if (found == portals_.end()) {
    put_failure({.sqlstate = "34000", .message = "the portal does not exist"});
    skipping_ = true;
    return true;
  }
  Portal& portal = found->second;
  const std::size_t left = portal.answer.rows.size() - portal.row;
  const auto asked = static_cast<std::size_t>(message->rows_max);
  // As PostgreSQL does: a portal that gave as many rows as were asked for may have more.
  const bool suspended = asked != 0 && left >= asked;
  put_rows(portal, asked == 0 ? left : std::min(asked, left));
  if (suspended) {
    wire::put_empty(out_, 's');
    return true;
  }
  if (!put_end(portal.answer)) return false;
  const Answer::End end = portal.answer.end;
  skipping_ = end == Answer::End::kError || end == Answer::End::kUntilCancelled;
  return true;
}

void FakeShard::Conversation::close(std::string_view body) {
  const auto message = wire::decode_named(body, 'C');
  note("close");
  if (message) portals_.erase(std::string(message->name));
  wire::put_empty(out_, '3');
}

bool FakeShard::Conversation::sync() {
  note("sync");
  skipping_ = false;
  if (status_ == wire::TxnStatus::kIdle) portals_.clear();
  wire::put_ready(out_, status_);
  return send();
}

bool FakeShard::Conversation::extended(const FakeConnection::Message& message) {
  switch (message.type) {
    case 'P':
      return parse(message.body);
    case 'B':
      return bind(message.body);
    case 'D':
      describe(message.body);
      return true;
    case 'E':
      return execute(message.body);
    case 'C':
      close(message.body);
      return true;
    default:
      return false;
  }
}

bool FakeShard::Conversation::obey(const FakeConnection::Message& message) {
  if (message.type == 'X') return false;
  if (message.type == 'S') return sync();
  if (message.type == 'H') {
    note("flush");
    return send();
  }
  if (skipping_) return true;
  if (message.type != 'Q') return extended(message);
  const auto sql = wire::decode_query(message.body);
  return sql && query(std::string(*sql));
}

FakeShard::FakeShard(std::string name, Journal& journal, Answers answers)
    : name_(std::move(name)),
      journal_(journal),
      answers_(std::move(answers)),
      server_({[this](FakeConnection& peer) { serve(peer); }}) {}

void FakeShard::serve(FakeConnection& peer) {
  const auto packet = peer.first_packet();
  if (!packet) return;
  const auto first = wire::decode_first_packet(*packet);
  if (first && std::holds_alternative<wire::CancelRequest>(*first)) {
    journal_.write(name_ + ": cancel");
    const std::lock_guard lock(mutex_);
    ++cancels_;
    changed_.notify_all();
    return;
  }
  if (!peer.welcome()) return;
  Conversation conversation(peer, *this);
  while (true) {
    const auto message = peer.message();
    if (!message || !conversation.obey(*message)) return;
  }
}

void FakeShard::wait_for_cancels(int count) {
  std::unique_lock lock(mutex_);
  (void)changed_.wait_for(lock, kPatience, [this, count] { return cancels_ >= count; });
}

}  // namespace tessera::test
