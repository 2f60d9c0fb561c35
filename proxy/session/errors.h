#pragma once
// The errors that sessions give, worded as PostgreSQL words them where it has the same.

#include <string>
#include <string_view>

#include "base/error.h"
#include "proxy/session/hba.h"

namespace tessera::session::errors {

// Is it the client's own connection that failed?
[[nodiscard]] bool client_is_gone(const Error& error);
// Errors of a server that may not have begun the statement: a read may be asked elsewhere if
// nothing of it was given.
[[nodiscard]] bool another_may_serve(const Error& error);
// An error of our own about a value or a parameter, for which PostgreSQL has one with a position.
[[nodiscard]] bool postgresql_knows(const Error& error);
[[nodiscard]] Error client_closed();     // not said to anybody
[[nodiscard]] Error reply_cut();         // not said to anybody
[[nodiscard]] Error shutting_down();     // 57P01
[[nodiscard]] Error login_timeout();     // 08P01
[[nodiscard]] Error too_many_clients();  // 53300
[[nodiscard]] Error too_many_logins();   // 53300
// "cached plan must not change result type": a table has changed since it was prepared.
[[nodiscard]] bool plan_is_stale(const Error& error);
// A name or type is not what it was thought to be: the schema may have changed behind the proxy.
[[nodiscard]] bool schema_may_be_stale(const Error& error);
[[nodiscard]] Error too_many_clients_of_role(std::string_view user);          // 53300
[[nodiscard]] Error too_many_clients_of_database(std::string_view database);  // 53300
[[nodiscard]] Error idle_too_long();                                          // 57P05
[[nodiscard]] Error idle_in_transaction_too_long();                           // 25P03
[[nodiscard]] Error transaction_too_long();                                   // 25P04
[[nodiscard]] Error statement_too_long();                                     // 57014
// A server's refusal of a startup parameter ends the session that it would have been for.
[[nodiscard]] Error as_fatal(Error error);
[[nodiscard]] Error unencrypted_bytes(std::string_view kind);   // 08P01
[[nodiscard]] Error encryption_asked_again(bool ssl);           // 0A000
[[nodiscard]] Error no_user_name();                             // 28000
[[nodiscard]] Error replication_refused();                      // 0A000
[[nodiscard]] Error bad_replication(std::string_view value);    // 22023
[[nodiscard]] Error password_failed(std::string_view user);     // 28P01
[[nodiscard]] Error empty_password();                           // 28P01
[[nodiscard]] Error no_passwords();                             // 08001
[[nodiscard]] Error no_certificate();                           // 28000
[[nodiscard]] Error certificate_failed(std::string_view user);  // 28000
[[nodiscard]] Error trust_failed(std::string_view user);        // 28000
[[nodiscard]] Error unknown_role(std::string_view user);        // 28000
// By a rule of the hba list; there is no rule for it.
[[nodiscard]] Error rejected(const LoginAttempt& attempt);      // 28000
[[nodiscard]] Error no_hba_entry(const LoginAttempt& attempt);  // 28000
[[nodiscard]] Error login_violation(std::string_view message);  // 08P01
// `expected` names the answer: SASL, password.
[[nodiscard]] Error unexpected_message(std::string_view expected, char type);              // 08P01
[[nodiscard]] Error no_such_database(std::string_view database);                           // 3D000
[[nodiscard]] Error not_an_admin();                                                        // 42501
[[nodiscard]] Error database_not_permitted(std::string_view database);                     // 42501
[[nodiscard]] Error encoding_refused(std::string_view encoding);                           // 0A000
[[nodiscard]] Error bad_command_line(std::string_view word);                               // 42601
[[nodiscard]] Error option_without_value(std::string_view dashes, std::string_view name);  // 42601
[[nodiscard]] Error aborted_block();                                                       // 25P02
[[nodiscard]] Error several_commands();                                                    // 42601
[[nodiscard]] Error unknown_message(char type);                                            // 08P01
[[nodiscard]] Error unknown_statement(std::string_view name);                              // 26000
[[nodiscard]] Error known_statement(std::string_view name);                                // 42P05
[[nodiscard]] Error unknown_portal(std::string_view name);                                 // 34000
[[nodiscard]] Error known_portal(std::string_view name);                                   // 42P03
[[nodiscard]] Error portal_has_run(std::string_view name);                                 // 55000
[[nodiscard]] Error unknown_setting(std::string_view name);                                // 42704
[[nodiscard]] Error parameter_count(std::size_t given, std::string_view statement,
                                    std::size_t needed);  // 08P01
[[nodiscard]] Error too_many_parameters();                // 54000
// An expression that a sharding column is to store is of a type that does not become the column's.
[[nodiscard]] Error not_assignable();                            // 42804
[[nodiscard]] Error kept_connection_lost();                      // 57P02
[[nodiscard]] Error not_in_a_block(std::string_view statement);  // 25P01
[[nodiscard]] Error two_phase_refused();                         // 0A000
[[nodiscard]] Error binary_copy();                               // 0A000
[[nodiscard]] Error malformed();                                 // 08P01

}  // namespace tessera::session::errors
