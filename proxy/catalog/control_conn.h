#pragma once
// A ControlConn is one blocking libpq connection for control work: reading catalogs, never rows of
// clients. Every wait ends at the deadline it was given.

#include <libpq-fe.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "rules/rule_set.h"

namespace tessera::catalog {

using Deadline = std::chrono::steady_clock::time_point;

// The rows of one query, in text format.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  [[nodiscard]] int size() const { return PQntuples(result_.get()); }
  [[nodiscard]] bool null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column);
  }
  // Empty for NULL.
  [[nodiscard]] std::string_view text(int row, int column) const;
  [[nodiscard]] bool boolean(int row, int column) const { return text(row, column) == "t"; }
  // 0 for NULL and for "".
  [[nodiscard]] char letter(int row, int column) const;
  template <class T>
  [[nodiscard]] T number(int row, int column) const {
    T value = 0;
    const std::string_view digits = text(row, column);
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

struct Query {
  const char* sql = nullptr;
  std::vector<std::string> parameters = {};  // $1, $2 ... in text format
  bool alone = false;                        // not in one transaction with what follows
};

// What catalog queries are asked of; called on a thread that may block.
class Querier {
 public:
  virtual ~Querier() = default;

  // Runs one statement; `parameters` are $1, $2 ... in text format.
  // Errors: the server's own; 08006 the connection broke; 57014 the deadline passed.
  // After 08006 and 57014 it is of no more use.
  [[nodiscard]] virtual Result<Rows> query(const char* sql,
                                           const std::vector<std::string>& parameters,
                                           Deadline deadline) = 0;
  // Runs one after the other, in one round trip where that can be. Errors: the first one's, as
  // query(); then it is of no more use.
  [[nodiscard]] virtual Result<std::vector<Rows>> query_all(const std::vector<Query>& queries,
                                                            Deadline deadline);
  // Somebody's transaction block is open, whose uncommitted changes are to be seen.
  [[nodiscard]] virtual bool in_block() const { return false; }
};

class ControlConn final : public Querier {
 public:
  // Connects to `source`; `shard` names it in errors.
  // Errors: 08006 unreachable, refused or too late; the detail is libpq's own text.
  [[nodiscard]] static Result<ControlConn> open(const rules::DataSource& source,
                                                std::string_view shard, Deadline deadline);

  [[nodiscard]] Result<Rows> query(const char* sql, const std::vector<std::string>& parameters,
                                   Deadline deadline) override;
  // By libpq's pipeline mode.
  [[nodiscard]] Result<std::vector<Rows>> query_all(const std::vector<Query>& queries,
                                                    Deadline deadline) override;

 private:
  struct Finish {
    void operator()(PGconn* conn) const { PQfinish(conn); }
  };
  using Conn = std::unique_ptr<PGconn, Finish>;

  ControlConn(Conn conn, std::string_view shard) : conn_(std::move(conn)), shard_(shard) {}
  [[nodiscard]] Status await_result(Deadline deadline);
  [[nodiscard]] bool send(const Query& query);
  [[nodiscard]] Result<Rows> piped_rows(Deadline deadline);
  [[nodiscard]] Status piped_end(Deadline deadline);
  [[nodiscard]] Error broken() const;

  Conn conn_;
  std::string shard_;
};

}  // namespace tessera::catalog
