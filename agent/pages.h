#pragma once
// What the agent answers over HTTP: GET /membership, /membership?watch=VERSION, /healthz.

#include <memory>

#include "agent/agent.h"
#include "agent/server.h"

namespace tessera::agent {

// 200 with JSON; 400 a version that is no number; 404 any other page; 503 nothing is known yet.
[[nodiscard]] Task<Reply> answer_page(std::shared_ptr<Agent> agent, std::string target);

}  // namespace tessera::agent
