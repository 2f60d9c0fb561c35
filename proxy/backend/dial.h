#pragma once
// How a connection to a server begins: its address, the socket, and TLS as libpq's sslmode has it.

#include <string_view>

#include "base/result.h"
#include "base/stream.h"
#include "proxy/wire/frontend.h"
#include "rules/rule_set.h"

namespace tessera::backend {

// 08001, to be tried elsewhere.
[[nodiscard]] Error unreachable(const rules::DataSource& source, std::string_view why);

// Connects `stream`, which the caller's timer closes at the deadline. Errors: 08001.
Task<Status> dial(Stream& stream, const rules::DataSource& source);

// Asks the server for TLS and begins it. A server that has none is spoken to in plain text then,
// unless the data source's sslmode demands more. Errors: 08001 with libpq's words; is_tls() tells
// then whether it was the handshake that failed.
Task<Status> encrypt(Stream& stream, const rules::DataSource& source);

// Of an attempt that failed.
struct Attempt {
  bool tls = false;
  bool handshake = false;  // it was that which failed
};
// libpq's second tries: in plain text where `prefer` came to nothing with TLS, with TLS where
// `allow` was refused without.
[[nodiscard]] bool other_way_may_do(SslMode mode, const Error& error, Attempt attempt);

// The error of a connection that came to nothing, as a client may hear it. `in_time`: before the
// deadline.
[[nodiscard]] Error why_not(const rules::DataSource& source, Error error, bool in_time);

// Sends `request` over a connection of its own, encrypted as the one that it is about, and waits
// until the server has taken it. That it fails is nobody's error.
struct Cancellation {
  rules::DataSource source;
  wire::CancelRequest request;
  bool tls = false;
};
Task<> send_cancel(Cancellation cancellation, Executor executor);

}  // namespace tessera::backend
