#include "proxy/backend/server_conn.h"

#include <fmt/format.h>

#include <utility>

#include "base/log.h"
#include "base/spawn.h"
#include "proxy/backend/dial.h"

namespace tessera::backend {
namespace {

using ErrorCode = boost::system::error_code;

constexpr std::size_t kOutKept = 64 * 1024;
constexpr std::size_t kBodyMax = 0x3fffffff;  // PostgreSQL's own limit of a message, 1 GB
constexpr std::chrono::seconds kCancelPatience{5};
constexpr std::chrono::milliseconds kCancelAgainFirst{100};
constexpr std::chrono::milliseconds kCancelAgainMax{2'000};

}  // namespace

ServerConn::ServerConn(Executor executor, rules::DataSource source, RolePtr role)
    : stream_(executor), source_(std::move(source)), role_(std::move(role)) {}

ServerConn::~ServerConn() { close(); }

void ServerConn::close() {
  if (stream_.is_open() && !broken_ && owed_ == 0) {
    std::string bye;
    wire::put_terminate(bye);
    static_cast<void>(stream_.send_now(bye));
  }
  broken_ = true;
  home_->conn = nullptr;
  stream_.close();
}

Task<Result<std::shared_ptr<ServerConn>>> ServerConn::connect(Executor executor,
                                                              rules::DataSource source,
                                                              RolePtr role, Deadline deadline) {
  auto conn = std::shared_ptr<ServerConn>(new ServerConn(executor, source, role));
  auto begun = co_await begin(conn, source.tls.mode >= SslMode::kPrefer, deadline);
  const bool tls = conn->stream_.is_tls();
  const bool handshake = tls && conn->owed_ == 0;
  if (!begun && other_way_may_do(source.tls.mode, begun.error(), {tls, handshake})) {
    conn.reset(new ServerConn(executor, source, role));
    begun = co_await begin(conn, !tls, deadline);
  }
  if (begun) co_return conn;
  co_return why_not(source, begun.error(), Clock::now() < deadline);
}

Task<Status> ServerConn::begin(std::shared_ptr<ServerConn> conn, bool encrypted,
                               Deadline deadline) {
  Timer timer(conn->executor());
  timer.expires_at(deadline);
  std::weak_ptr<ServerConn> weak = conn;
  timer.async_wait([weak](ErrorCode error) {
    const auto alive = weak.lock();
    if (!error && alive) alive->stream_.close();
  });
  auto begun = co_await dial(conn->stream_, conn->source_);
  if (begun && encrypted) begun = co_await encrypt(conn->stream_, conn->source_);
  if (begun) begun = co_await conn->log_in();
  conn->broken_ = conn->broken_ || !begun;
  co_return begun;
}

Task<Status> ServerConn::log_in() {
  std::vector<std::pair<std::string, std::string>> parameters{{"user", role_->name},
                                                              {"database", source_.database}};
  if (!source_.application_name.empty())
    parameters.emplace_back("application_name", source_.application_name);
  if (!source_.search_path.empty()) parameters.emplace_back("search_path", source_.search_path);
  wire::put_startup(out_, parameters);
  owed_ = 1;
  const std::string password = role_->secret.password;
  wire::ScramClient scram(password, role_->secret.scram);
  auto sent = co_await flush();
  if (!sent) co_return sent.error();
  while (true) {
    auto frame = co_await read();
    if (!frame) co_return frame.error();
    if (frame->type == 'E') co_return wire::decode_error(frame->body);
    if (frame->type == 'R') {
      auto answered = co_await answer_authentication(scram, frame->body);
      if (!answered) co_return answered.error();
    }
    if (frame->type == 'K') {
      wire::Reader reader(frame->body);
      pid_ = reader.i32();
      secret_ = reader.i32();
    }
    if (frame->type != 'Z') continue;
    role_->keep_keys(password, scram.keys());
    co_return Status{};
  }
}

Task<Status> ServerConn::answer_authentication(wire::ScramClient& scram, std::string_view body) {
  enum : std::int32_t { kOk = 0, kMd5 = 5, kSasl = 10, kSaslContinue = 11, kSaslFinal = 12 };
  wire::Reader reader(body);
  const std::int32_t request = reader.i32();
  if (reader.failed()) co_return lost("invalid authentication request");
  const std::string_view rest = body.substr(std::min<std::size_t>(4, body.size()));
  switch (request) {
    case kOk:
      if (source_.tls.channel_binding == ChannelBinding::kRequire && !scram.bound())
        co_return wire::unbound();
      co_return Status{};
    case kMd5: {
      if (rest.size() != 4) co_return lost("invalid authentication request");
      // It must not get the hash either.
      if (source_.tls.channel_binding == ChannelBinding::kRequire) co_return wire::unbound();
      const Status put = put_md5_answer(*role_, source_, rest, out_);
      if (!put) co_return put.error();
      break;
    }
    case kSasl: {
      if (!role_->knows_scram()) {
        co_return cannot_log_in(source_, *role_,
                                "The server asks for SCRAM-SHA-256; neither the password nor its "
                                "SCRAM keys are known.");
      }
      const auto mechanism =
          scram.choose(rest, source_.tls.channel_binding, stream_.channel_binding());
      if (!mechanism) co_return mechanism.error();
      wire::put_sasl_initial(out_, *mechanism, scram.first());
      break;
    }
    case kSaslContinue: {
      auto answer = scram.answer(rest);
      if (!answer && answer.error().sqlstate == "28000") {
        co_return cannot_log_in(source_, *role_, answer.error().message);
      }
      if (!answer) co_return answer.error();
      wire::put_password(out_, *answer);
      break;
    }
    case kSaslFinal:
      co_return scram.check(rest);
    default:
      co_return Error{
          .sqlstate = "28000",
          .message = fmt::format(
              "data source \"{}\" asks for an authentication method that is not supported",
              source_.name),
          .detail = fmt::format("Authentication request code {}.", request),
          .hint = "Let its pg_hba.conf ask for scram-sha-256 or md5."};
  }
  auto sent = co_await flush();
  co_return sent;
}

void ServerConn::put_query(std::string_view sql) {
  wire::put_query(out_, sql);
  note_query();
}

void ServerConn::put_query_frame(std::string_view frame) {
  out_.append(frame);
  note_query();
}

void ServerConn::put_pipeline(std::string_view frames) {
  out_.append(frames);
  unsynced_ = false;
  ++owed_;
}

// A Query ends a pipeline as Sync does, and takes the place of the unnamed statement.
void ServerConn::note_query() {
  unsynced_ = false;
  unnamed_key = 0;
  ++owed_;
}

void ServerConn::put_sync() {
  wire::put_sync(out_);
  unsynced_ = false;
  ++owed_;
}

void ServerConn::put_flush() {
  wire::put_flush(out_);
  unsynced_ = true;
}

void ServerConn::put_own_query(std::string_view sql) {
  put_query(sql);
  ++own_replies_;
}

Task<Status> ServerConn::flush() {
  if (broken_) co_return lost("it is closed");
  if (out_.empty()) co_return Status{};
  ErrorCode error;
  const std::size_t sent = stream_.send_now(out_);
  if (sent < out_.size()) error = co_await stream_.send_rest(std::string_view(out_).substr(sent));
  out_.clear();
  if (out_.capacity() > kOutKept) out_.shrink_to_fit();
  if (error) co_return lost(error.message());
  co_return Status{};
}

bool ServerConn::flush_now() {
  if (broken_) return false;
  const std::size_t sent = stream_.send_soon(out_);
  if (sent < out_.size()) {
    out_.erase(0, sent);
    return false;
  }
  out_.clear();
  if (out_.capacity() > kOutKept) out_.shrink_to_fit();
  return true;
}

Receiving<ServerConn> ServerConn::receive() { return {*this, stream_}; }

Status ServerConn::received(std::size_t bytes, const ErrorCode& error) {
  in_.received(bytes);
  if (!error) return {};
  const bool ended = error == asio::error::eof;
  return lost(ended ? "server closed the connection unexpectedly" : error.message());
}

Task<Status> ServerConn::fill() {
  if (broken_) co_return lost("it is closed");
  auto filled = co_await receive();
  co_return filled;
}

void ServerConn::rest() {
  in_.rest();
  spare_text::take_back(out_);
}

Result<bool> ServerConn::fill_now() {
  if (broken_) return lost("it is closed");
  ErrorCode error;
  const auto got = stream_.receive_now(room(), error);
  if (!got) return false;
  auto taken = received(*got, error);
  if (!taken) return taken.error();
  return true;
}

void ServerConn::wake() { spare_text::lend(out_); }

void ServerConn::leave_for(Executor executor) {
  // Whoever called it home stays on this thread.
  home_->conn = nullptr;
  home_ = std::make_shared<Home>(Home{this});
  stream_.leave_for(executor);
}

void ServerConn::arrive() {
  const ErrorCode error = stream_.arrive();
  if (error) lost(error.message());
}

void ServerConn::consume(std::size_t bytes) { in_.consume(bytes); }

Task<Result<wire::Frame>> ServerConn::read() {
  while (true) {
    auto frame = wire::first_frame(buffered(), kBodyMax);
    if (!frame) co_return lost(frame.error().message);
    if (*frame) {
      consume((*frame)->bytes.size());
      note(**frame);
      co_return **frame;
    }
    auto filled = co_await fill();
    if (!filled) co_return filled.error();
  }
}

void ServerConn::note(const wire::Frame& frame) {
  if (frame.type == 'Z' && !frame.body.empty())
    seen_ready(static_cast<wire::TxnStatus>(frame.body[0]));
  if (frame.type == 'S') seen_parameter(frame.body);
  if (frame.type == 'A') unasked.append(frame.bytes);
}

void ServerConn::seen_ready(wire::TxnStatus status) {
  if (owed_ > 0) --owed_;
  if (own_replies_ > 0) --own_replies_;
  status_ = status;
}

void ServerConn::seen_parameter(std::string_view body) {
  auto parameter = wire::decode_parameter_status(body);
  if (parameter)
    parameters_.insert_or_assign(std::string(parameter->name), std::string(parameter->value));
}

Task<Status> ServerConn::settle() {
  Status outcome{};
  while (own_replies_ > 0) {
    auto frame = co_await read();
    if (!frame) co_return frame.error();
    if (frame->type == 'E' && outcome) outcome = wire::decode_error(frame->body);
  }
  co_return outcome;
}

Task<Status> ServerConn::drain() {
  // A reply to what has never left would be waited for without end.
  auto flushed = co_await flush();
  if (!flushed) co_return flushed.error();
  while (owed_ > 0) {
    auto frame = co_await read();
    if (!frame) co_return frame.error();
    // A COPY that nobody will feed ends here; the server answers with an error, then with
    // ReadyForQuery.
    if (frame->type != 'G') continue;
    wire::put_copy_fail(out_, "the statement was abandoned");
    auto sent = co_await flush();
    if (!sent) co_return sent.error();
  }
  co_return Status{};
}

Error ServerConn::lost(std::string_view why) {
  broken_ = true;
  stream_.close();
  return Error{
      .sqlstate = "08006",
      .message = fmt::format("connection to data source \"{}\" was lost", source_.name),
      .detail = std::string(why),
      .hint = "The statement may or may not have been executed.",
  };
}

bool ServerConn::clean() const {
  return !broken_ && !tainted_ && !unsynced_ && owed_ == 0 && out_.empty() && in_.empty() &&
         status_ == wire::TxnStatus::kIdle && cancels_ == 0;
}

bool ServerConn::stale() { return stream_.stale(); }

bool ServerConn::in_hot_standby() const {
  const auto found = parameters_.find("in_hot_standby");
  return found != parameters_.end() && found->second == "on";
}

void ServerConn::cancel(const std::shared_ptr<ServerConn>& self, const Token& until_delivered) {
  ask_to_stop(self, false, until_delivered);
}

void ServerConn::abandon(const std::shared_ptr<ServerConn>& self) { ask_to_stop(self, true, {}); }

void ServerConn::ask_to_stop(const std::shared_ptr<ServerConn>& self, bool until_it_does,
                             Token token) {
  if (self->broken_ || self->owed_ == 0) return;
  ++self->cancels_;
  const auto executor = self->executor();
  auto conn = self;
  const auto ask = [conn, until_it_does, executor] {
    if (until_it_does) return keep_cancelling(conn);
    Cancellation once{conn->source_, {conn->pid_, conn->secret_}, conn->stream_.is_tls()};
    return send_cancel(std::move(once), executor);
  };
  spawn(executor, ask, [conn, token](const std::exception_ptr& failure) {
    // The connection must not be lent on: nothing says when its server gets the signal.
    conn->tainted_ = true;
    if (--conn->cancels_ == 0 && conn->calm_ != nullptr) conn->calm_->cancel();
    if (failure) log::warn("a cancel request to data source \"{}\" failed", conn->source_.name);
  });
}

Task<> ServerConn::keep_cancelling(std::shared_ptr<ServerConn> conn) {
  const auto executor = conn->executor();
  const Cancellation cancellation{
      conn->source_, {conn->pid_, conn->secret_}, conn->stream_.is_tls()};
  Timer timer(executor);
  for (auto pause = kCancelAgainFirst;; pause = std::min(2 * pause, kCancelAgainMax)) {
    co_await send_cancel(cancellation, executor);
    conn->tainted_ = true;
    if (conn->broken_ || conn->owed_ == 0) co_return;
    timer.expires_after(pause);
    ErrorCode woken;
    conn->cancel_pause_ = &timer;
    co_await timer.async_wait(into(woken));
    conn->cancel_pause_ = nullptr;
    if (conn->broken_ || conn->owed_ == 0) co_return;
  }
}

Task<> ServerConn::calm_down(std::shared_ptr<ServerConn> self) {
  if (self->cancel_pause_ != nullptr) self->cancel_pause_->cancel();
  const Deadline patience = Clock::now() + kCancelPatience;
  while (self->cancels_ > 0 && Clock::now() < patience) {
    Timer calm(self->executor());
    calm.expires_at(patience);
    self->calm_ = &calm;
    ErrorCode woken;
    co_await calm.async_wait(into(woken));
    self->calm_ = nullptr;
  }
}

void ServerConn::trim_prepared() {
  const std::string sql = prepared.trim();
  if (!sql.empty()) put_own_query(sql);
}

void ServerConn::expire_prepared() {
  prepared.expire();
  unnamed_key = 0;
}

void ServerConn::forget_prepared() {
  prepared.clear();
  unnamed_key = 0;
}

}  // namespace tessera::backend
