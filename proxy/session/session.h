#pragma once
// A Session is one client from accept to close: settings, prepared statements, transaction.
//
// A statement that runs on one target is relayed: the client's messages go to a server connection,
// the reply comes back frame by frame without being looked into. Anything else goes through exec.
// Messages of a pipeline are put on one server connection as long as they go to the same shard;
// what has to wait (another shard, an answer of our own) drains it first.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "proxy/exec/ask.h"
#include "proxy/exec/numbers.h"
#include "proxy/plan/physical.h"
#include "proxy/session/block_schema.h"
#include "proxy/session/client_conn.h"
#include "proxy/session/hba.h"
#include "proxy/session/prepared.h"
#include "proxy/session/startup_options.h"
#include "proxy/session/worker.h"

namespace tessera::session {

// A reply that the server owes for a message of a pipeline.
struct Owed {
  enum class Kind : char {
    kParse = 'P',
    kBind = 'B',
    kDescribe = 'D',
    kExecute = 'E',
    kClose = 'C',
    kLocal = 0
  };
  Kind kind = Kind::kLocal;
  bool swallow = false;   // the message was ours
  char local = 0;         // kLocal: our own answer, a message without a body
  std::uint64_t key = 0;  // kParse: to be forgotten if it fails
  const PreparedStatement* asked =
      nullptr;                    // a Parse of the client's: of a named statement, or ours
  const Portal* bound = nullptr;  // kBind of a named portal that its Sync does not end
};

// Found by any text, without a string made of it.
struct NameHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const {
    return std::hash<std::string_view>()(name);
  }
};
template <class T>
using ByName = std::unordered_map<std::string, T, NameHash, std::equal_to<>>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `worker` outlives the session.
  Session(Worker& worker, int socket);
  ~Session();

  Task<> run();
  // Says why and closes, instead of run(). The client has `patience` to say what it wants.
  Task<> refuse(Error error, std::chrono::milliseconds patience);
  // Both on the session's own thread:
  void cancel(const std::shared_ptr<void>& until_delivered);
  void end(bool at_once);
  // Ends what has taken longer than its limit; `now` may be a little late.
  void watch_limits(Clock::time_point now);
  // Before the catalog of `database` gives way to one with other rules.
  void keep_rules(const Database& database);

 private:
  // session.cpp: the loop
  Task<Status> serve();
  Task<Result<bool>> obey_next();
  Task<Status> obey(wire::Frame message);
  Task<Status> say_goodbye(const Error& error);
  void give_error(const Error& error);
  void begin_message();
  [[nodiscard]] bool goes_on();
  [[nodiscard]] Error why_it_ends() const;
  [[nodiscard]] std::optional<Error> last_words() const;
  Task<Status> give_ready();
  void finish_statement();

  // first_packet.cpp
  Task<Result<std::optional<wire::StartupMessage>>> first_packet();
  Task<Status> answer_encryption_request(std::string_view kind, bool offered);
  Task<Status> start_direct_tls();
  Task<> obey_cancel_request(wire::CancelRequest key);
  // limits.cpp
  [[nodiscard]] Clock::duration waits_at_most() const;
  void end_for(const Error& why, Clock::time_point now);
  void end_stubborn(Clock::time_point now);
  [[nodiscard]] std::optional<Error> timeout_for(const Error& error) const;
  Status take_places(const std::string& user, const std::string& database);

  // login.cpp
  [[nodiscard]] std::shared_ptr<bool> give_up_reading_after(Timer& patience);
  Task<Status> log_in();
  Task<Result<AccountPtr>> find_account(const LoginAttempt& attempt, Deadline deadline);
  Task<Result<wire::Secret>> authenticate(const LoginAttempt& attempt, Deadline deadline);
  void has_arrived();
  void negotiate(std::int32_t minor_version, const StartupRequest& request);
  Task<Status> begin(const StartupRequest& request);
  Task<backend::HomePtr> find_home();
  Status apply_startup(const StartupRequest& request);
  Status apply_startup_setting(std::string_view name, std::string_view value);
  Task<Status> report_parameters();

  // statements.cpp: what both protocols share
  // `types`: of parameters, as Parse declared them.
  PlanRequest request_plan(std::string_view text, const parser::Shape& shape,
                           const std::vector<std::uint32_t>* types = nullptr);
  Result<std::shared_ptr<CachedPlan>> plan_for(std::string_view text, const parser::Shape& shape,
                                               const std::vector<std::uint32_t>* types = nullptr);
  // hints.cpp
  Result<std::shared_ptr<CachedPlan>> plan_with_hints(
      std::string_view text, const parser::Shape& shape, const parser::Hints* hints,
      const std::vector<std::uint32_t>* types = nullptr);
  Result<std::shared_ptr<CachedPlan>> directed_plan(std::string_view text,
                                                    const parser::Shape& shape,
                                                    const std::string& data_source);
  const std::shared_ptr<CachedPlan>* known_plan(std::string_view text, const parser::Shape& shape);
  Status may_run(const plan::Plan& plan) const;
  Status find_targets(const plan::Plan& plan, const plan::Values& values,
                      std::vector<plan::Target>& targets,
                      std::vector<std::uint32_t>& target_of_row);
  [[nodiscard]] backend::Side side_for(const plan::Plan& plan, rules::ShardIndex shard) const;
  [[nodiscard]] backend::Side side_for_all(const plan::Plan& plan,
                                           const std::vector<plan::Target>& targets) const;
  Task<Result<exec::Opened>> open_scattered(exec::Request& request);
  [[nodiscard]] Deadline wait_deadline() const;
  [[nodiscard]] txn::Participant* try_join(const plan::Plan& plan, rules::ShardIndex shard);
  Task<Result<txn::Participant*>> join(const plan::Plan& plan, rules::ShardIndex shard);
  void note_route(txn::Participant& participant, const plan::Plan& plan);
  exec::Request request_for(PlannedStatement& statement, const plan::Values& values,
                            const std::vector<plan::Target>& targets);
  Task<Status> refuse_after_asking(PlannedStatement& statement);
  Task<Error> as_postgresql_says(PlannedStatement& statement, const Error& own);
  Task<Status> after_ddl();
  Task<Status> fail_statement(Error error);
  [[nodiscard]] bool own_statement(const PlannedStatement& statement) const;
  [[nodiscard]] std::string deallocated_by(const CachedPlan& cached) const;
  Status run_deallocate(const std::string& name);
  Task<Status> run_own(PlannedStatement& statement);
  Task<Status> end_block(const plan::TransactionPlan& statement);
  Task<Status> run_transaction(PlannedStatement& statement);
  Task<Status> run_set(PlannedStatement& statement);
  void follow_settings();
  [[nodiscard]] std::optional<std::string> setting_text(std::string_view name) const;
  [[nodiscard]] std::string current_role() const;
  void follow_search_path();
  [[nodiscard]] std::string effective_text(const std::string& name, const std::string& text) const;
  void remember_setting(const plan::SetPlan& set, const PlannedStatement& statement);
  Task<Status> run_show(const plan::ShowPlan& show, bool describe_only);
  void show_drift(bool describe_only);
  Task<Status> run_scatter(exec::Request request, exec::Opened& opened, std::uint64_t rows_max,
                           bool& ended);
  Task<Status> give_rows(const exec::Request& request, exec::Opened& opened, std::uint64_t rows_max,
                         std::uint64_t& rows, bool& ended);
  void give_row_description(const exec::Opened& opened);

  // block_schema.cpp
  [[nodiscard]] const std::shared_ptr<const catalog::Catalog>& catalog() const;
  void note_ddl();
  [[nodiscard]] bool needs_block_schema() {
    return (block_ != nullptr || block_stale_) && must_read_block_schema();
  }
  [[nodiscard]] bool must_read_block_schema();
  Task<> read_block_schema();

  // relay.cpp
  struct Reply {
    bool failed = false;      // an ErrorResponse was in it
    bool repeatable = false;  // set before: what has a stale plan may be repeated
    bool stale = false;       // a statement must be prepared anew
    bool withheld = false;    // and the client was told nothing: it is repeated
    bool gave_bytes = false;  // the client has seen some of it
    std::size_t passing = 0;  // what is yet to come of the frame that it has in part
    // The connection broke, or the server ended it; nothing of this was given.
    std::unique_ptr<Error> lost;
    void lose(Error error) { lost = std::make_unique<Error>(std::move(error)); }
  };
  enum class Step : std::uint8_t { kRead, kSpecial, kEnd };  // what a reply's next bytes need
  Task<Status> relay(backend::ServerConn& conn, bool forward_ready, Reply& reply);
  Task<Status> relay_rest(backend::ServerConn& conn, bool forward_ready, Reply& reply);
  Step forward(backend::ServerConn& conn, bool forward_ready, Reply& reply);
  static Status whole(const Reply& reply);
  static bool primary_may_serve(const txn::Participant& participant, const Reply& reply);
  Task<Result<bool>> relay_special(backend::ServerConn& conn, Reply& reply);
  Task<Status> relay_error(backend::ServerConn& conn, const wire::Frame& frame, Reply& reply);
  void settle_reply(backend::ServerConn& conn, const Reply& reply);

  // copy.cpp
  struct CopyIn {
    bool open = false;       // more is expected of the client
    bool active = false;     // or some of it has not been sent yet
    bool pipelined = false;  // no Sync has been sent behind it
    bool lost = false;       // the client has said what no COPY understands
    std::size_t left = 0;    // of the message that is being passed on
  };
  void begin_copy(bool pipelined);
  Status pass_copy(backend::ServerConn& conn);
  void pass_copy_message(backend::ServerConn& conn, const wire::Frame& frame);
  Task<Status> feed_copy(backend::ServerConn& conn);
  Task<> await_copy(backend::ServerConn& conn);
  Task<Status> end_copy(backend::ServerConn& conn);
  Task<Status> lose_sync(backend::ServerConn& conn);

  // message.cpp
  Task<Status> check_syntax(const std::string& text);
  Task<Status> ask_syntax(std::string_view sql);
  void translate(Error& error);
  static void in_clients_terms(Error& error, const Portal& portal);
  static void in_clients_text(Error& error, const PlannedStatement& statement,
                              const plan::Target& target);

  // one_shard.cpp
  // A statement that was sent at once, and its reply.
  struct Exchange {
    txn::Participant* participant = nullptr;  // null: nothing has been done
    std::size_t bytes = 0;                    // of the client's, to be consumed
    bool parse = false;                       // a Parse is among them
    bool describe = false;                    // a Describe
    bool pipeline = false;                    // it ends in a Sync
    bool sent = false;                        // all of it, and only its own reply is to come
    bool reads = false;                       // more of the reply is to be read
    bool done = false;
    Step step = Step::kRead;
    Reply reply;
  };
  // A pipeline of one statement, as frames. Empty `bind`: it is none.
  struct OnePipeline {
    std::string_view parse;  // empty: there is none
    std::string_view bind;
    std::string_view rest;  // Describe, Execute, Sync
  };
  static OnePipeline one_statement(std::string_view buffered);
  Exchange send_at_once();
  bool put_at_once(Exchange& exchange, std::string_view buffered);
  bool put_query_at_once(Exchange& exchange, std::string_view buffered);
  bool put_pipeline_at_once(Exchange& exchange, std::string_view buffered);
  void take_part(Exchange& exchange, const Status& arrived);
  void end_at_once(Exchange& exchange);
  const std::shared_ptr<PreparedStatement>* statement_at_once(std::string_view parse);
  void keep_unnamed_portal(const std::shared_ptr<PreparedStatement>& statement,
                           txn::Participant& participant);
  void put_renamed_query(backend::ServerConn& conn, std::string_view query,
                         const std::shared_ptr<CachedPlan>& cached);
  bool is_the_same(const PreparedStatement& known);
  bool settles_at_once(const PreparedStatement& statement);
  txn::Participant* join_at_once(const CachedPlan& cached, const plan::Values& values);
  Task<Status> finish_at_once(Exchange& exchange);
  Task<Status> fail_at_once(Exchange& exchange);
  bool put_on_wire(backend::ServerConn& conn, const std::shared_ptr<PreparedStatement>& prepared,
                   const OnePipeline& pipeline);

  // simple_query.cpp
  Task<Status> simple_query(wire::Frame frame);
  Task<Status> obey_each(std::string_view whole_frame, bool& any);
  [[nodiscard]] bool in_pipeline() const {
    return skip_until_sync_ || open_parse_ || channel_ != nullptr || !owed_.empty();
  }
  Task<Result<bool>> leave_pipeline();
  Task<Status> run_simple(PlannedStatement& statement, std::string_view whole_frame);
  Task<Status> relay_simple(PlannedStatement& statement, const plan::Target& target,
                            std::string_view whole_frame);
  Task<Status> scatter_simple(PlannedStatement& statement, const std::vector<plan::Target>& targets,
                              const std::vector<std::uint32_t>& target_of_row);
  Task<Status> end_implicit();
  void note_scattered(const plan::Plan& plan);
  void forget_session_state(backend::ServerConn& conn, const CachedPlan& cached);

  // completing.cpp: values that are made before a statement can be routed
  struct BoundValues {
    const std::vector<std::uint32_t>* types = nullptr;  // of the parameters, as Parse declared them
    const wire::BindMessage* bind = nullptr;            // null in the simple protocol
  };
  struct MadeValue {
    std::optional<std::string> text;  // absent: NULL
    catalog::Oid type = 0;            // 0: the column's, PostgreSQL finds it
    bool number = false;              // written without quotes
    bool left = false;                // the expression stays
  };
  struct LongerBind;
  static LongerBind with_parameters(const wire::BindMessage& bind,
                                    const std::vector<std::uint32_t>& types,
                                    const std::vector<MadeValue>& made);
  Task<Result<std::string>> next_key(std::string generator);
  Task<Status> make_keys(const plan::Completion& completion, std::vector<MadeValue>& made);
  Task<Result<std::vector<std::uint32_t>>> types_for(PlannedStatement& statement,
                                                     BoundValues client,
                                                     const plan::Question& question);
  Task<Result<std::vector<exec::Answer>>> answers_to(PlannedStatement& statement,
                                                     BoundValues client,
                                                     const plan::Question& question);
  Task<Result<std::vector<exec::Answer>>> ask_by(txn::Transaction& transaction,
                                                 PlannedStatement& statement,
                                                 exec::StreamSpec spec);
  void release_after_asking();
  Task<Status> take_answers(PlannedStatement& statement, BoundValues client,
                            std::vector<MadeValue>& made);
  Task<Result<std::vector<MadeValue>>> make_values(PlannedStatement& statement, BoundValues client);
  Task<Status> complete_simple(PlannedStatement& statement);
  Task<Status> bind_completed(std::shared_ptr<PreparedStatement> statement,
                              const wire::BindMessage& bind);
  Result<std::shared_ptr<PreparedStatement>> completed_by(
      PreparedStatement& statement, const std::vector<std::optional<std::string>>& values,
      const std::vector<std::uint32_t>& types);
  [[nodiscard]] std::optional<std::string> constant_of(const MadeValue& value) const;

  // preview.cpp
  [[nodiscard]] static bool is_reload(const parser::Shape& shape);
  [[nodiscard]] std::shared_ptr<CachedPlan> own_plan(plan::ShowPlan show) const;
  Task<Status> run_reload();
  [[nodiscard]] static bool is_preview(const parser::Shape& shape);
  [[nodiscard]] static std::uint32_t previewed_from(const parser::Shape& preview);
  struct Previewed {
    std::shared_ptr<const parser::Hints> hints;
    const std::vector<std::uint32_t>* types = nullptr;  // of parameters; null: none are declared
    const std::vector<plan::Parameter>* parameters = nullptr;
  };
  Status run_preview(std::string_view text, const parser::Shape& preview);
  Status run_preview(const PreparedStatement& statement, const Portal& portal);
  Result<std::vector<plan::PhysicalStatement>> previewed(std::string_view statement,
                                                         const Previewed& given);
  void describe_preview();
  void give_preview(const std::vector<plan::PhysicalStatement>& sent);

  // kept.cpp: databases of one server, and sessions that keep their connection to it
  struct Message;
  [[nodiscard]] Message judge(std::string_view text);
  void note_reset(const plan::SetPlan& set, Message& message) const;
  Task<Status> obey_plain(std::string_view whole_frame, bool& any);
  Task<Status> relay_message(const Message& message, std::string_view whole_frame);
  // `unseen`: no catalog shows what it is kept for.
  void keep_connection(txn::Participant& participant, bool unseen);
  void follow_server(backend::ServerConn& conn);
  Task<Status> fail_block(backend::ServerConn& conn);
  Task<Status> relay_transaction(PlannedStatement& statement, txn::Participant& only);
  Task<Status> after_block();
  Task<Status> restore_startup(backend::ServerConn& conn, std::string sql);
  void touch_schema();
  void note_error(const Error& error);
  Task<bool> refused_in_error(const Error& refusal);
  Task<Status> await_client();
  Task<Status> relay_unasked(backend::ServerConn& conn);
  void give_unasked();
  [[nodiscard]] bool keeps(const backend::ServerConn& conn) const;
  Task<Status> end_with(backend::ServerConn& conn, const wire::Frame& last_words);

  // own_names.cpp: statements that SQL and the protocol know by one name
  [[nodiscard]] std::shared_ptr<PreparedStatement> named(const std::string& name);
  std::shared_ptr<PreparedStatement> made_by_sql(const std::string& name);
  [[nodiscard]] std::shared_ptr<PreparedStatement> unseen_by_sql(const CachedPlan& cached) const;
  void put_own_name(PreparedStatement& statement, bool asked);
  Task<Status> tell_own_name(backend::ServerConn& conn, const CachedPlan& cached);
  Task<Result<bool>> close_own_name(const std::string& name);
  void forget_own_names(const PreparedStatement* statement);

  // let_go.cpp
  Task<Status> let_go();
  Task<Result<bool>> has_ended(backend::ServerConn& conn, backend::SessionSettings& settings);

  // extended_query.cpp
  Task<Status> extended(wire::Frame frame);
  Task<Status> fail_message(const Error& error);
  Result<std::shared_ptr<PreparedStatement>> analyse(const wire::ParseMessage& message);
  Task<Status> call_function(std::string_view whole_frame);
  Task<Status> relay_call(const std::string& frame, bool large_object);
  Task<Status> obey_extended(const wire::Frame& frame);
  Task<Status> on_parse(std::string_view body);
  Task<Status> on_bind(std::string_view body);
  Task<Status> bind_portal(std::shared_ptr<PreparedStatement> statement,
                           const wire::BindMessage& bind, std::string_view body);
  [[nodiscard]] static std::size_t parameters_of(const PreparedStatement& statement);
  [[nodiscard]] Status check_bind(const wire::BindMessage& bind,
                                  const PreparedStatement& statement) const;
  Status route_portal(Portal& portal);
  Task<Status> on_execute(std::string_view body);
  Task<Status> on_close(std::string_view body);
  void drop_row_description(std::size_t from);
  [[nodiscard]] txn::Participant* cursor_owner(const std::string& name);
  Task<Status> on_flush();
  Task<Status> on_sync();
  Task<Status> sync();
  [[nodiscard]] bool relays_whole_pipeline() const;
  Task<Result<bool>> relay_whole_pipeline();
  Task<Status> answer_pipeline();
  Task<Status> settle_or_fail();
  Task<Status> relay_bind(Portal& portal, const wire::BindMessage& bind);
  Task<Status> execute_scattered(Portal& portal, std::int32_t rows_max);
  Task<Status> fail_pipeline(Error error);
  [[nodiscard]] bool outdated(const PreparedStatement& statement);
  Task<Status> revalidate(PreparedStatement& statement);
  [[nodiscard]] exec::ParseScope scope_for(const PreparedStatement& statement);

  // describe.cpp
  Task<Status> on_describe(std::string_view body);
  Task<Status> describe_statement(const std::shared_ptr<PreparedStatement>& statement);
  Task<Status> describe_portal(const std::string& name, Portal& portal);
  void put_parameter_types(const PreparedStatement& statement);
  Task<Status> describe_own(const PreparedStatement& statement);

  // type_numbers.cpp
  [[nodiscard]] const catalog::TypeNumbers* numbers_of(const backend::ServerConn& conn) const;
  Task<Status> judge_binary(Portal& portal, const wire::BindMessage& bind);
  Status check_copy(PlannedStatement& statement, const std::vector<plan::Target>& targets);

  // replay.cpp
  void remember(const wire::Frame& frame);
  [[nodiscard]] bool may_repeat(const Error& error) const;
  [[nodiscard]] bool may_heal() const;
  void want_repetition(bool on_primary);
  Task<Status> repeat_pipeline();
  void forget_pipeline();

  // pipeline.cpp
  [[nodiscard]] bool take_channel(txn::Participant& participant);
  Task<Status> use_channel(txn::Participant& participant);
  Task<Status> drain_pipeline(bool sync = false);
  Task<Status> drain_all();
  Task<Status> relieve_pipeline();
  Task<Status> hold_pipeline();
  void undo_settings();
  Task<Status> relay_owed(backend::ServerConn& conn);
  [[nodiscard]] std::uint64_t server_key(const PreparedStatement& statement,
                                         const plan::Target& target) const;
  static std::string rendered(PlannedStatement& statement, const plan::Target& target);
  void put_statement(const std::shared_ptr<PreparedStatement>& prepared, const plan::Target& target,
                     std::string& server_name);
  void put_parse_scope(const std::string& messages);
  Task<Status> settle_open_parse();
  [[nodiscard]] bool needs_transaction(const plan::Plan& plan, rules::ShardIndex shard) const;
  [[nodiscard]] txn::Participant* try_join_pipeline(const plan::Plan& plan,
                                                    rules::ShardIndex shard);
  Task<Result<txn::Participant*>> join_pipeline(const plan::Plan& plan, rules::ShardIndex shard);
  Task<Status> end_pipeline();
  void owe(Owed owed);
  void forget_failed_parses(backend::ServerConn& conn, std::size_t from);
  void drop_portal(const Portal* portal);
  void drop_portals();
  void drop_statement(const PreparedStatement* statement);
  [[nodiscard]] std::size_t owed_special_local() const;
  [[nodiscard]] plan::Target describing_target(const plan::Plan& plan) const;

  struct Ending {
    Error why;
    Clock::time_point since;
  };
  // The client's messages since its last Sync, as long as they may be sent again.
  struct Remembered {
    std::string messages;     // where there are replicas, or once they are to be repeated
    std::uint64_t sent = 0;   // to the client, when they began
    std::size_t unsent = 0;   // in its buffer, then
    bool begun = false;       // the first of them has come
    bool too_late = false;    // no repetition any more
    bool wanted = false;      // they are to be repeated: a replica has failed, or a plan was stale
    bool on_primary = false;  // on the primary, then
  };
  // Statements that were sent to servers as another text than the client's.
  struct Underway {
    std::shared_ptr<PreparedStatement> kept;  // null: simple_
    PlannedStatement* statement;
    plan::Target target;
  };
  struct RouteTaken {
    rules::ShardIndex shard;
    backend::Side side;
  };

  // What each statement touches comes first and lies together: it has left the processor's cache
  // since the last one.
  Worker& worker_;
  Database* database_ = nullptr;
  const rules::SessionLimits* limits_ = nullptr;  // from login on
  Clock::time_point since_;                       // obeying_, or waiting for the client
  Clock::time_point transaction_since_;
  bool registered_ = false;
  bool arriving_ = true;  // it has not logged in
  bool plain_ = false;    // the database has one server, and nothing to route by
  // The session of a plain database that has pinned: all goes to that connection as it is, and the
  // server alone keeps its settings and transactions.
  bool kept_ = false;
  bool hides_state_ = false;  // what pins the session may be more than the servers' catalogs show
  bool may_let_go_ = false;   // it may have ended
  bool ending_ = false;       // no new transaction
  bool busy_ = false;         // a statement is running
  bool obeying_ = false;      // a message is being obeyed; else the client's turn is waited for
  bool timed_out_ = false;    // the message took too long: what it runs is cancelled
  bool skip_until_sync_ = false;
  bool pipeline_failed_ = false;
  bool pipeline_ddl_ = false;
  bool several_statements_ = false;
  bool ready_given_ = false;     // the relay has given the server's own ReadyForQuery
  bool force_primary_ = false;   // a replica has failed under this statement
  bool hinted_primary_ = false;  // WRITE_ROUTE_ONLY
  bool schema_changed_ = false;  // by DDL inside the block
  bool block_stale_ = false;     // block_ does not show its latest DDL yet
  parser::ScanOptions scan_options_;
  // What settings, search path and plans were taken from: settings by fingerprint, joining
  // statements and the catalog by version.
  std::uint64_t followed_settings_ = 0;
  std::uint64_t followed_joining_ = 0;
  std::uint64_t followed_catalog_ = 0;
  ClientConn client_;
  std::vector<Owed> owed_;
  std::size_t owed_special_ = 0;  // entries that keep the reply from being relayed blindly
  txn::Participant* channel_ = nullptr;
  std::unique_ptr<Ending> ending_for_;  // a limit was passed
  std::unique_ptr<BlockSchema> block_;
  std::vector<Underway> underway_;
  std::vector<plan::Target> targets_;
  std::vector<RouteTaken> last_route_;
  std::vector<std::uint32_t> target_of_row_;
  PlannedStatement simple_;                      // reused from query to query
  std::string query_text_;                       // of the message that is being obeyed
  std::shared_ptr<backend::Backends> backends_;  // outlives the transaction
  std::optional<txn::Transaction> transaction_;
  txn::Transaction* asking_ = nullptr;  // where values are asked for beside it

  Remembered remembered_;
  ByName<std::shared_ptr<PreparedStatement>> statements_;
  ByName<std::unique_ptr<Portal>> portals_;
  std::unique_ptr<Portal> spare_portal_;  // one that was dropped: most sessions have one at a time
  std::uint64_t portals_made_ = 0;
  wire::ParseMessage parse_;  // these three are reused from pipeline to pipeline
  wire::BindMessage bind_;
  std::vector<plan::Parameter> parameters_;

  std::shared_ptr<PreparedStatement> open_parse_;  // parsed by the client, not yet seen by a server
  // The server that ended the pipeline: it skips to Sync by itself.
  const backend::ServerConn* failed_conn_ = nullptr;
  CopyIn copy_;
  std::optional<backend::SessionSettings> pipeline_settings_;  // before its first SET
  std::shared_ptr<CachedPlan> pipeline_discards_;              // DISCARD or DEALLOCATE was executed
  std::string user_;
  bool admin_ = false;
  backend::SessionSettings startup_settings_;
  std::vector<std::string> search_path_{"public"};
  std::string search_path_text_;
  std::shared_ptr<const backend::SessionSettings> parse_settings_;
  wire::CancelRequest key_;
  ClientPlace user_place_;
  ClientPlace database_place_;
};

}  // namespace tessera::session
