#pragma once
// A RowStream: the rows of one portal on one server connection.
//
// Where a connection carries one stream, everything is asked for at once and the socket's
// back-pressure bounds what is buffered. Where it carries several (actual tables of one shard), or
// the client may stop in the middle, each portal is asked for some rows in turn.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/backend/server_conn.h"
#include "proxy/catalog/type_numbers.h"
#include "proxy/exec/request.h"

namespace tessera::exec {

enum class Flow : std::uint8_t {
  kWhole,        // Execute without a limit, Sync at once
  kTurns,        // Execute n rows and Flush; one Sync when every stream of the connection has ended
  kTurnsSynced,  // Execute n rows and Sync: inside a transaction block portals live on
};

struct StreamSpec {
  plan::Target target;
  std::string sql;
  ParseScope scope;
  std::shared_ptr<const plan::Edits> edits;  // what made `sql` of the client's text; null: unknown
  std::vector<std::uint32_t> types;          // of the parameters
  std::vector<std::int16_t> parameter_formats;
  std::vector<std::optional<std::string_view>> parameters;
  std::vector<std::int16_t> result_formats;
};

class RowStream {
 public:
  RowStream(std::shared_ptr<backend::ServerConn> conn, Flow flow, std::string portal);

  // Puts Parse, Bind and Describe, and what the flow asks for behind them.
  void put_open(const StreamSpec& spec);
  // Reads up to the description of the rows. Errors: the server's.
  Task<Status> read_description();

  // Its columns get the client's numbers, and so do binary values in its rows.
  void show_numbers(std::shared_ptr<const catalog::TypeNumbers> numbers);

  // The current row as a whole DataRow frame; empty: refill() first, or the end.
  [[nodiscard]] std::string_view row() const { return row_; }
  void advance();
  [[nodiscard]] bool ended() const { return ended_ && row_.empty(); }
  // Waits for more rows or the end. Errors: the server's; 08006. A failed stream has ended.
  Task<Status> refill();
  // Ends the stream: kTurns sends the Sync. The connection owes nothing afterwards.
  Task<Status> close();

  [[nodiscard]] const std::vector<wire::Field>& fields() const { return fields_; }
  [[nodiscard]] const std::string& tag() const { return tag_; }
  // NoticeResponse frames that have come since the last call.
  [[nodiscard]] std::string take_notices() { return std::exchange(notices_, {}); }
  [[nodiscard]] const std::shared_ptr<backend::ServerConn>& conn() const { return conn_; }

 private:
  void put_execute();
  bool take_frames();
  void load_row();
  void renumber(std::size_t from);
  Task<Status> fail(Error error);
  Task<Status> end_turn();

  std::shared_ptr<backend::ServerConn> conn_;
  Flow flow_;
  std::string portal_;
  std::string description_;
  std::vector<wire::Field> fields_;
  std::shared_ptr<const catalog::TypeNumbers> numbers_;
  std::vector<const catalog::Carrier*> carriers_;  // of the columns; empty: no value carries any
  std::string batch_;                              // whole DataRow frames
  std::size_t batch_begin_ = 0;
  std::string_view row_;
  std::string tag_;
  std::string notices_;
  bool ended_ = false;     // the portal has no more rows
  bool turn_over_ = true;  // nothing is asked for at the moment
  bool closed_ = false;
  std::optional<Error> failure_;
};

}  // namespace tessera::exec
