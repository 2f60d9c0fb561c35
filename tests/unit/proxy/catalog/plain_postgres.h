#pragma once
// A PostgreSQL server of its own for one test program: a temporary directory, a Unix socket, no TCP
// port.

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "rules/rule_set.h"

namespace tessera::catalog {

class PlainPostgres {
 public:
  // Starts a server with `settings` ("-c name=value ..."). PostgreSQL refuses root: under root it
  // runs as postgres.
  explicit PlainPostgres(const std::string& settings = {});
  ~PlainPostgres();
  PlainPostgres(const PlainPostgres&) = delete;
  PlainPostgres& operator=(const PlainPostgres&) = delete;

  // Runs SQL in `database`; a failure fails the test.
  void run(const std::string& database, const std::string& sql) const;
  [[nodiscard]] rules::DataSource source(const std::string& database) const;
  // A shard whose primary is `database` here.
  [[nodiscard]] rules::Shard shard(const std::string& name, const std::string& database) const;

 private:
  void start(const std::string& settings);
  void stop();
  [[nodiscard]] std::string log() const;
  [[nodiscard]] bool answers() const;
  std::filesystem::path directory_;
  pid_t server_ = -1;
};

}  // namespace tessera::catalog
