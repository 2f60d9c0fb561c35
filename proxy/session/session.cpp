#include "proxy/session/session.h"

#include "base/log.h"
#include "proxy/session/errors.h"

namespace tessera::session {
namespace {

// PostgreSQL's own limit of a message.
constexpr std::size_t kBodyMax = 0x3fffffff;

}  // namespace

Session::Session(Worker& worker, int socket)
    : worker_(worker), client_(worker.context().get_executor(), socket) {
  worker_.house().arrivals.fetch_add(1, std::memory_order_relaxed);
}

Session::~Session() {
  has_arrived();
  if (registered_) worker_.house().registry.remove(key_);
}

Task<> Session::run() {
  auto ended = co_await serve();
  if (!ended && !errors::client_is_gone(ended.error())) {
    auto said = co_await say_goodbye(ended.error());
    (void)said.has_value();
  }
  // Leases go back before the socket closes: a client that reconnects at once finds its connection
  // free.
  portals_.clear();
  transaction_.reset();
  co_await client_.drained();
  client_.close();
}

Task<Status> Session::say_goodbye(const Error& error) {
  wire::put_error(client_.out(), errors::as_fatal(error));
  auto flushed = co_await client_.flush();
  co_return flushed;
}

Task<Status> Session::serve() {
  auto logged_in = co_await log_in();
  if (!logged_in) co_return logged_in;
  if (!registered_) co_return errors::client_closed();  // a cancel request has been served
  while (true) {
    Exchange exchange = send_at_once();
    if (exchange.participant != nullptr) {
      // Here, in the frame that is there anyhow: most statements need no other.
      while (exchange.reads) {
        auto arrived = co_await exchange.participant->conn().receive();
        take_part(exchange, arrived);
      }
      if (!exchange.done) {
        auto finished = co_await finish_at_once(exchange);
        if (!finished) co_return finished;
      }
    } else if (client_.buffered().empty() && !may_let_go_ && !transaction_->keeps_one()) {
      auto arrived = co_await client_.receive();
      if (arrived) continue;
      co_return last_words().value_or(arrived.error());
    } else {
      auto obeyed = co_await obey_next();
      if (!obeyed) co_return obeyed.error();
      if (!*obeyed) continue;
    }
    if (!goes_on()) co_return why_it_ends();
  }
}

// Obeys the next message. False: there was none, but more has arrived. Errors: the session ends.
Task<Result<bool>> Session::obey_next() {
  auto frame = client_.buffered_frame(kBodyMax);
  if (frame && !*frame) {
    if (may_let_go_) {
      auto let = co_await let_go();
      if (!let) co_return let.error();
    }
    if (transaction_->keeps_one()) {
      auto heard = co_await await_client();
      if (!heard) co_return heard.error();
    }
    auto arrived = co_await client_.receive();
    if (arrived) co_return false;
    frame = arrived.error();
  }
  if (!frame) co_return last_words().value_or(frame.error());
  begin_message();
  const wire::Frame message = **frame;
  auto obeyed = co_await obey(message);
  if (!obeyed) co_return obeyed.error();
  co_return true;
}

Task<Status> Session::obey(wire::Frame message) {
  if (message.type == 'X') co_return errors::client_closed();
  if (message.type == 'F') {
    auto called = co_await call_function(message.bytes);
    co_return called;
  }
  if (message.type != 'Q') {
    auto done = co_await extended(message);
    co_return done;
  }
  auto done = co_await simple_query(message);
  force_primary_ = false;
  co_return done;
}

void Session::begin_message() {
  since_ = worker_.watched_at();
  if (!busy_) transaction_since_ = since_;
  busy_ = true;
  obeying_ = true;
  timed_out_ = false;
}

// After each message.
bool Session::goes_on() {
  busy_ = transaction_->in_block() || channel_ != nullptr;
  obeying_ = false;
  since_ = worker_.watched_at();
  return !transaction_->lost_pinned() && !ending_for_ && (busy_ || !ending_);
}

Error Session::why_it_ends() const {
  if (transaction_->lost_pinned()) return errors::kept_connection_lost();
  return *last_words();
}

// Why the session ends, if it is to.
std::optional<Error> Session::last_words() const {
  if (ending_for_) return ending_for_->why;
  if (ending_) return errors::shutting_down();
  return std::nullopt;
}

void Session::give_error(const Error& error) { wire::put_error(client_.out(), error); }

Task<Status> Session::give_ready() {
  give_unasked();
  wire::put_ready(client_.out(), transaction_->client_status());
  auto flushed = co_await client_.flush();
  co_return flushed;
}

// Between transactions no connection is held, but those that cannot be given back.
void Session::finish_statement() {
  if (transaction_->in_block()) return;
  transaction_->release();
  channel_ = nullptr;
}

void Session::cancel(const std::shared_ptr<void>& until_delivered) {
  if (transaction_) transaction_->cancel(until_delivered);
  if (asking_ != nullptr) asking_->cancel(until_delivered);
}

void Session::end(bool at_once) {
  ending_ = true;
  if (!at_once && busy_) return;
  if (at_once && transaction_) transaction_->cancel();
  if (at_once && asking_ != nullptr) asking_->cancel();
  client_.stop_reading();
}

}  // namespace tessera::session
