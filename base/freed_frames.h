#pragma once
// What the lists of base/frames.h did not keep.

#include <cstddef>

namespace tessera::frames {

// The bytes of frames that this thread has freed since it was asked last. Many: there was a storm,
// and malloc has memory that the system may have back.
[[nodiscard]] std::size_t freed_bytes();

}  // namespace tessera::frames
