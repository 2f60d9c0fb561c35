#include "proxy/session/errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "proxy/wire/backend.h"

namespace tessera::session::errors {

bool client_is_gone(const Error& error) {
  return error.fatal && error.sqlstate == "08006" && error.server_fields.empty();
}

bool another_may_serve(const Error& error) {
  return error.sqlstate.starts_with("08") || error.sqlstate.starts_with("57P0") ||
         error.sqlstate == "40001";
}

bool postgresql_knows(const Error& error) {
  const bool own = error.server_fields.empty();
  return own && (error.sqlstate.starts_with("22") || error.sqlstate == "42P02");
}

// 0A000 says little and the text may be in any language; the routine is PostgreSQL's name for it.
bool plan_is_stale(const Error& error) {
  return error.sqlstate == "0A000" &&
         error.server_fields.find("RRevalidateCachedQuery") != std::string::npos;
}

bool schema_may_be_stale(const Error& error) {
  // undefined_table, undefined_column, undefined_function, undefined_object, invalid_schema_name,
  // ambiguous_column, datatype_mismatch
  constexpr std::array<std::string_view, 7> kStates{"42P01", "42703", "42883", "42704",
                                                    "3F000", "42702", "42804"};
  return std::ranges::find(kStates, error.sqlstate) != kStates.end() || plan_is_stale(error);
}

Error client_closed() {
  return Error{
      .sqlstate = "08006", .message = "the client has closed its connection", .fatal = true};
}

Error reply_cut() {
  return Error{.sqlstate = "08006",
               .message = "the server was lost within a message that the client has in part",
               .fatal = true};
}

Error shutting_down() {
  return Error{.sqlstate = "57P01",
               .message = "terminating connection due to administrator command",
               .fatal = true};
}

Error login_timeout() {
  return Error{.sqlstate = "08P01",
               .message = "timeout while waiting for the client to log in",
               .fatal = true};
}

Error too_many_clients() {
  return Error{.sqlstate = "53300",
               .message = "sorry, too many clients already",
               .hint = "maxClients in tessera.yaml is the limit.",
               .fatal = true};
}

Error unencrypted_bytes(std::string_view kind) {
  return Error{.sqlstate = "08P01",
               .message = fmt::format("received unencrypted data after {} request", kind),
               .detail =
                   "This could be either a client-software bug or evidence of an attempted "
                   "man-in-the-middle attack.",
               .fatal = true};
}

Error encryption_asked_again(bool ssl) {
  return Error{
      .sqlstate = "0A000",
      .message = fmt::format("unsupported frontend protocol 1234.{}: server supports 3.0 to 3.0",
                             ssl ? 5679 : 5680),
      .fatal = true};
}

Error too_many_clients_of_role(std::string_view user) {
  return Error{.sqlstate = "53300",
               .message = fmt::format("too many connections for role \"{}\"", user),
               .fatal = true};
}

Error too_many_clients_of_database(std::string_view database) {
  return Error{.sqlstate = "53300",
               .message = fmt::format("too many connections for database \"{}\"", database),
               .fatal = true};
}

Error idle_too_long() {
  return Error{.sqlstate = "57P05",
               .message = "terminating connection due to idle-session timeout",
               .fatal = true};
}

Error idle_in_transaction_too_long() {
  return Error{.sqlstate = "25P03",
               .message = "terminating connection due to idle-in-transaction timeout",
               .fatal = true};
}

// PostgreSQL 17's; 15 has no such limit.
Error transaction_too_long() {
  return Error{.sqlstate = "25P04",
               .message = "terminating connection due to transaction timeout",
               .fatal = true};
}

Error statement_too_long() {
  return Error{.sqlstate = "57014", .message = "canceling statement due to statement timeout"};
}

Error too_many_logins() {
  return Error{.sqlstate = "53300",
               .message = "sorry, too many clients already",
               .hint = "maxUnauthenticated in tessera.yaml limits those that have not logged in.",
               .fatal = true};
}

Error as_fatal(Error error) {
  error.fatal = true;
  if (error.server_fields.empty()) return error;
  wire::change_fields(error, [](char code, std::string_view value) {
    const bool severity = code == 'S' || code == 'V';
    return std::string(severity && value == "ERROR" ? "FATAL" : value);
  });
  return error;
}

Error no_user_name() {
  return Error{.sqlstate = "28000",
               .message = "no PostgreSQL user name specified in startup packet",
               .fatal = true};
}

Error replication_refused() {
  return Error{.sqlstate = "0A000",
               .message = "replication connections are not supported through the proxy",
               .hint = "Connect to the PostgreSQL server of the shard itself.",
               .fatal = true};
}

Error bad_replication(std::string_view value) {
  return Error{.sqlstate = "22023",
               .message = fmt::format("invalid value for parameter \"replication\": \"{}\"", value),
               .hint = "Valid values are: \"false\", 0, \"true\", 1, \"database\".",
               .fatal = true};
}

Error password_failed(std::string_view user) {
  return Error{.sqlstate = "28P01",
               .message = fmt::format("password authentication failed for user \"{}\"", user),
               .fatal = true};
}

Error empty_password() {
  return Error{.sqlstate = "28P01", .message = "empty password returned by client", .fatal = true};
}

Error no_passwords() {
  return Error{.sqlstate = "08001",
               .message = "passwords cannot be looked up at the moment",
               .hint = "The log of the proxy says why.",
               .fatal = true};
}

Error no_certificate() {
  return Error{.sqlstate = "28000",
               .message = "connection requires a valid client certificate",
               .fatal = true};
}

Error certificate_failed(std::string_view user) {
  return Error{.sqlstate = "28000",
               .message = fmt::format("certificate authentication failed for user \"{}\"", user),
               .fatal = true};
}

Error trust_failed(std::string_view user) {
  return Error{.sqlstate = "28000",
               .message = fmt::format("\"trust\" authentication failed for user \"{}\"", user),
               .fatal = true};
}

Error unknown_role(std::string_view user) {
  return Error{.sqlstate = "28000",
               .message = fmt::format("role \"{}\" does not exist", user),
               .fatal = true};
}

namespace {

// As PostgreSQL words them, for programs look for these words; the hint says where the list is.
Error refused_by_hba(std::string_view begin, const LoginAttempt& attempt) {
  return Error{.sqlstate = "28000",
               .message = fmt::format("{} host \"{}\", user \"{}\", database \"{}\", {}", begin,
                                      attempt.address, attempt.user, attempt.database,
                                      attempt.tls ? "SSL encryption" : "no encryption"),
               .hint = "The hba list is in tessera.yaml.",
               .fatal = true};
}

}  // namespace

Error rejected(const LoginAttempt& attempt) {
  return refused_by_hba("pg_hba.conf rejects connection for", attempt);
}

Error no_hba_entry(const LoginAttempt& attempt) {
  return refused_by_hba("no pg_hba.conf entry for", attempt);
}

Error login_violation(std::string_view message) {
  return Error{.sqlstate = "08P01", .message = std::string(message), .fatal = true};
}

Error unexpected_message(std::string_view expected, char type) {
  return login_violation(fmt::format("expected {} response, got message type {}", expected,
                                     static_cast<int>(static_cast<unsigned char>(type))));
}

Error no_such_database(std::string_view database) {
  return Error{.sqlstate = "3D000",
               .message = fmt::format("database \"{}\" does not exist", database),
               .fatal = true};
}

Error not_an_admin() {
  return Error{.sqlstate = "42501",
               .message = "must be an administrator of the proxy to reload rules",
               .hint = "Users are made so by \"admin: true\" in global.yaml."};
}

Error database_not_permitted(std::string_view database) {
  return Error{.sqlstate = "42501",
               .message = fmt::format("permission denied for database \"{}\"", database),
               .detail = "User does not have CONNECT privilege.",
               .fatal = true};
}

Error encoding_refused(std::string_view encoding) {
  return Error{.sqlstate = "0A000",
               .message = fmt::format("client encoding \"{}\" is not supported", encoding),
               .hint = "Use UTF8."};
}

Error bad_command_line(std::string_view word) {
  return Error{.sqlstate = "42601",
               .message = fmt::format("invalid command-line argument for server process: {}", word),
               .hint = "Try \"postgres --help\" for more information.",
               .fatal = true};
}

Error option_without_value(std::string_view dashes, std::string_view name) {
  return Error{.sqlstate = "42601",
               .message = fmt::format("{}{} requires a value", dashes, name),
               .fatal = true};
}

Error aborted_block() {
  return Error{
      .sqlstate = "25P02",
      .message = "current transaction is aborted, commands ignored until end of transaction block"};
}

Error several_commands() {
  return Error{.sqlstate = "42601",
               .message = "cannot insert multiple commands into a prepared statement"};
}

Error unknown_message(char type) {
  return Error{.sqlstate = "08P01",
               .message = fmt::format("invalid frontend message type {}",
                                      static_cast<int>(static_cast<unsigned char>(type))),
               .fatal = true};
}

Error unknown_statement(std::string_view name) {
  if (name.empty())
    return Error{.sqlstate = "26000", .message = "unnamed prepared statement does not exist"};
  return Error{.sqlstate = "26000",
               .message = fmt::format("prepared statement \"{}\" does not exist", name)};
}

Error known_statement(std::string_view name) {
  return Error{.sqlstate = "42P05",
               .message = fmt::format("prepared statement \"{}\" already exists", name)};
}

Error unknown_portal(std::string_view name) {
  return Error{.sqlstate = "34000", .message = fmt::format("portal \"{}\" does not exist", name)};
}

Error known_portal(std::string_view name) {
  return Error{.sqlstate = "42P03", .message = fmt::format("cursor \"{}\" already exists", name)};
}

Error portal_has_run(std::string_view name) {
  return Error{.sqlstate = "55000", .message = fmt::format("portal \"{}\" cannot be run", name)};
}

Error unknown_setting(std::string_view name) {
  return Error{.sqlstate = "42704",
               .message = fmt::format("unrecognized configuration parameter \"{}\"", name)};
}

Error parameter_count(std::size_t given, std::string_view statement, std::size_t needed) {
  return Error{.sqlstate = "08P01",
               .message = fmt::format(
                   "bind message supplies {} parameters, but prepared statement \"{}\" requires {}",
                   given, statement, needed)};
}

Error too_many_parameters() {
  return Error{.sqlstate = "54000",
               .message = "the statement has too many parameters with those for generated values",
               .hint = "Insert fewer rows at once."};
}

Error not_assignable() {
  return Error{.sqlstate = "42804",
               .message = "the value of a sharding column is of a type that cannot be stored in it",
               .hint = "You will need to rewrite or cast the expression."};
}

Error not_in_a_block(std::string_view statement) {
  return Error{.sqlstate = "25P01",
               .message = fmt::format("{} can only be used in transaction blocks", statement)};
}

Error two_phase_refused() {
  return Error{
      .sqlstate = "0A000",
      .message = "PREPARE TRANSACTION and its companions are not supported through the proxy",
      .hint = "Use COMMIT or ROLLBACK."};
}

Error kept_connection_lost() {
  return Error{
      .sqlstate = "57P02",
      .message = "terminating connection because its server connection was lost",
      .detail = "The session kept state there: temporary tables, LISTEN, locks or the like.",
      .fatal = true};
}
Error binary_copy() {
  return Error{.sqlstate = "0A000",
               .message = "COPY in binary format is not supported on this table's shard",
               .detail =
                   "Types have other numbers there than on the default shard, and binary values "
                   "may carry them.",
               .hint = "Use text or CSV format."};
}

Error malformed() { return Error{.sqlstate = "08P01", .message = "invalid message format"}; }

}  // namespace tessera::session::errors
