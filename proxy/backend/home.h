#pragma once
// A Home is a server connection as those sessions see it that go back to it for each statement.
//
// Sessions of a database of one server have one each while there is room, so that they find what
// their statements leave behind in a server session and no other connection can be given: plans
// that functions keep, numbers that are not reported yet. Several share one where there is no room.
//
// Those who have it, and how many they are, is for the thread of the connection alone. One that
// closes, or goes to another thread, is nobody's home any more.

#include <cstddef>
#include <memory>

namespace tessera::backend {

class ServerConn;

struct Home {
  ServerConn* conn = nullptr;  // null: it is gone
  std::size_t idle_at = 0;     // where its pool has it while it is idle
};

// The connection has one, and each session that calls it home.
using HomePtr = std::shared_ptr<Home>;

// How many sessions call it home.
inline long tenants(const HomePtr& of_connection) { return of_connection.use_count() - 1; }

}  // namespace tessera::backend
