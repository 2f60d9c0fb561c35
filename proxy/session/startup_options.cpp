#include "proxy/session/startup_options.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

#include "proxy/session/errors.h"
#include "proxy/session/setting_text.h"

namespace tessera::session {
namespace {

constexpr std::size_t kNameMax = 63;

// PostgreSQL's parse_bool: unambiguous beginnings of the words, and 0 and 1.
std::optional<bool> parse_boolean(std::string_view text) {
  const std::string word = fold(text);
  const auto begins = [&](std::string_view whole, std::size_t shortest) {
    return word.size() >= shortest && whole.starts_with(word);
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || word == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || word == "0") return false;
  return std::nullopt;
}

Status check_replication(std::string_view value) {
  const auto wanted = value == "database" ? std::optional(true) : parse_boolean(value);
  if (!wanted) return errors::bad_replication(value);
  if (*wanted) return errors::replication_refused();
  return {};
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool escaped = false;
  for (const char c : text) {
    if (!escaped && c == '\\') {
      escaped = true;
      continue;
    }
    if (!escaped && std::isspace(static_cast<unsigned char>(c)) != 0) {
      if (!word.empty()) words.push_back(std::move(word));
      word.clear();
      continue;
    }
    escaped = false;
    word += c;
  }
  if (!word.empty()) words.push_back(std::move(word));
  return words;
}

// A switch of the server's command line that sets something. No value here: it wants an argument.
struct Switch {
  char letter;
  std::string_view name;
  std::string_view value;
};

constexpr Switch kSwitches[] = {
    {'B', "shared_buffers", ""},
    {'e', "datestyle", "euro"},
    {'F', "fsync", "false"},
    {'h', "listen_addresses", ""},
    {'i', "listen_addresses", "*"},
    {'k', "unix_socket_directories", ""},
    {'l', "ssl", "true"},
    {'N', "max_connections", ""},
    {'O', "allow_system_table_mods", "true"},
    {'P', "ignore_system_indexes", "true"},
    {'p', "port", ""},
    {'S', "work_mem", ""},
    {'s', "log_statement_stats", "true"},
    {'W', "post_auth_delay", ""},
};

// -f s and its like: plans that are not to be used.
constexpr Switch kPlans[] = {
    {'s', "enable_seqscan", "false"},       {'i', "enable_indexscan", "false"},
    {'o', "enable_indexonlyscan", "false"}, {'b', "enable_bitmapscan", "false"},
    {'t', "enable_tidscan", "false"},       {'n', "enable_nestloop", "false"},
    {'m', "enable_mergejoin", "false"},     {'h', "enable_hashjoin", "false"},
};

// The switches that have no effect in a session, and those of them with an argument.
constexpr std::string_view kIdle = "bnTC";
constexpr std::string_view kIdleWithArgument = "C";

// A walk through words as getopt makes it.
class CommandLine {
 public:
  explicit CommandLine(std::string_view text) : words_(split_words(text)) {}
  Result<std::vector<NamedSetting>> read();

 private:
  Status read_word(const std::string& word);
  Status read_switch(char letter);
  Status set_named(std::string_view assignment, std::string_view dashes);
  [[nodiscard]] bool take_argument(std::string& argument);
  [[nodiscard]] Error refused() const;

  const std::vector<std::string> words_;
  std::size_t next_ = 0;
  std::string rest_;  // of the word that is being read
  std::vector<NamedSetting> settings_;
};

// What stands behind a switch in its word, else the next word.
bool CommandLine::take_argument(std::string& argument) {
  if (!rest_.empty()) {
    argument = std::exchange(rest_, {});
    return true;
  }
  if (next_ == words_.size()) return false;
  argument = words_[next_++];
  return true;
}

// PostgreSQL names the word before the one where getopt stands.
Error CommandLine::refused() const {
  const std::size_t at = rest_.empty() ? next_ : next_ - 1;
  return errors::bad_command_line(at == 0 ? "postgres" : words_[at - 1]);
}

Status CommandLine::set_named(std::string_view assignment, std::string_view dashes) {
  const std::size_t equals = assignment.find('=');
  if (equals == assignment.npos) return errors::option_without_value(dashes, assignment);
  std::string name(assignment.substr(0, equals));
  std::replace(name.begin(), name.end(), '-', '_');
  settings_.emplace_back(std::move(name), assignment.substr(equals + 1));
  return {};
}

Status CommandLine::read_switch(char letter) {
  std::string argument;
  if (letter == 'c' || letter == '-' || letter == 'f') {
    if (!take_argument(argument)) return refused();
  }
  if (letter == 'c') return set_named(argument, "-c ");
  if (letter == '-') return set_named(argument, "--");
  if (letter == 'f') {
    const auto plan = std::find_if(std::begin(kPlans), std::end(kPlans), [&](const Switch& known) {
      return argument.size() == 1 && known.letter == argument[0];
    });
    if (plan == std::end(kPlans)) return refused();
    settings_.emplace_back(plan->name, plan->value);
    return {};
  }
  if (kIdle.find(letter) != kIdle.npos) {
    const bool wants = kIdleWithArgument.find(letter) != kIdle.npos;
    if (wants && !take_argument(argument)) return refused();
    return {};
  }
  const auto known = std::find_if(std::begin(kSwitches), std::end(kSwitches),
                                  [&](const Switch& each) { return each.letter == letter; });
  if (known == std::end(kSwitches)) return refused();
  if (known->value.empty() && !take_argument(argument)) return refused();
  settings_.emplace_back(known->name, known->value.empty() ? argument : known->value);
  return {};
}

Status CommandLine::read_word(const std::string& word) {
  if (word.size() < 2 || word[0] != '-') return errors::bad_command_line(word);
  rest_ = word.substr(1);
  while (!rest_.empty()) {
    const char letter = rest_[0];
    rest_.erase(0, 1);
    const Status read = read_switch(letter);
    if (!read) return read;
  }
  return {};
}

Result<std::vector<NamedSetting>> CommandLine::read() {
  while (next_ < words_.size()) {
    const std::string& word = words_[next_++];
    const Status read = read_word(word);
    if (!read) return read.error();
  }
  return std::move(settings_);
}

}  // namespace

Result<StartupRequest> read_startup(const wire::StartupMessage& startup) {
  StartupRequest request;
  for (const auto& [name, value] : startup.parameters) {
    if (name == "user") {
      request.user = value;
    } else if (name == "database") {
      request.database = value;
    } else if (name == "replication") {
      const Status checked = check_replication(value);
      if (!checked) return checked.error();
    } else if (name == "options") {
      request.command_line = value;
    } else if (name.starts_with("_pq_.")) {
      request.protocol_options.push_back(name);
    } else {
      request.settings.emplace_back(name, value);
    }
  }
  if (request.user.empty()) return errors::no_user_name();
  if (request.database.empty()) request.database = request.user;
  request.user.resize(std::min(request.user.size(), kNameMax));
  request.database.resize(std::min(request.database.size(), kNameMax));
  return request;
}

Result<std::vector<NamedSetting>> read_command_line(std::string_view options) {
  return CommandLine(options).read();
}

}  // namespace tessera::session
