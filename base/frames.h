#pragma once
// Memory for coroutine frames: lists of freed frames by size, one set for each thread. A statement
// enters some twenty coroutines; malloc would be most of what that costs.

#include <cstddef>

namespace tessera::frames {

[[nodiscard]] void* take(std::size_t bytes);
// On any thread.
void give_back(void* frame, std::size_t bytes) noexcept;

}  // namespace tessera::frames
