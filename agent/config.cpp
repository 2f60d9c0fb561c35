#include "agent/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>

namespace tessera::agent {
namespace {

// Reads one file; the first fault is kept.
class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}

  Result<Config> read(const YAML::Node& root);

 private:
  void key(const std::string& key, const YAML::Node& value);
  std::string text(const std::string& key, const YAML::Node& value);
  // Part of a key in etcd: no slash, no space.
  std::string word(const std::string& key, const YAML::Node& value);
  std::string path(const std::string& key, const YAML::Node& value);
  std::string level(const std::string& key, const YAML::Node& value);
  void etcd(const YAML::Node& value);
  void listen(const YAML::Node& value);
  void fail(const YAML::Node& at, const std::string& what);
  void require(bool present, const char* key);

  const std::string name_;
  Config config_;
  Status status_;
};

void Reader::fail(const YAML::Node& at, const std::string& what) {
  if (!status_) return;
  const int line = at.Mark().line;
  status_ = Error{.sqlstate = "F0000",
                  .message = name_ + ":" + std::to_string(line < 0 ? 1 : line + 1) + ": " + what};
}

std::string Reader::text(const std::string& key, const YAML::Node& value) {
  if (value.IsScalar() && !value.Scalar().empty()) return value.Scalar();
  fail(value, key + ": a text was expected");
  return {};
}

std::string Reader::word(const std::string& key, const YAML::Node& value) {
  std::string out = text(key, value);
  if (out.find_first_of("/ \t\n") != std::string::npos) {
    fail(value, key + ": a name without slashes and spaces was expected");
  }
  return out;
}

std::string Reader::path(const std::string& key, const YAML::Node& value) {
  std::string out = text(key, value);
  while (out.ends_with('/')) out.pop_back();
  if (!out.starts_with('/')) out.insert(0, "/");
  return out;
}

std::string Reader::level(const std::string& key, const YAML::Node& value) {
  constexpr std::string_view kLevels[] = {"debug", "info", "warn", "error"};
  std::string out = text(key, value);
  if (std::ranges::find(kLevels, out) == std::end(kLevels)) {
    fail(value, key + ": debug, info, warn or error was expected");
  }
  return out;
}

void Reader::etcd(const YAML::Node& value) {
  if (!value.IsSequence() || value.size() == 0)
    return fail(value, "etcd: a list of URLs was expected");
  for (const YAML::Node& entry : value) {
    const std::string url = text("etcd", entry);
    auto parsed = topology::http_url_from_text(url);
    if (!parsed)
      return fail(entry,
                  "etcd: a URL of the form http://host:port was expected, not \"" + url + "\"");
    config_.etcd.push_back(std::move(*parsed));
  }
}

void Reader::listen(const YAML::Node& value) {
  auto parsed = topology::http_url_from_text("http://" + text("listen", value));
  if (!parsed || parsed->target != "/" || value.Scalar().rfind(':') == std::string::npos) {
    return fail(value, "listen: host:port was expected");
  }
  config_.listen_host = parsed->host;
  config_.listen_port = parsed->port;
}

void Reader::key(const std::string& key, const YAML::Node& value) {
  if (key == "shard") {
    config_.shard = word(key, value);
  } else if (key == "scope") {
    config_.scope = word(key, value);
  } else if (key == "cluster") {
    config_.cluster = word(key, value);
  } else if (key == "namespace") {
    config_.patroni_namespace = path(key, value);
  } else if (key == "etcd") {
    etcd(value);
  } else if (key == "listen") {
    listen(value);
  } else if (key == "logLevel") {
    config_.log_level = level(key, value);
  } else {
    fail(value, key + ": unknown key");
  }
}

void Reader::require(bool present, const char* key) {
  if (!present && status_) {
    status_ = Error{.sqlstate = "F0000", .message = name_ + ":1: " + key + ": is missing"};
  }
}

Result<Config> Reader::read(const YAML::Node& root) {
  if (!root.IsMap()) {
    fail(root, "keys and values were expected");
    return status_.error();
  }
  for (const auto& entry : root) key(entry.first.Scalar(), entry.second);
  require(!config_.shard.empty(), "shard");
  require(!config_.scope.empty(), "scope");
  require(!config_.cluster.empty(), "cluster");
  require(!config_.etcd.empty(), "etcd");
  require(!config_.listen_host.empty(), "listen");
  if (!status_) return status_.error();
  return std::move(config_);
}

}  // namespace

Result<Config> config_from_yaml(const std::string& text, const std::string& name) {
  try {
    return Reader(name).read(YAML::Load(text));
  } catch (const YAML::Exception& fault) {
    return Error{.sqlstate = "F0000",
                 .message = name + ":" + std::to_string(fault.mark.line + 1) + ": " + fault.msg};
  }
}

Result<Config> load_config(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) return Error{.sqlstate = "F0000", .message = file + ": the file cannot be read"};
  return config_from_yaml({std::istreambuf_iterator<char>(stream), {}}, file);
}

}  // namespace tessera::agent
