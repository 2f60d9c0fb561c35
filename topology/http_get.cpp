#include "topology/http_get.h"

#include <optional>

#include "base/spawn.h"
#include "topology/http_client.h"

namespace tessera::topology {

Result<std::string> http_get(const std::string& host, std::uint16_t port, const std::string& target,
                             std::chrono::milliseconds timeout) {
  // The outcome is declared before the io_context, whose destructor ends what still runs.
  std::optional<Result<HttpReply>> reply;
  asio::io_context io(1);
  const HttpRequest request{.url = {.host = host, .port = port, .target = target},
                            .timeout = timeout};
  spawn(
      io.get_executor(), [request] { return http_request(request); },
      [&reply](std::exception_ptr failure, Result<HttpReply> result) {
        if (!failure) reply = std::move(result);
      });
  // The request ends itself at its time-out; what cannot be cut short is the search for a name.
  io.run_for(timeout + std::chrono::milliseconds(100));
  if (!reply) return Error{.sqlstate = "57014", .message = host + " did not answer in time"};
  if (!*reply) return reply->error();
  if ((*reply)->status == 200) {
    return Result<std::string>(std::move((*reply)->body));
  }
  return Error{.sqlstate = "08006",
               .message = "http://" + host + ":" + std::to_string(port) + target + " answered " +
                          std::to_string((*reply)->status)};
}

}  // namespace tessera::topology
