// The beginning of a session: startup parameters, authentication.

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/log.h"
#include "proxy/session/errors.h"
#include "proxy/session/publisher.h"
#include "proxy/session/session.h"
#include "proxy/session/setting_text.h"

namespace tessera::session {
namespace {

// A login does not wait long for a connection that it can do without; a busy server may take its
// time to open one.
constexpr std::chrono::milliseconds kHomePatience{3'000};
// What a client may send before it has proved who it is.
constexpr std::size_t kLoginBodyMax = 10'000;

bool address_matches(const std::string& wanted, const std::string& peer) {
  if (wanted == "all") return true;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(peer, error);
  if (error) return false;
  if (address.is_v4()) {
    const auto network = asio::ip::make_network_v4(wanted, error);
    if (error) return wanted == peer;
    const auto host = asio::ip::network_v4(address.to_v4(), 32);
    return host == network || host.is_subnet_of(network);
  }
  const auto network = asio::ip::make_network_v6(wanted, error);
  if (error) return wanted == peer;
  const auto host = asio::ip::network_v6(address.to_v6(), 128);
  return host == network || host.is_subnet_of(network);
}

rules::HbaRule::Method method_for(const std::vector<rules::HbaRule>& rules,
                                  const std::string& database, const std::string& user,
                                  const std::string& peer) {
  if (rules.empty()) return rules::HbaRule::Method::kScram;
  for (const auto& rule : rules) {
    if (rule.database != "all" && rule.database != database) continue;
    if (rule.user != "all" && rule.user != user) continue;
    if (address_matches(rule.address, peer)) return rule.method;
  }
  return rules::HbaRule::Method::kReject;
}

}  // namespace

Task<Status> Session::log_in() {
  Timer patience(client_.executor(), worker_.house().settings.proxy.login_timeout);
  std::weak_ptr<Session> weak = weak_from_this();
  const auto late = std::make_shared<bool>(false);
  patience.async_wait([weak, late](boost::system::error_code error) {
    const auto alive = weak.lock();
    // It may have run out just as the login ended: then cancelling it came too late.
    if (error || !alive || alive->database_ != nullptr) return;
    *late = true;
    alive->client_.stop_reading();
  });
  auto startup = co_await first_packet();
  if (!startup) {
    if (*late) co_return errors::login_timeout();
    co_return startup.error();
  }
  if (!*startup) co_return Status{};
  const std::string user((*startup)->find("user"));
  std::string name((*startup)->find("database"));
  if (user.empty()) co_return errors::no_user_name();
  if (name.empty()) name = user;
  const std::string_view replication = (*startup)->find("replication");
  if (!replication.empty() && replication != "off" && replication != "false" &&
      replication != "0") {
    co_return errors::replication_refused();
  }
  const wire::StartupMessage parameters = **startup;
  auto authenticated = co_await authenticate(user, name);
  if (!authenticated) {
    if (*late) co_return errors::login_timeout();
    co_return authenticated.error();
  }
  patience.cancel();
  auto places = take_places(user, name);
  if (!places) co_return places.error();
  database_ = worker_.find_database(name);
  plain_ = database_->catalog->rules->is_plain();
  transaction_.emplace(database_->backends);
  auto applied = apply_startup(parameters);
  if (!applied) co_return applied.error();
  wire::put_authentication_ok(client_.out());
  auto reported = co_await report_parameters();
  if (!reported) co_return reported.error();
  auto home = co_await find_home();
  home_ = home;
  if (plain_) transaction_->prefer(home.get());
  key_ = worker_.house().registry.add(weak_from_this(), client_.executor(), home ? home->pid() : 0);
  registered_ = true;
  wire::put_backend_key(client_.out(), key_.pid, key_.secret);
  if (limits_->pooling == rules::Pooling::kSession) transaction_->keep_connections();
  since_ = worker_.watched_at();
  auto ready = co_await give_ready();
  co_return ready;
}

Task<Status> Session::authenticate(const std::string& user, const std::string& database) {
  const House& house = worker_.house();
  const std::string peer = client_.peer_address();
  const auto method = method_for(house.settings.proxy.hba, database, user, peer);
  if (method == rules::HbaRule::Method::kReject) co_return errors::rejected(user, peer, database);
  if (method == rules::HbaRule::Method::kScram) {
    auto proved = co_await scram(user);
    if (!proved) co_return proved.error();
  }
  const auto known = std::find_if(
      house.settings.users.begin(), house.settings.users.end(), [&](const rules::User& candidate) {
        return candidate.name == user && (candidate.host.empty() || candidate.host == "%" ||
                                          address_matches(candidate.host, peer));
      });
  if (known == house.settings.users.end()) co_return errors::password_failed(user);
  if (worker_.find_database(database) == nullptr) co_return errors::no_such_database(database);
  const auto& allowed = known->databases;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), database) == allowed.end()) {
    co_return errors::database_not_permitted(database);
  }
  user_ = user;
  co_return Status{};
}

Task<Status> Session::scram(const std::string& user) {
  const auto& verifiers = worker_.house().verifiers;
  const auto known = verifiers.find(user);
  wire::ScramServer server(known == verifiers.end() ? wire::mock_verifier(user) : known->second);
  server.bind_to(client_.channel_binding());
  wire::put_authentication_sasl(client_.out(), server.mechanisms());
  auto asked = co_await client_.flush();
  if (!asked) co_return asked.error();
  auto frame = co_await client_.read(kLoginBodyMax);
  if (!frame) co_return frame.error();
  wire::Reader reader(frame->body);
  const std::string_view mechanism = reader.cstring();
  const std::int32_t length = reader.i32();
  if (frame->type != 'p' || reader.failed() || length < 0) {
    co_return Error{.sqlstate = "08P01",
                    .message = "expected SASL response, got another message",
                    .fatal = true};
  }
  if (const Status chosen = server.choose(mechanism); !chosen) co_return chosen.error();
  auto first = server.first(reader.bytes(static_cast<std::size_t>(length)));
  if (!first) co_return first.error();
  wire::put_authentication_sasl_continue(client_.out(), *first);
  auto continued = co_await client_.flush();
  if (!continued) co_return continued.error();
  auto last = co_await client_.read(kLoginBodyMax);
  if (!last) co_return last.error();
  if (last->type != 'p') {
    co_return Error{.sqlstate = "08P01",
                    .message = "expected SASL response, got another message",
                    .fatal = true};
  }
  auto final = server.final(last->body);
  if (!final && final.error().sqlstate == "28P01") co_return errors::password_failed(user);
  if (!final) co_return final.error();
  wire::put_authentication_sasl_final(client_.out(), *final);
  co_return Status{};
}

// A connection of the default shard that no session keeps: the client is told its process number,
// and gets it if it keeps one later. Opens one if there is room. Null: none can be had.
Task<std::shared_ptr<backend::ServerConn>> Session::find_home() {
  const rules::ShardIndex shard = database_->catalog->rules->default_shard;
  auto home = database_->backends.any_shared(shard);
  if (home) co_return home;
  backend::Side side = backend::Side::kPrimary;
  const Deadline deadline = Clock::now() + kHomePatience;
  auto lease = co_await database_->backends.lease(shard, side, deadline);
  if (!lease) co_return nullptr;
  auto opened = lease->conn();
  co_return opened;
}

Status Session::apply_startup(const wire::StartupMessage& startup) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : startup.parameters) {
    if (name == "user" || name == "database" || name == "replication") continue;
    if (name.starts_with("_pq_.")) {
      unknown.push_back(name);
      continue;
    }
    if (name == "options") {
      for (const auto& option : split_options(value)) {
        const auto equals = option.find('=');
        if (equals == std::string::npos) return errors::bad_options(value);
        auto set = apply_startup_setting(option.substr(0, equals), option.substr(equals + 1));
        if (!set) return set;
      }
      continue;
    }
    auto set = apply_startup_setting(name, value);
    if (!set) return set;
  }
  transaction_->settings = startup_settings_;
  if (startup.minor_version > 0 || !unknown.empty()) {
    // NegotiateProtocolVersion: we speak 3.0 and know no protocol options.
    const std::size_t mark = wire::begin_frame(client_.out(), 'v');
    wire::put_i32(client_.out(), 0);
    wire::put_i32(client_.out(), static_cast<std::int32_t>(unknown.size()));
    for (const auto& name : unknown) wire::put_cstring(client_.out(), name);
    wire::end_frame(client_.out(), mark);
  }
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
  const std::uint64_t fingerprint = startup_settings_.fingerprint();
  auto& reported = database_->reported;
  if (!reported.contains(fingerprint)) {
    Status outcome = Error{.sqlstate = "08001", .message = "no shard can be reached"};
    const auto shards = static_cast<rules::ShardIndex>(database_->catalog->rules->shards.size());
    for (rules::ShardIndex shard = 0; shard < shards && !reported.contains(fingerprint); ++shard) {
      auto joined = co_await transaction_->join(shard, backend::Side::kPrimary, wait_deadline());
      if (!joined) {
        outcome = joined.error();
        continue;
      }
      backend::ServerConn& conn = (*joined)->conn();
      auto sent = co_await conn.flush();
      if (sent) sent = co_await conn.settle();
      if (!sent) {
        conn.taint();
        co_return sent.error();
      }
      const auto& parameters = conn.parameters();
      if (reported.size() > 1000) reported.clear();
      reported[fingerprint].assign(parameters.begin(), parameters.end());
      transaction_->release();
    }
    if (!reported.contains(fingerprint)) co_return outcome.error();
  }
  for (const auto& [name, value] : reported.at(fingerprint)) {
    const bool ours = name == "session_authorization";
    wire::put_parameter_status(client_.out(), name, ours ? user_ : value);
    if (name == "standard_conforming_strings")
      scan_options_.standard_conforming_strings = value == "on";
  }
  co_return Status{};
}

}  // namespace tessera::session
