// The beginning of a session: startup parameters, authentication.

#include <algorithm>
#include <map>

#include "proxy/session/authentication.h"
#include "proxy/session/errors.h"
#include "proxy/session/publisher.h"
#include "proxy/session/session.h"
#include "proxy/session/setting_text.h"

namespace tessera::session {
namespace {

// A login does not wait long for a connection that it can do without; a busy server may take its
// time to open one.
constexpr std::chrono::milliseconds kHomePatience{3'000};

using Reported = std::vector<std::pair<std::string, std::string>>;
using Method = rules::HbaRule::Method;

// By name, whatever its case.
Reported in_postgresqls_order(const std::map<std::string, std::string, std::less<>>& parameters) {
  Reported reported(parameters.begin(), parameters.end());
  std::ranges::sort(reported, {}, [](const auto& parameter) { return fold(parameter.first); });
  return reported;
}

// Where the rule wants it, the client's certificate has to be the user's.
Status check_owner(const ClientConn& client, const rules::HbaRule& rule, const std::string& user) {
  if (rule.client_cert != rules::HbaRule::ClientCert::kVerifyFull) return {};
  const auto owner = client.certificate();
  if (owner && owner->common_name == user) return {};
  if (rule.method == Method::kCert) return errors::certificate_failed(user);
  return rule.method == Method::kTrust ? errors::trust_failed(user) : errors::password_failed(user);
}

}  // namespace

// A client that is too slow is read from no more. What this gives tells then.
std::shared_ptr<bool> Session::give_up_reading_after(Timer& patience) {
  const auto late = std::make_shared<bool>(false);
  patience.async_wait([weak = weak_from_this(), late](boost::system::error_code error) {
    const auto alive = weak.lock();
    // It may have run out just as the login ended: then cancelling it came too late.
    if (error || !alive || alive->database_ != nullptr) return;
    *late = true;
    alive->client_.stop_reading();
  });
  return late;
}

// The client's startup message is read first: one that has not said what it wants does not expect
// an answer.
Task<> Session::refuse(Error error, std::chrono::milliseconds patience) {
  Timer timer(client_.executor(), patience);
  const auto late = give_up_reading_after(timer);
  auto startup = co_await first_packet();
  timer.cancel();
  if (startup && *startup) {
    auto said = co_await say_goodbye(error);
    (void)said.has_value();
  }
  client_.close();
}

Task<Status> Session::log_in() {
  Timer patience(client_.executor(), worker_.house().settings.proxy.login_timeout);
  const auto late = give_up_reading_after(patience);
  auto startup = co_await first_packet();
  if (!startup) {
    if (*late) co_return errors::login_timeout();
    co_return startup.error();
  }
  if (!*startup) co_return Status{};
  auto request = read_startup(**startup);
  if (!request) co_return request.error();
  negotiate((*startup)->minor_version, *request);
  const LoginAttempt attempt{.database = request->database,
                             .user = request->user,
                             .address = client_.peer_address(),
                             .tls = client_.is_tls()};
  auto authenticated = co_await authenticate(attempt, patience.expiry());
  if (!authenticated) {
    if (*late) co_return errors::login_timeout();
    co_return authenticated.error();
  }
  patience.cancel();
  has_arrived();
  auto places = take_places(user_, attempt.database);
  if (!places) co_return places.error();
  plain_ = database_->catalog->rules->is_plain();
  backends_ = database_->backends.of(user_, *authenticated);
  transaction_.emplace(*backends_);
  auto begun = co_await begin(*request);
  co_return begun;
}

// It is no longer one of those that maxUnauthenticated counts.
void Session::has_arrived() {
  if (!arriving_) return;
  arriving_ = false;
  worker_.house().arrivals.fetch_sub(1, std::memory_order_relaxed);
}

// NegotiateProtocolVersion: we speak 3.0 and know no protocol options.
void Session::negotiate(std::int32_t minor_version, const StartupRequest& request) {
  if (minor_version == 0 && request.protocol_options.empty()) return;
  const std::vector<std::string_view> unknown(request.protocol_options.begin(),
                                              request.protocol_options.end());
  wire::put_negotiate_version(client_.out(), 0, unknown);
}

// What a client is told that has proved who it is.
Task<Status> Session::begin(const StartupRequest& request) {
  auto applied = apply_startup(request);
  if (!applied) co_return applied.error();
  auto home = co_await find_home();
  const std::int32_t pid = home && home->conn != nullptr ? home->conn->pid() : 0;
  transaction_->set_home(std::move(home), plain_);
  auto reported = co_await report_parameters();
  if (!reported) co_return reported;
  key_ = worker_.house().registry.add(weak_from_this(), client_.executor(), pid);
  registered_ = true;
  wire::put_backend_key(client_.out(), key_.pid, key_.secret);
  if (limits_->pooling == rules::Pooling::kSession) transaction_->keep_connections();
  since_ = worker_.watched_at();
  auto ready = co_await give_ready();
  co_return ready;
}

// Null: there is no such user.
Task<Result<AccountPtr>> Session::find_account(const LoginAttempt& attempt, Deadline deadline) {
  AccountPtr listed = worker_.access()->accounts.find(attempt.user, attempt.address);
  if (listed || worker_.auth_query() == nullptr) co_return listed;
  auto asked = co_await worker_.auth_query()->find(attempt.user, deadline);
  co_return asked;
}

// Gives what is known of the password then.
Task<Result<wire::Secret>> Session::authenticate(const LoginAttempt& attempt, Deadline deadline) {
  const std::shared_ptr<const Access> access = worker_.access();
  const rules::HbaRule* rule = find_rule(access->hba, attempt);
  if (rule == nullptr) co_return errors::no_hba_entry(attempt);
  const bool certified = rule->client_cert != rules::HbaRule::ClientCert::kNotNeeded;
  if (certified && !client_.certificate()) co_return errors::no_certificate();
  if (rule->method == Method::kReject) co_return errors::rejected(attempt);
  auto account = co_await find_account(attempt, deadline);
  if (!account) co_return account.error();
  Authentication authentication(client_, attempt.user, *account);
  authentication.mock_by_scram(access->accounts.only_scram());
  if (rule->method != Method::kTrust && rule->method != Method::kCert) {
    auto proved = co_await authentication.prove(rule->method);
    if (!proved && worker_.auth_query() != nullptr) worker_.auth_query()->forget(attempt.user);
    if (!proved) co_return proved.error();
  }
  const Status owned = check_owner(client_, *rule, attempt.user);
  if (!owned) co_return owned.error();
  wire::put_authentication_ok(client_.out());
  if (!*account) co_return errors::unknown_role(attempt.user);
  Database* database = worker_.find_database(attempt.database);
  if (database == nullptr) co_return errors::no_such_database(attempt.database);
  if (!(*account)->may_use(attempt.database))
    co_return errors::database_not_permitted(attempt.database);
  user_ = attempt.user;
  admin_ = (*account)->admin;
  database_ = database;
  co_return authentication.secret();
}

// A connection of the default shard that no session keeps: the client is told its process number,
// and gets it if it keeps one later. In a database of one server all its statements go there: it is
// its own if there is room. Null: none can be had.
Task<backend::HomePtr> Session::find_home() {
  const rules::ShardIndex shard = database_->catalog->rules->default_shard;
  backend::HomePtr any;
  if (!plain_) any = backends_->find_home(shard);
  if (any) co_return any;
  const Deadline deadline = Clock::now() + kHomePatience;
  auto made = co_await backends_->make_home(shard, deadline);
  co_return made;
}

// The command line comes first: a parameter of the packet overrides it.
Status Session::apply_startup(const StartupRequest& request) {
  auto settings = read_command_line(request.command_line);
  if (!settings) return settings.error();
  settings->insert(settings->end(), request.settings.begin(), request.settings.end());
  for (const auto& [name, value] : *settings) {
    auto set = apply_startup_setting(name, value);
    if (!set) return set;
  }
  transaction_->settings = startup_settings_;
  return {};
}

Status Session::apply_startup_setting(std::string_view name, std::string_view value) {
  const std::string folded = fold(name);
  if (folded == "client_encoding" && !is_safe_encoding(value))
    return errors::encoding_refused(value);
  startup_settings_.set(folded, set_statement(folded, value));
  return {};
}

// The parameters as a server with this session's settings reports them. One connection is asked the
// first time that these settings are seen; any shard will do.
Task<Status> Session::report_parameters() {
  const std::pair key(database_->backends.by_role() ? user_ : std::string(),
                      startup_settings_.fingerprint());
  auto& reported = database_->reported;
  if (!reported.contains(key)) {
    Status outcome{};
    const auto shards = static_cast<rules::ShardIndex>(database_->catalog->rules->shards.size());
    for (rules::ShardIndex shard = 0; shard < shards && !reported.contains(key); ++shard) {
      auto joined = co_await transaction_->join(shard, backend::Side::kPrimary, wait_deadline());
      if (!joined) {
        if (outcome) outcome = joined.error();
        continue;
      }
      backend::ServerConn& conn = (*joined)->conn();
      auto sent = co_await conn.flush();
      if (sent) sent = co_await conn.settle();
      if (!sent) {
        conn.taint();
        if (!errors::another_may_serve(sent.error())) co_return sent;
        outcome = sent;
        transaction_->release();
        continue;
      }
      const auto& parameters = conn.parameters();
      if (reported.size() > 1000) reported.clear();
      reported[key] = in_postgresqls_order(parameters);
      transaction_->release();
    }
    if (!reported.contains(key)) co_return outcome.error();
  }
  for (const auto& [name, value] : reported.at(key)) {
    const bool ours = name == "session_authorization";
    wire::put_parameter_status(client_.out(), name, ours ? user_ : value);
    if (name == "standard_conforming_strings")
      scan_options_.standard_conforming_strings = value == "on";
  }
  co_return Status{};
}

}  // namespace tessera::session
