#pragma once
// A ServerConn is one connection to one PostgreSQL server: bytes out, frames in, and the
// book-keeping that tells whether its next borrower can trust it.
//
// Replies come in the order of the requests. Every Query and Sync that is sent owes one
// ReadyForQuery; the connection is clean when none is owed, no transaction is open and nothing
// unread is buffered. Requests of our own (SET, BEGIN) go out in front of the client's and their
// replies are swallowed by settle(), so they cost no round trip.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/read_buffer.h"
#include "base/receive.h"
#include "base/result.h"
#include "base/task.h"
#include "proxy/backend/home.h"
#include "proxy/backend/prepared_names.h"
#include "proxy/backend/role.h"
#include "proxy/backend/session_settings.h"
#include "proxy/wire/backend.h"
#include "proxy/wire/frame.h"
#include "proxy/wire/frontend.h"

namespace tessera::backend {

class ServerConn {
 public:
  // Connects, with TLS as the data source's sslmode has it, and logs in as `role`, up to the first
  // ReadyForQuery. Errors: 08001 not reachable within `deadline` (retry elsewhere); 28000 too
  // little is known of the role's password; the server's own (28P01, 3D000, 53300, 57P03 ...).
  static Task<Result<std::shared_ptr<ServerConn>>> connect(Executor executor,
                                                           rules::DataSource source, RolePtr role,
                                                           Deadline deadline);
  ~ServerConn();
  ServerConn(const ServerConn&) = delete;
  ServerConn& operator=(const ServerConn&) = delete;

  // What is to be sent; flush() sends it. Requests that end in ReadyForQuery are put by these:
  std::string& out() { return out_; }
  void put_query(std::string_view sql);
  void put_sync();
  void put_flush();  // asks for the replies so far; not clean until the next Sync
  void put_query_frame(std::string_view frame);  // a client's own 'Q' frame
  void put_pipeline(std::string_view frames);    // the same, that end in a Sync
  void put_own_query(std::string_view sql);      // of our own: settle() swallows its reply

  // Errors of all of these: 08006 the connection broke; it is then broken() for good.
  Task<Status> flush();
  [[nodiscard]] bool flush_now();  // sends what can be sent at once; true: that was all
  // Reads at least one byte more. receive(): without a coroutine's frame, and it is not broken().
  Task<Status> fill();
  [[nodiscard]] Receiving<ServerConn> receive();
  [[nodiscard]] Result<bool> fill_now();                    // takes what is there; false: nothing
  [[nodiscard]] Watch& watch() { return stream_.watch(); }  // to wait for it beside others
  [[nodiscard]] bool silent() { return stream_.silent(); }  // then it can be
  Task<Status> settle();  // swallows replies of own queries. Errors: what the server said to one
  // The next frame, valid until the next read. Counts what is owed, and keeps the status.
  Task<Result<wire::Frame>> read();
  Task<Status> drain();  // reads and drops everything that is owed

  // For the relay, which tells by seen_ready() what it took:
  [[nodiscard]] std::string_view buffered() const { return in_.view(); }  // received, not taken
  void consume(std::size_t bytes);
  void seen_ready(wire::TxnStatus status);
  void seen_parameter(std::string_view body);
  [[nodiscard]] bool settled() const { return own_replies_ == 0; }
  [[nodiscard]] std::uint32_t owed() const { return owed_; }
  [[nodiscard]] wire::TxnStatus status() const { return status_; }
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool unsynced() const { return unsynced_; }
  [[nodiscard]] bool clean() const;  // the next borrower may have it
  void taint() { tainted_ = true; }  // it will be closed when it comes back: it holds state
  [[nodiscard]] bool tainted() const { return tainted_; }
  // Gives back the memory of its buffers while nobody uses it, until wake().
  void rest();
  void wake();
  // On its way to another thread, which calls arrive() first; it may be broken() then. It is clean.
  void leave_for(Executor executor);
  void arrive();
  [[nodiscard]] bool stale();  // has it closed, or said something unasked? One system call
  [[nodiscard]] bool quiet() const { return stream_.quiet(); }  // neither, as far as was told
  [[nodiscard]] const HomePtr& home() const { return home_; }
  [[nodiscard]] bool in_hot_standby() const;
  // Asks the server to cancel what runs here. While that is under way this is not clean, and
  // `until_delivered` is held.
  using Token = std::shared_ptr<void>;
  static void cancel(const std::shared_ptr<ServerConn>& self, const Token& until_delivered = {});
  // The same until nothing is owed: a server ignores a request that comes before the statement.
  static void abandon(const std::shared_ptr<ServerConn>& self);
  // Waits until no cancel request is under way that could hit the next statement. Nothing is owed.
  static Task<> calm_down(std::shared_ptr<ServerConn> self);
  bool being_cancelled() const { return cancels_ > 0; }
  void close();  // says goodbye where that is possible; nothing works after it
  [[nodiscard]] const rules::DataSource& source() const { return source_; }
  [[nodiscard]] const std::string& role() const { return role_->name; }  // on any thread
  using Parameters = std::map<std::string, std::string, std::less<>>;
  [[nodiscard]] const Parameters& parameters() const { return parameters_; }
  [[nodiscard]] std::int32_t pid() const { return pid_; }
  void trim_prepared();  // puts an own query that closes some when there are too many
  void forget_prepared();
  void expire_prepared();  // what they give has changed

  Clock::time_point created_at = Clock::now(), idle_since = created_at;
  std::uint64_t unnamed_key = 0;  // of the statement that the unnamed one holds; 0: unknown
  SessionSettings applied;        // what its session settings are now
  PreparedNames prepared;
  std::string unasked;  // notifications among what read() gave, for the session to pass on

 private:
  ServerConn(Executor executor, rules::DataSource source, RolePtr role);
  static void ask_to_stop(const std::shared_ptr<ServerConn>& self, bool until_it_does, Token token);
  static Task<> keep_cancelling(std::shared_ptr<ServerConn> conn);
  static Task<Status> begin(std::shared_ptr<ServerConn> conn, bool encrypted, Deadline deadline);
  Executor executor() { return stream_.executor(); }
  Task<Status> log_in();
  Task<Status> answer_authentication(wire::ScramClient& scram, std::string_view body);
  friend class Receiving<ServerConn>;
  std::span<char> room() { return in_.room(); }
  void waits() {}
  Status received(std::size_t bytes, const boost::system::error_code& error);
  Error lost(std::string_view why);
  void note_query();
  void note(const wire::Frame& frame);

  std::uint32_t owed_ = 0, own_replies_ = 0, cancels_ = 0;
  wire::TxnStatus status_ = wire::TxnStatus::kIdle;
  bool broken_ = false, tainted_ = false, unsynced_ = false;
  HomePtr home_ = std::make_shared<Home>(Home{this});
  std::string out_;
  ReadBuffer in_;
  Stream stream_;
  const rules::DataSource source_;
  const RolePtr role_;
  Timer* cancel_pause_ = nullptr;  // until keep_cancelling() asks again
  Timer* calm_ = nullptr;          // who waits for the end of all cancel requests
  std::int32_t pid_ = 0, secret_ = 0;
  Parameters parameters_;
};

}  // namespace tessera::backend
