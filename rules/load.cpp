// A directory of configuration files → Settings.

#include "rules/load.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "rules/load_parts.h"

namespace tessera::rules {
namespace {

namespace fs = std::filesystem;

enum class Role : std::uint8_t { kOther, kGlobal, kDatabase, kProxy };

Role role_of(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  if (!name.ends_with(".yaml") && !name.ends_with(".yml")) return Role::kOther;
  const std::string_view stem = name.substr(0, name.rfind('.'));
  if (stem == "global" || stem == "server") return Role::kGlobal;
  if (stem == "tessera") return Role::kProxy;
  const bool database = stem.starts_with("database-") || stem.starts_with("config-");
  return database ? Role::kDatabase : Role::kOther;
}

[[noreturn]] void fail(std::string message) {
  throw ConfigFault(Error{.sqlstate = "F0000", .message = std::move(message)});
}

class Loader {
 public:
  explicit Loader(const std::vector<ConfigFile>& files) : files_(files) {}
  [[nodiscard]] Settings load();

 private:
  [[nodiscard]] const ConfigFile* find(Role role) const;
  void load_global_file();
  void load_database_file(const ConfigFile& file);
  void load_proxy_file();
  void apply_reserve(DataSource& source) const;
  void give_control(DataSource& source, const ProxyFile& proxy) const;
  void check_users() const;
  void check_hba();
  void check_user_databases();

  const std::vector<ConfigFile>& files_;
  Notices notices_;
  GlobalFile global_;
  Settings settings_;
};

// The only file of `role`.
const ConfigFile* Loader::find(Role role) const {
  const ConfigFile* found = nullptr;
  for (const ConfigFile& file : files_) {
    if (role_of(file.path) != role) continue;
    if (found != nullptr) {
      fail(fmt::format("{}:1: {} is there too; only one of them was expected", file.path,
                       found->path));
    }
    found = &file;
  }
  return found;
}

void Loader::load_global_file() {
  const ConfigFile* file = find(Role::kGlobal);
  if (file == nullptr) fail("global.yaml is missing: a file with authority.users was expected");
  const YamlFile yaml{file->path, &notices_};
  const auto root = read_yaml(yaml, file->text);
  if (!root) fail(fmt::format("{}:1: the file is empty; authority.users was expected", file->path));
  global_ = load_global(*root);
}

// ShardingSphere ships samples whose every line is a comment; they describe no database.
void Loader::load_database_file(const ConfigFile& file) {
  const YamlFile yaml{file.path, &notices_};
  const auto root = read_yaml(yaml, file.text);
  if (!root) return notices_.add(file.path + ":1", "the file is empty and describes no database");
  RuleSet rules = load_database(*root);
  for (const RuleSet& other : settings_.databases) {
    if (other.database == rules.database) {
      root->fail(fmt::format("database \"{}\" is described twice", rules.database));
    }
  }
  settings_.databases.push_back(std::move(rules));
}

void Loader::load_proxy_file() {
  ProxyFile proxy;
  if (const ConfigFile* file = find(Role::kProxy)) {
    const YamlFile yaml{file->path, &notices_};
    if (const auto root = read_yaml(yaml, file->text)) {
      proxy = load_proxy(*root, settings_.databases);
    }
  }
  for (RuleSet& rules : settings_.databases) {
    for (Shard& shard : rules.shards) {
      give_control(shard.primary, proxy);
      for (DataSource& replica : shard.replicas) give_control(replica, proxy);
    }
  }
  if (proxy.settings.auth_query && proxy.settings.auth_query->source.username.empty()) {
    // Its data source has no user name, so there is a control role.
    proxy.settings.auth_query->source.username = proxy.control_username;
    proxy.settings.auth_query->source.password = proxy.control_password;
  }
  settings_.proxy = std::move(proxy.settings);
  if (global_.tls_wanted && !settings_.proxy.tls.enabled()) {
    settings_.proxy.tls.made = make_own_certificate("tessera");
    notices_.add("proxy-frontend-ssl-enabled",
                 "TLS with a certificate of our own making, which no client can verify; tls in "
                 "tessera.yaml names one that they can");
  }
  if (settings_.proxy.port == 0) settings_.proxy.port = global_.default_port.value_or(0);
  if (!proxy.clients_max_given && global_.clients_max) {
    settings_.proxy.clients_max = *global_.clients_max;
  }
  for (RuleSet& rules : settings_.databases) {
    for (Shard& shard : rules.shards) {
      apply_reserve(shard.primary);
      for (DataSource& replica : shard.replicas) apply_reserve(replica);
    }
  }
  if (settings_.proxy.unauthenticated_max == 0) {
    settings_.proxy.unauthenticated_max = settings_.proxy.clients_max;
  }
}

void Loader::apply_reserve(DataSource& source) const {
  source.reserve_max = settings_.proxy.reserve_max;
  source.reserve_after = settings_.proxy.reserve_after;
}

// A data source without a user name is used as each client's own role, and before there are clients
// its catalog is read.
void Loader::give_control(DataSource& source, const ProxyFile& proxy) const {
  if (!source.username.empty()) return;
  if (proxy.control_username.empty()) {
    const ConfigFile* file = find(Role::kProxy);
    fail(
        fmt::format("{}:1: key \"control\" is missing: data source \"{}\" has no username, so "
                    "{{username, password}} of a role that may read its catalog was expected",
                    file == nullptr ? "tessera.yaml" : file->path, source.name));
  }
  source.control_username = proxy.control_username;
  source.control_password = proxy.control_password;
}

void Loader::check_user_databases() {
  for (const User& user : global_.users) {
    for (const std::string& database : user.databases) {
      const bool known =
          std::any_of(settings_.databases.begin(), settings_.databases.end(),
                      [&](const RuleSet& rules) { return rules.database == database; });
      if (!known) {
        notices_.add("user-database-mappings",
                     fmt::format("database \"{}\" of user \"{}\" is described by no file", database,
                                 user.name));
      }
    }
  }
}

void Loader::check_hba() {
  const TlsServerSettings& tls = settings_.proxy.tls;
  bool encrypted = false;
  bool certified = false;
  for (const HbaRule& rule : settings_.proxy.hba) {
    encrypted = encrypted || rule.transport == HbaRule::Transport::kTls;
    certified = certified || rule.client_cert != HbaRule::ClientCert::kNotNeeded;
  }
  if (encrypted && !tls.enabled()) {
    notices_.add("hba", "hostssl lines match nobody, because \"tls\" is missing");
  } else if (certified && tls.client_ca.empty()) {
    fail(
        fmt::format("{}:1: hba: cert and clientcert need clientCa of \"tls\", by which "
                    "certificates of clients are verified",
                    find(Role::kProxy)->path));
  }
}

void Loader::check_users() const {
  if (!global_.users.empty() || settings_.proxy.auth_query) return;
  fail(fmt::format(
      "{}:1: no users: authority.users must list at least one, for example "
      "\"authority: {{users: [{{user: app, password: secret}}]}}\", or authQuery of tessera.yaml "
      "say where they are",
      find(Role::kGlobal)->path));
}

Settings Loader::load() {
  load_global_file();
  for (const ConfigFile& file : files_) {
    if (role_of(file.path) == Role::kDatabase) load_database_file(file);
  }
  if (settings_.databases.empty()) {
    fail("no database: a file database-NAME.yaml with databaseName and dataSources was expected");
  }
  load_proxy_file();
  check_users();
  check_hba();
  check_user_databases();
  settings_.users = std::move(global_.users);
  settings_.two_phase_wanted = global_.two_phase_wanted;
  settings_.notices = notices_.take();
  return std::move(settings_);
}

Result<ConfigFile> read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  stream >> text.rdbuf();
  // An empty file sets the failure flag as an unreadable one does, but only that one is at its end.
  if (stream.is_open() && stream.eof()) return ConfigFile{path.string(), text.str()};
  return Error{.sqlstate = "F0000",
               .message = fmt::format("{}:1: the file cannot be read", path.string())};
}

}  // namespace

Result<Settings> parse_settings(const std::vector<ConfigFile>& files) {
  try {
    return Loader(files).load();
  } catch (const ConfigFault& fault) {
    return fault.error();
  } catch (const YAML::Exception& broken) {
    return Error{.sqlstate = "F0000",
                 .message = fmt::format("configuration: broken YAML: {}", broken.what())};
  }
}

Result<Settings> load_settings(const std::string& directory) {
  std::error_code failure;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory, failure)) {
    std::error_code unreadable;
    if (!entry.is_regular_file(unreadable)) continue;
    if (role_of(entry.path().string()) != Role::kOther) paths.push_back(entry.path());
  }
  if (failure) {
    return Error{.sqlstate = "F0000",
                 .message = fmt::format("{}: the directory cannot be read: {}", directory,
                                        failure.message())};
  }
  std::sort(paths.begin(), paths.end());
  std::vector<ConfigFile> files;
  for (const fs::path& path : paths) {
    auto file = read_file(path);
    if (!file) return file.error();
    files.push_back(std::move(*file));
  }
  auto settings = parse_settings(files);
  if (settings) return settings;
  Error error = settings.error();
  if (!error.message.starts_with(directory)) error.message = directory + ": " + error.message;
  return error;
}

}  // namespace tessera::rules
