#include "proxy/session/reload.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>

#include "base/log.h"
#include "proxy/session/accounts.h"

namespace tessera::session {
namespace {

// An editor writes a file in several steps, and several files belong together.
constexpr std::chrono::milliseconds kRest{300};
constexpr std::chrono::seconds kAskTimeout{60};
constexpr std::size_t kEventBytes = 64 * 1024;

// Files that are written in place, that are put in the place of others, and the link "..data" that
// Kubernetes puts in the place of another when a ConfigMap has changed.
constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

bool concerns_us(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name == "..data";
}

// Is there one among the events that concerns us?
bool any_of_ours(const char* events, std::size_t bytes) {
  std::size_t at = 0;
  while (at + sizeof(inotify_event) <= bytes) {
    inotify_event event{};
    std::memcpy(&event, events + at, sizeof(event));
    const char* name = events + at + sizeof(event);
    const bool lost = (event.mask & IN_Q_OVERFLOW) != 0;
    if (lost || (event.len > 0 && concerns_us(name))) return true;
    at += sizeof(event) + event.len;
  }
  return false;
}

bool is_refused(const Status& done) { return !done && done.error().sqlstate == "F0000"; }

}  // namespace

Reload::Reload(std::string directory, House& house, Executor executor)
    : directory_(std::move(directory)),
      house_(house),
      executor_(executor),
      changes_(executor),
      rest_(executor),
      buffer_(kEventBytes) {}

// All are made before one is given away: either every thread shows the new certificate or none
// does.
Status Reload::load_tls(const TlsServerSettings& settings) {
  if (!settings.enabled()) return {};
  std::vector<std::shared_ptr<const TlsContext>> contexts;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto made = TlsContext::for_server(settings);
    if (!made) return Error{.sqlstate = "F0000", .message = "TLS: " + made.error().why};
    contexts.push_back(std::make_shared<const TlsContext>(std::move(*made)));
  }
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    Worker* worker = workers_[i];
    asio::post(worker->context(), [worker, tls = std::move(contexts[i])] { worker->set_tls(tls); });
  }
  return {};
}

// A shard that is away holds back the rules only, which follow when it is back.
Status Reload::read() {
  auto settings = rules::load_settings(directory_);
  if (!settings) return settings.error();
  const auto access = make_access(*settings);
  const auto tls = [this] { return load_tls(house_.settings.proxy.tls); };
  const Status done = house_.publisher->replace_rules(std::move(settings->databases), tls);
  if (is_refused(done)) return done;
  for (Worker* worker : workers_)
    asio::post(worker->context(), [worker, access] { worker->set_access(access); });
  return done;
}

Status Reload::run(std::string_view why) {
  const Status done = read();
  if (done) {
    log::info("{}: rules, users, the hba list and certificates were read again", why);
  } else if (is_refused(done)) {
    log::error("{}: rules, users, the hba list and certificates stay as they were: {}", why,
               done.error().message);
    if (!done.error().hint.empty()) log::error("hint: {}", done.error().hint);
  } else {
    log::error(
        "{}: users, the hba list and certificates were read again, the rules follow when every "
        "shard can be reached: {}",
        why, done.error().message);
  }
  return done;
}

Task<Status> Reload::ask(Executor caller) {
  const auto outcome = std::make_shared<std::optional<Status>>();
  const auto timer = std::make_shared<Timer>(caller, kAskTimeout);
  asio::post(executor_, [this, outcome, timer, caller] {
    const Status done = run("RELOAD RULES");
    asio::post(caller, [outcome, timer, done] {
      outcome->emplace(done);
      timer->cancel();
    });
  });
  boost::system::error_code woken;
  co_await timer->async_wait(into(woken));
  if (outcome->has_value()) co_return **outcome;
  co_return Error{.sqlstate = "57014",
                  .message = "the configuration has not been read again in time",
                  .detail = "The log says when it has been, or why not."};
}

// A directory that cannot be watched is read again at SIGHUP only.
void Reload::watch_files() {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0 || inotify_add_watch(descriptor, directory_.c_str(), kChanges) < 0) {
    log::warn("{}: cannot be watched for changes: {}", directory_, std::strerror(errno));
    if (descriptor >= 0) close(descriptor);
    return;
  }
  changes_.assign(descriptor);
  await_change();
}

void Reload::await_change() {
  changes_.async_read_some(asio::buffer(buffer_),
                           [this](boost::system::error_code failed, std::size_t bytes) {
                             if (failed) return;
                             if (any_of_ours(buffer_.data(), bytes)) await_rest();
                             await_change();
                           });
}

// Each further change begins the wait anew.
void Reload::await_rest() {
  rest_.expires_after(kRest);
  rest_.async_wait([this](boost::system::error_code interrupted) {
    if (!interrupted) static_cast<void>(run("the configuration's files have changed"));
  });
}

}  // namespace tessera::session
