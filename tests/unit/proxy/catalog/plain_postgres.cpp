#include "plain_postgres.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tessera::catalog {
namespace {

using Conn = std::unique_ptr<PGconn, decltype(&PQfinish)>;

Conn connect(const rules::DataSource& source) {
  const std::string text =
      "host=" + source.host + " dbname=" + source.database + " user=" + source.username;
  return {PQconnectdb(text.c_str()), &PQfinish};
}

std::filesystem::path binaries() {
  std::filesystem::path best;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    if (exists(version.path() / "bin/postgres") && version.path() > best) best = version.path();
  }
  if (best.empty()) throw std::runtime_error("no PostgreSQL under /usr/lib/postgresql");
  return best / "bin";
}

// Starts `words`, output into `log`. The child gets SIGINT when this program dies.
pid_t spawn(std::vector<std::string> words, const std::filesystem::path& log) {
  const pid_t child = fork();
  if (child != 0) return child;
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGINT);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

void await_exit(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error("initdb failed");
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

}  // namespace

PlainPostgres::PlainPostgres(const std::string& settings) {
  std::string pattern = (std::filesystem::temp_directory_path() / "tessera-pg-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
  directory_ = pattern;
  if (geteuid() == 0) {
    const passwd* user = getpwnam("postgres");
    if (user == nullptr || chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("no user postgres");
    }
  }
  try {
    start(settings);
  } catch (...) {
    stop();
    throw;
  }
}

void PlainPostgres::start(const std::string& settings) {
  const std::string bin = binaries().string(), cluster = directory_.string() + "/cluster";
  await_exit(spawn({bin + "/initdb", "--no-sync", "-D", cluster, "-A", "trust", "-U", "postgres",
                    "-E", "UTF8", "--locale=C.UTF-8"},
                   directory_ / "log"));
  std::vector<std::string> words{
      bin + "/postgres",   "-D", cluster,    "-k", directory_.string(), "-c",
      "listen_addresses=", "-c", "fsync=off"};
  for (std::string& word : words_of(settings)) words.push_back(std::move(word));
  server_ = spawn(std::move(words), directory_ / "log");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!answers()) {
    if (std::chrono::steady_clock::now() > deadline || waitpid(server_, nullptr, WNOHANG) != 0) {
      throw std::runtime_error("PostgreSQL did not start:\n" + log());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string PlainPostgres::log() const {
  std::ifstream file(directory_ / "log");
  return {std::istreambuf_iterator<char>(file), {}};
}

PlainPostgres::~PlainPostgres() { stop(); }

void PlainPostgres::stop() {
  if (server_ > 0) {
    kill(server_, SIGINT);
    waitpid(server_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool PlainPostgres::answers() const {
  return PQstatus(connect(source("postgres")).get()) == CONNECTION_OK;
}

void PlainPostgres::run(const std::string& database, const std::string& sql) const {
  const Conn conn = connect(source(database));
  ASSERT_EQ(PQstatus(conn.get()), CONNECTION_OK) << PQerrorMessage(conn.get());
  PGresult* result = PQexec(conn.get(), sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  PQclear(result);
  ASSERT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
      << sql << "\n"
      << PQerrorMessage(conn.get());
}

rules::DataSource PlainPostgres::source(const std::string& database) const {
  rules::DataSource out;
  out.name = database;
  out.host = directory_.string();
  out.database = database;
  out.username = "postgres";
  return out;
}

rules::Shard PlainPostgres::shard(const std::string& name, const std::string& database) const {
  rules::Shard out;
  out.name = name;
  out.primary = source(database);
  return out;
}

}  // namespace tessera::catalog
